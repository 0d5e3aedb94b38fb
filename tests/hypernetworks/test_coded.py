"""One learned code per condition: shapes, the start, slices, and who shares what."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from weightloom.architectures import FourierNet

TARGET = wl.MLP((6, 5, 3))
KEY = jax.random.key(0)


def coded(**options):
    return wl.CodedHypernetwork(TARGET, 4, key=jax.random.key(1), **options)


def flat(parameters):
    return np.concatenate([np.ravel(leaf) for layer in parameters for leaf in layer])


@pytest.mark.parametrize("hidden", [(), (8,), (8, 7)])
def test_emits_the_targets_shapes(hidden):
    assert tuple((w.shape, b.shape) for w, b in coded(hidden=hidden)(1)) == TARGET.shapes


def test_a_number_stands_for_its_code_also_inside_vmap():
    hypernetwork = coded()
    emitted = jax.vmap(lambda number: hypernetwork(number))(jnp.arange(4))
    for number in range(4):
        by_code = hypernetwork(hypernetwork.codes[number])
        np.testing.assert_allclose(
            flat(by_code), flat(jax.tree.map(lambda x, number=number: x[number], emitted)), atol=1e-6
        )


def test_linear_trunk_agrees_with_its_formula():
    hypernetwork = coded(hidden=())
    [(weight, bias)] = hypernetwork.layers
    np.testing.assert_allclose(flat(hypernetwork(2)), hypernetwork.codes[2] @ weight + bias, rtol=1e-5)


def test_starts_with_weights_of_the_usual_size():
    hypernetwork = wl.CodedHypernetwork(wl.MLP((100, 200)), 50, hidden=(), key=KEY)
    weights = jax.vmap(lambda n: hypernetwork(n)[0][0])(jnp.arange(50))
    assert float(weights.std()) == pytest.approx(0.1, rel=0.15)
    assert not np.any(hypernetwork(0)[0][1])
    assert not np.any(flat(coded(scale=0.0)(0)))


def test_codes_of_no_width_emit_one_network_that_starts_at_0():
    hypernetwork = coded(width=0, hidden=())
    assert not np.any(flat(hypernetwork(3)))


def test_a_smaller_target_gets_the_first_entries():
    hypernetwork = coded()
    whole, part = hypernetwork(0), hypernetwork.sliced(0, wl.MLP((4, 2, 3)))
    np.testing.assert_array_equal(part[0][0], whole[0][0][:4, :2])
    np.testing.assert_array_equal(part[1][0], whole[1][0][:2])


@pytest.mark.parametrize("sizes", [(7, 5, 3), (6, 3), (6, 5, 5, 3)])
def test_targets_that_do_not_fit_are_refused(sizes):
    with pytest.raises(wl.InputError, match="do not fit into"):
        coded().sliced(0, wl.MLP(sizes))


@pytest.mark.parametrize("bad", [{"conditions": 0}, {"width": -1}, {"hidden": (0,)}])
def test_bad_widths_are_refused(bad):
    with pytest.raises(wl.InputError, match="cannot be used"):
        wl.CodedHypernetwork(TARGET, **{"conditions": 4, **bad}, key=KEY)


def test_codes_that_there_are_not_are_refused():
    for number in (4, -5):
        with pytest.raises(wl.InputError, match="give a number from 0 to 3"):
            coded()(number)
    with pytest.raises(wl.InputError, match=r"a code of shape \(16,\)"):
        coded()(jnp.ones(3))
    np.testing.assert_array_equal(flat(coded()(-1)), flat(coded()(3)))


def test_targets_of_other_parameters_than_pairs_are_refused():
    with pytest.raises(wl.InputError, match="does not have one"):
        wl.CodedHypernetwork(FourierNet((2, 4, 1)), 4, key=KEY)
