from .architecture import draw_architecture as draw_architecture
from .encoder_ablation import draw_encoder_ablation as draw_encoder_ablation
from .front import draw_front as draw_front
from .generalisation import draw_generalisation as draw_generalisation
from .order_parameters import draw_order_parameters as draw_order_parameters
from .phase_diagram import draw_phase_diagram as draw_phase_diagram
