"""Reference constructions: networks that compute the L1 norm by a known algorithm, one file each."""

import functools
from collections.abc import Callable

from weightloom.discovery.algorithms.convexity import convexity as convexity
from weightloom.discovery.algorithms.double_sided import double_sided as double_sided
from weightloom.discovery.algorithms.found_puddings import (
    assigned_pudding as assigned_pudding,
    memorised_pudding as memorised_pudding,
)
from weightloom.discovery.algorithms.pudding import pudding as pudding
from weightloom.discovery.network import Network

CONSTRUCTIONS: dict[str, Callable[..., Network]] = {
    "convexity": convexity,
    "pudding+": functools.partial(pudding, sign=1),
    "pudding-": functools.partial(pudding, sign=-1),
    "double-sided": double_sided,
}
