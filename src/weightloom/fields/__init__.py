"""Fields: data of fields that evolve, and models that forecast them."""

from weightloom.fields.observation import observe as observe
from weightloom.fields.pdes import (
    heat as heat,
    navier_stokes as navier_stokes,
    shallow_water as shallow_water,
    wave as wave,
)
from weightloom.fields.reading import open_trajectories as open_trajectories
from weightloom.fields.trajectories import Trajectories as Trajectories
