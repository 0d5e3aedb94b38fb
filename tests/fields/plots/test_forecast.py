"""Figures of forecasts: the frames that were asked for, one scale of colours, errors of every model, movies."""

import io

import numpy as np
import pytest
from PIL import Image

import weightloom as wl
from weightloom.fields.plots.forecast import draw_errors, draw_forecast, plot_errors, plot_forecast
from weightloom.fields.plots.movie import draw_movie

TRUTH = np.random.default_rng(0).standard_normal((9, 6, 8))
FORECAST = 0.8 * TRUTH


def panels(figure):
    return [axes for axes in figure.axes if axes.images]


def test_rows_are_truth_forecast_and_difference():
    shown = panels(plot_forecast(TRUTH, FORECAST, frames=[0, 3, 8]))
    assert [axes.get_ylabel() for axes in shown[::3]] == ["truth", "forecast", "difference"]
    for fields, row in zip((TRUTH, FORECAST, FORECAST - TRUTH), (shown[:3], shown[3:6], shown[6:])):
        for frame, axes in zip((0, 3, 8), row):
            np.testing.assert_array_equal(axes.images[0].get_array(), fields[frame])


def test_all_panels_share_a_scale_of_colours_around_zero():
    limits = {axes.images[0].get_clim() for axes in panels(plot_forecast(TRUTH, FORECAST))}
    assert limits == {(-np.abs(TRUTH).max(), np.abs(TRUTH).max())}


def test_titles_tell_the_time_and_what_is_extrapolated():
    figure = plot_forecast(TRUTH, FORECAST, times=0.5 * np.arange(9), in_frames=4, frames=[3, 4])
    assert [axes.get_title() for axes in panels(figure)[:2]] == ["1.5", "2, extrapolated"]


def test_six_frames_are_shown_unless_there_are_fewer():
    first_row = [axes.get_title() for axes in panels(plot_forecast(TRUTH, FORECAST))[:6]]
    assert first_row[0] == "0"
    assert first_row[-1] == "8"
    assert len(panels(plot_forecast(TRUTH[:2], FORECAST[:2]))) == 6


@pytest.mark.parametrize(
    ("truth", "entries", "message"),
    [
        (TRUTH[:3], {}, "cannot be compared"),
        (TRUTH, {"frames": [9]}, "do not match"),
        (TRUTH, {"frames": []}, "do not match"),
        (TRUTH, {"times": [1.0]}, "do not match"),
    ],
)
def test_what_does_not_fit_is_refused(truth, entries, message):
    with pytest.raises(wl.InputError, match=message):
        plot_forecast(truth, FORECAST, **entries)


def test_error_curves_are_means_over_seeds():
    seeds = np.array([[0.1, 0.2, 0.4], [0.3, 0.2, 0.2]])
    [axes] = plot_errors({"one": seeds[0], "both": seeds}, in_frames=2).axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(lines["one"], seeds[0])
    np.testing.assert_allclose(lines["both"], seeds.mean(0))
    assert axes.get_yscale() == "log"


def test_errors_of_different_lengths_are_refused():
    with pytest.raises(wl.InputError, match="cannot be plotted together"):
        plot_errors({"one": np.ones(3), "two": np.ones(4)}, in_frames=2)


@pytest.mark.parametrize("suffix", ["svg", *(pytest.param(name, marks=pytest.mark.slow) for name in ("png", "pdf"))])
def test_the_same_fields_give_the_same_bytes(tmp_path, suffix):
    one, two = (draw_forecast(TRUTH, FORECAST, tmp_path / f"{n}.{suffix}", frames=[0]).read_bytes() for n in "12")
    assert one == two
    one, two = (draw_errors({"one": np.ones(3)}, tmp_path / f"{n}.{suffix}", in_frames=2).read_bytes() for n in "34")
    assert one == two


def test_a_movie_has_every_frame(tmp_path):
    content = draw_movie(FORECAST, tmp_path / "forecast.gif", truth=TRUTH, frames_per_second=10).read_bytes()
    with Image.open(io.BytesIO(content)) as movie:
        assert movie.n_frames == len(TRUTH)
        assert movie.info["duration"] == 100
    assert draw_movie(FORECAST, tmp_path / "again.gif", truth=TRUTH, frames_per_second=10).read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 2


def test_a_truth_on_another_grid_is_shown_as_long_as_it_lasts(tmp_path):
    coarse = TRUTH[:1, ::2, ::2]
    content = draw_movie(FORECAST, tmp_path / "forecast.gif", truth=coarse).read_bytes()
    with Image.open(io.BytesIO(content)) as movie:
        assert movie.n_frames == len(FORECAST)
        lefts = []
        for frame in (0, 1):
            movie.seek(frame)
            picture = np.asarray(movie.convert("RGB"))
            lefts.append(picture[picture.shape[0] // 3 : -5, : picture.shape[1] // 2 - 5])
    assert np.ptp(lefts[0]) > 0
    assert np.ptp(lefts[1]) == 0


@pytest.mark.parametrize(
    ("name", "entries", "message"),
    [
        ("forecast.mp4", {}, "use .gif"),
        ("missing/forecast.gif", {}, "there is no folder"),
        (
            "forecast.gif",
            {"truth": np.concatenate([TRUTH, TRUTH])},
            "at most as many frames of the truth",
        ),
        ("forecast.gif", {"frames_per_second": 0}, "per second"),
    ],
)
def test_movies_that_cannot_be_drawn(tmp_path, name, entries, message):
    with pytest.raises(wl.InputError, match=message):
        draw_movie(FORECAST, tmp_path / name, **entries)
    assert not list(tmp_path.iterdir())
