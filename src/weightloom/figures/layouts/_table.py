"""The table of layouts."""

from weightloom.figures.layouts._force_directed import force_directed
from weightloom.figures.layouts._layered import layered
from weightloom.figures.layouts.base import Layout

LAYOUTS: dict[str, Layout] = {
    "force-directed": force_directed,
    "layered": layered,
}
"""Layout functions by name."""
