"""Random keys. Every function that takes a key accepts a whole number or a JAX key."""

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key, UInt32

from weightloom._checks import is_whole
from weightloom._words import shown
from weightloom.errors import InputError

AnyKey: TypeAlias = int | np.integer | Key[Array, ""] | UInt32[Array, "2"]
LARGEST = 2**32 - 1


def as_key(key: Any, name: str = "key") -> Key[Array, ""]:
    """Converts a whole number or a JAX key to a JAX key.

    Args:
        key: a whole number from 0 to 2³² − 1, or one key from `jax.random.key` or `jax.random.PRNGKey`.
        name: name of the argument in error messages.

    Returns:
        The key, shape (). A number n gives `jax.random.key(n)`.

    Raises:
        InputError: if `key` is neither a number in this range nor one JAX key.

    Examples:
        >>> bool(as_key(3) == jax.random.key(3))
        True
    """
    if isinstance(key, jax.Array):
        if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) and key.shape == ():
            return key
        if key.dtype == np.uint32 and key.shape == (2,):
            return jax.random.wrap_key_data(key)
    # JAX keeps only the lowest 32 bits of a number: 2³² would silently give the same key as 0.
    elif is_whole(key, 0) and key <= LARGEST:
        return jax.random.key(int(key))
    raise InputError(f"{name} {shown(key)} cannot be used: give a whole number from 0 to {LARGEST}, or one JAX key.")


def as_seed(key: Any, name: str = "key") -> int:
    """Converts a whole number or a JAX key to a whole number, for NumPy's generators and for a run's config.

    Args:
        key: a whole number of at least 0, or a concrete (not traced) JAX key as for `as_key`.
        name: name of the argument in error messages.

    Returns:
        A whole number is returned unchanged. A JAX key gives a number from 0 to 2³² − 1; `jax.random.key(n)` gives n.

    Raises:
        InputError: if `key` is neither a whole number of at least 0 nor one JAX key.

    Examples:
        >>> as_seed(3), as_seed(jax.random.key(3))
        (3, 3)
    """
    if is_whole(key, 0):
        return int(key)
    words = np.asarray(jax.random.key_data(as_key(key, name)))
    if not words[:-1].any():
        return int(words[-1])
    return int(np.random.SeedSequence(words.tolist()).generate_state(1)[0])
