"""Random keys derived from (seed, step, purpose), so that a run resumes from the step alone."""

import enum

import jax
from jaxtyping import Array, Integer, Key


class Purpose(enum.IntEnum):
    """The purpose of a key. Stored runs depend on these numbers: append new ones, never renumber."""

    INITIALISATION = 0
    CONDITION = 1
    INPUTS = 2
    GENERATION = 3
    MEASUREMENT = 4
    SIBLING = 5
    EVALUATION = 6


def key_for(seed: Integer[Array, ""] | int, step: Integer[Array, ""] | int, purpose: Purpose) -> Key[Array, ""]:
    """Derive the key for one purpose at one step of one seed.

    Args:
        seed: the seed.
        step: the index of the step.
        purpose: the purpose of the key.

    Returns:
        A JAX key.

    Examples:
        >>> bool((key_for(0, 5, Purpose.INPUTS) == key_for(0, 6, Purpose.INPUTS)).all())
        False
    """
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), step), int(purpose))
