"""A user's own module: what becomes a parameter, which layers it has, what makes it equal to another."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import weightloom as wl
from tests.architectures.modules import everything
from weightloom.architectures import LayerLeaves, ModuleNetwork

KEY = jax.random.key(0)


class Residual(eqx.Module):
    """Layers of several kinds, an array of its own, and things that are no parameters."""

    into: eqx.nn.Linear
    norm: eqx.nn.LayerNorm
    out: eqx.nn.Linear
    gain: jax.Array
    counts: jax.Array
    name: str = eqx.field(static=True)

    def __call__(self, x):
        return self.out(self.gain * jnp.tanh(self.norm(self.into(x))))


def residual(gain=1.5, name="a", counts=3):
    into, out = jax.random.split(KEY)
    linear = eqx.nn.Linear(2, 4, use_bias=False, key=into), eqx.nn.Linear(4, 3, key=out)
    return Residual(linear[0], eqx.nn.LayerNorm(4), linear[1], jnp.array(gain), jnp.array(counts), name)


def test_every_inexact_array_is_a_parameter_and_nothing_else():
    network = ModuleNetwork(residual())
    parameters = network.initial(KEY)
    assert [leaf.shape for leaf in jax.tree.leaves(parameters)] == [(4, 2), (4,), (4,), (3, 4), (3,), ()]
    assert network.sizes == (2, 3)
    x = jnp.array([0.3, -0.2])
    np.testing.assert_allclose(network.apply(parameters, x), residual()(x), rtol=1e-6)
    doubled = jax.tree.map(lambda leaf: 2 * leaf, parameters)
    expected = eqx.apply_updates(residual(), eqx.filter(residual(), eqx.is_inexact_array))
    np.testing.assert_allclose(network.apply(doubled, x), expected(x), rtol=1e-6)
    assert eqx.tree_equal(network.module(doubled), expected)
    assert eqx.tree_equal(network.module(expected), expected)


def test_layers_are_submodules_with_a_weight_or_a_bias():
    expected = [
        LayerLeaves(0, None, axis=0, relative=True),
        LayerLeaves(1, 2, axis=0, inputs=1, relative=True),
        LayerLeaves(3, 4, axis=0, relative=True),
    ]
    assert list(ModuleNetwork(residual()).layers) == expected
    assert list(ModuleNetwork(residual(), where=lambda m: [m.norm, m.out.bias, m.gain]).layers) == [
        expected[1],
        LayerLeaves(None, 4, axis=0, sized_by=3, relative=True),
    ]


def layers_by_name(network):
    """Every layer's weight and bias by their names, with the axis of the outputs and the inputs."""
    name = lambda leaf: None if leaf is None else network.leaves[leaf]  # noqa: E731
    return {(name(one.weight), name(one.bias)): (one.axis, one.inputs, name(one.sized_by)) for one in network.layers}


def test_layers_of_equinox_have_the_rules_of_their_kind():
    found = layers_by_name(ModuleNetwork(everything()[0]))
    plain, alone = (0, None, None), (0, 1, None)
    for layer in ("kernel", "up", "volume", "head", "attention.output_proj"):
        assert found.pop((f"{layer}.weight", f"{layer}.bias")) == plain
    for layer in ("line", "attention.query_proj", "attention.key_proj", "attention.value_proj"):
        assert found.pop((f"{layer}.weight", None)) == plain
    for layer in ("batch", "group", "norm", "root"):
        assert found.pop((f"{layer}.weight", f"{layer}.bias")) == alone
    for cell in ("cell", "memory"):
        assert found.pop((f"{cell}.weight_ih", f"{cell}.bias")) == found.pop((f"{cell}.weight_hh", None)) == plain
    assert found == {
        ("tied.pytree.0.weight", None): (1, 1, None),
        (None, "tied.pytree.1.bias"): plain,
        (None, "cell.bias_n"): (0, None, "cell.weight_hh"),
        ("fixed_norm.g", None): alone,
        (None, "fixed_norm.layer.bias"): (0, None, "fixed_norm.g"),
    }


class Product(eqx.Module):
    """A layer as JAX users write it, outputs last."""

    weight: jax.Array
    bias: jax.Array

    def __call__(self, x):
        return x @ self.weight + self.bias


def test_weights_with_their_outputs_last_are_known_by_their_bias():
    network = ModuleNetwork(Product(jnp.ones((3, 4)), jnp.zeros(4)), inputs=3)
    assert network.layers == (LayerLeaves(0, 1, axis=-1, relative=True),)
    assert network.sizes == (3, 4)
    lone = ModuleNetwork(Product(jnp.ones((3, 4)), jnp.zeros(5)))
    assert [layer[:2] for layer in lone.layers] == [(0, None), (None, 1)]


def test_equal_means_same_structure_and_numbers():
    one = ModuleNetwork(residual())
    assert one == ModuleNetwork(residual())
    assert hash(one) == hash(ModuleNetwork(residual()))
    for other in (residual(gain=1.6), residual(name="b"), residual(counts=4)):
        assert one != ModuleNetwork(other)
    assert one != ModuleNetwork(residual(), where=lambda m: m.out)


def test_a_hypernetwork_keeps_a_description_without_arrays():
    """Networks of one form have equal descriptions, so that one compiled function serves the hypernetworks of both."""
    one, other = (ModuleNetwork(residual(gain=gain)) for gain in (1.5, 1.6))
    assert one.description == other.description != one
    assert hash(one.description) == hash(other.description)
    assert one.description != ModuleNetwork(residual(counts=4)).description
    assert one.description.shapes == one.shapes
    assert one.description.layers == one.layers
    assert not [leaf for leaf in jax.tree.leaves(one.description.arrays) if eqx.is_array(leaf)]
    with pytest.raises(wl.InputError, match="use the hypernetwork's `base`"):
        one.description.initial(0)


def test_hash_and_equality_of_one_module_read_no_array(monkeypatch):
    monkeypatch.setattr("weightloom.architectures.module_network.fingerprint", lambda leaf: pytest.fail("it was read"))
    module = residual()
    one, other = ModuleNetwork(module), ModuleNetwork(module)
    assert {one: 1}[other] == 1
    assert {one.description: 1}[ModuleNetwork(eqx.tree_at(lambda m: m.gain, module, jnp.ones(()))).description] == 1


def test_modules_can_be_made_inside_a_transformation():
    networks = eqx.filter_vmap(lambda key: wl.AllWeights(ModuleNetwork(eqx.nn.Linear(2, 3, key=key)), width=2, key=key))
    hypernetworks = networks(jax.random.split(KEY, 4))
    assert hypernetworks.base.weight.shape == (4, 3, 2)
    assert hypernetworks.target == ModuleNetwork(eqx.nn.Linear(2, 3, key=KEY)).description


def test_any_other_call_is_the_module_s_own():
    cell = eqx.nn.GRUCell(2, 3, key=KEY)
    network = ModuleNetwork(cell)
    assert network.sizes == ()
    parameters = network.initial(0)
    x, h = jnp.ones(2), jnp.ones(3)
    np.testing.assert_array_equal(network.apply(parameters, x, h), cell(x, h))
    np.testing.assert_array_equal(network.apply(parameters, x, hidden=h), cell(x, h))
    norm = ModuleNetwork(eqx.nn.LayerNorm((4,)))
    np.testing.assert_array_equal(norm.apply(norm.initial(0), jnp.arange(4.0)), eqx.nn.LayerNorm((4,))(jnp.arange(4.0)))


class Scalar(eqx.Module):
    linear: eqx.nn.Linear

    def __call__(self, x):
        return self.linear(x).sum()


class Named(Scalar):
    names: set


class Listed(Scalar):
    sizes: list = eqx.field(static=True)


class Inner(eqx.Module):
    inner: list

    def __call__(self, x):
        return x


def test_what_is_no_network_is_refused():
    linear = eqx.nn.Linear(2, 3, key=KEY)
    for module, options, sentence in [
        (Scalar(linear), {"inputs": 2}, r"returns shape \(\) for one input"),
        (Named(linear, {"a"}), {}, "leaf 'names' of Named cannot be hashed"),
        (Inner([Listed(linear, [1])]), {}, r"static field 'inner\.0\.sizes' of Inner cannot be hashed"),
        (eqx.nn.Lambda(jnp.tanh), {}, "nothing to generate"),
        (linear, {"inputs": 5}, r"cannot be called with one input of shape \(5,\)"),
        (linear, {"where": lambda m: m.layers}, "`where` failed for Linear"),
        (residual(), {"where": lambda m: m.counts}, "selects no floating-point array of Residual: select some of into"),
    ]:
        with pytest.raises(wl.InputError, match=sentence):
            ModuleNetwork(module, **options)
    assert ModuleNetwork(Scalar(linear)).sizes == ()
    with pytest.raises(wl.InputError, match="leaf 'counts' of Residual is an array of dtype int32 created inside"):
        jax.jit(lambda n: ModuleNetwork(residual(counts=n)).shapes)(jnp.array(3))


def test_parameters_that_do_not_fit_are_named():
    network = ModuleNetwork(residual())
    parameters = network.initial(0)
    for wrong, sentence in [
        (jax.tree.map(lambda leaf: leaf[None], parameters), r"'into.weight' .* has shape \(1, 4, 2\) instead of"),
        (eqx.tree_at(lambda m: m.norm.bias, parameters, None), "they lack 'norm.bias'"),
        (ModuleNetwork(residual(name="b")).initial(0), "differ in a class or in a static field"),
        (wl.MLP((2, 3)).initial(0), "they lack 'into.weight'"),
        ({"x": parameters, "more": jnp.ones(2)}, "they lack 'into.weight'"),
    ]:
        with pytest.raises(wl.InputError, match=sentence):
            network.module(wrong)


class Tree(eqx.Module):
    """Anything inside anything."""

    parts: object
    weight: object
    label: object = eqx.field(static=True)


FLOATS = st.tuples(st.integers(0, 3), st.integers(1, 3)).map(lambda shape: np.ones(shape, np.float32))
OTHERS = st.sampled_from([None, np.arange(3), np.array(True), jnp.tanh, 2, 0.5, "text", jax.random.key(1)])
LAYERS = st.sampled_from([eqx.nn.LayerNorm(2), eqx.nn.Dropout(0.5), eqx.nn.PReLU(), eqx.nn.Identity()])
TREES = st.recursive(
    FLOATS | OTHERS | LAYERS,
    lambda inner: (
        st.builds(Tree, inner, FLOATS | OTHERS, st.sampled_from(["a", 1, (2, "b")]))
        | st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from(["one", "two"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.builds(Tree, TREES, FLOATS, st.just("root")), st.data())
def test_any_tree_of_modules_can_be_generated(module, data):
    network = ModuleNetwork(module)
    own = [leaf for leaf in jax.tree.leaves(module) if eqx.is_inexact_array(leaf)]
    parameters = jax.tree.unflatten(jax.tree.structure(network.arrays), [2 * leaf for leaf in own])
    doubled = jax.tree.map(lambda leaf: 2 * leaf if eqx.is_inexact_array(leaf) else leaf, module)
    assert eqx.tree_equal(network.module(parameters), doubled)
    assert network == ModuleNetwork(module)
    assert hash(network) == hash(ModuleNetwork(module))
    assert len(set(network.leaves)) == len(own)
    used = [leaf for layer in network.layers for leaf in layer[:2] if leaf is not None]
    assert len(set(used)) == len(used)
    number = data.draw(st.integers(0, len(own) - 1))
    one = ModuleNetwork(module, where=lambda m: named(m, network.leaves[number]))
    assert one.generated == (number,)
    assert one != network


def named(module, name):
    """A leaf by its name, such as `parts.0.weight`."""
    for part in name.split("."):
        if isinstance(module, dict):
            module = module[part]
        else:
            module = module[int(part)] if part.isdigit() else getattr(module, part)
    return module
