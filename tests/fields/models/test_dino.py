"""DINo: which loss moves what, forecasts anywhere from any points, and the start and fit that affinity allows."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from weightloom.fields.models.affine_decoder import affine_field, prior_of, solved_code
from weightloom.fields.models.base import Frame, Observed
from weightloom.fields.models.dino import SIDE, DINo

MODEL = DINo(
    code=6,
    decoder_width=16,
    decoder_layers=2,
    scale=24.0,
    dynamics=(16,),
    points=40,
    trajectories=4,
    dynamics_learning_rate=1e-2,
)
GRID, FRAMES, STEPS = 10, 6, 300
# All forecasts ask for as many times and points, so that they are compiled once for a model.
LONG = 2.0 * np.arange(2 * FRAMES)


def waves(trajectories=8, frames=FRAMES, channels=1, share=1.0, points=None):
    """Plane waves of random phase and amplitude that turn by 0.3 a frame: linear in 2 numbers."""
    random = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*2 * [np.linspace(0, 2, GRID)], indexing="ij"), axis=-1).reshape(-1, 2)
    x = grid if points is None else points
    phase = random.uniform(0, 2 * np.pi, (trajectories, 1, 1)) + 0.3 * np.arange(frames)[:, None]
    fields = [random.uniform(0.5, 1.5, (trajectories, 1, 1)) * np.cos(2 * x.sum(-1) + phase) for _ in range(channels)]
    mask = np.tile(random.random(len(x)) < share, (frames, 1))
    values = np.where(mask[..., None], np.stack(fields, axis=-1), 0)
    single = lambda array: jnp.asarray(array, jnp.float32)  # noqa: E731
    return Observed(single(values), jnp.asarray(mask), single(x), single(2.0 * np.arange(frames)))


@functools.partial(jax.jit, static_argnums=0)
def begun(model, data):
    return model.init(data, jax.random.key(0))


@functools.partial(jax.jit, static_argnums=0)
def advanced(model, data, state, end):
    def step(index, state):
        return model.step(state, data, jax.random.fold_in(jax.random.key(1), index), index, STEPS)[0]

    return jax.lax.fori_loop(0, end, step, state)


@functools.cache
def trained(share=1.0):
    return advanced(MODEL, waves(share=share), start(share=share), STEPS)


@functools.cache
def start(model=MODEL, share=1.0, channels=1):
    return begun(model, waves(share=share, channels=channels))


def first_frame(data, trajectory=0):
    return Frame(data.values[trajectory, 0], data.mask[0], data.points)


@functools.partial(jax.jit, static_argnums=0)
def forecast(model, parameters, frame, points):
    return model.forecast(parameters, frame, jnp.asarray(LONG, jnp.float32), points)


@pytest.mark.slow
def test_it_learns_to_forecast():
    """A rotation in two of the code's entries, from one frame, twice as long as trained."""
    longer = waves(frames=2 * FRAMES)
    np.testing.assert_array_equal(longer.times, LONG)
    found = forecast(MODEL, MODEL.parameters(trained()), first_frame(longer), longer.points)
    errors = jnp.mean((found - longer.values[0]) ** 2, axis=(1, 2))
    variance = longer.values[0].var()
    assert errors.max() < 0.01 * variance


@pytest.mark.slow
def test_a_forecast_needs_few_points_and_decodes_any():
    data = waves()
    few = Frame(data.values[0, 0], jnp.arange(GRID**2) % 5 == 0, data.points)
    parameters = MODEL.parameters(trained())
    everywhere = forecast(MODEL, parameters, first_frame(data), data.points)
    some = forecast(MODEL, parameters, few, data.points)
    np.testing.assert_allclose(some[:FRAMES], everywhere[:FRAMES], atol=0.1)
    places = np.array([[0.3, 1.9], [1.0, 1.0], [0.123, 0.456]])
    elsewhere = np.resize(places, (GRID**2, 2))  # as many as there are points: the same compiled forecast
    found = forecast(MODEL, parameters, first_frame(data), jnp.asarray(elsewhere, jnp.float32))
    np.testing.assert_allclose(found[0], waves(points=elsewhere).values[0, 0], atol=0.1)


@pytest.mark.slow
def test_values_where_nothing_is_observed_do_not_matter():
    data = waves()
    mask = jnp.arange(GRID**2) % 3 == 0
    shown = jnp.where(mask[:, None], data.values[0, 0], 0.0)
    hidden = jnp.where(mask[:, None], data.values[0, 0], 99.0)
    parameters = MODEL.parameters(trained())
    one, two = (forecast(MODEL, parameters, Frame(v, mask, data.points), data.points) for v in (shown, hidden))
    np.testing.assert_array_equal(one, two)


def test_dynamics_send_no_gradient_to_decoder_or_codes():
    """Whatever the ODE does, decoder and codes take the same path."""
    data = waves()
    state = start()
    trained = state.parameters.trained
    other = trained._replace(dynamics=jax.tree.map(lambda x: 3 * x, trained.dynamics))
    moved = state._replace(parameters=state.parameters._replace(trained=other))
    one, two = (advanced(MODEL, data, s, 1).parameters.trained for s in (state, moved))
    jax.tree.map(np.testing.assert_array_equal, one._replace(dynamics=0), two._replace(dynamics=0))
    assert all(
        jnp.abs(a - 3 * b).max() > 0 for a, b in zip(jax.tree.leaves(two.dynamics), jax.tree.leaves(one.dynamics))
    )


def test_every_leaf_is_trained():
    before = start().parameters.trained
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(trained().parameters.trained)):
        assert jnp.abs(old - new).max() > 0


def test_the_generator_is_alive():
    """What a code decodes to moves with every entry of the code."""
    data = waves()
    field = jax.jit(affine_field)(trained().parameters.trained.decoder, data.points / 4)
    assert jnp.abs(field.modes).max(axis=0).min() > 1e-3


def test_starts():
    data = waves(share=0.5)
    zero = start(dataclasses.replace(MODEL, start="zero")).parameters.trained.codes
    assert zero.shape == (8, FRAMES, 1, 6)
    assert not zero.any()
    moving = data._replace(mask=data.mask.at[1].set(jnp.roll(data.mask[1], 1)))
    assert not begun(MODEL, moving).parameters.trained.codes.any()
    codes = start(share=0.5).parameters.trained.codes.reshape(-1, 6)
    seen = data.values.reshape(-1, GRID**2)
    seen = seen - seen.mean(axis=0)
    gram = codes @ codes.T
    np.testing.assert_allclose(gram / jnp.trace(gram), seen @ seen.T / jnp.sum(seen**2), atol=1e-4)
    assert float(jnp.mean(codes**2)) == pytest.approx(1, rel=1e-4)


@pytest.mark.slow
def test_descent_ends_where_the_solution_is():
    """Gradient descent on a convex quadratic finds what is solved for, up to the prior."""
    slow = dataclasses.replace(MODEL, fit="descend", fit_steps=3000)
    data, parameters = waves(), MODEL.parameters(trained())
    one, two = (forecast(model, parameters, first_frame(data), data.points)[0] for model in (MODEL, slow))
    np.testing.assert_allclose(one, two, atol=0.05)


@pytest.mark.slow
def test_channels_have_codes_of_their_own_and_meet_in_the_dynamics():
    model = dataclasses.replace(MODEL, code=4)
    data = waves(channels=2)
    parameters = model.parameters(start(model, channels=2))
    assert parameters.trained.codes.shape == (8, FRAMES, 2, 4)
    frame = first_frame(data)
    changed = frame._replace(values=frame.values.at[:, 0].multiply(-1.0))
    one, two = (forecast(model, parameters, f, data.points) for f in (frame, changed))
    np.testing.assert_allclose(one[0, :, 1], two[0, :, 1], atol=1e-5)
    assert jnp.abs(one[1:, :, 1] - two[1:, :, 1]).max() > 1e-3


@pytest.mark.slow
def test_a_partly_observed_training_and_vmapped_forecasts_are_finite():
    data = waves(share=0.3)
    parameters = MODEL.parameters(trained(share=0.3))
    one = lambda values: MODEL.forecast(parameters, Frame(values, data.mask[0], data.points), data.times, data.points)  # noqa: E731
    found = jax.jit(jax.vmap(one))(data.values[:3, 0])
    assert found.shape == (3, FRAMES, GRID**2, 1)
    truth = waves().values[:3]
    assert jnp.mean((found - truth) ** 2) < 0.1 * truth.var()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"code": 0}, "code 0 cannot be used: give a whole number of at least 1"),
        ({"decoder_width": 7}, "decoder_width 7 cannot be used: give an even number"),
        ({"dynamics": (8, 0)}, r"dynamics \(8, 0\) cannot be used"),
        ({"code_learning_rate": 0.0}, "code_learning_rate 0.0 cannot be used: give a number above 0 and at most 1"),
        ({"forcing": 2.0}, "forcing 2.0 cannot be used: give a number above 0 and at most 1"),
        ({"start": "random"}, "start 'random' is unknown: use pod or zero"),
        ({"fit": "guess"}, "fit 'guess' is unknown: use solve or descend"),
    ],
)
def test_entries_that_cannot_be_used(entries, message):
    with pytest.raises(wl.InputError, match=message):
        DINo(**entries)


@pytest.mark.slow
def test_an_audit_finds_that_the_decoder_uses_its_codes():
    """On frames that were not in the training, whose codes are solved from half of their points."""
    (decoder, codes, *_), residual, domain = trained().parameters
    frames = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32)
    x = waves().points
    fields = jnp.asarray(frames[:, :1] * np.cos(2 * x.sum(-1)) + frames[:, 1:] * np.sin(2 * x.sum(-1)))
    place = SIDE * domain.unit(x)
    field, half = affine_field(decoder, place), jnp.arange(GRID**2) % 2 == 0
    prior = prior_of(codes.reshape(-1, MODEL.code), residual)
    solved = jax.vmap(lambda one: solved_code(field, one, half, prior))(fields)

    def loss(parameters, values):
        return jnp.mean((decoder.target.apply(parameters, place)[:, 0] - values)[1::2] ** 2)

    found = wl.audit(decoder, solved, loss, fields)
    assert found.p <= 0.01
    assert found.loss < 0.1 * found.shuffled_loss
