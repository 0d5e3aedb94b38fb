"""What every model of the table keeps to."""

import dataclasses
import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.errors import InputError
from weightloom.fields.models import MODELS, ContinuousPOD, Frame, GridPOD, Observed, find_model
from weightloom.fields.models.domain import domain_of
from weightloom.fields.preprocessing import Scale, observed_frames
from weightloom.fields.trajectories import Trajectories

SMALL = {
    "dino": {"code": 4, "decoder_width": 8, "dynamics": (8,), "points": 16, "trajectories": 4, "fit_steps": 5},
    "continuous-pod": {"modes": 4, "quadratic": 2, "highest": 3, "waves": 20},
    "hypernetwork-in-time": {"widths": (8, 8), "code": 4, "points": 16, "trajectories": 4, "fit_steps": 5},
    "grid-pod": {"modes": 4, "quadratic": 2},
}


def travelling_waves(trajectories=8, frames=6, side=8, period=(1.0, 1.0)):
    """A sine of random phase that moves along x: two modes and a linear law."""
    phases = np.random.default_rng(0).random(trajectories)
    axis = np.arange(side) / side
    x = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    t = 0.5 * np.arange(frames)
    wave = np.sin(2 * np.pi * (x[None, None, ..., 0] - 0.1 * t[:, None, None] + phases[:, None, None, None]))
    return Trajectories(np.sqrt(2) * wave[..., None], t, x, ("height",), period)


def observations(data, mask=None):
    mask = np.ones((len(data.times), len(data.points)), bool) if mask is None else mask
    values = np.where(mask[None, :, :, None], data.at_points, 0)
    return Observed(*map(jnp.asarray, (values, mask, data.points, data.times.astype(np.float32))))


@functools.partial(jax.jit, static_argnums=0)
def first_step(model, observed):
    key = jax.random.key(0)
    return model.step(model.init(observed, key), observed, key, jnp.uint32(0), 1)


@functools.partial(jax.jit, static_argnums=0)
def forecast(model, parameters, frame, times, points):
    return model.forecast(parameters, frame, times, points)


def fitted(model, data, mask=None):
    return first_step(model, observations(data, mask))


@pytest.mark.parametrize("name", MODELS)
def test_one_step_keeps_the_state_and_forecasts_what_was_asked_for(name):
    data = travelling_waves()
    model = MODELS[name](**SMALL.get(name, {})).with_defaults_from(data)
    assert hash(model) == hash(dataclasses.replace(model))
    settings = json.loads(json.dumps(dataclasses.asdict(model)))
    again = MODELS[name](**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})
    assert again == model
    start = jax.eval_shape(model.init, observations(data), jax.random.key(0))
    state, scalars = fitted(model, data)
    shapes = lambda tree: jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree)  # noqa: E731
    assert shapes(start) == shapes(state)
    assert all(jnp.shape(value) == () for value in scalars.values())
    parameters = model.parameters(state)
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(parameters))
    frame = Frame(jnp.asarray(data.at_points[0, 0]), jnp.ones(64, bool), jnp.asarray(data.points))
    found = forecast(model, parameters, frame, jnp.array([0.0, 0.3, 4.0]), jnp.zeros((5, 2)))
    assert found.shape == (3, 5, 1)
    assert jnp.isfinite(found).all()


@pytest.mark.slow
@pytest.mark.parametrize(("seen", "moving"), [(1.0, False), (0.4, False), (0.4, True)])
def test_continuous_pod_solves_a_travelling_wave_from_any_points(seen, moving):
    data = travelling_waves()
    random = np.random.default_rng(1)
    mask = np.broadcast_to(random.random((6 if moving else 1, 64)) < seen, (6, 64))
    model = ContinuousPOD(modes=2, quadratic=0, highest=3).with_defaults_from(data)
    state, _ = fitted(model, data, mask)
    # A start that the fit has not seen, observed at places off the grid, asked for at others.
    at, query = (jnp.asarray(random.random((n, 2)), jnp.float32) for n in (12, 30))
    times = jnp.array([0.0, 0.5, 6.25])
    truth = lambda x, t: np.sqrt(2) * np.sin(2 * np.pi * (x[:, 0] - 0.1 * t + 0.33))  # noqa: E731
    frame = Frame(jnp.asarray(truth(np.asarray(at), 0), jnp.float32)[:, None], jnp.ones(12, bool), at)
    found = forecast(model, state, frame, times, query)[..., 0]
    expected = np.stack([truth(np.asarray(query), t) for t in np.asarray(times)])
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_random_waves_serve_where_nothing_repeats():
    data = travelling_waves(side=10, period=None)
    model = ContinuousPOD(modes=2, quadratic=0, waves=80).with_defaults_from(data)
    state, _ = fitted(model, data)
    frame = Frame(jnp.asarray(data.at_points[3, 0]), jnp.ones(100, bool), jnp.asarray(data.points))
    found = forecast(model, state, frame, jnp.asarray(data.times, jnp.float32), jnp.asarray(data.points))
    assert float(((found - data.at_points[3]) ** 2).mean()) < 1e-2


@pytest.mark.slow
def test_grid_pod_and_continuous_pod_agree_where_everything_is_seen():
    data = travelling_waves()
    frame = Frame(jnp.asarray(data.at_points[1, 0]), jnp.ones(64, bool), jnp.asarray(data.points))
    times, found = jnp.asarray(data.times, jnp.float32), []
    for model in (ContinuousPOD(modes=2, quadratic=0, highest=3), GridPOD(modes=2, quadratic=0)):
        model = model.with_defaults_from(data)
        state, _ = fitted(model, data)
        found.append(forecast(model, state, frame, times, frame.points))
    np.testing.assert_allclose(found[0], found[1], atol=2e-2)
    np.testing.assert_allclose(found[1], data.at_points[1], atol=2e-2)


@pytest.mark.slow
@pytest.mark.parametrize("family", [ContinuousPOD, GridPOD])
def test_there_are_no_more_modes_than_points(family):
    data = travelling_waves(trajectories=6, side=4)
    model = family(modes=30, quadratic=20, **({"highest": 2} if family is ContinuousPOD else {})).with_defaults_from(
        data
    )
    assert (model.modes, model.quadratic) == (16, 16)
    state, _ = fitted(model, data)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(state))


@pytest.mark.slow
def test_modes_are_found_from_sensors_that_move():
    """Gappy POD of grid values, from half of the points, others in each frame."""
    data = travelling_waves(trajectories=12, frames=8)
    mask = np.random.default_rng(2).random((8, 64)) < 0.5
    model = GridPOD(modes=2, quadratic=0).with_defaults_from(data)
    state, _ = fitted(model, data, mask)
    frame = Frame(
        jnp.asarray(np.where(mask[0, :, None], data.at_points[1, 0], 0)), jnp.asarray(mask[0]), jnp.asarray(data.points)
    )
    found = forecast(model, state, frame, jnp.asarray(data.times, jnp.float32), frame.points)
    assert float(((found - data.at_points[1]) ** 2).mean()) < 0.05


@pytest.mark.parametrize("origin", [0.0, 2_459_000.0])
def test_the_origin_of_time_does_not_matter(origin):
    """Hours of Julian days, which single precision cannot tell from one another."""
    waves = travelling_waves()
    data = dataclasses.replace(waves, times=origin + waves.times / 24)
    observed = observed_frames(data, np.ones((6, 64), bool), Scale((0.0,), (1.0,)))
    np.testing.assert_allclose(observed.times, waves.times / 24, atol=1e-7)
    assert float(domain_of(observed.points, observed.times).frame) == pytest.approx(0.5 / 24, rel=1e-4)


def test_dynamics_cannot_be_learned_from_one_frame():
    for model in (MODELS["dino"](), ContinuousPOD(), GridPOD()):
        with pytest.raises(InputError, match="give trajectories of at least 2 frames"):
            model.with_defaults_from(travelling_waves(frames=1))


def test_a_basis_that_no_memory_holds_is_refused():
    cube = np.stack(np.meshgrid(*3 * [np.arange(4) / 4], indexing="ij"), axis=-1)
    data = Trajectories(np.ones((2, 2, 4, 4, 4, 1)), np.arange(2.0), cube, ("heat",), (1.0, 1.0, 1.0))
    with pytest.raises(InputError, match="highest 20 gives about 16,755 waves in 3 coordinates: reduce highest"):
        ContinuousPOD().with_defaults_from(data)
    with pytest.raises(InputError, match="highest 10000 gives"):  # a lattice that no memory holds either
        ContinuousPOD(highest=10_000).with_defaults_from(data)
    assert len(ContinuousPOD(highest=10).with_defaults_from(data).basis.wavenumbers) == pytest.approx(
        4 / 6 * np.pi * 10**3, rel=0.02
    )
    with pytest.raises(InputError, match="waves 5001 gives"):
        ContinuousPOD(waves=5001).with_defaults_from(dataclasses.replace(data, period=None))


def with_entry(family, name, value):
    """A model as users make it, whose arguments nobody checks the types of."""
    model = family()
    object.__setattr__(model, name, value)
    model.__post_init__()
    return model


@pytest.mark.parametrize("name", MODELS)
def test_entries_that_cannot_be_used_are_refused_by_name(name):
    family = MODELS[name]
    for entry in dataclasses.fields(family):
        usual = entry.default
        wrong = {int: [-1, 2.5, True, "3"], float: [-1.0, float("nan")]}.get(type(usual), [])
        if usual and isinstance(usual, tuple):
            wrong = [(0,), (2.5,), "ab", 0]
        for value in wrong:
            with pytest.raises(InputError, match=f"^{entry.name}"):
                with_entry(family, entry.name, value)


def test_whole_numbers_of_numpy_and_lists_are_taken():
    for entry, given, whole in (("code", np.int64(4), 4), ("dynamics", [np.int32(8), 9], (8, 9))):
        model = with_entry(MODELS["dino"], entry, given)
        assert model == MODELS["dino"](**{entry: whole})
        json.dumps(dataclasses.asdict(model))


def test_an_unknown_model_is_refused():
    with pytest.raises(InputError, match="'magic' is unknown: use one of dino, continuous-pod"):
        find_model("magic")
