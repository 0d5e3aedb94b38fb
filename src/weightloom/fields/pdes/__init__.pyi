from ._heat import Heat as Heat, heat as heat
from ._navier_stokes import NavierStokes as NavierStokes, navier_stokes as navier_stokes
from ._shallow_water import ShallowWater as ShallowWater, shallow_water as shallow_water
from ._table import PDES as PDES
from ._wave import Wave as Wave, wave as wave
from .base import PDE as PDE
