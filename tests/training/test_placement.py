"""Seeds over devices, in one process and in two."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from weightloom.training.placement import Placement

TWO_DEVICES = """
    import jax, sys
    jax.config.update("jax_num_cpu_devices", 2)
    import numpy as np
    from weightloom.training.placement import Placement

    placement = Placement((0, 1, 2))
    assert len(placement.mesh.devices) == 2 and placement.seeds.shape == (4,)
    assert {shard.device.id for shard in placement.seeds.addressable_shards} == {0, 1}
    walk = placement.map(lambda seed, scale: jax.random.normal(jax.random.key(seed), (5,)) * scale, shared=1)
    values = placement.get(walk(placement.seeds, 2.0))
    assert values.shape == (3, 5)
    assert placement.pad(values).shape == (4, 5)
    np.save(sys.argv[1], values)
"""


def test_seeds_that_do_not_divide_by_the_devices_are_padded_and_cut(tmp_path):
    file = tmp_path / "values.npy"
    subprocess.run([sys.executable, "-c", textwrap.dedent(TWO_DEVICES), str(file)], check=True, timeout=240)
    placement = Placement((0, 1, 2))
    import jax

    walk = placement.map(lambda seed, scale: jax.random.normal(jax.random.key(seed), (5,)) * scale, shared=1)
    np.testing.assert_array_equal(np.load(file), placement.get(walk(placement.seeds, 2.0)))


@pytest.mark.parametrize("seeds", [(5,), (1, 9, 4)])
def test_what_is_put_comes_back(seeds):
    placement = Placement(seeds)
    tree = {"a": np.arange(2.0 * len(seeds)).reshape(len(seeds), 2)}
    back = placement.get(placement.put(placement.pad(tree)))
    np.testing.assert_array_equal(back["a"], tree["a"])
