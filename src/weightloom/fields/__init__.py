"""Fields: functions of space that change in time, hypernetworks that generate them, and forecasts of PDEs."""

from weightloom.fields.evaluate import evaluate as evaluate, horizons as horizons
from weightloom.fields.fit import fit as fit
from weightloom.fields.models import (
    MODELS as MODELS,
    ContinuousPOD as ContinuousPOD,
    DINo as DINo,
    FieldModel as FieldModel,
    GridPOD as GridPOD,
    HypernetworkInTime as HypernetworkInTime,
    MeanField as MeanField,
    Persistence as Persistence,
)
from weightloom.fields.observation import observe as observe
from weightloom.fields.pdes import (
    heat as heat,
    navier_stokes as navier_stokes,
    shallow_water as shallow_water,
    wave as wave,
)
from weightloom.fields.reading import open_trajectories as open_trajectories
from weightloom.fields.representations import (
    Representations as Representations,
    psnr as psnr,
    represent as represent,
)
from weightloom.fields.run import FieldRun as FieldRun
from weightloom.fields.trajectories import Trajectories as Trajectories
