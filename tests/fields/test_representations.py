"""Sets of functions as one hypernetwork, against sets whose span is known."""

import functools

import jax
import numpy as np
import pytest

import weightloom as wl
from weightloom.architectures import MLP, SIREN
from weightloom.fields.representations import psnr, represent

X = np.linspace(-1, 1, 48)[:, None]
PHASES = np.array([0.0, 0.9, 2.0, 3.1, 4.4])
NETWORK = SIREN((1, 32, 1), frequency=6.0)


def waves(phases):
    """Sines of all phases: they span two functions, sin 3x and cos 3x."""
    return np.sin(3 * X + np.asarray(phases)[:, None, None])


@functools.cache
def represented():
    return represent(
        waves(PHASES), X, NETWORK, conditioning="last-layer", width=3, steps=600, batch=48, learning_rate=1e-2
    )


def test_the_functions_of_training_are_represented():
    found = represented()(represented().codes, X)
    assert psnr(found, waves(PHASES), peak=2.0).min() > 40


def test_unseen_functions_of_the_same_span_get_codes():
    unseen = np.concatenate([waves([1.4, 5.5]), 0.5 * waves([2.6])])
    found = represented()(represented().fit_codes(unseen, X), X)
    assert psnr(found, unseen, peak=2.0).min() > 35
    # A function outside the span is not represented: the hypernetwork is frozen.
    other = np.sin(9 * X)[None]
    assert psnr(represented()(represented().fit_codes(other, X), X), other, peak=2.0)[0] < 20


def test_a_few_points_are_enough_for_a_code():
    unseen = waves([1.4])
    few = np.arange(3, 48, 9)
    found = represented()(represented().fit_codes(unseen[:, few], X[few]), X)
    assert psnr(found, unseen, peak=2.0)[0] > 30


def test_codes_are_fitted_one_by_one():
    unseen = waves([1.4, 5.5])
    both, alone = represented().fit_codes(unseen, X), represented().fit_codes(unseen[1:], X)
    np.testing.assert_allclose(both[1:], alone, atol=1e-4)


def test_between_two_functions_lie_their_mixtures_in_an_affine_space():
    shares = np.array([0.0, 0.25, 1.0])
    found = represented()(represented().between(0, 2, shares), X)
    ends = np.asarray(represented()(represented().codes[np.array([0, 2])], X))
    expected = (1 - shares[:, None, None]) * ends[0] + shares[:, None, None] * ends[1]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_grids_and_channels_of_any_shape_come_back():
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 3), np.linspace(-1, 1, 4), indexing="ij"), axis=-1)
    values = np.random.default_rng(0).uniform(size=(2, 3, 4, 3))
    values[..., 2] = 0.25  # a constant channel has no deviation to divide by
    found = represent(values, grid, MLP((2, 4, 3)), width=2, steps=1)
    assert found(found.codes, grid).shape == values.shape
    assert found(found.codes, grid[0, 0]).shape == (2, 3)
    assert found.std[2] == 1
    again, other = (represent(values, grid, MLP((2, 4, 3)), width=2, steps=1, key=jax.random.key(n)) for n in (0, 1))
    np.testing.assert_array_equal(found.codes, again.codes)
    assert not np.array_equal(found.hypernetwork.emission, other.hypernetwork.emission)


def test_a_channel_that_is_constant_up_to_rounding_has_no_deviation():
    """0.1 has no exact binary form, and an unseen function may differ there."""
    values = np.concatenate([waves(PHASES), np.full_like(waves(PHASES), 0.1)], axis=-1)
    found = represent(values, X, MLP((1, 4, 2)), width=2, steps=1)
    assert found.std[1] == 1
    assert np.abs(found.fit_codes(values + 0.5, X, steps=5)).max() < 1


@pytest.mark.parametrize("change", [{"steps": 0}, {"learning_rate": 0.0}])
def test_a_descent_of_no_steps_is_refused(change):
    with pytest.raises(wl.InputError, match=f"^{next(iter(change))} .* cannot be used: give a"):
        represented().fit_codes(waves(PHASES), X, **change)


def test_psnr_of_a_known_error():
    wanted = np.zeros((2, 5, 5, 1))
    found = wanted + np.array([0.01, 0.0])[:, None, None, None]
    np.testing.assert_allclose(psnr(found, wanted), [40, np.inf])
    np.testing.assert_allclose(psnr(found, wanted, peak=10.0)[0], 60)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"values": waves(PHASES)[:, :-1]}, "do not match points of shape"),
        ({"values": np.zeros((0, 48, 1))}, "do not match points of shape"),
        ({"values": waves(PHASES)[..., 0]}, "do not match points of shape"),
        ({"values": np.where(X[3] == X, np.nan, waves(PHASES))}, "contain numbers that are not finite"),
        ({"architecture": MLP((2, 3, 1))}, "give sizes from 1 to 1"),
        ({"architecture": MLP((1, 3, 2))}, "give sizes from 1 to 1"),
        ({"conditioning": "shove"}, "is unknown: use one of all-weights"),
        ({"steps": 0}, "steps 0 cannot be used: give a whole number of at least 1"),
        ({"batch": 0}, "batch 0 cannot be used: give a whole number of at least 1"),
        ({"learning_rate": 0.0}, "learning_rate 0.0 cannot be used: give a positive number"),
    ],
)
def test_what_cannot_be_represented_is_named(change, sentence):
    given = {"values": waves(PHASES), "points": X, "architecture": NETWORK, "steps": 1, **change}
    with pytest.raises(wl.InputError, match=sentence):
        represent(**given)


@pytest.fixture
def compiled(tmp_path):
    """A folder of all programs that a test hands to the compiler."""
    jax.config.update("jax_dump_ir_to", str(tmp_path))
    jax.config.update("jax_dump_ir_modes", "stablehlo")
    yield tmp_path
    jax.config.update("jax_dump_ir_to", "")


def test_every_product_is_asked_for_in_full_precision(compiled):
    """Of training, of evaluation and of new codes; only a GPU rounds factors otherwise."""
    found = represent(waves(PHASES), X, MLP((1, 5, 4, 1)), width=3, hidden=(6,), steps=2)
    found(found.codes, X)
    found.fit_codes(waves(PHASES[:2]), X, steps=2)
    lines = [program.read_text().splitlines() for program in compiled.iterdir()]
    products = [[line for line in program if "stablehlo.dot_general" in line] for program in lines]
    assert sum(map(bool, products)) == 3
    assert not [line for program in products for line in program if "precision = [HIGHEST, HIGHEST]" not in line]
