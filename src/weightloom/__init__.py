"""weightloom: the workbench for hypernetworks, H(c) = θ."""

from weightloom import similarity as similarity
from weightloom.discovery import (
    Classification as Classification,
    Config as Config,
    Network as Network,
    OrderParameters as OrderParameters,
    Run as Run,
    Task as Task,
    algorithms as algorithms,
    classify as classify,
    compact as compact,
    discover as discover,
    generalisation as generalisation,
    open_run as open_run,
    order_parameters as order_parameters,
    outcomes as outcomes,
    prune as prune,
    tasks as tasks,
)
from weightloom.drawing import (
    draw as draw,
    draw_architecture as draw_architecture,
    draw_encoder_ablation as draw_encoder_ablation,
    draw_front as draw_front,
    draw_generalisation as draw_generalisation,
    draw_order_parameters as draw_order_parameters,
    draw_phase_diagram as draw_phase_diagram,
    draw_similarity as draw_similarity,
    plot as plot,
)
from weightloom.errors import (
    InputError as InputError,
    RunError as RunError,
    WeightloomError as WeightloomError,
)
from weightloom.hypernetworks import (
    AttentionalHypernetwork as AttentionalHypernetwork,
    CodedHypernetwork as CodedHypernetwork,
    Generated as Generated,
    Hypernetwork as Hypernetwork,
    ParetoHypernetwork as ParetoHypernetwork,
)
from weightloom.networks import MLP as MLP
from weightloom.report import report as report
from weightloom.store import export as export
