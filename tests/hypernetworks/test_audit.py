"""The audit of a hypernetwork: its numbers in closed form, its p under the null, and what it says of trained ones."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import weightloom as wl
from weightloom.hypernetworks import Generated, Hypernetwork
from weightloom.training import descend

TASKS = 12
NETWORK = wl.MLP((1, 1))
X = jnp.linspace(-1, 1, 8)[:, None]


class Line(Hypernetwork):
    """The line through 0 whose slope is the condition."""

    strength: jax.Array
    target: wl.MLP = eqx.field(static=True, default=NETWORK)

    def __call__(self, condition):
        return ((self.strength * condition.reshape(1, 1), jnp.ones(1)),)


class NoisyLine(Hypernetwork):
    """The same, with noise of a given standard deviation in the slope and a KL of 1 nat per edge."""

    noise: jax.Array
    target: wl.MLP = eqx.field(static=True, default=NETWORK)

    def __call__(self, condition, key):
        slope = condition.reshape(1, 1) + self.noise * jax.random.normal(key, (1, 1))
        return Generated(((slope, jnp.zeros(1)),), jnp.ones((2, 1)))


def loss(parameters, slope):
    return jnp.mean((NETWORK.apply(parameters, X) - slope * X - 1) ** 2)


@pytest.fixture
def slopes():
    return np.random.default_rng(0).standard_normal(TASKS).astype(np.float32)


def test_is_its_closed_form(slopes):
    found = wl.audit(Line(jnp.array(1.0)), slopes, loss, slopes)
    expected = (slopes[:, None] - slopes) ** 2 * float(jnp.mean(X**2))
    np.testing.assert_allclose(found.losses, expected, atol=1e-5)
    assert found.loss == pytest.approx(0, abs=1e-6)
    assert found.shuffled_loss == pytest.approx(expected.sum() / (TASKS * (TASKS - 1)), rel=1e-4)
    assert (found.p, found.explained, found.kl) == (1e-3, 1.0, None)
    # Two weights: the slope varies, the bias is 1.
    assert found.spread == pytest.approx(np.sqrt(slopes.var(ddof=1) / ((slopes.mean() ** 2 + 1) + slopes.var(ddof=1))))
    assert found.is_used
    assert str(found).startswith("the condition is used: loss ")


def test_equal_networks_are_not_distinguished(slopes):
    found = wl.audit(Line(jnp.array(0.0)), slopes, loss, slopes)
    assert (found.p, found.spread, found.is_used) == (1.0, 0.0, False)
    assert np.isnan(found.explained)
    assert found.loss == pytest.approx(found.shuffled_loss)
    assert str(found).startswith("the condition is not used")
    assert str(found).endswith("the weights do not vary")


def test_noise_is_not_explained(slopes):
    for noise in (0.5, 2.0):
        found = wl.audit(NoisyLine(jnp.array(noise)), slopes, loss, slopes, draws=1_000)
        variance = slopes.var(ddof=1)
        assert found.explained == pytest.approx(variance / (variance + noise**2), rel=0.1)
        assert found.kl == 2.0
    assert wl.audit(NoisyLine(jnp.array(1.0)), 0 * slopes, loss, slopes).explained == 0


class Scaled(Hypernetwork):
    """A slope of noise that the condition scales: on average it does nothing."""

    target: wl.MLP = eqx.field(static=True, default=NETWORK)

    def __call__(self, condition, key):
        slope = condition.reshape(1, 1) * jax.random.normal(key, (1, 1))
        return Generated(((slope, jnp.zeros(1)),), jnp.ones((2, 1)))


def test_few_draws_are_not_taken_for_what_the_condition_does(slopes):
    # The mean of four draws varies with the condition here: by luck, which differs from key to key.
    assert np.median([wl.audit(Scaled(), slopes, loss, slopes, key=key).explained for key in range(40)]) < 0.01
    # Noise that is added is the same for all conditions, and takes nothing away from what they do.
    keys = jax.random.split(jax.random.split(jax.random.key(3))[0], 4)
    noise = np.array([jax.random.normal(key, (1, 1)).item() for key in keys])
    found = wl.audit(NoisyLine(jnp.array(1.0)), slopes, loss, slopes, draws=4, key=3)
    assert found.explained == pytest.approx(slopes.var(ddof=1) / (slopes.var(ddof=1) + noise.var(ddof=1)), rel=1e-4)


def test_p_is_uniform_where_conditions_tell_nothing():
    rng = np.random.default_rng(1)
    line = Line(jnp.array(1.0))
    found = [
        wl.audit(line, *rng.standard_normal((1, TASKS)), loss, rng.standard_normal(TASKS), permutations=99, key=k).p
        for k in range(150)
    ]
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(found) <= level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 150))


@pytest.mark.slow
def test_tells_generators_that_learned_from_those_that_could_not():
    """Of 20 seeds, those trained on their conditions pass; those on shuffled ones, or with no emission, are flagged."""

    @jax.jit
    def train(key, order):
        hypernetwork = wl.AllWeights(wl.MLP((1, 8, 1)), width=2, hidden=(8,), key=key)
        phases = jax.random.normal(key, (64, 2))
        wanted = jnp.sin(phases @ jnp.ones((2, 1)) + 2 * X[:, 0])

        def error(own):
            made = jax.vmap(lambda c: wl.call(own, c, X)[:, 0])(phases[order][:48])
            return jnp.mean((made - wanted[:48]) ** 2)

        return descend(error, hypernetwork, 300, optax.adam(1e-2))[0], phases, wanted

    def on(parameters, wanted):
        return jnp.mean((wl.MLP((1, 8, 1)).apply(parameters, X)[:, 0] - wanted) ** 2)

    own, shuffled, silent = [], [], []
    for seed in range(20):
        key = jax.random.key(seed)
        hypernetwork, phases, wanted = train(key, jnp.arange(64))
        own.append(wl.audit(hypernetwork, phases[48:], on, wanted[48:]).p)
        without = eqx.tree_at(lambda one: one.emission, hypernetwork, 0 * hypernetwork.emission)
        silent.append(wl.audit(without, phases[48:], on, wanted[48:]).p)
        hypernetwork = train(key, jax.random.permutation(key, 64))[0]
        shuffled.append(wl.audit(hypernetwork, phases[48:], on, wanted[48:]).p)
    assert max(own) <= 0.01
    assert min(silent) == 1
    assert np.sum(np.array(shuffled) > 0.05) >= 19


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c, t: (NETWORK, c, loss, t), "cannot be audited: give a hypernetwork"),
        (lambda c, t: (Line(jnp.array(1.0)), c[:3], loss, t[:3]), "for at least 4 tasks"),
        (lambda c, t: (Line(jnp.array(1.0)), c, loss, t[:5]), "12 conditions and 5 tasks"),
        (lambda c, t: (Line(jnp.array(1.0)), c, lambda own, task: X * task, t), r"has shape \(8, 1\): give one number"),
        (lambda c, t: (Line(jnp.array(1.0)), 1.0, loss, t), "conditions .* cannot be used"),
        (lambda c, t: (Line(jnp.array(1.0)), c, loss, t / 0), "the loss of task 0 with condition 0 is not finite"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_says_what_cannot_be_audited(change, message, slopes):
    with pytest.raises(wl.InputError, match=message):
        wl.audit(*change(slopes, slopes))


def test_asks_for_whole_numbers(slopes):
    with pytest.raises(wl.InputError, match="draws 0"):
        wl.audit(Line(jnp.array(1.0)), slopes, loss, slopes, draws=0)
