"""Keys as users give them: a whole number or a JAX key, wherever something is random."""

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
    """A JAX key.

    Args:
        key: a whole number from 0 to 2³² − 1, or one key from `jax.random.key` or `jax.random.PRNGKey`.
        name: what messages call it.

    Returns:
        The key, shape (); of a number n it is `jax.random.key(n)`.

    Raises:
        InputError: if it is neither.

    Examples:
        >>> bool(as_key(3) == jax.random.key(3))
        True
    """
    if isinstance(key, jax.Array):
        if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) and key.shape == ():
            return key
        if key.dtype == np.uint32 and key.shape == (2,):
            return jax.random.wrap_key_data(key)
    # JAX takes only the last 32 bits of a larger number, so that 2³² would silently be 0.
    elif is_whole(key, 0) and key <= LARGEST:
        return jax.random.key(int(key))
    raise InputError(f"{name} {shown(key)} cannot be used: give a whole number from 0 to {LARGEST}, or one JAX key.")


def as_seed(key: Any, name: str = "key") -> int:
    """A whole number that stands for a key, for NumPy's generators and for records of what was done.

    Args:
        key: a whole number of at least 0, or a JAX key as for `as_key`, which must not be traced.
        name: what messages call it.

    Returns:
        The number itself; of a JAX key a number from 0 to 2³² − 1, which is n for `jax.random.key(n)`.

    Raises:
        InputError: if it is neither.

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
