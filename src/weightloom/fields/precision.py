"""How exactly products of matrices are computed."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_full_precision(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The same function with all its products in full single precision.

    GPUs round factors to 10 bits unless told otherwise: phases of tens of radians are lost then, and normal equations
    are no longer positive.

    Args:
        function: of arrays; what it calls counts too.

    Examples:
        >>> import jax.numpy as jnp
        >>> "HIGHEST" in str(jax.make_jaxpr(in_full_precision(jnp.dot))(jnp.ones((2, 2)), jnp.ones((2, 2))))
        True
    """
    return jax.default_matmul_precision("highest")(function)
