"""The one table of algorithms: their names, what each one does, and how figures, pages and the terminal show them.

It imports nothing, so that a command can read it without Matplotlib or JAX.
"""

from typing import NamedTuple


class Algorithm(NamedTuple):
    """One algorithm, or what stands in its place where a network runs none.

    Attributes:
        name: as `weightloom.classify` returns it and runs store it.
        legend: the name in legends.
        colour: in figures and pages.
        marker: in figures and pages, one of Matplotlib's.
        terminal: the colour in the terminal, one of Rich's.
        sentence: what it does.
    """

    name: str
    legend: str
    colour: str
    marker: str
    terminal: str
    sentence: str


# The hues are those of Liao et al. 2023, figure 3. Their lightness differs, and so do the markers, for
# readers and printers that cannot tell red from green. Runs store an algorithm as its place in this table.
ALGORITHMS: dict[str, Algorithm] = {
    row.name: row
    for row in (
        Algorithm(
            "convexity", "convexity", "#cf2234", "v", "red",
            "Every neuron reads many inputs, and a sum of convex functions approximates the whole.",
        ),
        Algorithm(
            "pudding+", "pudding (+)", "#3ea34a", "P", "green",
            "Each input has neurons of its own with negative weights, on a background of positive weights.",
        ),
        Algorithm(
            "pudding-", "pudding (−)", "#a6dc98", "s", "bright_green",
            "Each input has neurons of its own with positive weights, on a background of negative weights.",
        ),
        Algorithm(
            "double-sided", "double-sided", "#2456b8", "D", "blue",
            "Each input has neurons of its own for both of its signs, and needs no background.",
        ),
        Algorithm(
            "mixed", "mixed", "#9388ad", "X", "magenta",
            "Different inputs are computed by different algorithms.",
        ),
        Algorithm(
            "unknown", "unknown", "#dddddd", "o", "bright_black",
            "No algorithm of this table explains the network.",
        ),
    )
}  # fmt: skip
# Those that a single input can have, and that have a reference construction.
NAMED: tuple[str, ...] = tuple(name for name in ALGORITHMS if name not in ("mixed", "unknown"))
