"""Keys as users give them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom._keys import as_key, as_seed
from weightloom.errors import InputError


@pytest.mark.parametrize("number", [0, 7, 2**32 - 1, np.int64(7), np.uint32(7)], ids=repr)
def test_a_number_its_key_and_its_old_form_are_the_same(number):
    expected = jax.random.key(int(number))
    for given in (number, expected, jax.random.PRNGKey(int(number))):
        assert as_key(given) == expected
        assert as_seed(given) == int(number)


def test_a_traced_key_passes():
    drawn = jax.jit(jax.vmap(lambda key: jax.random.normal(as_key(key))))(jax.random.split(jax.random.key(0), 3))
    assert len(set(drawn.tolist())) == 3


def test_keys_that_come_from_no_number_have_seeds_of_their_own():
    seeds = [as_seed(key) for key in jax.random.split(jax.random.key(0), 20)]
    assert len(set(seeds)) == 20
    assert seeds == [as_seed(key) for key in jax.random.split(jax.random.key(0), 20)]
    assert all(0 <= seed < 2**32 for seed in seeds)


@pytest.mark.parametrize(
    "given",
    [-1, 1.0, True, "3", None, np.arange(2), jnp.ones(2), jnp.int32(3), jax.random.split(jax.random.key(0), 2)],
    ids=repr,
)
def test_what_is_no_key_is_refused(given):
    for function in (as_key, as_seed):
        with pytest.raises(InputError, match=r"^key .* cannot be used: give a whole number from 0 to 4294967295, or"):
            function(given)


def test_jax_would_take_a_number_that_is_too_large_for_another():
    assert as_seed(2**32 + 1) == 2**32 + 1  # NumPy's generators take it
    with pytest.raises(InputError, match="key 4294967296 cannot be used"):
        as_key(2**32)
