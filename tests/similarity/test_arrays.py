"""Arrays of other libraries, and what is refused with one sentence."""

import types

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet as parquet
import pytest
import safetensors.numpy
import scipy.sparse

import weightloom as wl
from weightloom.similarity import Encoded, compare, read
from weightloom.similarity.arrays import as_array
from weightloom.similarity.features import checked_labels

A = np.random.default_rng(0).standard_normal((40, 3))
B = A[:, ::-1] ** 2
EXPECTED = compare({"a": A, "b": B}, scores="cka").value
ORDER = np.random.default_rng(1).permutation(40)


class Tensor:
    """What of a PyTorch tensor of half precision is asked for."""

    is_floating_point = staticmethod(lambda: True)
    element_size = staticmethod(lambda: 2)

    def detach(self):
        return types.SimpleNamespace(cpu=lambda: self)

    def float(self):
        return A.astype(np.float32)


@pytest.mark.parametrize(
    "given",
    [
        pd.DataFrame(A),
        pd.DataFrame(A).convert_dtypes(),
        scipy.sparse.csr_array(A),
        scipy.sparse.coo_matrix(A),
        jnp.asarray(A),
        A.tolist(),
        Tensor(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_arrays_of_other_libraries_give_the_same_value(given):
    np.testing.assert_allclose(compare({"a": given, "b": B}, scores="cka").value, EXPECTED, atol=1e-6)


@pytest.mark.parametrize("given", [jnp.asarray(A, jnp.bfloat16), A.astype(ml_dtypes.bfloat16), A.astype(np.float16)])
def test_half_precision_becomes_single(given):
    found = as_array("a", given)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, A, rtol=1e-2)


def test_safetensors_may_have_bfloat16(tmp_path):
    safetensors.numpy.save_file({"features": A.astype(ml_dtypes.bfloat16)}, tmp_path / "a.safetensors")
    np.testing.assert_allclose(
        compare({**read(tmp_path / "a.safetensors"), "b": A}, scores="cka").value[0, 0, 1], 1, rtol=1e-3
    )


@pytest.mark.parametrize("name", ["given", "names"])
def test_pandas_tables_are_aligned_by_their_index(name):
    index = {"given": np.arange(40), "names": [f"row {number}" for number in range(40)]}[name]
    one, two = pd.DataFrame(A, index), pd.DataFrame(B, index).iloc[ORDER]
    labels = pd.Series(np.arange(40) % 2, index).iloc[ORDER[::-1]]
    found = compare({"a": one, "b": two}, labels, ["cka", "disagreement"])
    expected = compare({"a": A, "b": B}, np.arange(40) % 2, ["cka", "disagreement"])
    np.testing.assert_allclose(found.value, expected.value)


def test_a_table_in_another_order_is_aligned_with_arrays_by_row_numbers_only():
    with pytest.raises(
        wl.InputError, match=r"1 of 2 inputs have no ids \(b\), and the others have, from `Encoded` or a"
    ):
        compare({"a": pd.DataFrame(A).iloc[ORDER], "b": B}, scores="cka")


def test_a_table_with_ids_keeps_its_columns():
    table = pd.DataFrame(A).iloc[ORDER]
    found = compare({"a": Encoded(table, table.index), "b": Encoded(B, np.arange(40))}, scores="cka")
    np.testing.assert_allclose(found.value, EXPECTED)


@pytest.mark.parametrize("ids", [list(range(40)), [f"row {number}" for number in range(40)]], ids=["numbers", "words"])
def test_ids_may_be_a_list(ids):
    found = compare({"a": Encoded(A, ids), "b": Encoded(B[ORDER], [ids[place] for place in ORDER])}, scores="cka")
    np.testing.assert_allclose(found.value, EXPECTED)


@pytest.mark.parametrize(
    "kind", [list, np.array, pd.Series, lambda x: pd.Series(x, dtype="category"), lambda x: np.array(x, object)]
)
def test_labels_may_be_words_of_any_type(kind):
    assert checked_labels(kind(["cat", "dog"] * 10)).tolist() == [0, 1] * 10
    assert checked_labels(np.array([3, 5] * 10, object)).tolist() == [0, 1] * 10


def test_a_large_sparse_matrix_warns_of_its_size():
    class Sparse(scipy.sparse.csr_array):
        def toarray(self):
            return np.ones((20, 2))

    Sparse.__module__ = "scipy.sparse"
    with pytest.warns(UserWarning, match=r"a is sparse, and takes 1.6 GB as a dense array"):
        as_array("a", Sparse((20_000, 10_000)))


TEXT = pd.DataFrame({"x": np.arange(40.0), "group": ["one", "two"] * 20})


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: compare([A, B]), "features are a list: give a dictionary from names"),
        (lambda: compare({("a", 1): A, "b": B}), r"features have the name \('a', 1\): give names that are strings"),
        (lambda: compare({"a": A * 1e200, "b": B}), "a has features up to .*e.200: rescale them"),
        (lambda: compare({"a": A * 1e-200, "b": B}), "a has features up to .*e-200: rescale them"),
        (lambda: compare({"a": TEXT, "b": B}), "a has columns without numbers \\('group'\\): drop them"),
        (lambda: compare({"a": np.ones((40, 3, 2)), "b": B}), r"a has shape \(40, 3, 2\): give shape \(rows, d\), for"),
        (lambda: compare({"a": [[1, 2], [3]], "b": B}), "a is not an array"),
        (lambda: wl.similarity.scores.MutualNeighbours(neighbours=5.5), "neighbours 5.5 cannot be used"),
        (lambda: checked_labels(np.array([None, "a"] * 10, object)), "give one finite label per row"),
        (lambda: checked_labels(pd.Series(["a", None] * 10, dtype="string")), "give one finite label per row"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_gets_one_sentence(call, sentence, unchecked):
    with pytest.raises(wl.InputError, match=sentence):
        call()


def test_a_column_of_text_in_parquet_is_named(tmp_path):
    parquet.write_table(pyarrow.table({"x": np.arange(40.0), "group": ["one", "two"] * 20}), tmp_path / "a.parquet")
    with pytest.raises(wl.InputError, match=r"a.parquet has columns without numbers \(group\): drop them, or name"):
        read(tmp_path / "a.parquet")
