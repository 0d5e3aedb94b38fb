"""A comparison of encoders as one HTML page: the matrix figure and every number behind it."""

import html
import os
from pathlib import Path

import xarray as xr

from weightloom.figures.page import page_path, write_page
from weightloom.similarity.plots import similarity_svg

COLUMNS = ("value", "null", "p", "calibrated", "low", "high", "spread")
STYLE = (
    "body{font:14px/1.5 sans-serif;color:#333;margin:2em auto;max-width:72em;padding:0 1em}"
    "svg{max-width:100%;height:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.1em .8em;text-align:right;border-bottom:1px solid #eee}"
    "th:nth-child(-n+3),td:nth-child(-n+3){text-align:left}"
)


def report_similarity(table: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Writes a comparison as one HTML page that loads nothing from anywhere and runs nothing.

    Args:
        table: what `weightloom.similarity._compare` returned.
        path: the file to write, ending in .html.

    Returns:
        The path. The same table gives a file of the same bytes.

    Raises:
        InputError: if the path cannot be written or the table lacks something.

    Examples:
        >>> import tempfile, numpy as np, weightloom as wl
        >>> a = np.random.default_rng(0).standard_normal((100, 3))
        >>> table = wl.similarity.compare({"a": a, "b": a**2}, scores=["cka"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report_similarity(table, f"{folder}/similarity.html").name
        'similarity.html'
    """
    checked = page_path(path)
    figure = similarity_svg(table)
    notes = "".join(
        f"<li>{_safe(score)} {'↑' if larger else '↓'}: {_safe(note)}</li>"
        for score, larger, note in zip(table.score.values, table.larger_is_more_similar.values, table.note.values)
    )
    head = "".join(f"<th>{name}</th>" for name in ("score", "a", "b", *COLUMNS))
    rows = "".join(
        f"<tr><td>{'</td><td>'.join(map(_safe, (score, a, b)))}</td>{_cells(table.sel(score=score, a=a, b=b))}</tr>"
        for score in table.score.values
        for a in table.a.values
        for b in table.b.values
    )
    write_page(
        checked,
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Functional similarity</title><style>{STYLE}</style><h1>Functional similarity</h1>"
        f"<p>{table.sizes['a']} encoders, {table.rows} inputs. ↑: larger is more alike; ↓: smaller is.</p>"
        f"<ul>{notes}</ul>{figure}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></html>\n",
    )
    return checked


def _cells(row: xr.Dataset) -> str:
    values = (float(row[name]) for name in COLUMNS)
    return "".join(f"<td>{'' if value != value else f'{value:.4g}'}</td>" for value in values)


def _safe(text: object) -> str:
    return html.escape(str(text))
