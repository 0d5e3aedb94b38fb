"""What the HTML pages of all applications share: one file that loads nothing and runs only its own scripts."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from weightloom.runs.output import output_path, write_output


def page_path(path: str | os.PathLike[str]) -> Path:
    """The path of a page, checked before any work is done for it.

    Args:
        path: a file to write, ending in .html, in a folder that exists; within a run's, below `figures/`.

    Raises:
        InputError: if it cannot be written there.

    Examples:
        >>> page_path("page.html").suffix
        '.html'
    """
    return output_path(path, [".html"], "page")


def write_page(path: Path, page: str) -> None:
    """Writes a page so that it appears whole or not at all.

    Args:
        path: where to, as `page_path` returns it.
        page: the page's text.

    Raises:
        InputError: if the file cannot be written; nothing half-written is left.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_page(Path(folder, "page.html"), "<p>")
        ...     Path(folder, "page.html").read_text()
        '<p>'
    """
    # A lone surrogate in a name has no UTF-8: it becomes a character reference, which browsers show as �.
    write_output(path, page.encode("utf-8", "xmlcharrefreplace"), "page")


def policy_hash(text: str) -> str:
    """The source of a content security policy that allows exactly this script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def embedded_json(data: dict[str, Any]) -> str:
    """Data as JSON that cannot end the `<script>` element that holds it."""
    # Inside <script>, no text may look like markup; in JSON, these three occur within strings only.
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
