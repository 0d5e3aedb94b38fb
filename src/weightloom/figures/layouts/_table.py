"""Layouts by name: a new one is one file and one row here: the table of the members."""

from weightloom.figures.layouts._force_directed import force_directed
from weightloom.figures.layouts._layered import layered
from weightloom.figures.layouts.base import Layout

LAYOUTS: dict[str, Layout] = {
    "force-directed": force_directed,
    "layered": layered,
}
"""The layouts by name."""
