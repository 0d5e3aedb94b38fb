from ._evaluate import evaluate as evaluate, horizons as horizons
from ._fit import fit as fit
from ._sensor_mask import sensor_mask as sensor_mask
from .models import (
    MODELS as MODELS,
    ContinuousPOD as ContinuousPOD,
    DINo as DINo,
    FieldModel as FieldModel,
    GridPOD as GridPOD,
    HypernetworkInTime as HypernetworkInTime,
    MeanField as MeanField,
    Persistence as Persistence,
)
from .pdes import heat as heat, navier_stokes as navier_stokes, shallow_water as shallow_water, wave as wave
from .reading import open_trajectories as open_trajectories
from .reconstruction import (
    FieldPrior as FieldPrior,
    learn_prior as learn_prior,
    place_sensors as place_sensors,
    reconstruct as reconstruct,
)
from .representations import Representations as Representations, psnr as psnr, represent as represent
from .run import FieldRun as FieldRun
from .season import Season as Season, learn_season as learn_season
from .trajectories import Trajectories as Trajectories
