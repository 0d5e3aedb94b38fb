from ._force_directed import force_directed as force_directed
from ._layered import layered as layered
from ._table import LAYOUTS as LAYOUTS
from .base import Layout as Layout
