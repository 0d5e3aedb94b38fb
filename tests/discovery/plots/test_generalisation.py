import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from weightloom.discovery.plots import draw_generalisation, plot_generalisation
from weightloom.discovery.plots.generalisation import CONTOURS, STAR
from weightloom.errors import InputError
from weightloom.figures.style import NEGATIVE, POSITIVE


def sized(losses=None, inputs=(4, 8, 16, 32), hidden=(12, 24, 48), **attrs):
    """A dataset whose loss rises from 0.01 to 1 with the number of inputs, by the same factor every time."""
    if losses is None:
        losses = np.repeat(np.geomspace(0.01, 1, len(inputs))[:, None], len(hidden), axis=1)
    return xr.Dataset({"loss": (("inputs", "hidden"), losses)}, {"inputs": list(inputs), "hidden": list(hidden)}, attrs)


def stars(axes):
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_color() == STAR]


def test_every_size_lies_in_a_cell_of_its_loss():
    losses = np.random.default_rng(0).uniform(0.01, 1, (4, 3))
    axes = plot_generalisation(sized(losses)).axes[0]
    mesh = axes.collections[0]
    corners = mesh.get_coordinates()
    np.testing.assert_allclose(mesh.get_array().reshape(3, 4), losses.T)
    np.testing.assert_allclose(np.sqrt(corners[0, :-1, 0] * corners[0, 1:, 0]), [4, 8, 16, 32])
    np.testing.assert_allclose(np.sqrt(corners[:-1, 0, 1] * corners[1:, 0, 1]), [12, 24, 48])
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["4", "8", "16", "32"]


def test_the_order_of_sizes_and_dimensions_does_not_matter(tmp_path):
    dataset = sized(np.random.default_rng(0).uniform(0.01, 1, (4, 3)))
    other = dataset.transpose("hidden", "inputs").isel(inputs=[2, 0, 3, 1], hidden=[1, 0, 2])
    one, two = (draw_generalisation(d, tmp_path / f"{k}.svg").read_bytes() for k, d in enumerate((dataset, other)))
    assert one == two


def test_contours_are_the_papers_and_lie_where_the_loss_passes_them():
    figure = plot_generalisation(sized())
    assert CONTOURS == {0.07: POSITIVE, 0.15: NEGATIVE}
    contours = figure.axes[0].collections[1:]
    for (level, colour), contour in zip(CONTOURS.items(), contours):
        assert to_hex(contour.get_edgecolor()[0]) == colour
        (path,) = contour.get_paths()
        assert contour.get_linestyle() == [(0.0, None)]  # solid
        # The loss is 0.01·100^(log₂(inputs/4)/3).
        np.testing.assert_allclose(path.vertices[:, 0], 4 * 2 ** (3 * np.log(level / 0.01) / np.log(100)), rtol=0.02)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["loss 0.07", "loss 0.15", "trained size"]


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_losses_that_pass_no_contour_have_none(factor):
    figure = plot_generalisation(sized(factor * sized().loss.values))
    assert len(figure.axes[0].collections) == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["trained size"]


@pytest.mark.parametrize(
    ("attrs", "options", "star"),
    [
        ({}, {}, [(16, 48)]),
        ({"trained": (8, 24)}, {}, [(8, 24)]),
        ({"trained": (8, 24)}, {"trained": (4, 12)}, [(4, 12)]),
        ({}, {"trained": (500, 12)}, []),
    ],
    ids=["paper", "dataset", "argument", "elsewhere"],
)
def test_the_trained_size_is_starred_where_the_figure_shows_it(attrs, options, star):
    assert stars(plot_generalisation(sized(**attrs), **options).axes[0]) == star


def test_of_several_draws_the_median_is_shown():
    draws = np.stack([sized().loss.values * factor for factor in (1.0, 3.0, 0.5)], axis=-1)
    draws[0, 0, 2] = np.nan  # worse than any other draw
    dataset = sized().assign(loss=(("inputs", "hidden", "draw"), draws))
    mesh = plot_generalisation(dataset).axes[0].collections[0]
    expected = sized().loss.values.copy()
    expected[0, 0] *= 3
    np.testing.assert_allclose(mesh.get_array().reshape(3, 4), expected.T)


def test_sizes_without_a_finite_loss_are_blank():
    losses = sized().loss.values.copy()
    losses[0, 0], losses[1, 1], losses[2, 2] = np.nan, np.inf, 0.0
    mesh = plot_generalisation(sized(losses)).axes[0].collections[0]
    assert np.ma.getmaskarray(mesh.get_array()).sum() == 3


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        (sized().drop_vars("inputs"), "no inputs"),
        (sized().isel(hidden=[]), "no hidden"),
        (sized().drop_vars("loss"), "no loss over inputs and hidden"),
        (sized().isel(inputs=0), "no inputs"),
        (sized(inputs=(0, 1, 2, 3)), "inputs that are not positive"),
        (sized(np.full((4, 3), np.nan)), "no finite positive loss"),
    ],
    ids=["inputs", "hidden", "loss", "one size", "zero", "nan"],
)
def test_what_cannot_be_drawn_is_named(dataset, sentence):
    with pytest.raises(InputError, match=sentence):
        plot_generalisation(dataset)


def test_a_single_size_can_be_drawn():
    plot_generalisation(sized(inputs=(4,), hidden=(12,))).draw_without_rendering()
