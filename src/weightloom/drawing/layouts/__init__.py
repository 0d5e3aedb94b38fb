"""Layouts by name: a new one is one file and one row here."""

from weightloom.drawing.layouts.base import Layout as Layout
from weightloom.drawing.layouts.force_directed import force_directed as force_directed
from weightloom.drawing.layouts.layered import layered as layered

LAYOUTS: dict[str, Layout] = {
    "force-directed": force_directed,
    "layered": layered,
}
