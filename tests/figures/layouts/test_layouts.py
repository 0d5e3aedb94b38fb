"""What every layout promises, for every row of the table."""

import itertools

import jax
import numpy as np
import pytest

from weightloom.errors import InputError
from weightloom.figures.layouts import LAYOUTS

# All of eight neurons, so that one compilation serves them all.
SIZES = [(7, 1), (3, 4, 1), (2, 2, 2, 2), (1,) * 8]

every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def random_weights(sizes, seed=0):
    random = np.random.default_rng(seed)
    return [random.standard_normal(shape) for shape in itertools.pairwise(sizes)]


@every_layout
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_neuron_has_its_own_place(layout, sizes):
    positions = layout(random_weights(sizes), jax.random.key(0))
    assert positions.shape == (sum(sizes), 2)
    distances = np.linalg.norm(positions[:, None] - positions, axis=-1)
    assert distances[~np.eye(len(positions), dtype=bool)].min() > 0.01


@every_layout
def test_same_weights_and_key_give_the_same_positions(layout):
    weights = random_weights((3, 4, 1))
    once, again = (layout(weights, jax.random.key(3)) for _ in range(2))
    assert once.tobytes() == again.tobytes()


@every_layout
def test_signs_do_not_matter(layout):
    weights = random_weights((3, 4, 1))
    flipped = [-weight for weight in weights]
    np.testing.assert_array_equal(*(layout(w, jax.random.key(0)) for w in (weights, flipped)))


@every_layout
@pytest.mark.parametrize("scale", [0.0, 1e-300, 1e-30, 1.0, 1e6, 1e300])
def test_any_scale_of_weights_gives_finite_distinct_positions(layout, scale):
    weights = [scale * weight for weight in random_weights((3, 4, 1))]
    positions = layout(weights, jax.random.key(0))
    assert np.isfinite(positions).all()
    assert len(np.unique(positions, axis=0)) == 8


@every_layout
@pytest.mark.parametrize("huge", [1e6, 1e300])
@pytest.mark.parametrize("others", [0.0, 1.0])
def test_one_huge_weight_among_others(layout, huge, others):
    weights = [others * weight for weight in random_weights((3, 4, 1))]
    weights[0][0, 0] = huge
    positions = layout(weights, jax.random.key(0))
    assert np.isfinite(positions).all()
    assert np.ptp(positions, axis=0).max() > 1.0


@every_layout
@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        ([], "without weights"),
        ([np.ones((0, 2))], "the weight of layer 0 has shape"),
        ([np.full((2, 1), np.nan)], "not finite"),
        ([np.ones((2, 3)), np.ones((4, 1))], "the weight of layer 1 has 4 inputs .* 3 outputs"),
    ],
)
def test_weights_of_no_network_are_refused(layout, weights, complaint):
    with pytest.raises(InputError, match=complaint):
        layout(weights, jax.random.key(0))
