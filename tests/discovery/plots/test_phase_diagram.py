import numpy as np
import pytest
from matplotlib.colors import to_rgba

from tests.plotting import random_measures
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.plots import plot_phase_diagram

LOGARITHMIC = (1, 10, 100, 1000)
FROM_ZERO = (0, 1, 10, 100, 1000)


def panels(figure):
    return [axes for axes in figure.axes if axes.axison]


def cells(panel):
    """The colour of each cell and the cells' edges along both axes."""
    mesh = panel.collections[0]
    corners = mesh.get_coordinates()
    return mesh.to_rgba(mesh.get_array()), corners[0, :, 0], corners[:, 0, 1]


@pytest.mark.parametrize("steps", [(0, 100, 200), LOGARITHMIC, FROM_ZERO, (5,), (5, 50)], ids=str)
@pytest.mark.parametrize("betas", [(1.0, 1e-2, 1e-4), (1e-6,)], ids=["betas", "beta"])
def test_every_network_lies_in_a_cell_of_its_algorithms_colour(steps, betas):
    measures = random_measures(seeds=3, steps=steps, betas=betas)
    figure = plot_phase_diagram(measures)
    for seed, panel in enumerate(panels(figure)):
        colours, step_edges, beta_edges = cells(panel)
        assert (np.diff(step_edges) > 0).all()
        assert (np.diff(beta_edges) > 0).all()
        for step in steps:
            for beta in betas:
                name = str(measures.algorithm.sel(seed=seed, step=step, beta=beta).item())
                row = np.searchsorted(beta_edges, beta) - 1
                column = np.searchsorted(step_edges, step) - 1
                assert tuple(colours[row, column]) == pytest.approx(to_rgba(ALGORITHMS[name].colour))


@pytest.mark.parametrize(
    ("steps", "scale"),
    [((0, 100, 200), "linear"), ((100, 200), "linear"), (LOGARITHMIC, "log"), (FROM_ZERO, "asinh")],
    ids=str,
)
def test_the_step_axis_is_spaced_like_the_steps(steps, scale):
    figure = plot_phase_diagram(random_measures(steps=steps))
    for panel in panels(figure):
        assert panel.get_xscale() == scale
        assert panel.get_yscale() == "log"


@pytest.mark.parametrize("seeds", [1, 4, 17])
def test_one_panel_per_seed(seeds):
    figure = plot_phase_diagram(random_measures(seeds=seeds))
    assert [panel.get_title() for panel in panels(figure)] == [f"seed {seed}" for seed in range(seeds)]


def test_the_legend_names_the_algorithms_that_occur():
    measures = random_measures()
    measures["algorithm"] = measures.algorithm.where(measures.algorithm == "pudding-", "convexity")
    figure = plot_phase_diagram(measures)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["convexity", "pudding (−)"]


def test_cells_carry_the_markers_of_their_algorithms():
    measures = random_measures(seeds=1, steps=range(100, 5000, 100), betas=np.logspace(-12, 0, 30))
    figure = plot_phase_diagram(measures)
    (panel,) = panels(figure)
    drawn = 0
    for name, group in zip(ALGORITHMS, panel.collections[1:]):
        for step, beta in group.get_offsets():
            assert measures.algorithm.sel(seed=0, step=step, beta=beta, method="nearest") == name
            drawn += 1
    assert 9 <= drawn <= 36
