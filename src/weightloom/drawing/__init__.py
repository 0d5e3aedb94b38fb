"""Figures on paper: networks as graphs, fronts and phase diagrams."""

from weightloom.drawing.architecture import draw_architecture as draw_architecture
from weightloom.drawing.encoder_ablation import draw_encoder_ablation as draw_encoder_ablation
from weightloom.drawing.fields import (
    draw_errors as draw_errors,
    draw_forecast as draw_forecast,
    plot_errors as plot_errors,
    plot_forecast as plot_forecast,
)
from weightloom.drawing.front import draw_front as draw_front
from weightloom.drawing.generalisation import draw_generalisation as draw_generalisation
from weightloom.drawing.layouts import LAYOUTS as LAYOUTS
from weightloom.drawing.movie import draw_movie as draw_movie
from weightloom.drawing.network import draw as draw
from weightloom.drawing.order_parameters import draw_order_parameters as draw_order_parameters
from weightloom.drawing.phase_diagram import draw_phase_diagram as draw_phase_diagram
from weightloom.drawing.similarity import draw_similarity as draw_similarity, plot as plot
