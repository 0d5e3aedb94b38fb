"""A user's own module: what becomes a parameter, what makes it equal to another, and what it cannot be."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
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
    np.testing.assert_allclose(
        network.apply(doubled, x),
        eqx.apply_updates(residual(), eqx.filter(residual(), eqx.is_inexact_array))(x),
        rtol=1e-6,
    )


def test_layers_are_submodules_with_a_weight_or_a_bias():
    expected = (LayerLeaves(0, None, axis=0), LayerLeaves(1, 2, axis=0), LayerLeaves(3, 4, axis=0))
    assert ModuleNetwork(residual()).layers == expected


def test_equal_means_same_structure_and_numbers():
    one = ModuleNetwork(residual())
    assert one == ModuleNetwork(residual())
    assert hash(one) == hash(ModuleNetwork(residual()))
    for other in (residual(gain=1.6), residual(name="b"), residual(counts=4)):
        assert one != ModuleNetwork(other)


def test_modules_of_arrays_and_keys_alone_need_their_inputs():
    class Wave(eqx.Module):
        frequency: jax.Array
        key: jax.Array

        def __call__(self, x):
            return jnp.sin(self.frequency * x)

    wave = Wave(jnp.array([1.0, 2.0]), jax.random.key(3))
    assert ModuleNetwork(wave, inputs=2).sizes == (2, 2)
    with pytest.raises(wl.InputError, match="give `inputs`"):
        ModuleNetwork(wave)


def test_what_is_no_network_is_refused():
    class Scalar(eqx.Module):
        linear: eqx.nn.Linear

        def __call__(self, x):
            return self.linear(x).sum()

    class Named(Scalar):
        names: set

    linear = eqx.nn.Linear(2, 3, key=KEY)
    for module, sentence in [
        (Scalar(linear), r"returns shape \(\) for one input"),
        (Named(linear, {"a"}), "cannot be hashed"),
        (eqx.nn.Lambda(jnp.tanh), "nothing to generate"),
    ]:
        with pytest.raises(wl.InputError, match=sentence):
            ModuleNetwork(module)
    with pytest.raises(wl.InputError, match=r"cannot be called with one input of shape \(5,\)"):
        ModuleNetwork(linear, inputs=5)
