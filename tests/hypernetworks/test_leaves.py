"""Conditionings on leaves of other dtypes, and on layers that share one array."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.architectures.modules import KEY

C = jnp.array([1.0, -1.0])


class Spectral(eqx.Module):
    """A complex layer, as in Fourier neural operators, and one in half precision."""

    modes: eqx.nn.Linear
    out: eqx.nn.Linear

    def __init__(self):
        self.modes = eqx.nn.Linear(3, 8, dtype=jnp.complex64, key=KEY)
        self.out = eqx.nn.Linear(8, 2, dtype=jnp.bfloat16, key=KEY)

    def __call__(self, x):
        return self.out(jnp.abs(self.modes(x)).astype(jnp.bfloat16))


def test_complex_and_half_precision_leaves_keep_their_dtype():
    network = wl.ModuleNetwork(Spectral())
    hypernetwork = wl.AllWeights(network, width=2, scale=0.1, key=KEY)
    parameters, gradient = jax.jit(
        lambda h: (h(C), jax.grad(lambda h: wl.call(h, C, jnp.ones(3)).astype(jnp.float32).sum())(h))
    )(hypernetwork)
    assert parameters.modes.weight.dtype == jnp.complex64
    assert parameters.out.weight.dtype == jnp.bfloat16
    change = np.asarray(parameters.modes.weight - hypernetwork.base.modes.weight)
    for part in (change.real, change.imag):
        assert np.all(part != 0)
    size = np.sqrt((np.abs(np.asarray(hypernetwork.base.modes.weight)) ** 2).mean())
    assert np.sqrt((np.abs(change) ** 2).mean()) / size == pytest.approx(0.1, rel=0.5)
    assert np.all(np.any(np.asarray(gradient.emission), axis=1))
    for conditioning in (wl.FiLM, wl.LowRank):
        with pytest.raises(wl.InputError, match=r"complex array 'modes\.weight' .* exclude it with `where`"):
            conditioning(network, width=2, key=KEY)
    chosen = wl.ModuleNetwork(Spectral(), where=lambda m: m.out)
    assert jax.eval_shape(wl.FiLM(chosen, width=2, key=KEY), C).out.weight.dtype == jnp.bfloat16


class Stacked(eqx.Module):
    """Three layers in one array, one after the other by a scan."""

    layers: eqx.nn.Linear

    def __init__(self):
        self.layers = eqx.filter_vmap(lambda key: eqx.nn.Linear(4, 5, key=key))(jax.random.split(KEY, 3))


def test_stacked_layers_change_one_by_one():
    network = wl.ModuleNetwork(Stacked(), where=lambda m: m.layers)
    base = network.initial(0).layers.weight
    assert network.layers[0].stacked == 1
    assert network.depth == 3

    def build(key):
        low_rank = wl.LowRank(network, width=2, rank=1, key=key)
        film = wl.FiLM(network, width=2, key=key)
        return low_rank(C).layers.weight, film(C).layers

    low_rank, film = jax.jit(build)(KEY)
    assert [np.linalg.matrix_rank(one, tol=1e-5) for one in np.asarray(low_rank - base)] == [1, 1, 1]
    gain = np.asarray(film.weight / base)
    np.testing.assert_allclose(gain, np.broadcast_to(gain[..., :1], gain.shape), rtol=1e-4)
    assert len(np.unique(gain[..., 0].round(6))) == 15
    assert film.bias.shape == (3, 5)
