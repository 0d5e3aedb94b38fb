"""Seeds on devices: whatever their numbers, each seed gets its own answer, in order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from weightloom.training.placement import Placement

SEED_TUPLES = [(0,), (5, 3), (4, 0, 9), (1, 2, 3, 4), tuple(range(7))]


@pytest.fixture(params=[1, 2, 3], ids=lambda count: f"{count} devices")
def devices(request):
    return jax.devices()[: request.param]


@pytest.mark.parametrize("seeds", SEED_TUPLES, ids=len)
def test_each_seed_gets_its_own_answer(seeds, devices):
    placement = Placement(seeds, devices)
    f = placement.map(lambda seed, factor: {"seed": seed, "row": factor * seed * jnp.arange(3)}, shared=1)
    answers = placement.get(f(placement.seeds, jnp.uint32(10)))
    np.testing.assert_array_equal(answers["seed"], seeds)
    np.testing.assert_array_equal(answers["row"], [[0, 10 * seed, 20 * seed] for seed in seeds])


@pytest.mark.parametrize("seeds", SEED_TUPLES, ids=len)
def test_what_was_brought_home_goes_back_unchanged(seeds, devices):
    placement = Placement(seeds, devices)
    home = {"a": np.arange(2.0 * len(seeds), dtype=np.float32).reshape(-1, 2), "b": (np.array(seeds, np.int32),)}
    padded = placement.pad(home)
    assert {len(leaf) % len(devices) for leaf in jax.tree.leaves(padded)} == {0}
    back = placement.get(placement.put(padded))
    jax.tree.map(np.testing.assert_array_equal, back, home)
    assert jax.tree.map(lambda leaf: leaf.dtype, back) == jax.tree.map(lambda leaf: leaf.dtype, home)


def test_seeds_are_spread_over_the_devices(devices):
    placement = Placement((0, 1, 2), devices)
    assert len(placement.seeds.sharding.device_set) == len(devices)
    assert placement.seeds.addressable_shards[0].data.shape == (-(-3 // len(devices)),)


@pytest.mark.parametrize(("seeds", "used"), [((0,), 1), ((0, 1), 2), (tuple(range(8)), 3)])
def test_no_more_devices_are_used_than_there_are_seeds(seeds, used):
    assert Placement(seeds).mesh.size == min(used, len(jax.devices()))


def test_seeds_on_an_accelerator_are_mapped_together():
    looping, barrier = Placement((3, 1, 2)), Placement((3, 1, 2))
    barrier.loops = False
    f = lambda seed: jax.random.bits(jax.random.key(seed))  # noqa: E731
    one, other = (p.get(p.map(f)(p.seeds)) for p in (looping, barrier))
    np.testing.assert_array_equal(one, other)


def test_the_largest_seeds_survive():
    placement = Placement((2**32 - 1, 2**31))
    assert placement.get(placement.seeds).tolist() == [2**32 - 1, 2**31]


def test_donated_memory_is_given_away_only_where_it_was_offered():
    placement = Placement((0, 1))
    f = placement.map(lambda x, y: x + y, donate=(0,))
    given, kept = (placement.put(np.zeros((2, 4), np.float32)) for _ in range(2))
    f(given, kept)
    assert not kept.is_deleted()
    assert given.is_deleted()
