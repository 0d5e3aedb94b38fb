"""The fast hypernetwork against the naive one, and what must hold of both."""

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.reference import naive_hypernetwork as naive
from weightloom.hypernetworks import AttentionalHypernetwork
from weightloom.hypernetworks.attentional.edges import Edges
from weightloom.hypernetworks.attentional.hypernetwork import Noise

CASES = [
    pytest.param((sizes, options), id=f"{'-'.join(map(str, sizes))} {options}")
    for sizes, options in [
        ((3, 5, 1), {}),
        ((2, 3, 4, 2), {"hyperdepth": 3, "channel": 2}),
        ((4, 2), {"hyperdepth": 2, "shared_noise": True, "scaling": "none", "noise_scale": 1.0}),
        ((1, 1, 1), {"hyperdepth": 1}),
    ]
]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """A hypernetwork of random size and depth, its compiled generation, and noise."""
    sizes, options = request.param
    target = wl.MLP(sizes)
    hypernetwork = AttentionalHypernetwork(target, key=jax.random.key(3), **options)
    # Large hyperweights: far from where softmax and tanh are linear.
    hypernetwork = jax.tree.map(lambda x: 1.5 * x, hypernetwork)
    generate = jax.jit(lambda h, noise, encoder: h.generate(noise, target=target, encoder=encoder), static_argnums=2)
    return hypernetwork, generate, hypernetwork.draw(jax.random.key(4), target)


def both_sides(noise):
    return np.broadcast_to(noise, (len(noise), 2, *noise.shape[2:]))


def naive_generate(hypernetwork, noise, encoder=True, edges=None):
    """The naive implementation on the same hyperweights and noise; edges are (sizes, kernels)."""
    sizes, kernels = edges or (hypernetwork.target.sizes, ())
    linear = lambda module: naive.Linear(  # noqa: E731
        np.asarray(module.weight, np.float64), np.asarray(module.bias, np.float64)
    )
    unused = np.full((1, *hypernetwork.learned.shape[1:]), 7.0)  # what the last hyperlayer learns is unread
    hyperweights = naive.Hyperweights(
        [linear(module) for module in hypernetwork.hyperlayers],
        np.concatenate([np.asarray(hypernetwork.learned, np.float64), unused]),
        linear(hypernetwork.readout),
    )
    return naive.generate(
        sizes,
        hyperweights,
        both_sides(np.swapaxes(np.asarray(noise.hidden, np.float64), 1, 2)),
        np.asarray(noise.channel, np.float64),
        ignore_encoder=not encoder,
        kernels=kernels,
    )


@pytest.mark.parametrize("encoder", [True, False])
def test_agrees_with_the_naive_implementation(case, encoder):
    hypernetwork, generate, noise = case
    fast = generate(hypernetwork, noise, encoder)
    slow = naive_generate(hypernetwork, noise, encoder)
    sizes = hypernetwork.target.sizes
    gains = [min(4 / np.sqrt(inputs), 2) for inputs in sizes[:-2]] + [1]
    for gain, (weight, bias), (naive_weight, naive_bias) in zip(gains, fast.parameters, slow.parameters, strict=True):
        np.testing.assert_allclose(weight, gain * naive_weight, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(bias, gain * naive_bias, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(fast.ledger, slow.ledger, rtol=1e-4, atol=1e-5 * (1 + slow.ledger.max()))


@pytest.mark.slow
def test_gradient_agrees_with_finite_differences(case):
    hypernetwork, _generate, noise = case
    flat, unflatten = jax.flatten_util.ravel_pytree(hypernetwork)

    @jax.jit
    @jax.value_and_grad
    def value_and_gradient(flat):
        parameters, ledger = unflatten(flat).generate(noise, target=hypernetwork.target)
        return sum((p**2).mean() for layer in parameters for p in layer) + 0.1 * jnp.log1p(ledger.sum())

    with jax.enable_x64(True):
        flat64 = jnp.asarray(np.asarray(flat), jnp.float64)
        direction = jax.random.normal(jax.random.key(0), flat.shape) / np.sqrt(flat.size)
        step = 1e-4
        (after, _), (before, _) = (value_and_gradient(flat64 + sign * step * direction) for sign in (1, -1))
        exact = value_and_gradient(flat64)[1] @ direction
    assert float(exact) == pytest.approx(float(after - before) / (2 * step), rel=1e-4)


def test_hidden_neurons_are_interchangeable():
    """Permuting hidden neurons with their noise and learned variables permutes the generated weights."""
    target = wl.MLP((3, 5, 4, 2))
    edges = Edges(target.sizes)
    hypernetwork = AttentionalHypernetwork(target, key=jax.random.key(0))
    noise = hypernetwork.draw(jax.random.key(1), target)
    first, second = np.random.default_rng(0).permutation(5), np.random.default_rng(1).permutation(4)
    numbers = list(edges.split(jnp.arange(edges.total)))
    order = edges.join([numbers[0][:, first], numbers[1][first][:, second], numbers[2][second]])

    permuted = jax.tree.map(lambda x: x, hypernetwork)
    object.__setattr__(permuted, "learned", hypernetwork.learned[..., order])
    shuffled = Noise(*(part[..., order] for part in noise))
    generate = jax.jit(lambda h, noise: h.generate(noise, target=target))
    (w1, b1), (w2, b2), (w3, b3) = generate(hypernetwork, noise).parameters
    expected = [(w1[:, first], b1[first]), (w2[first][:, second], b2[second]), (w3[second], b3)]
    result = generate(permuted, shuffled)
    for ours, theirs in zip(jax.tree.leaves(result.parameters), jax.tree.leaves(expected)):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)
    np.testing.assert_allclose(result.ledger, generate(hypernetwork, noise).ledger[:, order], rtol=1e-4, atol=1e-4)


def test_nothing_leaks_round_the_ledger():
    """Sampling from p, the learned variables cannot be told from the weights; from q, they can."""
    target = wl.MLP((3, 4, 1))
    hypernetwork = AttentionalHypernetwork(target, key=jax.random.key(0))
    other = jax.tree.map(lambda x: x, hypernetwork)
    object.__setattr__(other, "learned", 3 * jax.random.normal(jax.random.key(9), hypernetwork.learned.shape))
    generate = jax.jit(lambda h, encoder: h(None, jax.random.key(5), encoder=encoder).parameters, static_argnums=1)
    for ours, theirs in zip(*(jax.tree.leaves(generate(h, False)) for h in (hypernetwork, other))):
        np.testing.assert_array_equal(ours, theirs)
    (ours, _), _ = generate(hypernetwork, True)
    (theirs, _), _ = generate(other, True)
    assert np.abs(ours - theirs).max() > 1e-3


def test_other_sizes_have_no_memory_of_the_trained_one():
    """At sizes never trained on, learned variables are zero and samples come from p."""
    hypernetwork = AttentionalHypernetwork(wl.MLP((3, 4, 1)), key=jax.random.key(0))
    other = jax.tree.map(lambda x: x, hypernetwork)
    object.__setattr__(other, "learned", hypernetwork.learned + 1)
    larger = wl.MLP((6, 9, 1))
    generate = jax.jit(lambda h: h(None, jax.random.key(1), target=larger))
    ours, theirs = map(generate, (hypernetwork, other))
    assert ours.parameters[0][0].shape == (6, 9)
    assert ours.ledger.shape == (4, 6 * 9 + 9)
    for a, b in zip(jax.tree.leaves(ours.parameters), jax.tree.leaves(theirs.parameters)):
        np.testing.assert_array_equal(a, b)


def test_first_hyperlayer_sends_nothing(case):
    hypernetwork, generate, noise = case
    ledger = generate(hypernetwork, noise, True).ledger
    assert float(ledger[0].max()) == 0
    assert float(ledger.min()) >= 0
    if hypernetwork.hyperdepth > 1:
        assert float(ledger[1:].min(initial=np.inf)) > 0


def test_generation_is_a_function_of_the_key():
    hypernetwork = AttentionalHypernetwork(wl.MLP((3, 4, 1)), key=jax.random.key(0))
    generate = jax.jit(lambda key: hypernetwork(None, key).parameters[0][0])
    np.testing.assert_array_equal(generate(jax.random.key(1)), generate(jax.random.key(1)))
    assert np.abs(generate(jax.random.key(1)) - generate(jax.random.key(2))).max() > 1e-3


@pytest.mark.parametrize("name", ["hyperdepth", "channel"])
def test_a_width_or_depth_of_zero_is_refused(name):
    with pytest.raises(wl.InputError, match=f"{name} 0 cannot be used"):
        AttentionalHypernetwork(wl.MLP((2, 1)), key=jax.random.key(0), **{name: 0})


def test_memory_scales_the_initial_learned_variables():
    plain, strong = (
        AttentionalHypernetwork(wl.MLP((3, 4, 1)), key=jax.random.key(0), learned_std=d) for d in (1.0, 3.0)
    )
    np.testing.assert_allclose(strong.learned, 3 * plain.learned, rtol=1e-6)
    np.testing.assert_array_equal(strong.readout.weight, plain.readout.weight)


def drawn(sizes, draws=8, **options):
    """First generated layers of several hypernetworks: their weights over (hypernetwork, draw, input, neuron)."""
    generate = jax.jit(jax.vmap(lambda h, key: h(None, key).parameters, (None, 0)))
    keys = jax.random.split(jax.random.key(0), draws)
    made = [AttentionalHypernetwork(wl.MLP(sizes), key=seed, **options) for seed in range(6)]
    return [generate(hypernetwork, keys) for hypernetwork in made]


@pytest.mark.parametrize("sizes", [(4, 8, 1), (16, 24, 1)])
def test_preactivations_start_with_one_deviation_whatever_the_width(sizes):
    found = [np.sqrt((np.asarray(weight) ** 2).sum(1).mean()) for (weight, _), _ in drawn(sizes)]
    assert 1.3 < np.median(found) < 2.6


def test_learned_variables_tell_hidden_neurons_apart_at_the_start():
    """The deviation of a weight over draws is noise; that of its mean over neurons is what the encoder remembers."""

    def ratio(parameters):
        weight = np.asarray(parameters[0][0])
        noise = weight.var(0, ddof=1).mean()
        mean = weight.mean(0)
        between = (mean - mean.mean(1, keepdims=True)).var() - noise / len(weight)
        return np.sqrt(max(between, 0) / noise)

    assert np.median([ratio(parameters) for parameters in drawn((4, 12, 1))]) > 3
    former = {"noise_scale": 1.0, "channel_std": 0.15, "scaling": "none"}
    assert np.median([ratio(parameters) for parameters in drawn((4, 12, 1), **former)]) < 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channel_std": 0.001}, "channel_std 0.001 cannot be used: give a number from 0.01 to 10"),
        ({"scaling": "fanin"}, "scaling 'fanin' is unknown: use one of fan-in, none"),
        ({"noise_scale": -1.0}, "noise_scale -1.0 cannot be used"),
    ],
)
def test_a_start_that_cannot_be_used_is_refused(options, message):
    with pytest.raises(wl.InputError, match=message):
        AttentionalHypernetwork(wl.MLP((2, 1)), key=0, **options)
