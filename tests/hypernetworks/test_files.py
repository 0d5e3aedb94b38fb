"""Hypernetworks as files: what is written comes back, and everything else is refused by name."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy

import weightloom as wl

TARGET = wl.MLP((2, 3, 1))


def film(target=TARGET, key=0, **options):
    return wl.FiLM(target, width=2, key=key, **options)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "one.safetensors"


def test_a_hypernetwork_comes_back_to_the_last_bit(path):
    module, state = eqx.nn.make_with_state(eqx.nn.BatchNorm)(3, "batch", mode="batch")
    hypernetwork = wl.AllWeights(wl.ModuleNetwork(module), width=2, frozen=True, key=0)
    whole = (wl.ParetoHypernetwork(hypernetwork, key=1), state, jax.random.key(4))
    wl.save(path, whole)
    other = (jax.tree.map(jnp.zeros_like, whole[0]), state, jax.random.key(5))
    for like in (other, eqx.filter_eval_shape(lambda: other)):
        loaded = wl.load(path, like)
        assert eqx.tree_equal(loaded, whole)
    assert "0.static.base.arrays.weight" in safetensors.numpy.load_file(path)


class Odd(eqx.Module):
    """Arrays of all dtypes, and something that is none."""

    arrays: dict
    function: object = jnp.tanh


def test_arrays_of_all_dtypes_come_back(path):
    dtypes = ["float32", "float16", "bfloat16", "complex64", "int8", "int32", "uint32", "bool"]
    odd = Odd({name: jnp.asarray([0, 1, 3]).astype(name) * jnp.ones(3, name) for name in dtypes})
    wl.save(path, odd)
    loaded = wl.load(path, odd)
    assert loaded.function is jnp.tanh
    for name, one in loaded.arrays.items():
        assert one.dtype == name
        np.testing.assert_array_equal(one, odd.arrays[name])


def test_the_trained_part_alone_can_be_saved(path):
    hypernetwork = film(frozen=True)
    trained, rest = eqx.partition(hypernetwork, wl.trainable(hypernetwork))
    wl.save(path, trained)
    assert set(safetensors.numpy.load_file(path)) == {"emission"}
    other, _ = eqx.partition(film(frozen=True, key=1), wl.trainable(hypernetwork))
    assert eqx.tree_equal(eqx.combine(wl.load(path, other), rest), hypernetwork)


def rewritten(path, arrays, description):
    """The file with other arrays, as if `save` had written them."""
    from weightloom.runs.tensors import arrays_bytes

    path.write_bytes(arrays_bytes(arrays, {"hypernetwork": description}))


def test_everything_unexpected_is_named(path):
    wl.save(path, film())
    arrays = safetensors.numpy.load_file(path)
    with safetensors.safe_open(path, "numpy") as file:
        description = json.loads(file.metadata()["weightloom"])["hypernetwork"]
    assert description["target"] == {"class": "MLP", "sizes": [2, 3, 1], "activation": "swish"}
    for changed, sentence in [
        ({name: array for name, array in arrays.items() if name != "emission"}, "entry 'emission' is missing"),
        (arrays | {"more": np.ones(2, np.float32)}, "entry 'more' is unexpected"),
        (arrays | {"emission": arrays["emission"].T}, "entry 'emission' has shape"),
        (arrays | {"emission": arrays["emission"].astype(int)}, "entry 'emission' has dtype"),
        (arrays | {"emission": arrays["emission"] * np.inf}, "entry 'emission' has .* values that are not finite"),
    ]:
        rewritten(path, changed, description)
        with pytest.raises(wl.RunError, match=sentence):
            wl.load(path, film())
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(wl.RunError, match="is not a valid safetensors file"):
        wl.load(path, film())


def test_a_file_of_another_hypernetwork_is_refused(path):
    wl.save(path, film())
    for like, sentence in [
        (film(wl.MLP((2, 3, 1), "relu")), "has target.activation 'swish' instead of 'relu'"),
        (film(wl.SIREN((2, 3, 1))), "has target.class 'MLP' instead of 'SIREN'"),
    ]:
        with pytest.raises(wl.RunError, match=sentence):
            wl.load(path, like)
    pareto = wl.ParetoHypernetwork(film(), key=0)
    wl.save(path, pareto)
    with pytest.raises(wl.RunError, match=r"has lowest -27\.\d* instead of -2.0"):
        wl.load(path, wl.ParetoHypernetwork(film(), lowest=-2.0, key=0))


def test_what_cannot_be_written_is_said_and_nothing_is_left(path):
    hypernetwork = eqx.tree_at(lambda h: h.emission, film(), film().emission * jnp.nan)
    with pytest.raises(wl.RunError, match="entry 'emission' has"):
        wl.save(path, hypernetwork)
    with pytest.raises(wl.InputError, match="has no array to save"):
        wl.save(path, TARGET)
    with pytest.raises(wl.InputError, match="cannot be written"):
        wl.save(path / "deeper", film())
    with pytest.raises(wl.InputError, match="contains no array"):
        wl.load(path, TARGET)
    with pytest.raises(wl.RunError, match="is missing"):
        wl.load(path, film())
    assert list(path.parent.iterdir()) == []
