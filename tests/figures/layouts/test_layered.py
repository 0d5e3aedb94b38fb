import itertools

import jax
import numpy as np

from weightloom.figures.layouts._layered import WIDTH, layered


def test_layers_are_columns_from_left_to_right_with_the_first_neuron_on_top():
    sizes = (3, 5, 4, 1)
    positions = layered([np.ones(shape) for shape in itertools.pairwise(sizes)], jax.random.key(0))
    columns = np.split(positions, np.cumsum(sizes)[:-1])
    assert [np.unique(column[:, 0]).size for column in columns] == [1, 1, 1, 1]
    np.testing.assert_allclose(np.diff([column[0, 0] for column in columns]), WIDTH / 3)
    for column, size in zip(columns, sizes):
        np.testing.assert_allclose(np.diff(column[:, 1]), -1 / size)
        np.testing.assert_allclose(column[:, 1].mean(), 0, atol=1e-12)
