"""Files of features: what is read, how ids put rows in order, and what is refused with which words."""

import numpy as np
import pyarrow
import pyarrow.parquet as parquet
import pytest
import safetensors.numpy

from weightloom.errors import InputError
from weightloom.similarity.features import Encoded, aligned, checked_features, checked_labels
from weightloom.similarity.files import read, read_labels

X = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)
IDS = np.arange(100, 130)


@pytest.mark.parametrize("suffix", ["npy", "npz", "safetensors", "parquet"])
def test_reads_what_was_written(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "npy":
        np.save(path, X)
    elif suffix == "npz":
        np.savez(path, features=X, ids=IDS)
    elif suffix == "safetensors":
        safetensors.numpy.save_file({"features": X, "ids": IDS, "labels": IDS}, path)
    else:
        parquet.write_table(pyarrow.table({"id": IDS, **{f"x{j}": X[:, j] for j in range(4)}}), path)
    [(name, found)] = read(path).items()
    assert name == "a"
    np.testing.assert_array_equal(found.values, X)
    if suffix != "npy":
        np.testing.assert_array_equal(found.ids, IDS)


def test_several_arrays_are_several_encoders(tmp_path):
    np.savez(tmp_path / "m.npz", one=X, two=X, labels=IDS)
    assert list(read(tmp_path / "m.npz")) == ["m:one", "m:two"]
    np.testing.assert_array_equal(read_labels(tmp_path / "m.npz").values, IDS)


def test_parquet_without_a_reader_says_what_to_install(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="needs pyarrow"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize("suffix", ["npy", "npz", "safetensors", "parquet"])
def test_broken_files_get_one_sentence(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"not really")
    with pytest.raises(InputError, match="cannot be read as"):
        read(path)


def test_pickles_are_never_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"x": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "a.npy")


@pytest.mark.parametrize("name", ["a.csv", "a", "missing.npy"])
def test_other_files_are_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"ends in|is not a file"):
        read(tmp_path / name)


def test_ids_put_rows_in_one_order():
    order = np.random.default_rng(0).permutation(30)
    found = aligned({"a": Encoded(X, IDS), "b": Encoded(X[order], IDS[order])})
    np.testing.assert_array_equal(found["b"], X)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (Encoded(X[:28], IDS[:28]), r"b lacks 2 of 30 \(128, 129\) and has 0"),
        (Encoded(X, IDS + 1), r"b lacks 1 of 30 \(100\) and has 1 that a lacks \(130\)"),
        (Encoded(X, np.r_[IDS[:29], 100]), r"b has 1 ids more than once \(100\)"),
        (Encoded(X, IDS[:3]), "b has 30 rows and ids of shape"),
        (Encoded(X), r"1 of 2 inputs have no ids \(b\)"),
    ],
)
def test_ids_that_do_not_match_say_how_many_and_which(other, sentence):
    with pytest.raises(InputError, match=sentence):
        aligned({"a": Encoded(X, IDS), "b": other})


def test_lengths_that_differ_are_told():
    with pytest.raises(InputError, match="a has 30, b has 29"):
        aligned({"a": Encoded(X), "b": Encoded(X[:29])})


def with_nan():
    bad = X.copy()
    bad[[3, 7], 1] = np.nan
    return bad


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (with_nan(), r"not finite in 2 of 30 rows \(3, 7\)"),
        (np.ones((30, 4)), "the same features in all 30 rows"),
        (X[:5], "has 5 rows: give at least 20"),
        (X[:, 0], "give numbers of shape"),
        (X[:, :0], "give numbers of shape"),
        (X.astype(str), "give numbers of shape"),
    ],
)
def test_features_that_cannot_be_used(bad, sentence):
    with pytest.raises(InputError, match=sentence):
        checked_features("a", bad)


def test_dead_columns_are_no_reason_to_refuse():
    assert checked_features("a", X * [1, 0, 1, 1]).shape == (30, 4)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (np.zeros(30), "give at least two classes"),
        (np.r_[np.zeros(20), np.ones(7), [5, 6, 6]], r"2 of 4 classes have fewer than 4 rows \(5.0, 6.0\)"),
        (np.full(30, np.nan), "one finite label per row"),
        (X, "one finite label per row"),
    ],
)
def test_labels_that_cannot_be_used(bad, sentence):
    with pytest.raises(InputError, match=sentence):
        checked_labels(bad)


def test_labels_may_be_names():
    assert checked_labels(np.array(["cat", "dog"] * 10)).tolist() == [0, 1] * 10
