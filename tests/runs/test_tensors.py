import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from weightloom.errors import InputError, RunError
from weightloom.runs import load_tree, save_tree

UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DTYPES = ["bool", "int8", "uint8", "int32", "uint32", "int64", "float16", "float32", "float64", ">f4", ">i8"]

arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
        elements={"allow_nan": False, "allow_infinity": False} if np.dtype(dtype).kind == "f" else None,
    )
)
trees = st.recursive(
    arrays,
    lambda below: st.one_of(
        st.lists(below, max_size=3),
        st.tuples(below, below),
        st.dictionaries(st.text("abcé_ \"'", min_size=1, max_size=4), below, max_size=3),
    ),
    max_leaves=6,
)
TREE = {"layers": [{"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "count": np.array(3, np.int32)}]}


@UNHURRIED
@given(tree=trees, metadata=st.dictionaries(st.text("ab"), st.integers() | st.text()))
def test_what_is_saved_is_loaded_bit_for_bit(tmp_path_factory, tree, metadata):
    path = tmp_path_factory.mktemp("tree") / "tree.safetensors"
    metadata.pop("checksum", None)
    save_tree(path, tree, metadata)
    loaded, found = load_tree(path, tree)
    assert found == metadata
    assert jax.tree.structure(loaded) == jax.tree.structure(tree)
    for before, after in zip(jax.tree.leaves(tree), jax.tree.leaves(loaded)):
        assert before.dtype.newbyteorder("=") == after.dtype
        np.testing.assert_array_equal(before, after, strict=before.dtype.isnative)


def test_arrays_in_any_memory_order_are_saved_by_their_values(tmp_path):
    matrix = np.arange(12.0).reshape(3, 4)
    tree = {
        "fortran": np.asfortranarray(matrix),
        "reversed": matrix[::-1, ::2],
        "repeated": np.broadcast_to(1.0, 5),
    }
    save_tree(tmp_path / "file", tree, {})
    for before, after in zip(jax.tree.leaves(tree), jax.tree.leaves(load_tree(tmp_path / "file", tree)[0])):
        np.testing.assert_array_equal(before, after)


def test_the_same_tree_gives_the_same_bytes(tmp_path):
    metadata = {name: name for name in "abcdefgh"}
    for name in ("first", "second", "third"):
        save_tree(tmp_path / name, TREE, metadata)
    assert len({(tmp_path / name).read_bytes() for name in ("first", "second", "third")}) == 1


def test_modules_keep_their_type_and_jax_arrays_stay_jax_arrays(tmp_path):
    module = eqx.nn.Linear(2, 3, key=jax.random.key(0))
    save_tree(tmp_path / "file", module, {})
    for like in (module, jax.eval_shape(lambda: module)):
        loaded, _ = load_tree(tmp_path / "file", like)
        assert isinstance(loaded, eqx.nn.Linear)
        assert isinstance(loaded.weight, jax.Array)
        np.testing.assert_array_equal(loaded.weight, module.weight)
    assert set(safetensors.numpy.load_file(tmp_path / "file")) == {"weight", "bias"}


def test_names_come_from_the_path_in_the_tree(tmp_path):
    save_tree(tmp_path / "file", {"generator": {"layers": [TREE]}}, {})
    names = set(safetensors.numpy.load_file(tmp_path / "file"))
    assert names == {"generator.layers.0.layers.0.weight", "generator.layers.0.layers.0.count"}


@pytest.mark.parametrize(
    ("tree", "name"),
    [
        ({"a.b": np.ones(1), "a": {"b": np.ones(1)}}, "a.b"),
        ({"__metadata__": np.ones(1)}, "__metadata__"),
        ({"activation": jnp.tanh}, "activation"),
        ({"rate": 0.1}, "rate"),
        ({"name": np.array(["text"])}, "name"),
        ({"objects": np.array([None])}, "objects"),
        ({"key": jax.random.key(0)}, "key"),
    ],
)
def test_trees_that_no_file_can_hold_are_refused(tmp_path, tree, name):
    with pytest.raises(InputError, match=name):
        save_tree(tmp_path / "file", tree, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_neither_saved_nor_loaded(tmp_path, value):
    path, tree = tmp_path / "file", {"weight": np.array([1, value], np.float32)}
    with pytest.raises(RunError, match=r"file: entry 'weight' has 1 of 2 values that are not finite"):
        save_tree(path, tree, {})
    assert not path.exists()
    path.write_bytes(safetensors.numpy.save(tree, {"weightloom": "{}"}))
    with pytest.raises(RunError, match=r"file: entry 'weight' has 1 of 2 values that are not finite"):
        load_tree(path, tree)


@pytest.mark.parametrize(
    ("like", "message"),
    [
        ({"weight": np.ones(2)}, "entry 'bias' is unexpected"),
        ({"weight": np.ones(2), "bias": np.ones(1), "gain": np.ones(1)}, "entry 'gain' is missing"),
        (
            {"weight": np.ones((2, 1)), "bias": np.ones(1)},
            r"entry 'weight' has shape \(2,\) in place of \(2, 1\)",
        ),
        (
            {"weight": np.ones(2, np.float32), "bias": np.ones(1)},
            "'weight' has dtype float64 in place of float32",
        ),
        (
            {"weight": np.ones(2, np.int64), "bias": np.ones(1)},
            "'weight' has dtype float64 in place of int64",
        ),
    ],
)
def test_a_file_of_something_else_is_refused_by_entry(tmp_path, like, message):
    save_tree(tmp_path / "file", {"weight": np.ones(2), "bias": np.ones(1)}, {})
    with pytest.raises(RunError, match=message) as error:
        load_tree(tmp_path / "file", like)
    assert str(tmp_path / "file") in str(error.value)


@pytest.mark.parametrize("metadata", [None, {}, {"weightloom": "["}, {"weightloom": "[]"}, {"weightloom": "{}"}])
def test_a_file_that_weightloom_did_not_seal_is_refused(tmp_path, metadata):
    tree = {"weight": np.ones(2)}
    (tmp_path / "file").write_bytes(safetensors.numpy.save(tree, metadata))
    with pytest.raises(RunError, match=str(tmp_path / "file")):
        load_tree(tmp_path / "file", tree)


def test_values_exchanged_between_entries_are_noticed(tmp_path):
    first, second = {"a": np.zeros(2), "b": np.ones(2)}, {"a": np.ones(2), "b": np.zeros(2)}
    save_tree(tmp_path / "file", first, {"step": 1})
    with safetensors.safe_open(tmp_path / "file", "numpy") as file:
        sealed = file.metadata()
    (tmp_path / "file").write_bytes(safetensors.numpy.save(second, sealed))
    with pytest.raises(RunError, match="checksum"):
        load_tree(tmp_path / "file", first)


@pytest.mark.parametrize("make", ["nothing", "folder", "link"])
def test_what_is_no_regular_file_is_refused(tmp_path, make):
    path, other = tmp_path / "file", tmp_path / "other"
    save_tree(other, TREE, {})
    if make == "folder":
        path.mkdir()
    elif make == "link":
        path.symlink_to(other)
    with pytest.raises(RunError, match=str(path)):
        load_tree(path, TREE)
