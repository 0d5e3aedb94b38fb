"""JSON records: small files with a format version, the version of weightloom that wrote them, and a checksum."""

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
    """The content of a JSON record.

    Attributes:
        schema: version of the format, at least 1.
        weightloom: version of weightloom that wrote the record.
        entries: the values by name.
    """

    schema: int
    weightloom: str
    entries: dict[str, Any]


def write_record(path: Path, entries: dict[str, Any]) -> None:
    """Writes a JSON record, atomically.

    Args:
        path: the file to write.
        entries: JSON values by name. The names `format`, `weightloom` and `checksum` are reserved.

    Raises:
        InputError: if an entry is not a JSON value. NaN and infinity are not JSON values.
        OSError: if the file cannot be written.

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
    """The content of the file that `write_record` writes.

    Raises:
        InputError: if an entry is not a JSON value.
    """
    record = {"format": SCHEMA, "weightloom": _version(), **plain(entries)}
    record["checksum"] = checksum(record)
    return json.dumps(record, indent=2).encode()


def read_record(path: Path) -> dict[str, Any]:
    """Reads the entries of a JSON record of this version or an older version.

    Raises:
        RunError: if the file is missing, malformed, modified, or from a newer version of weightloom.
    """
    return open_record(path).entries


def open_record(path: Path) -> Record:
    """Reads a JSON record with its versions.

    Raises:
        RunError: if the file is missing, malformed, modified, or from a newer version of weightloom.
    """
    record = parse_json(path)
    written = record.get("format")
    if type(written) is not int or written < 1:
        raise RunError(f"{path}: entry 'format' is {written!r}: the file is not a record of weightloom.")
    if written > SCHEMA:
        raise RunError(
            f"{path}: entry 'format' is {written}, written by weightloom {record.get('weightloom')!r}; "
            f"weightloom {_version()} reads formats up to {SCHEMA}: pip install --upgrade weightloom."
        )
    verify_checksum(record, record.pop("checksum", None), path)
    return Record(record.pop("format"), str(record.pop("weightloom", "")), record)


def differences(stored: dict[str, Any], given: dict[str, Any], where: tuple[str, str] = ("there", "here")) -> list[str]:
    """Descriptions of the entries in which two configs differ, one per entry. Nested names are joined with dots.

    Args:
        stored: the one config.
        given: the other config.
        where: what the descriptions call their places.

    Examples:
        >>> from weightloom.runs.json_files import differences
        >>> differences({"seeds": 4, "adam": {"rate": 0.001}}, {"seeds": 4, "adam": {"rate": 0.01}})
        ['adam.rate is 0.001 there, 0.01 here']
    """
    there, here = where
    found = []
    for name in sorted(stored.keys() | given.keys()):
        if name not in given:
            found.append(f"{name} is {short(stored[name])} {there}, absent {here}")
        elif name not in stored:
            found.append(f"{name} is absent {there}, {short(given[name])} {here}")
        elif stored[name] == given[name]:
            continue
        elif isinstance(stored[name], dict) and isinstance(given[name], dict):
            found += [f"{name}.{line}" for line in differences(stored[name], given[name], where)]
        else:
            found.append(f"{name} is {short(stored[name])} {there}, {short(given[name])} {here}")
    return found


def plain(value: Any) -> Any:
    """Converts a value to JSON types: tuples and NumPy arrays become lists, NumPy scalars Python numbers.

    Raises:
        InputError: if the value cannot be converted.
    """
    try:
        return json.loads(json.dumps(value, default=lambda array: array.tolist(), allow_nan=False))
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"{short(value)} cannot be stored as JSON: use finite numbers, strings, lists and dicts."
        ) from error


def short(value: Any) -> str:
    """The repr of a value, truncated to 80 characters, for error messages."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def parse_json(path: Path) -> dict[str, Any]:
    """Reads the JSON object in a file.

    Raises:
        RunError: if the file is missing or does not contain a JSON object.
    """
    try:
        document = json.loads(read_file(path), parse_constant=_refuse)
    except (RecursionError, ValueError) as error:
        raise RunError(f"{path} is not valid JSON ({error}): restore it, or train the run again.") from error
    if not isinstance(document, dict):
        raise RunError(f"{path} holds {short(document)} instead of a JSON object.")
    return document


def checksum(entries: dict[str, Any]) -> str:
    """SHA-256 of a JSON object, in hexadecimal. It does not depend on the order of the entries."""
    return hashlib.sha256(json.dumps(entries, sort_keys=True, allow_nan=False).encode()).hexdigest()


def verify_checksum(entries: dict[str, Any], given: Any, path: Path) -> None:
    """Raises a RunError if a JSON object does not match the checksum stored in its file."""
    try:
        intact = given == checksum(entries)
    except (RecursionError, ValueError):  # JSON's 1e999 is read as infinity
        intact = False
    if not intact:
        raise RunError(
            f"{path}: entry 'checksum' does not match the other entries: the file was modified or damaged after it was "
            "written; restore it, or train the run again."
        )


def _version() -> str:
    return importlib.metadata.version("weightloom")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON value")
