"""The matrix figure: every value in its cell, doubt in parentheses, directions told."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import weightloom as wl
from tests.plotting import similarity_table
from weightloom.figures.style import relative_luminance
from weightloom.similarity.plots import score_svg


@pytest.fixture
def table():
    return similarity_table()


def panels(figure):
    return [axes for axes in figure.axes if axes.get_title()]


def test_every_cell_has_its_value_and_doubt_is_in_parentheses(table):
    for panel, score in zip(panels(wl.plot_similarity(table)), table.score.values):
        written = {text.get_position(): text.get_text() for text in panel.texts}
        for (a, b), value in np.ndenumerate(table.value.sel(score=score).values):
            text = written[b, a]
            assert float(text.strip("()")) == pytest.approx(value, abs=0.005)
            assert text.startswith("(") == (table.p.sel(score=score).values[a, b] > 0.05)


def test_titles_tell_the_direction_and_directed_scores_their_axes(table):
    shown = panels(wl.plot_similarity(table))
    assert [panel.get_title() for panel in shown] == ["first ↑", "second ↓", "third ↑"]
    assert [panel.get_ylabel() for panel in shown] == ["", "", "from"]


def test_darker_is_more_alike_in_both_directions(table):
    for panel, larger in zip(panels(wl.plot_similarity(table)), (True, False, True)):
        [image] = panel.images
        brightness = image.to_rgba(image.get_array())[..., :3].mean(-1)
        most = np.unravel_index(np.argmax(image.get_array() if larger else -image.get_array()), (4, 4))
        assert brightness[most] == brightness.min()


def test_small_numbers_are_written_with_their_power_of_ten(table):
    texts = [text.get_text() for text in panels(wl.plot_similarity(table.assign(value=1e-4 * table.value)))[0].texts]
    assert all("e-" in text for text in texts)


@pytest.mark.parametrize("suffix", ["svg", *(pytest.param(name, marks=pytest.mark.slow) for name in ("png", "pdf"))])
def test_the_same_table_gives_the_same_bytes(table, tmp_path, suffix):
    one, two = (wl.draw_similarity(table, tmp_path / f"{n}.{suffix}").read_bytes() for n in "12")
    assert one == two


def test_the_element_for_a_page_is_svg_alone(table):
    element = score_svg(table, "second")
    assert element.startswith("<svg")
    assert element.rstrip().endswith("</svg>")


@pytest.mark.parametrize(("encoders", "numbers"), [(15, 225), (16, 0)])
def test_cells_of_many_encoders_have_no_numbers(encoders, numbers):
    panel = wl.plot_similarity(similarity_table(encoders, scores=1)).axes[0]
    assert len(panel.texts) == numbers


@pytest.mark.slow
@pytest.mark.parametrize("encoders", [2, 4, 40])
@pytest.mark.parametrize("scores", [1, 3])
def test_everything_lies_within_the_figure(encoders, scores):
    figure = wl.plot_similarity(similarity_table(encoders, scores))
    figure.draw_without_rendering()
    frame = figure.bbox
    names = [label for panel in panels(figure) for label in (*panel.get_xticklabels(), *panel.get_yticklabels())]
    for text in [figure._supxlabel, *(panel.title for panel in panels(figure)), *names]:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, text
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1, text


def test_numbers_can_be_read_on_every_colour(table):
    for panel in panels(wl.plot_similarity(table)):
        [image] = panel.images
        colours = image.to_rgba(image.get_array())
        for text in panel.texts:
            column, row = text.get_position()
            ink = relative_luminance(to_rgb(text.get_color()))
            light, dark = sorted([ink, relative_luminance(tuple(colours[row, column]))], reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_layers_start_at_the_bottom_left(table):
    table = table.isel(b=slice(0, 3)).assign_attrs(layers=1)
    for panel in panels(wl.plot(table)):
        low, high = panel.get_ylim()
        assert low < high
        assert [label.get_text() for label in panel.get_xticklabels()] == table.b.values.tolist()
        assert (panel.get_ylabel(), panel.get_xlabel()) == ("layer of a", "layer of b")
        for text in panel.texts:
            column, row = text.get_position()
            value = table.value.sel(score=panel.get_title()[:-2]).values[row, column]
            assert float(text.get_text().strip("()")) == pytest.approx(value, abs=0.005)


def test_a_figure_for_a_paper_has_its_own_title_names_limits_colours_and_numbers(table):
    figure = wl.plot(
        table, title="Two models", names=("of BERT", "of GPT"), limits=(-1, 2), colours="viridis", numbers=False
    )
    figure.draw_without_rendering()
    title = figure._suptitle.get_window_extent()
    assert figure._suptitle.get_text() == "Two models"
    assert "Darker" not in figure._supxlabel.get_text()
    for panel, larger in zip(panels(figure), (True, False, True)):
        [image] = panel.images
        assert image.get_clim() == (-1, 2)
        assert image.get_cmap().name == ("viridis" if larger else "viridis_r")
        assert (panel.get_ylabel(), panel.get_xlabel()) == ("of BERT", "of GPT")
        assert not panel.texts
        assert panel.title.get_window_extent().y1 <= title.y0 < title.y1 <= figure.bbox.y1
    assert len(wl.plot_similarity(similarity_table(16, scores=1), numbers=True).axes[0].texts) == 256


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"limits": (1, 0)}, r"limits \(1, 0\) cannot be used: give two numbers in ascending order"),
        ({"limits": (0, np.inf)}, "two numbers"),
        ({"limits": "01"}, "two numbers"),
        ({"colours": "foo"}, "colours 'foo' are unknown"),
        ({"names": "ab"}, "one for the rows and one for the columns"),
        ({"colour": "Reds"}, "a Dataset has no option 'colour': use title, names, limits, colours, numbers, figure"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_used_get_one_sentence(table, options, sentence):
    with pytest.raises(wl.InputError, match=sentence):
        wl.plot(table, **options)


@pytest.mark.parametrize("where", [np.s_[:, 0], np.s_[:]], ids=["of one encoder", "all"])
def test_undefined_values_say_so(table, where):
    for variable in ("value", "p", "null_low", "null_high"):
        table[variable].values[0][where] = np.nan
    figure = wl.plot_similarity(table)
    figure.draw_without_rendering()
    texts = {text.get_position(): text for text in panels(figure)[0].texts}
    assert texts[0, 2].get_text() == "undefined"
    assert texts[0, 2].get_color() not in ("white", "#ffffff")


def test_a_table_of_something_else_is_refused(table):
    with pytest.raises(wl.InputError, match="the table lacks p"):
        wl.plot_similarity(table.drop_vars("p"))
