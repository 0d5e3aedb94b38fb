from ._table import LAYOUTS as LAYOUTS
from .base import Layout as Layout
from .force_directed import force_directed as force_directed
from .layered import layered as layered
