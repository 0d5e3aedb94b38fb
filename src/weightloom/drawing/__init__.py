"""Figures on paper: networks as graphs, fronts and phase diagrams."""

from weightloom.drawing.front import draw_front as draw_front
from weightloom.drawing.layouts import LAYOUTS as LAYOUTS
from weightloom.drawing.network import draw as draw
from weightloom.drawing.phase_diagram import draw_phase_diagram as draw_phase_diagram
