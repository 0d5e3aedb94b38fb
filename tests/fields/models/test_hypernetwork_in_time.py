"""H(t, α): every conditioning learns fields in time, generates by hand what it applies, and interpolates."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from weightloom.fields.models.base import Frame, Observed
from weightloom.fields.models.hypernetwork_in_time import HypernetworkInTime
from weightloom.hypernetworks import CONDITIONINGS, time_features

MODEL = HypernetworkInTime(
    code=3, features=3, period=12.0, hidden=(16,), widths=(12, 12), frequency=3.0, points=30, trajectories=3,
    learning_rate=1e-2, fit_steps=100, fit_learning_rate=3e-2,
)  # fmt: skip
FRAMES = 5
STEPS = dict.fromkeys(CONDITIONINGS, 50) | {"all-weights": 1500}  # long enough for one of them to forecast


def pulses():
    """A wave of one amplitude per trajectory that moves with time, on 36 points, every second frame left out."""
    x = np.stack(np.meshgrid(*2 * [np.linspace(-1, 1, 6)], indexing="ij"), axis=-1).reshape(-1, 2)
    times = np.arange(FRAMES) * 0.5
    values = np.array([0.8, 1.0, 1.2, 1.4])[:, None, None] * np.sin(2 * x.sum(-1) - 1.5 * times[:, None])
    single = lambda array: jnp.asarray(array, jnp.float32)  # noqa: E731
    return Observed(single(values)[..., None], jnp.ones((FRAMES, 36), bool), single(x), single(times))


@functools.cache
def trained(conditioning):
    model, data, steps = dataclasses.replace(MODEL, conditioning=conditioning), pulses(), STEPS[conditioning]

    # One compilation of everything: without it each operation outside of the loop would be compiled alone.
    @jax.jit
    def train():
        def step(state, index):
            state, scalars = model.step(state, data, jax.random.fold_in(jax.random.key(1), index), index, steps)
            return state, scalars["reconstruction"]

        before = model.init(data, jax.random.key(0))
        after, errors = jax.lax.scan(step, before, jnp.arange(steps))
        (hypernetwork, codes), domain = after.parameters
        fields = [
            model._fields(hypernetwork, domain, code, data.times, data.points) for code in (codes[1], codes[1] + 1)
        ]
        return before, after, errors, *fields

    return model, data, *train()


@pytest.mark.parametrize(
    "conditioning", [name if name == "shift" else pytest.param(name, marks=pytest.mark.slow) for name in CONDITIONINGS]
)
def test_every_conditioning_is_alive(conditioning):
    """After training every leaf and the generated fields have moved, with time and with the code."""
    _, _, before, after, errors, fields, other = trained(conditioning)
    for one, two in zip(jax.tree.leaves(before.parameters.trained), jax.tree.leaves(after.parameters.trained)):
        assert np.abs(np.asarray(one) - np.asarray(two)).max() > 0
    errors, fields, other = map(np.asarray, (errors, fields, other))
    assert errors[-10:].mean() < 0.7 * errors[0]
    assert np.abs(fields - fields[:1])[1:].max() > 1e-3
    assert np.abs(fields - other).max() > 1e-3


@pytest.mark.slow
def test_the_generated_network_is_the_one_built_by_hand():
    _, data, _, after, _, fields, _ = trained("all-weights")
    hypernetwork, codes = after.parameters.trained
    condition = jnp.concatenate([time_features(jnp.asarray(2.0), 3, 12.0), codes[1]])
    *hidden, (weight, bias) = hypernetwork(condition)
    h = np.asarray(data.points)
    for w, b in hidden:
        h = np.sin(3.0 * (h @ np.asarray(w) + np.asarray(b)))
    np.testing.assert_allclose(fields[2], h @ weight + bias, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_it_forecasts_from_a_first_frame_and_interpolates_in_time():
    model, data, _, after, *_ = trained("all-weights")
    frame = Frame(data.values[2, 0], jnp.arange(36) % 2 == 0, data.points)
    times = jnp.array([0.0, 0.75, 1.0, 2.0])
    found = jax.jit(model.forecast)(model.parameters(after), frame, times, data.points)
    truth = 1.2 * np.sin(2 * np.asarray(data.points).sum(-1) - 1.5 * np.asarray(times)[:, None])
    assert np.mean((np.asarray(found)[..., 0] - truth) ** 2) < 0.1 * np.var(truth)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"conditioning": "magic"}, "all-weights"),
        ({"features": 4}, "odd"),
        ({"widths": (8, 0)}, r"widths \(8, 0\) cannot be used: give a tuple of whole numbers of at least 1"),
        ({"learning_rate": -1.0}, "learning_rate -1.0 cannot be used: give a number above 0 and at most 1"),
        ({"frequency": -1.0}, "frequency -1.0 cannot be used: give a positive number"),
    ],
)
def test_entries_that_cannot_be_used(entries, message):
    with pytest.raises(wl.InputError, match=message):
        HypernetworkInTime(**entries)


@pytest.mark.slow
def test_an_audit_finds_that_it_uses_time_and_code():
    """Tasks are the frames of all trajectories: condition and values of each."""
    model, data, _, after, *_ = trained("all-weights")
    (hypernetwork, codes), domain = after.parameters
    times = time_features(domain.frames(data.times), model.features, model.period)
    conditions = jnp.concatenate([jnp.tile(times, (len(codes), 1)), jnp.repeat(codes, FRAMES, axis=0)], axis=1)
    place = 2 * domain.unit(data.points) - 1

    def loss(parameters, values):
        return jnp.mean((hypernetwork.target.apply(parameters, place) - values) ** 2)

    assert wl.audit(hypernetwork, conditions, loss, data.values.reshape(-1, *data.values.shape[2:])).p <= 0.01
    # Frames of one time differ in the code alone, and frames of one trajectory in time alone.
    last = slice(FRAMES - 1, None, FRAMES)
    assert wl.audit(hypernetwork, conditions[last], loss, data.values[:, -1]).p <= 0.1  # four have 24 orders
    assert wl.audit(hypernetwork, conditions[:FRAMES], loss, data.values[0]).p <= 0.05
