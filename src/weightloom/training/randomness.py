"""Keys from (seed, step, purpose), so that a resumed run needs nothing but the step."""

import enum

import jax
from jaxtyping import Array, Integer, Key


class Purpose(enum.IntEnum):
    """What a key is for. The numbers are part of every run: append, never renumber."""

    INITIALISATION = 0
    CONDITION = 1
    INPUTS = 2
    GENERATION = 3
    MEASUREMENT = 4
    SIBLING = 5
    EVALUATION = 6


def key_for(seed: Integer[Array, ""] | int, step: Integer[Array, ""] | int, purpose: Purpose) -> Key[Array, ""]:
    """The key of one purpose at one step of one seed.

    Args:
        seed: the seed's number.
        step: the step's number.
        purpose: what the key is for.

    Examples:
        >>> bool((key_for(0, 5, Purpose.INPUTS) == key_for(0, 6, Purpose.INPUTS)).all())
        False
    """
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), step), int(purpose))
