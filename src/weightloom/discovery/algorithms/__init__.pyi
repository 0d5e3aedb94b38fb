from ._table import CONSTRUCTIONS as CONSTRUCTIONS
from .convexity import convexity as convexity
from .double_sided import double_sided as double_sided
from .found_puddings import assigned_pudding as assigned_pudding, memorised_pudding as memorised_pudding
from .pudding import pudding as pudding
