"""The reference constructions by name."""

import functools
from collections.abc import Callable

from weightloom.discovery.algorithms._convexity import convexity
from weightloom.discovery.algorithms._double_sided import double_sided
from weightloom.discovery.algorithms._pudding import pudding
from weightloom.discovery.network import Network

CONSTRUCTIONS: dict[str, Callable[..., Network]] = {
    "convexity": convexity,
    "pudding+": functools.partial(pudding, sign=1),
    "pudding-": functools.partial(pudding, sign=-1),
    "double-sided": double_sided,
}
"""The reference constructions by the name of their algorithm."""
