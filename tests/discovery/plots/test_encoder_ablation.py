import numpy as np
import pytest

from tests.plotting import points, swept_measures
from weightloom.discovery.plots import draw_encoder_ablation, plot_encoder_ablation
from weightloom.errors import InputError


@pytest.fixture
def measures():
    return swept_measures()


@pytest.mark.parametrize("step", [None, 0])
def test_each_network_is_a_marker_at_its_two_losses(measures, step):
    (axes,) = plot_encoder_ablation(measures, step).axes
    at = measures.sel(step=200 if step is None else step)
    assert points(axes) == sorted(zip(at.loss.values.ravel(), at.loss_without_encoder.values.ravel()))
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert "200" in axes.get_title(loc="left") or step == 0


def test_one_line_per_seed_follows_beta(measures):
    (axes,) = plot_encoder_ablation(measures).axes
    ascending = measures.sel(step=200).sortby("beta")
    for seed, line in enumerate(axes.lines[1:]):
        np.testing.assert_array_equal(line.get_xdata(), ascending.loss.values[seed])
        np.testing.assert_array_equal(line.get_ydata(), ascending.loss_without_encoder.values[seed])


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_the_diagonal_is_dotted_black_and_within_the_frame(measures, factor):
    measures["loss_without_encoder"] = factor * measures.loss
    (axes,) = plot_encoder_ablation(measures).axes
    diagonal = axes.lines[0]
    assert (diagonal.get_color(), diagonal.get_linestyle()) == ("black", ":")
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    bottom, top = axes.get_ylim()
    assert bottom <= diagonal.get_ydata()[0] < diagonal.get_ydata()[1] <= top
    left, right = axes.get_xlim()
    assert all(left < x < right and bottom < y < top for x, y in points(axes))


def test_losses_without_a_logarithm_are_left_out(measures):
    measures.loss[0, 2, 1] = 0.0
    measures.loss_without_encoder[1, 2, 3] = np.inf
    (axes,) = plot_encoder_ablation(measures).axes
    assert sum(np.isfinite(point).all() for point in points(axes)) == 2 * 4 - 2


def test_measures_of_a_baseline_are_refused(measures):
    with pytest.raises(InputError, match="measures have no 'loss_without_encoder'"):
        plot_encoder_ablation(measures.drop_vars("loss_without_encoder"))
    measures["loss"] = measures.loss * np.nan
    with pytest.raises(InputError, match="no finite losses with and without the encoder at step 200"):
        plot_encoder_ablation(measures)


@pytest.mark.parametrize("seeds", [1, 12])
def test_a_single_network_and_many_seeds_can_be_drawn_to_the_same_bytes(seeds, tmp_path):
    measures = swept_measures(seeds=seeds, steps=[7], betas=(1e-6,))
    one, other = (draw_encoder_ablation(measures, tmp_path / f"{name}.svg").read_bytes() for name in "ab")
    assert one == other
