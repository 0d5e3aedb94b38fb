from .architecture import draw_architecture as draw_architecture, plot_architecture as plot_architecture
from .encoder_ablation import (
    draw_encoder_ablation as draw_encoder_ablation,
    plot_encoder_ablation as plot_encoder_ablation,
)
from .front import draw_front as draw_front, plot_front as plot_front
from .generalisation import draw_generalisation as draw_generalisation, plot_generalisation as plot_generalisation
from .order_parameters import (
    draw_order_parameters as draw_order_parameters,
    plot_order_parameters as plot_order_parameters,
)
from .phase_diagram import draw_phase_diagram as draw_phase_diagram, plot_phase_diagram as plot_phase_diagram
from .reading import plot_reading as plot_reading
