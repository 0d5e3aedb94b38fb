"""The table of PDEs."""

from collections.abc import Mapping
from types import MappingProxyType

from weightloom.fields.pdes._heat import Heat
from weightloom.fields.pdes._navier_stokes import NavierStokes
from weightloom.fields.pdes._shallow_water import ShallowWater
from weightloom.fields.pdes._wave import Wave
from weightloom.fields.pdes.base import PDE

PDES: Mapping[str, type[PDE]] = MappingProxyType({pde.name: pde for pde in (Heat, Wave, NavierStokes, ShallowWater)})
"""PDE classes by name."""
