"""Single files that a user asks for: checked before any work is done for them, then whole or not at all."""

import os
from collections.abc import Collection
from pathlib import Path

from weightloom.errors import InputError
from weightloom.runs.atomic import write_file
from weightloom.runs.layout import CONFIG, FIGURES, MEASURES, MEASURES_OF_0_1


def output_path(path: str | os.PathLike[str], suffixes: Collection[str], what: str) -> Path:
    """The path of a file to write.

    Args:
        path: a file in a folder that exists; within a run's folder, only below its `figures/`.
        suffixes: the endings that are accepted, such as [".svg", ".png"].
        what: what the file is, such as "figure".

    Returns:
        The same path.

    Raises:
        InputError: if the suffix is another, the folder is missing, the path is a folder, or the file would stand among
            the files of a run, where readers refuse strangers.

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
        raise InputError(f"{shown} cannot be written: a folder has that name, use another.")
    below = [checked.parent.resolve(), *checked.parent.resolve().parents]
    for folder, inner in zip(below, [None, *below]):
        measured = (folder / MEASURES).is_dir() or (folder / MEASURES_OF_0_1).is_dir()
        if (folder / CONFIG).is_file() and measured and inner != folder / FIGURES:
            raise InputError(f"{shown} would be a stranger among the run's own files: use {folder / FIGURES}.")
    return checked


def write_output(path: Path, content: bytes, what: str) -> None:
    """Writes a file so that it appears whole or not at all.

    Args:
        path: where to, as `output_path` returns it.
        content: all its bytes.
        what: what the file is, such as "figure".

    Raises:
        InputError: if the file cannot be written; nothing half-written is left.

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
            f"{what} {str(path)!r} cannot be written ({reason}): use another path or make room."
        ) from error
