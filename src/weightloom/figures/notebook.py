"""HTML tables and figures for the notebook representations of objects."""

import base64
import html
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from weightloom.figures.figure import shown

MOST_ROWS = 12


def html_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]], left_out: str = "") -> str:
    """An HTML table, in the style of the notebook.

    Args:
        heading: plain text above the table.
        columns: headings of the columns, plain text.
        rows: cells of each row, as HTML. Escape text that users provide.
        left_out: plain text below the table, for rows or columns that are not shown.

    Examples:
        >>> html_table("two < three", ["seed"], [["0"]])
        '<p>two &lt; three</p><table><thead><tr><th>seed</th></tr></thead><tbody><tr><td>0</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    below = f"<p>{html.escape(left_out)}</p>" if left_out else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<p>{html.escape(heading)}</p>{table}{below}"


def html_figure(heading: str, figure: Figure) -> str:
    """An HTML image of a figure, with a heading.

    Args:
        heading: plain text above the figure.
        figure: the figure.

    Examples:
        >>> html_figure("nothing", Figure(figsize=(1, 1)))[:47]
        '<p>nothing</p><img alt="nothing" width="72" hei'
    """
    content, size = shown(figure)
    data = base64.b64encode(content).decode()
    text = html.escape(heading)
    sizes = f'width="{size["width"]}" height="{size["height"]}"'
    return f'<p>{text}</p><img alt="{text}" {sizes} src="data:image/png;base64,{data}">'


def some(count: int, most: int = MOST_ROWS) -> list[int]:
    """Evenly spaced indices of a list, including the first and the last.

    Args:
        count: length of the list.
        most: maximal number of indices.

    Examples:
        >>> some(3), some(30, 4)
        ([0, 1, 2], [0, 10, 19, 29])
    """
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, most)).tolist()})
