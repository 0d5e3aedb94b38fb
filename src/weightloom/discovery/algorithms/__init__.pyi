from ._convexity import convexity as convexity
from ._double_sided import double_sided as double_sided
from ._pudding import pudding as pudding
from ._table import CONSTRUCTIONS as CONSTRUCTIONS
from .irregular_puddings import assigned_pudding as assigned_pudding, memorised_pudding as memorised_pudding
