"""Precision of matrix products."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_full_precision(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Wraps a function so that all its matrix products have full single precision.

    By default, GPUs round the factors to 10 bits. That is too little for phases of tens of radians and for
    least squares problems.

    Args:
        function: a function of arrays. Functions that it calls are affected too.

    Returns:
        The wrapped function.

    Examples:
        >>> import jax.numpy as jnp
        >>> "HIGHEST" in str(jax.make_jaxpr(in_full_precision(jnp.dot))(jnp.ones((2, 2)), jnp.ones((2, 2))))
        True
    """
    return jax.default_matmul_precision("highest")(function)
