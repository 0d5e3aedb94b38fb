"""Output files that a user asks for, such as figures. Paths are checked early; files are written atomically."""

import os
from collections.abc import Collection
from pathlib import Path

from weightloom.errors import InputError
from weightloom.runs.atomic import write_file
from weightloom.runs.layout import CONFIG, FIGURES, MEASURES, MEASURES_OF_0_1


def output_path(path: str | os.PathLike[str], suffixes: Collection[str], what: str) -> Path:
    """Checks the path of an output file before the work on its content starts.

    Args:
        path: a file in an existing folder. Inside a run folder, only paths below `figures/` are accepted.
        suffixes: accepted file suffixes, such as [".svg", ".png"].
        what: kind of file in error messages, such as "figure".

    Returns:
        The path as a `Path`.

    Raises:
        InputError: if the suffix is not accepted, the folder does not exist, the path is a folder, or the file would
            lie among the files of a run, which would make the run unreadable.

    Examples:
        >>> output_path("net.svg", [".svg", ".png"], "figure").name
        'net.svg'
    """
    checked, shown = Path(path), f"{what} {str(path)!r}"
    if checked.suffix.lower() not in suffixes:
        *others, last = suffixes
        accepted = f"{', '.join(others)} or {last}" if others else last
        raise InputError(f"{shown} ends in {checked.suffix or 'no suffix'}: use {accepted}.")
    if not os.path.isdir(checked.parent):
        raise InputError(f"{shown} cannot be written: there is no folder {str(checked.parent)!r}.")
    if os.path.isdir(checked):
        raise InputError(f"{shown} cannot be written: a folder has that name, use another name.")
    below = [checked.parent.resolve(), *checked.parent.resolve().parents]
    for folder, inner in zip(below, [None, *below]):
        measured = (folder / MEASURES).is_dir() or (folder / MEASURES_OF_0_1).is_dir()
        if (folder / CONFIG).is_file() and measured and inner != folder / FIGURES:
            raise InputError(f"{shown} would lie among the files of a run: write to {folder / FIGURES} instead.")
    return checked


def write_output(path: Path, content: bytes, what: str) -> None:
    """Writes an output file atomically.

    Args:
        path: the file, from `output_path`.
        content: content of the file.
        what: kind of file in error messages, such as "figure".

    Raises:
        InputError: if the file cannot be written. No partial file remains.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_output(Path(folder, "page.html"), b"<p>", "page")
        ...     Path(folder, "page.html").read_bytes()
        b'<p>'
    """
    try:
        write_file(path, content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{what} {str(path)!r} cannot be written ({reason}): use another path, or free space on the disk."
        ) from error
