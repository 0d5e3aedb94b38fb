"""The HTML page of a comparison of encoders: figures of all scores, and a table of all numbers."""

import html
import os
from pathlib import Path

import numpy as np
import xarray as xr

from weightloom.figures.page import page_path, write_page
from weightloom.similarity.cells import COLUMNS, SIGNIFICANT, UNDEFINED, Cell, cells, check_has, headings
from weightloom.similarity.plots import EXPLANATION, NEEDED, score_svg

STYLE = (
    "body{font:14px/1.5 sans-serif;color:#333;margin:2em auto;max-width:72em;padding:0 1em}"
    "svg{max-width:100%;height:auto}div{overflow-x:auto}.figures{display:flex;flex-wrap:wrap;gap:1em}td{white-space:nowrap}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.1em .8em;text-align:right;border-bottom:1px solid #eee}"
    "th:nth-child(-n+3),td:nth-child(-n+3){text-align:left}"
)

SEARCHED = " p_corrected is p, corrected for all pairs of the table."


def report_similarity(table: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Writes a comparison to one HTML page, without scripts and without external resources.

    Args:
        table: the table from `weightloom.similarity.compare`.
        path: the file to write, with the suffix .html.

    Returns:
        The path. The same table gives the same bytes.

    Raises:
        InputError: if the path cannot be written, or the table lacks a required variable.

    Examples:
        >>> import tempfile, numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> table = wl.similarity.compare({"a": a, "b": a**2}, scores=["cka"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report_similarity(table, f"{folder}/similarity.html").name
        'similarity.html'
    """
    checked = page_path(path)
    check_has(table, *NEEDED)
    figures = "".join(score_svg(table, score) for score in table.score.values.tolist())
    notes = "".join(
        f"<li>{_safe(heading)}: {_safe(note)}</li>" for heading, note in zip(headings(table), table.note.values)
    )
    columns = [name for name in COLUMNS if name in table]
    corrected = SEARCHED if "p_corrected" in columns else ""
    head = "".join(f"<th>{name}</th>" for name in ("score", "a", "b", *columns))
    rows = "".join(
        f"<tr><td>{'</td><td>'.join(map(_safe, cell[:3]))}</td>{_numbers(cell, columns)}</tr>" for cell in cells(table)
    )
    write_page(
        checked,
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; "
        # Matplotlib embeds heat maps as data URIs.
        'img-src data:">'
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>Functional similarity</title><style>{STYLE}</style><h1>Functional similarity</h1>"
        f"<p>{_encoders(table)}, {table.rows} inputs. {EXPLANATION} "
        f"In parentheses, and in the table with p > {SIGNIFICANT:g}: not significantly more similar than with permuted "
        f"inputs.{corrected}</p>"
        f"<ul>{notes}</ul><div class=figures>{figures}</div>"
        f"<div><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></html>\n",
    )
    return checked


def _encoders(table: xr.Dataset) -> str:
    a, b = (table[side].values.tolist() for side in "ab")
    what = "layers" if table.attrs.get("layers") else "encoders"
    return f"{len(a)} {what}" if a == b else f"{len(a)} × {len(b)} {what}"


def _numbers(cell: Cell, columns: list[str]) -> str:
    texts = {name: "" if np.isnan(cell.numbers[name]) else f"{cell.numbers[name]:.4g}" for name in columns}
    texts["value"] = texts["value"] or UNDEFINED
    return "".join(f"<td>{text}</td>" for text in texts.values())


def _safe(text: object) -> str:
    return html.escape(str(text))
