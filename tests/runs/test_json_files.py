import importlib.metadata
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from weightloom.errors import InputError, RunError
from weightloom.runs.json_files import differences, read_record, write_record

names = st.text(min_size=1, max_size=5).filter(lambda name: name not in ("format", "weightloom", "checksum"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=3),
    max_leaves=8,
)
entries = st.dictionaries(names, values, max_size=4)
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNHURRIED
@given(entries=entries)
def test_what_is_written_is_read(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("record") / "config.json"
    write_record(path, entries)
    assert read_record(path) == entries


def test_the_file_says_its_format_and_who_wrote_it(tmp_path):
    write_record(tmp_path / "config.json", {"seeds": np.int64(4), "sizes": (16, 48, 1), "rates": np.ones(2)})
    record = json.loads((tmp_path / "config.json").read_text())
    assert record.pop("checksum")
    assert record == {
        "format": 2,
        "weightloom": importlib.metadata.version("weightloom"),
        "seeds": 4,
        "sizes": [16, 48, 1],
        "rates": [1.0, 1.0],
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, np.array([np.nan]), b"bytes"])
def test_values_that_json_cannot_hold_are_refused(tmp_path, value):
    with pytest.raises(InputError, match="cannot be stored as JSON"):
        write_record(tmp_path / "config.json", {"nested": [value]})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2]",
        b'"text"',
        b"null",
        b'{"rate": NaN}',
        b'{"rate": -Infinity}',
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        b"1" * 10_000,
        b"{}",
        b'{"format": "1"}',
        b'{"format": true}',
        b'{"format": 0}',
        b'{"format": 1}',
        b'{"format": 1, "checksum": 1e999}',
        b'{"format": 1, "rate": 1e999, "checksum": ""}',
    ],
)
def test_anything_but_a_sealed_record_is_refused(tmp_path, content):
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(RunError, match=str(tmp_path / "config.json")):
        read_record(tmp_path / "config.json")


def test_a_newer_format_asks_to_upgrade(tmp_path):
    (tmp_path / "config.json").write_text('{"format": 3, "weightloom": "9.8.7", "new": {}}')
    with pytest.raises(
        RunError, match=r"'format' is 3, written by weightloom '9\.8\.7'.*pip install --upgrade"
    ) as error:
        read_record(tmp_path / "config.json")
    assert str(tmp_path / "config.json") in str(error.value)


def test_a_changed_entry_is_noticed(tmp_path):
    write_record(tmp_path / "config.json", {"seeds": 4})
    text = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(text.replace('"seeds": 4', '"seeds": 5'))
    with pytest.raises(RunError, match="checksum"):
        read_record(tmp_path / "config.json")


@UNHURRIED
@given(first=entries, second=entries)
def test_there_are_differences_exactly_between_different_configs(first, second):
    assert differences(first, first) == []
    assert bool(differences(first, second)) == (first != second)


def test_differences_name_nested_entries_and_both_values():
    stored = {"adam": {"rate": 1e-3, "decay": 0}, "sizes": [2, 1], "old": 1, "kind": {"a": 1}}
    given_here = {"adam": {"rate": 1e-2, "decay": 0}, "sizes": [2, 3, 1], "new": "x" * 100, "kind": "a"}
    assert differences(stored, given_here) == [
        "adam.rate is 0.001 there, 0.01 here",
        "kind is {'a': 1} there, 'a' here",
        f"new is absent there, '{'x' * 76}... here",
        "old is 1 there, absent here",
        "sizes is [2, 1] there, [2, 3, 1] here",
    ]
