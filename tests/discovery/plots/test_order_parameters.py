import numpy as np
import pytest
from matplotlib.colors import to_rgb

from tests.plotting import points, swept_measures
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.plots import draw_order_parameters, plot_order_parameters
from weightloom.discovery.plots.order_parameters import BOUNDARIES
from weightloom.errors import InputError


@pytest.fixture
def measures():
    return swept_measures()


def seeds_of(axes):
    return [line for line in axes.lines if line.get_gid() != "boundary"]


def boundaries_of(axes):
    return [line for line in axes.lines if line.get_gid() == "boundary"]


@pytest.mark.parametrize("step", [None, 0])
def test_each_network_is_a_marker_in_both_planes(measures, step):
    left, right = plot_order_parameters(measures, step=step).axes
    at = measures.sel(step=200 if step is None else step)
    strongest = at.strongest_connection.values.ravel()
    assert points(left) == sorted(zip(strongest, at.double_sidedness.values.ravel()))
    assert points(right) == sorted(zip(strongest, at.seed_dependence.values.ravel()))
    assert left.get_xscale() == left.get_yscale() == "log"
    assert right.get_yscale() == "linear"


def test_lines_and_legend_group_seeds_by_both_ends():
    measures = swept_measures(seeds=4)
    # β descends in these measures, so that the last entry is the start.
    rows = [["convexity", "mixed", "mixed", "double-sided"]] * 3 + [["double-sided", "mixed", "mixed", "convexity"]]
    measures["algorithm"] = measures.algorithm.copy(data=np.array([[row] * 3 for row in rows]))
    figure = plot_order_parameters(measures)
    colours = [line.get_color() for line in seeds_of(figure.axes[0])]
    assert colours[0] == colours[1] == colours[2] != colours[3]
    assert colours == [line.get_color() for line in seeds_of(figure.axes[1])]
    legend = figure.legends[1]
    assert [text.get_text() for text in legend.get_texts()] == [
        "convexity → double-sided: 1 seed",
        "double-sided → convexity: 3 seeds",
    ]
    assert [line.get_color() for line in legend.get_lines()] == [colours[3], colours[0]]


def test_a_group_that_keeps_its_algorithm_has_the_algorithms_colour(measures):
    for name, label in ALGORITHMS.items():
        measures["algorithm"] = measures.algorithm.copy(data=np.full(measures.algorithm.shape, name, "U20"))
        figure = plot_order_parameters(measures)
        assert to_rgb(seeds_of(figure.axes[0])[0].get_color()) == pytest.approx(to_rgb(label.colour), abs=0.01)


def test_boundaries_are_dotted_and_hand_picked_unless_given(measures):
    left, right = plot_order_parameters(measures).axes
    assert all(line.get_linestyle() == ":" for axes in (left, right) for line in boundaries_of(axes))
    vertical, horizontal = boundaries_of(left)
    assert set(vertical.get_xdata()) == {BOUNDARIES["strongest_connection"]}
    assert set(horizontal.get_ydata()) == {BOUNDARIES["double_sidedness"]}
    assert horizontal.get_xdata()[0] == BOUNDARIES["strongest_connection"]  # convexity has no second one
    assert set(boundaries_of(right)[1].get_ydata()) == {BOUNDARIES["seed_dependence"]}


@pytest.mark.parametrize(
    ("boundaries", "left", "right"),
    [({}, 0, 0), ({"double_sidedness": 9.0}, 1, 0), ({"seed_dependence": 0.1, "strongest_connection": 90.0}, 1, 2)],
)
def test_only_the_boundaries_that_are_given_are_drawn(boundaries, left, right, measures):
    panels = plot_order_parameters(measures, boundaries=boundaries).axes
    assert [len(boundaries_of(axes)) for axes in panels] == [left, right]


def test_a_boundary_of_nothing_is_refused(measures):
    with pytest.raises(InputError, match="boundary 'alpha' is unknown: use the order parameters double_sidedness"):
        plot_order_parameters(measures, boundaries={"alpha": 1.0})


def test_a_double_sidedness_below_zero_has_a_place(measures):
    measures.double_sidedness[0, 2, 1] = -0.7
    measures.double_sidedness[1, 2, 1] = 0.0
    axes = plot_order_parameters(measures).axes[0]
    assert axes.get_yscale() == "symlog"
    low, high = axes.get_ylim()
    assert all(low < y < high for _, y in points(axes))


def test_what_is_not_finite_is_left_out(measures):
    measures.seed_dependence[0, 2, 1] = np.nan
    left, right = plot_order_parameters(measures).axes
    for axes in (left, right):
        assert sum(np.isfinite(point).all() for point in points(axes)) == 7
    with pytest.raises(InputError, match="measures have no 'seed_dependence'"):
        plot_order_parameters(measures.drop_vars("seed_dependence"))


@pytest.mark.parametrize("seeds", [1, 12])
def test_a_single_network_and_many_seeds_can_be_drawn_to_the_same_bytes(seeds, tmp_path):
    measures = swept_measures(seeds=seeds, steps=[7], betas=(1e-6,))
    one, other = (draw_order_parameters(measures, tmp_path / f"{name}.svg").read_bytes() for name in "ab")
    assert one == other
