"""What every method owes the training loop and the runs, and what each of them does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.tiny import OPTIONS, SEEDS, SIZES, STEPS, train_tiny
from weightloom.discovery.config import configure
from weightloom.discovery.methods import METHODS, find_method
from weightloom.discovery.methods.hypernetwork import generation_keys
from weightloom.errors import InputError
from weightloom.training import Purpose, key_for

SEED, STEP = (jax.ShapeDtypeStruct((), jnp.uint32) for _ in range(2))


def config_of(method, sizes=SIZES, **options):
    return configure(
        wl.tasks.l1, wl.MLP(sizes), **(OPTIONS | {"seeds": SEEDS, "steps": STEPS, "method": method} | options)
    )


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


@pytest.fixture(params=[SIZES, (3, 4, 2, 1)], ids=str)
def config(method, request):
    return config_of(method.name, request.param, betas_per_step=2)


@pytest.fixture
def program(method, config):
    return method.program(config, wl.tasks.l1)


def of_one_seed(shapes):
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), shapes)


def alike(one, other):
    """Whether two trees have the same structure, shapes and dtypes."""
    describe = lambda tree: jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree)  # noqa: E731
    return describe(one) == describe(other)


@pytest.mark.parametrize("name", ["", "sgd", "Adam"])
def test_an_unknown_method_is_answered_with_the_known_ones(name):
    with pytest.raises(InputError, match=f"method '{name}' is unknown: use one of hypernetwork, adam"):
        find_method(name)


def test_a_step_keeps_the_form_of_the_state(program):
    state = jax.eval_shape(program.init, SEED)
    after, scalars = jax.eval_shape(program.step, state, SEED, STEP)
    assert alike(after, state)
    assert "loss" in scalars
    assert {leaf.shape for leaf in scalars.values()} == {()}


def test_what_is_kept_is_the_part_of_the_state_that_is_trained(method, config, program):
    state = jax.eval_shape(program.init, SEED)
    assert alike(of_one_seed(method.parameter_shapes(config)), program.parameters(state))


def test_what_is_measured_becomes_a_dataset_over_seeds_and_betas(config, program):
    state = jax.eval_shape(program.init, SEED)
    shapes = jax.eval_shape(program.measure, state, SEED)
    measures = program.dataset(jax.tree.map(lambda leaf: np.zeros((len(SEEDS), *leaf.shape), leaf.dtype), shapes))
    assert measures.seed.values.tolist() == list(config.seeds)
    assert measures.beta.values.tolist() == config.betas.tolist()
    for layer, (weight, bias) in enumerate(config.architecture.shapes):
        assert measures[f"weight_{layer}"].shape == (len(SEEDS), len(config.betas), *weight)
        assert measures[f"bias_{layer}"].shape == (len(SEEDS), len(config.betas), *bias)
    assert {"loss", "algorithm", "margin", "double_sidedness", "strongest_connection"} <= set(measures)


@pytest.fixture(scope="module")
def trained_by(trained, tmp_path_factory):
    adam = train_tiny(tmp_path_factory.mktemp("adam") / "run", method="adam", keep="all")
    return {"adam": adam, "hypernetwork": wl.open_run(trained)}


def kept_at(run, step):
    return jax.tree.leaves(run.store.load_parameters(step, run.method.parameter_shapes(run.config)))


def test_every_trained_number_of_every_seed_is_its_own(method, trained_by):
    for leaf in kept_at(trained_by[method.name], STEPS):
        assert not np.array_equal(leaf[0], leaf[1])


def test_training_moves_every_array(method, trained_by):
    run = trained_by[method.name]
    for before, after in zip(kept_at(run, 1), kept_at(run, STEPS)):
        assert not np.array_equal(before, after)
        # Adam moves no number by much more than the learning rate in a step.
        assert np.abs(np.asarray(after) - before).max() < 3 * (STEPS - 1) * run.config.learning_rate


def test_adams_first_step_moves_every_number_by_the_learning_rate(trained_by):
    """m̂/√v̂ of a single gradient g is g/|g|, so that a step is ± the rate wherever g is not tiny."""
    run = trained_by["adam"]
    program = METHODS["adam"].program(run.config, wl.tasks.l1)
    state = program.init(jnp.uint32(1))
    after, scalars = program.step(state, jnp.uint32(1), jnp.uint32(0))
    for old, new in zip(*map(jax.tree.leaves, (state.parameters, after.parameters))):
        np.testing.assert_allclose(np.abs(new - old), run.config.learning_rate, rtol=1e-2)

    x = jax.random.normal(key_for(1, 0, Purpose.INPUTS), (run.config.batch, 2))
    errors = run.config.architecture.apply(state.parameters, x)[:, 0] - wl.tasks.l1.target(2)(x)
    assert float(scalars["loss"]) == pytest.approx(float(np.mean(np.square(errors))), rel=1e-5)
    for (weight, _), (after_weight, _) in zip(run.network(1, step=1).parameters, after.parameters):
        np.testing.assert_allclose(weight, after_weight, atol=1e-6)


def test_adam_starts_with_weights_of_variance_one_over_inputs_and_no_biases():
    program = METHODS["adam"].program(config_of("adam", (50, 200, 1)), wl.tasks.l1)
    (first, bias), (second, _) = program.init(jnp.uint32(0)).parameters
    assert float(jnp.std(first)) == pytest.approx(50**-0.5, rel=0.03)
    assert float(jnp.std(second)) == pytest.approx(200**-0.5, rel=0.2)
    assert not bias.any()


def test_the_baseline_learns(tmp_path):
    run = train_tiny(tmp_path / "run", method="adam", steps=400, batch=64, learning_rate=1e-2)
    losses = run.measures.loss.isel(beta=0)
    assert (losses.isel(step=-1) < 0.6 * losses.isel(step=0)).all()
    x, y = wl.tasks.l1.at(2).evaluation()
    error = run.network(0)(x)[:, 0] - y
    assert float(losses[-1, 0]) == pytest.approx(float(np.mean(np.square(error))), rel=1e-4)


def test_no_two_generations_share_a_key():
    keys = [key for seed in range(4) for draw in range(3) for key in generation_keys(jnp.uint32(seed), draw)]
    assert len({tuple(np.asarray(jax.random.key_data(key)).tolist()) for key in keys}) == 4 * 3 * 2
