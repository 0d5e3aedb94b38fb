"""Layouts by name: a new one is one file and one row here: the table of the members."""

from weightloom.figures.layouts.base import Layout
from weightloom.figures.layouts.force_directed import force_directed
from weightloom.figures.layouts.layered import layered

LAYOUTS: dict[str, Layout] = {
    "force-directed": force_directed,
    "layered": layered,
}
