"""PDEs: seeded generators of trajectories, one file each, and the table from their names."""

from collections.abc import Mapping
from types import MappingProxyType

from weightloom.fields.pdes.base import PDE as PDE
from weightloom.fields.pdes.heat import Heat as Heat, heat as heat
from weightloom.fields.pdes.navier_stokes import NavierStokes as NavierStokes, navier_stokes as navier_stokes
from weightloom.fields.pdes.shallow_water import ShallowWater as ShallowWater, shallow_water as shallow_water
from weightloom.fields.pdes.wave import Wave as Wave, wave as wave

PDES: Mapping[str, type[PDE]] = MappingProxyType({pde.name: pde for pde in (Heat, Wave, NavierStokes, ShallowWater)})
