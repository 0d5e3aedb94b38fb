"""The table of algorithms: names, descriptions, colours and markers.

This module must not import Matplotlib or JAX, so that commands can read the table quickly.
"""

from typing import NamedTuple


class Algorithm(NamedTuple):
    """An algorithm, or one of the labels "mixed" and "unknown".

    Attributes:
        name: the name that `weightloom.classify` returns and runs store.
        legend: the name in legends.
        colour: the colour in figures and on pages.
        marker: the Matplotlib marker in figures and on pages.
        terminal: the Rich colour in the terminal.
        sentence: a description of the algorithm in one sentence.
    """

    name: str
    legend: str
    colour: str
    marker: str
    terminal: str
    sentence: str


# The hues are those of Liao et al. 2023, figure 3. Lightness and markers differ too, for readers who are colour-blind
# and for printing in black and white. Runs store the index of an algorithm in this table: append new ones.
ALGORITHMS: dict[str, Algorithm] = {
    row.name: row
    for row in (
        Algorithm(
            "convexity", "convexity", "#cf2234", "v", "red",
            "Each neuron reads many inputs. The sum of many convex functions approximates the target.",
        ),
        Algorithm(
            "pudding+", "pudding (+)", "#3ea34a", "P", "green",
            "Each input has its own neurons with negative weights, on a background of positive weights.",
        ),
        Algorithm(
            "pudding-", "pudding (−)", "#a6dc98", "s", "bright_green",
            "Each input has its own neurons with positive weights, on a background of negative weights.",
        ),
        Algorithm(
            "double-sided", "double-sided", "#2456b8", "D", "blue",
            "Each input has its own neurons for both of its signs, without a background.",
        ),
        Algorithm(
            "mixed", "mixed", "#9388ad", "X", "magenta",
            "Different inputs are computed by different algorithms.",
        ),
        Algorithm(
            "unknown", "unknown", "#dddddd", "o", "bright_black",
            "None of these algorithms explains the network.",
        ),
    )
}  # fmt: skip
# The algorithms of single inputs. Each one has a reference construction.
NAMED: tuple[str, ...] = tuple(name for name in ALGORITHMS if name not in ("mixed", "unknown"))
