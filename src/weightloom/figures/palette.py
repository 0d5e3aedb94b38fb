"""Every colour and marker of the figures, in one place."""

import dataclasses

INPUT = "#1f9d3a"
OUTPUT = "#e01fc8"
HIDDEN = "#6f6f6f"
POSITIVE = "#d3202e"
NEGATIVE = "#1f55cf"
INK = "#333333"
PALE = "#b5b5b5"


@dataclasses.dataclass(frozen=True)
class Label:
    """How figures show one algorithm: its colour, its marker and its name in the legend."""

    colour: str
    marker: str
    name: str


# The hues are those of Liao et al. 2023, figure 3. Their lightness differs, and so do the markers, for
# readers and printers that cannot tell red from green.
ALGORITHMS: dict[str, Label] = {
    "convexity": Label("#cf2234", "v", "convexity"),
    "pudding+": Label("#3ea34a", "P", "pudding (+)"),
    "pudding-": Label("#a6dc98", "s", "pudding (−)"),
    "double-sided": Label("#2456b8", "D", "double-sided"),
    "mixed": Label("#9388ad", "X", "mixed"),
    "unknown": Label("#dddddd", "o", "unknown"),
}
