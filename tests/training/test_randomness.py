"""Keys: one for each seed, step and purpose, the same wherever and whenever it is asked for."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.training import Purpose, key_for

SEEDS = (0, 1, 2, 3, 1000, 2**31, 2**32 - 1)
STEPS = (0, 1, 2, 3, 4, 5, 6, 7, 1000, 30_000, 10**8 - 1)


def bits(key):
    return tuple(np.asarray(jax.random.key_data(key)).tolist())


def test_no_two_keys_of_a_training_are_the_same():
    seeds, steps = (jnp.array(column, jnp.uint32) for column in zip(*itertools.product(SEEDS, STEPS)))
    all_keys = lambda purpose: jax.vmap(lambda seed, step: key_for(seed, step, purpose))(seeds, steps)  # noqa: E731
    keys = np.concatenate([np.asarray(jax.random.key_data(all_keys(purpose))) for purpose in Purpose])
    assert len(np.unique(keys, axis=0)) == len(SEEDS) * len(STEPS) * len(Purpose)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_compiled_program_gets_the_same_key(purpose):
    traced = jax.jit(lambda seed, step: key_for(seed, step, purpose))(jnp.uint32(7), jnp.uint32(123))
    assert bits(traced) == bits(key_for(7, 123, purpose))


def test_the_purposes_of_older_runs_keep_their_numbers():
    assert [(purpose.name, int(purpose)) for purpose in Purpose][:7] == [
        ("INITIALISATION", 0),
        ("CONDITION", 1),
        ("INPUTS", 2),
        ("GENERATION", 3),
        ("MEASUREMENT", 4),
        ("SIBLING", 5),
        ("EVALUATION", 6),
    ]
