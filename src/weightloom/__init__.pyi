from . import fields as fields, similarity as similarity
from ._join import join as join
from ._load import open_run as open_run
from ._plot import plot as plot
from ._version import __version__ as __version__
from .architectures import (
    MLP as MLP,
    SIREN as SIREN,
    FourierFeatures as FourierFeatures,
    FourierNet as FourierNet,
    GaborNet as GaborNet,
    ModuleNetwork as ModuleNetwork,
)
from .discovery import (
    Classification as Classification,
    Config as Config,
    Network as Network,
    OrderParameters as OrderParameters,
    Reading as Reading,
    Run as Run,
    Task as Task,
    algorithms as algorithms,
    classify as classify,
    compact as compact,
    discover as discover,
    extend as extend,
    generalisation as generalisation,
    load_network as load_network,
    order_parameters as order_parameters,
    outcomes as outcomes,
    prune as prune,
    read as read,
    tasks as tasks,
)
from .discovery.page import report as report
from .discovery.plots import (
    draw_architecture as draw_architecture,
    draw_encoder_ablation as draw_encoder_ablation,
    draw_front as draw_front,
    draw_generalisation as draw_generalisation,
    draw_order_parameters as draw_order_parameters,
    draw_phase_diagram as draw_phase_diagram,
    plot_architecture as plot_architecture,
    plot_encoder_ablation as plot_encoder_ablation,
    plot_front as plot_front,
    plot_generalisation as plot_generalisation,
    plot_order_parameters as plot_order_parameters,
    plot_phase_diagram as plot_phase_diagram,
    plot_reading as plot_reading,
)
from .errors import InputError as InputError, RunError as RunError, WeightloomError as WeightloomError
from .fields.plots import (
    draw_errors as draw_errors,
    draw_forecast as draw_forecast,
    draw_movie as draw_movie,
    plot_errors as plot_errors,
    plot_forecast as plot_forecast,
    plot_trajectories as plot_trajectories,
)
from .figures.network import draw as draw, plot_network as plot_network
from .hypernetworks import (
    AllWeights as AllWeights,
    AttentionalHypernetwork as AttentionalHypernetwork,
    Chunked as Chunked,
    CodedHypernetwork as CodedHypernetwork,
    Conditioning as Conditioning,
    FiLM as FiLM,
    Generated as Generated,
    Hypernetwork as Hypernetwork,
    LastLayer as LastLayer,
    LowRank as LowRank,
    ParetoHypernetwork as ParetoHypernetwork,
    SharedHypernetwork as SharedHypernetwork,
    Shift as Shift,
    audit as audit,
    call as call,
    concatenate as concatenate,
    hypervolume as hypervolume,
    load as load,
    output_regulariser as output_regulariser,
    sample_preferences as sample_preferences,
    save as save,
    scalarise as scalarise,
    time_features as time_features,
    trainable as trainable,
)
from .runs._export import export as export
from .similarity.plots import (
    draw_similarity as draw_similarity,
    plot_connectors as plot_connectors,
    plot_similarity as plot_similarity,
)
from .training import fit as fit
