"""Hidden neurons read as a strong weight over a background, and how local that makes each input."""

import numpy as np
import pytest

from weightloom.discovery.classification.rows import localities, read_rows


@pytest.mark.parametrize("inputs", [3, 4, 16])
@pytest.mark.parametrize(("plum", "background"), [(-3.0, 0.1), (0.7, -0.3), (2.0, 0.0), (1.0, 0.2)])
def test_a_plum_over_an_even_background_is_read_exactly(inputs, plum, background):
    weight = np.full((inputs, 1), background)
    weight[1] = plum
    rows = read_rows(weight)
    assert rows.strongest.tolist() == [1]
    assert rows.excess == pytest.approx([plum - background])
    assert rows.concentration == pytest.approx([1.0])


@pytest.mark.parametrize("row", [np.zeros(5), np.full(5, 0.3), np.full(5, -1e-9), np.array([0.3, 0.3, 0.3, 0.3, 0.5])])
def test_a_background_alone_has_no_plum(row):
    assert not read_rows(row[:, None]).has_plum.any()


def test_reading_does_not_depend_on_scale_or_order():
    weight = np.random.default_rng(0).standard_normal((6, 9))
    order = np.random.default_rng(1).permutation(6)
    rows, scaled, shuffled = read_rows(weight), read_rows(1e-20 * weight), read_rows(weight[order])
    np.testing.assert_allclose(scaled.concentration, rows.concentration)
    np.testing.assert_allclose(shuffled.concentration, rows.concentration)
    np.testing.assert_array_equal(order[shuffled.strongest], rows.strongest)


@pytest.mark.parametrize("inputs", [2, 3, 4, 8, 16])
def test_locality_is_zero_on_average_for_normal_rows_and_one_for_single_weights(inputs):
    weight = np.random.default_rng(5).standard_normal((inputs, 40_000))
    curvatures = weight**2 / np.linalg.norm(weight, axis=0)
    assert localities(read_rows(weight), curvatures).mean() == pytest.approx(0, abs=0.02)
    single = np.concatenate([2 * np.eye(inputs), -np.eye(inputs)], axis=1)
    np.testing.assert_allclose(localities(read_rows(single), single**2), 1)


def test_locality_falls_with_noise():
    generator = np.random.default_rng(0)
    single, noise = np.tile(np.eye(16), 30), generator.standard_normal((16, 480))
    readings = [single + level * noise for level in (0.0, 0.05, 0.1, 0.2, 0.4)]
    means = [localities(read_rows(weight), weight**2).mean() for weight in readings]
    assert means == sorted(means, reverse=True)


def test_inputs_without_curvature_are_not_local():
    weight = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    assert (localities(read_rows(weight), np.zeros((3, 2))) < 0.5).all()


def test_a_single_input_is_local():
    assert localities(read_rows(np.ones((1, 3))), np.ones((1, 3))).tolist() == [1.0]
