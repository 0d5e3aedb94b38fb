"""JSON records: small files of plain values that say who wrote them and notice any change."""

import hashlib
import importlib.metadata
import json
from pathlib import Path
from typing import Any, NamedTuple

from weightloom.errors import InputError, RunError
from weightloom.runs.atomic import write_file
from weightloom.runs.contents import read_file
from weightloom.runs.limits import SCHEMA


class Record(NamedTuple):
    """A JSON record as it was read.

    Attributes:
        schema: the version of the form in which it was written, from 1 on.
        weightloom: the version of weightloom that wrote it.
        entries: the values by name.
    """

    schema: int
    weightloom: str
    entries: dict[str, Any]


def write_record(path: Path, entries: dict[str, Any]) -> None:
    """Writes entries as a JSON record, with the format's number, weightloom's version and a checksum.

    Args:
        path: where the file appears, whole.
        entries: plain values by name; `format`, `weightloom` and `checksum` are taken.

    Raises:
        InputError: if an entry is no JSON value (NaN and infinity are none).
        OSError: if the disk refuses.

    Examples:
        >>> import tempfile
        >>> from weightloom.runs.json_files import read_record, write_record
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_record(Path(folder, "config.json"), {"sizes": (16, 48, 1)})
        ...     read_record(Path(folder, "config.json"))
        {'sizes': [16, 48, 1]}
    """
    write_file(path, record_bytes(entries))


def record_bytes(entries: dict[str, Any]) -> bytes:
    """What `write_record` writes.

    Raises:
        InputError: if an entry is no JSON value.
    """
    record = {"format": SCHEMA, "weightloom": _version(), **plain(entries)}
    record["checksum"] = checksum(record)
    return json.dumps(record, indent=2).encode()


def read_record(path: Path) -> dict[str, Any]:
    """The entries of a JSON record that `write_record` wrote, in this version or an older one.

    Raises:
        RunError: naming the file, if it is missing, malformed, changed, or from a newer weightloom.
    """
    return open_record(path).entries


def open_record(path: Path) -> Record:
    """A JSON record with the versions that it was written in.

    Raises:
        RunError: naming the file, if it is missing, malformed, changed, or from a newer weightloom.
    """
    record = parse_json(path)
    written = record.get("format")
    if type(written) is not int or written < 1:
        raise RunError(f"{path}: entry 'format' is {written!r}: the file is no record of weightloom's.")
    if written > SCHEMA:
        raise RunError(
            f"{path}: entry 'format' is {written}, written by weightloom {record.get('weightloom')!r}; "
            f"this is weightloom {_version()}, which reads formats up to {SCHEMA}: "
            "pip install --upgrade weightloom."
        )
    verify_checksum(record, record.pop("checksum", None), path)
    return Record(record.pop("format"), str(record.pop("weightloom", "")), record)


def differences(stored: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """The entries in which two configs differ, one description each, nested names dotted.

    Examples:
        >>> from weightloom.runs.json_files import differences
        >>> differences({"seeds": 4, "adam": {"rate": 0.001}}, {"seeds": 4, "adam": {"rate": 0.01}})
        ['adam.rate is 0.001 there, 0.01 here']
    """
    found = []
    for name in sorted(stored.keys() | given.keys()):
        if name not in given:
            found.append(f"{name} is {short(stored[name])} there, absent here")
        elif name not in stored:
            found.append(f"{name} is absent there, {short(given[name])} here")
        elif stored[name] == given[name]:
            continue
        elif isinstance(stored[name], dict) and isinstance(given[name], dict):
            found += [f"{name}.{line}" for line in differences(stored[name], given[name])]
        else:
            found.append(f"{name} is {short(stored[name])} there, {short(given[name])} here")
    return found


def plain(value: Any) -> Any:
    """The value as JSON gives it back: tuples become lists, NumPy's numbers and arrays plain ones.

    Raises:
        InputError: if it is no JSON value.
    """
    try:
        return json.loads(json.dumps(value, default=lambda array: array.tolist(), allow_nan=False))
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"{short(value)} cannot be stored as JSON: use finite numbers, strings, lists and dicts."
        ) from error


def short(value: Any) -> str:
    """The value as an error's sentence shows it, on one line and cut off."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def parse_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; RunError, naming the file, if it holds anything else."""
    try:
        document = json.loads(read_file(path), parse_constant=_refuse)
    except (RecursionError, ValueError) as error:
        raise RunError(f"{path} holds no valid JSON ({error}): restore it or train the run anew.") from error
    if not isinstance(document, dict):
        raise RunError(f"{path} holds {short(document)} in place of a JSON object.")
    return document


def checksum(entries: dict[str, Any]) -> str:
    """SHA-256 of a JSON object, in hexadecimal, whatever the order of its entries."""
    return hashlib.sha256(json.dumps(entries, sort_keys=True, allow_nan=False).encode()).hexdigest()


def verify_checksum(entries: dict[str, Any], given: Any, path: Path) -> None:
    """RunError, naming the file, if a JSON object does not have the checksum that the file gives for it."""
    try:
        intact = given == checksum(entries)
    except (RecursionError, ValueError):  # JSON's 1e999 is read as infinity
        intact = False
    if not intact:
        raise RunError(
            f"{path}: entry 'checksum' does not fit the others: the file was changed or damaged after it was "
            "written; restore it or train the run anew."
        )


def _version() -> str:
    return importlib.metadata.version("weightloom")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")
