"""Convolutions as targets: their channels are neurons, and every kernel position is an edge."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.architectures.by_hand import KEY
from tests.hypernetworks.attentional.test_hypernetwork import naive_generate
from tests.reference import naive_hypernetwork as naive
from weightloom.hypernetworks import AttentionalHypernetwork
from weightloom.hypernetworks.attentional.edges import Edges
from weightloom.hypernetworks.attentional.hypernetwork import Noise
from weightloom.hypernetworks.attentional.positional_encoding import positional_encodings
from weightloom.hypernetworks.attentional.targets import edges_of

nn = eqx.nn
# Two convolutions, and a linear layer of two channels at two places.
NETWORK = wl.ModuleNetwork(
    nn.Sequential(
        [
            nn.Conv2d(1, 3, (2, 1), key=KEY),
            nn.Lambda(jax.nn.silu),
            nn.Conv2d(3, 2, (1, 2), use_bias=False, key=KEY),
            nn.Lambda(jnp.ravel),
            nn.Linear(4, 2, key=KEY),
        ]
    )
)
SIZES, KERNELS = (1, 3, 2, 2), ((2, 1), (1, 2), (2,))
EDGES = Edges(SIZES, KERNELS)
X = np.arange(6, dtype=np.float32).reshape(1, 3, 2) / 6


@pytest.fixture(scope="module")
def made():
    """A hypernetwork, its compiled generation, and noise."""
    build = lambda key: AttentionalHypernetwork(NETWORK, hyperdepth=3, scaling="none", key=key)  # noqa: E731
    hypernetwork = jax.tree.map(lambda x: 1.5 * x, jax.jit(build)(KEY))
    generate = jax.jit(lambda h, noise: h.generate(noise, target=NETWORK))
    return hypernetwork, generate, hypernetwork.draw(KEY, NETWORK)


def arrays(parameters):
    """The kernel and bias of the first convolution, the kernel of the second, weight and bias of the linear layer."""
    conv1, _, conv2, _, linear = parameters.layers
    return conv1.weight, conv1.bias, conv2.weight, linear.weight, linear.bias


def test_the_edges_of_a_module_are_those_of_its_kernels():
    assert edges_of(NETWORK) == EDGES
    listed = naive.list_edges(SIZES, KERNELS)
    assert EDGES.total == len(listed) == sum(arrays(NETWORK.arrays)[leaf].size for leaf in (0, 2, 3))
    numbers = jnp.arange(EDGES.total)
    for grids, neuron in [(EDGES.split(numbers), 2), (EDGES.split(numbers, leaving=True), 1)]:
        for layer, grid in enumerate(map(np.asarray, grids), start=1):
            own = [number for number, edge in enumerate(listed) if edge[0] == layer]
            assert sorted(np.ravel(grid)) == own
            for group, of_neuron in enumerate(grid.T if neuron == 2 else grid):
                assert {listed[number][neuron] for number in of_neuron} == {group}


def test_positions_in_kernels_have_encodings():
    encodings = positional_encodings(EDGES, EDGES.axes)
    for number, (layer, i, j, *position) in enumerate(naive.list_edges(SIZES, KERNELS)):
        blocks = [naive.positional_encoding(i) * (layer == 1), naive.positional_encoding(j) * (layer == 3)]
        blocks += [naive.positional_encoding(p) for p in (layer, *position)]
        expected = np.concatenate(blocks + [np.zeros(8)] * (5 - len(blocks)))
        np.testing.assert_allclose(encodings[:, number], expected, atol=1e-6)


def test_agrees_with_the_naive_implementation(made):
    hypernetwork, generate, noise = made
    fast, slow = generate(hypernetwork, noise), naive_generate(hypernetwork, noise, edges=(SIZES, KERNELS))
    (kernel1, bias1), (kernel2, _), (weight, bias2) = slow.parameters
    kernel1, kernel2 = np.moveaxis(kernel1, -1, 0), np.moveaxis(kernel2, -1, 0)
    expected = kernel1, bias1[:, None, None], kernel2, weight.reshape(4, 2).T, bias2
    for ours, theirs in zip(arrays(fast.parameters), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(fast.ledger, slow.ledger, rtol=1e-4, atol=1e-5 * (1 + slow.ledger.max()))


def reordered(made, order):
    """What is generated when noise and learned variables of the edges are taken in another order."""
    hypernetwork, generate, noise = made
    permuted = eqx.tree_at(lambda h: h.learned, hypernetwork, hypernetwork.learned[..., order])
    return generate(permuted, Noise(*(part[..., order] for part in noise)))


def test_hidden_channels_are_interchangeable(made):
    """Permuting hidden channels with their noise and learned variables permutes the generated kernels."""
    hypernetwork, generate, noise = made
    first, second = np.array([2, 0, 1]), np.array([1, 0])
    numbers = [np.asarray(grid) for grid in EDGES.split(jnp.arange(EDGES.total))]
    middle = numbers[1].reshape(3, 2, 2)[first][..., second]
    order = np.concatenate([numbers[0][:, first].ravel(), middle.ravel(), numbers[2].reshape(2, 2, 2)[second].ravel()])
    before, after = generate(hypernetwork, noise), reordered(made, order)
    kernel1, bias1, kernel2, weight, bias2 = arrays(before.parameters)
    weight = weight.reshape(2, 2, 2)[:, second].reshape(2, 4)
    expected = kernel1[first], bias1[first], kernel2[second][:, first], weight, bias2
    for ours, theirs in zip(arrays(after.parameters), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)
    np.testing.assert_allclose(after.ledger, before.ledger[:, order], rtol=1e-4, atol=1e-4)
    # So both compute the same function.
    values = [NETWORK.apply(generated.parameters, jnp.asarray(X)) for generated in (before, after)]
    np.testing.assert_allclose(*values, rtol=1e-4, atol=1e-4)
    assert np.abs(arrays(after.parameters)[0] - kernel1).max() > 0.01


def test_positions_and_outputs_are_not_interchangeable(made):
    hypernetwork, generate, noise = made
    before = arrays(generate(hypernetwork, noise).parameters)
    numbers = [np.asarray(grid) for grid in EDGES.split(jnp.arange(EDGES.total))]
    for layer, changed, leaf, undone in [
        (0, numbers[0][::-1], 0, lambda kernel: kernel[:, :, ::-1]),
        (2, numbers[2][:, ::-1], 3, lambda weight: weight[::-1]),
    ]:
        order = np.concatenate([np.ravel(changed if layer == n else grid) for n, grid in enumerate(numbers)])
        after = arrays(reordered(made, order).parameters)
        assert np.abs(undone(after[leaf]) - before[leaf]).max() > 1e-3


def test_a_module_of_linear_layers_gets_the_weights_of_the_mlp():
    mlp, module = wl.MLP((3, 4, 2)), wl.ModuleNetwork(nn.MLP(3, 2, 4, 1, key=KEY))
    made = [
        jax.jit(lambda key, target=target: AttentionalHypernetwork(target, hyperdepth=2, key=key)(None, key))(KEY)
        for target in (mlp, module)
    ]
    for (weight, bias), layer in zip(made[0].parameters, made[1].parameters.layers, strict=True):
        np.testing.assert_array_equal(layer.weight, weight.T)
        np.testing.assert_array_equal(layer.bias, bias)
    np.testing.assert_array_equal(made[0].ledger, made[1].ledger)


def test_gains_count_the_inputs_of_all_kernel_positions():
    hypernetwork = eqx.filter_eval_shape(lambda: AttentionalHypernetwork(NETWORK, hyperdepth=1, key=KEY))
    assert hypernetwork.gains == pytest.approx((min(4 / np.sqrt(1 * 2), 2), 4 / np.sqrt(3 * 2), 1))


def conv(*arguments, **options):
    return nn.Conv1d(*arguments, key=KEY, **options)


REFUSED = {
    "groups": (conv(4, 4, 3, groups=2), "the Conv1d of several groups in"),
    "attention": (nn.MultiheadAttention(2, 4, key=KEY), "the MultiheadAttention in"),
    "norm": (nn.Sequential([conv(1, 2, 3), nn.LayerNorm((2, 4))]), r"array 'layers\.1\.weight' .* of shape \(2, 4\)"),
    "embedding": (nn.Embedding(3, 2, key=KEY), "array 'weight' .* is not the weight of one convolution"),
    "slope": (nn.PReLU(), "array 'negative_slope' .* no generated layer"),
    "cell": (nn.GRUCell(2, 3, key=KEY), "array 'weight_hh' .* has 3 inputs, and the layer before it 9 outputs"),
    "mismatch": (nn.Sequential([conv(1, 2, 3), conv(3, 2, 3)]), "has 3 inputs, and the layer before it 2 outputs"),
    "complex": (conv(1, 2, 3, dtype=jnp.complex64), "array 'weight' .* is complex"),
    "stacked": (eqx.filter_vmap(lambda key: nn.Linear(2, 2, key=key))(jax.random.split(KEY)), r"of shape \(2, 2, 2\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_chain_of_edges_is_refused_by_name(name):
    module, sentence = REFUSED[name]
    with pytest.raises(wl.InputError, match=sentence) as raised:
        AttentionalHypernetwork(wl.ModuleNetwork(module), key=KEY)
    assert "use a member of weightloom.hypernetworks.CONDITIONINGS" in str(raised.value)


def test_arrays_that_are_not_generated_are_refused_because_there_is_no_base():
    network = wl.ModuleNetwork(conv(1, 2, 3), where=lambda module: module.weight)
    with pytest.raises(wl.InputError, match=r"array 'bias' .* no generated layer, and there is no base network"):
        AttentionalHypernetwork(network, key=KEY)


def test_a_target_with_more_axes_is_refused(made):
    hypernetwork, _, _ = made
    deeper = wl.ModuleNetwork(nn.Conv3d(1, 2, 1, key=KEY))
    with pytest.raises(wl.InputError, match="kernels of 3 axes, and this hypernetwork encodes positions along 2"):
        hypernetwork(None, 0, target=deeper)
    other = jax.eval_shape(lambda: hypernetwork(None, 0, target=wl.ModuleNetwork(conv(2, 3, 5))))
    assert other.parameters.weight.shape == (3, 2, 5)
