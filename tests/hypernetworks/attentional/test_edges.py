"""Ragged edge axes and the encodings along them."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.reference import naive_hypernetwork as naive
from weightloom.hypernetworks.attentional.edges import Edges
from weightloom.hypernetworks.attentional.positional_encoding import positional_encodings, sinusoids

SIZES = [(3, 5, 1), (2, 3, 4, 2), (4, 2), (1, 1)]


@pytest.mark.parametrize("sizes", SIZES)
def test_edges_are_numbered_as_in_the_naive_implementation(sizes):
    edges = Edges(sizes)
    grids = list(edges.split(jnp.arange(edges.total)))
    listed = naive.list_edges(sizes)
    assert edges.total == len(listed)
    for number, (layer, i, j) in enumerate(listed):
        assert int(grids[layer - 1][i, j]) == number


@pytest.mark.parametrize("sizes", SIZES)
def test_join_undoes_split(sizes):
    edges = Edges(sizes)
    x = jnp.arange(3.0 * edges.total).reshape(3, -1)
    np.testing.assert_array_equal(edges.join(list(edges.split(x))), x)


@pytest.mark.parametrize("sizes", SIZES)
def test_encodings_name_inputs_outputs_and_layers(sizes):
    encodings = positional_encodings(Edges(sizes))
    for number, (layer, i, j) in enumerate(naive.list_edges(sizes)):
        expected = [
            naive.positional_encoding(i) * (layer == 1),
            naive.positional_encoding(j) * (layer == len(sizes) - 1),
            naive.positional_encoding(layer),
        ]
        np.testing.assert_allclose(encodings[:, number], np.concatenate(expected), atol=1e-6)


def test_encodings_tell_many_positions_apart():
    codes = sinusoids(np.arange(200)).T
    distances = np.linalg.norm(codes[:, None] - codes[None], axis=-1) + 10 * np.eye(200)
    assert distances.min() > 0.05
