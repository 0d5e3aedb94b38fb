"""Helpers for HTML pages: single files without external resources, which run only their own scripts."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from weightloom.runs.output import output_path, write_output


def page_path(path: str | os.PathLike[str]) -> Path:
    """Checks the path of a page.

    Args:
        path: a file with the suffix .html in an existing folder. Inside a run folder, only paths below `figures/` are
            accepted.

    Returns:
        The path as a `Path`.

    Raises:
        InputError: if the file cannot be written.

    Examples:
        >>> page_path("page.html").suffix
        '.html'
    """
    return output_path(path, [".html"], "page")


def write_page(path: Path, page: str) -> None:
    """Writes a page, atomically.

    Args:
        path: the file, from `page_path`.
        page: text of the page.

    Raises:
        InputError: if the file cannot be written. No partial file remains.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_page(Path(folder, "page.html"), "<p>")
        ...     Path(folder, "page.html").read_text()
        '<p>'
    """
    # A lone surrogate in a name has no UTF-8 encoding. It is written as a character reference, shown as � by browsers.
    write_output(path, page.encode("utf-8", "xmlcharrefreplace"), "page")


def policy_hash(text: str) -> str:
    """The hash source that allows a script or style in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def embedded_json(data: dict[str, Any]) -> str:
    """Encodes data as JSON that is safe inside a `<script>` element."""
    # Escape &, < and >, which occur only inside strings in JSON, so that no text can be parsed as markup.
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
