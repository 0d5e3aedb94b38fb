"""Gaps are filled, with deviations that cover, in the form of the data that was given."""

import dataclasses

import jax
import numpy as np
import pytest
import xarray as xr

from weightloom.errors import InputError
from weightloom.fields import FieldPrior, Trajectories, learn_prior, place_sensors, reconstruct
from weightloom.fields.reading import trajectories_of
from weightloom.fields.reconstruction.learning import _Tuned, seen_of_frames
from weightloom.fields.reconstruction.posterior import posterior
from weightloom.fields.reconstruction.prior import Places

FRAMES, SIDE = 20, 9


@pytest.fixture(scope="module")
def field():
    """Three random waves and rough noise of a tenth of their size, on a plane."""
    random = np.random.default_rng(0)
    axis = np.linspace(0, 1, SIDE)
    at = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    waves = np.stack([np.cos(2 * at[..., 0]), np.sin(5 * at[..., 1]), np.cos(4 * at.sum(-1))])
    codes = random.normal(size=(FRAMES, 3)) * [2, 1, 1]
    values = np.einsum("tw,wyx->tyx", codes, waves) + 0.1 * random.normal(size=(FRAMES, SIDE, SIDE))
    return Trajectories(values[None, ..., None] + 10, np.arange(FRAMES), at, ("sst",))


@pytest.fixture(scope="module")
def prior(field):
    """The prior that the field was drawn from, with the three waves as modes; the rough noise is its remainder."""
    at = field.points.astype(float)
    waves = np.stack([2 * np.cos(2 * at[:, 0]), np.sin(5 * at[:, 1]), np.cos(4 * at.sum(-1))])
    return FieldPrior(
        sites=at,
        mean=np.full((SIDE**2, 1), 10.0),
        modes=waves[..., None],
        lengths=np.full(2, 0.02),
        deviation=np.array([0.08]),
        roughness=0.5,
        memory=(0.01, 0.01),
        noise=np.array([0.06]),
        period=np.full(2, np.inf),
    )


def of_two_channels(prior):
    doubled = {name: np.repeat(getattr(prior, name), 2, axis=-1) for name in ("mean", "modes", "deviation", "noise")}
    return dataclasses.replace(prior, **doubled)


@pytest.fixture(scope="module")
def gappy(field):
    """A cloud in each frame, at another place each time."""
    middle = np.random.default_rng(1).random((FRAMES, 1, 1, 2))
    clear = np.linalg.norm(field.coordinates - middle, axis=-1) > 0.3
    return field.masked(clear[None])


def test_gaps_are_filled_with_deviations_that_cover(field, gappy, prior):
    mean, deviation = reconstruct(gappy, prior=prior)
    hidden = ~np.isfinite(gappy.values)
    wrong = (mean.values - field.values)[hidden]
    assert np.sqrt((wrong**2).mean()) < 0.25 * field.values.std()
    total = np.sqrt(deviation.values[hidden] ** 2 + prior.noise[0] ** 2)
    assert 0.8 < (np.abs(wrong) < 1.645 * total).mean() < 0.99
    assert deviation.values[hidden].mean() > deviation.values[~hidden].mean() > 0


@pytest.mark.slow
def test_the_prior_of_gappy_data_finds_the_waves(field, gappy):
    mean, _ = reconstruct(gappy, modes=3)
    hidden = ~np.isfinite(gappy.values)
    per_point = np.nanmean(gappy.values, axis=1, keepdims=True)
    baseline = (per_point - field.values)[hidden]
    assert ((mean.values - field.values)[hidden] ** 2).mean() < 0.2 * (baseline**2).mean()


@pytest.mark.parametrize("gaps", [True, False])
def test_a_prior_is_learned(field, gappy, monkeypatch, gaps):
    """In a few evaluations of the score; gaps that move give other tasks than complete data."""
    module = "weightloom.fields.reconstruction"
    for name, count in (
        ("learning.EVALUATIONS", 4),
        ("learning.FEWER", 4),
        ("learning.COUNTS", (3,)),
        ("tasks.COUNT", 4),
    ):
        monkeypatch.setattr(f"{module}.{name}", count)
    found = learn_prior(gappy if gaps else field)
    assert found.modes.shape == (4, SIDE**2, 1)  # a constant and three waves
    away = np.linalg.qr(found.modes[..., 0].T)[0]
    waves = np.cos(2 * field.points[:, 0])
    assert np.linalg.norm(away.T @ waves) > 0.98 * np.linalg.norm(waves)


def test_datasets_keep_their_form_and_land_stays_nan(field, prior):
    values = np.array(field.values[0, ..., 0])
    values[:, 0] = np.nan
    given = xr.Dataset(
        {"sst": (("time", "y", "x"), values, {"units": "degC"})},
        {"time": np.datetime64("2020-01-01", "ns") + np.arange(FRAMES) * np.timedelta64(1, "D"),
         "y": np.linspace(0, 1, SIDE), "x": np.linspace(0, 1, SIDE)},
    )  # fmt: skip
    given["sst"][3, 2:5, 2:5] = np.nan
    days = dataclasses.replace(prior, memory=tuple(86400 * one for one in prior.memory))
    filled = reconstruct(given, prior=days)
    assert filled.sst.dims == filled.sst_deviation.dims == ("time", "y", "x")
    assert filled.sst.attrs["units"] == filled.sst_deviation.attrs["units"] == "degC"
    xr.testing.assert_equal(filled.time, given.time)
    assert filled.sst[:, 0].isnull().all()
    assert filled.sst[:, 1:].notnull().all()


def test_other_places_agree_with_the_grid(field, gappy, prior):
    chosen = field.points[[3, 40]]
    whole, there = (reconstruct(gappy, at=at, prior=prior) for at in (None, chosen))
    for one, other in zip(whole, there):
        np.testing.assert_allclose(one.at_points[:, :, [3, 40]], other.values, atol=1e-6)


def test_a_whole_frame_without_observations_is_filled_from_its_neighbours(gappy, prior):
    lost = np.ones(FRAMES)
    lost[7] = 0
    mean, deviation = reconstruct(gappy.masked(lost[None, :, None, None]), prior=prior)
    assert np.isfinite(mean.values[0, 7]).all()
    assert deviation.values[0, 7].mean() > deviation.values[0, 6].mean()
    remembering = dataclasses.replace(prior, memory=(5.0, 0.01))
    _, remembered = reconstruct(gappy.masked(lost[None, :, None, None]), prior=remembering)
    assert remembered.values[0, 7].mean() < 0.95 * deviation.values[0, 7].mean()


def test_placed_sensors_leave_the_variance_that_a_reconstruction_has(field, prior):
    placed = place_sensors(prior, 4, existing=np.array([[0.5, 0.5]]))
    assert (np.diff(placed.variance) < 0).all()
    places = Places(np.concatenate([[[0.5, 0.5]], placed.points]), np.zeros(5), np.zeros(5, int))
    from weightloom.fields.reconstruction.posterior import seen_of

    wanted = Places(prior.sites.astype(float), np.zeros(len(prior.sites)), np.zeros(len(prior.sites), int))
    found = posterior(prior, seen_of(prior, places, np.zeros(5)), wanted)
    np.testing.assert_allclose(placed.deviation[:, 0] ** 2, found.variance, atol=1e-5)
    np.testing.assert_allclose(placed.variance[-1], found.variance.mean(), atol=1e-5)


def test_the_first_sensor_is_the_best_single_one(prior):
    placed = place_sensors(prior, 1)
    left = [place_sensors(prior, 1, candidates=point[None]).variance[1] for point in prior.sites[::5]]
    assert placed.variance[1] <= min(left) + 1e-9


def test_frames_with_no_observation_are_not_learned_from(field, monkeypatch):
    """The mean of the prior is that of the frames that were observed, here completely."""
    counts = "weightloom.fields.reconstruction.learning._tuned"
    monkeypatch.setattr(counts, lambda prior, *_: _Tuned(prior, float(len(prior.modes)), 1.0))
    known = np.arange(FRAMES) % 3 == 0
    found = learn_prior(field.masked(known[:, None, None]), modes=3)
    np.testing.assert_allclose(found.mean, field.at_points[0, known].mean(axis=0), rtol=1e-5)
    assert len(found.modes) == 4


def test_data_of_any_form_are_accepted(field, monkeypatch):
    """Parameters stay as they are, which takes no time."""
    monkeypatch.setattr("weightloom.fields.reconstruction.learning._tuned", lambda prior, *_: _Tuned(prior, 0.0, 1.0))
    x = np.arange(8.0)
    waves = xr.DataArray(np.sin(x + np.arange(3)[:, None]), {"time": range(3), "x": x}, ("time", "x"), "u")
    names = {"period": [16.0]}
    expected = learn_prior(trajectories_of(waves, **names)[0], jax.random.key(1))
    found = learn_prior(waves, 1, names=names)
    np.testing.assert_array_equal(found.mean, expected.mean)
    assert found.period == expected.period == 16
    assert place_sensors(waves, 2, names=names).points.shape == (2, 1)


def test_forbidden_and_costly_places_are_avoided(prior):
    best = place_sensors(prior, 1).points[0]
    costs = np.where((prior.sites == best).all(axis=1), 1e6, 1.0)
    for options in ({"costs": costs}, {"forbidden": costs > 1}):
        assert not (place_sensors(prior, 1, **options).points[0] == best).all()


def test_points_that_are_no_sites_may_be_chosen(prior):
    """A prior of many points has random sites: points at the edge lie outside their box, and inside the domain."""
    inner = (np.abs(prior.sites - 0.5) < 0.4).all(axis=1)
    fewer = dataclasses.replace(
        prior, sites=prior.sites[inner], mean=prior.mean[inner], modes=prior.modes[:, inner], domain=prior.sites
    )
    corners = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]])
    assert (place_sensors(fewer, 1, candidates=corners, existing=corners[:1]).points[0] > 0).all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda field, prior: reconstruct(np.zeros(3)), "data of type ndarray cannot be used"),
        (lambda field, prior: reconstruct(field, at=np.array([[5.0, 5.0]])), "lie outside the domain"),
        (lambda field, prior: reconstruct(field, modes=-1), "modes -1 cannot be used"),
        (lambda field, prior: reconstruct("absent.nc"), "absent.nc does not exist"),
        (
            lambda field, prior: reconstruct(field, prior=of_two_channels(prior)),
            "channels",
        ),
        (lambda field, prior: learn_prior(field.masked(False)), "all values are NaN"),
        (lambda field, prior: learn_prior(field, modes=-1), "modes -1 cannot be used"),
        (lambda field, prior: learn_prior([field]), "data of type list cannot be used"),
        (lambda field, prior: learn_prior(field, key=-1), "key -1 cannot be used"),
        (lambda field, prior: place_sensors(np.zeros(3), 1), "data of type ndarray cannot be used"),
        (lambda field, prior: dataclasses.replace(prior, roughness=1.0), "roughness 1.0 cannot be used: give one of"),
        (lambda field, prior: place_sensors(prior, 82), "too few for 82 sensors"),
        (lambda field, prior: place_sensors(prior, 0), "count 0 cannot be used"),
        (lambda field, prior: place_sensors(prior, 1, costs=np.zeros(81)), "costs must be positive"),
        (lambda field, prior: place_sensors(prior, 1, forbidden=np.array([True])), r"forbidden have shape \(1,\)"),
    ],
)
def test_what_cannot_be_used_is_said(field, prior, call, sentence, unchecked):
    with pytest.raises(InputError, match=sentence):
        call(field, prior)


def test_seen_of_frames_is_every_observation(gappy, prior):
    seen = seen_of_frames(prior, gappy, 0, np.arange(FRAMES))
    assert len(seen.values) == np.isfinite(gappy.values).sum()
