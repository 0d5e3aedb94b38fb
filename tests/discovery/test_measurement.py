"""What is measured of a grid of networks, on networks whose algorithms are known."""

import numpy as np
import pytest

from weightloom.architectures import MLP
from weightloom.discovery import algorithms
from weightloom.discovery._order_parameters import order_parameters, seed_dependence
from weightloom.discovery.classification import ALGORITHMS, classify
from weightloom.discovery.config import configure
from weightloom.discovery.measurement import dataset
from weightloom.discovery.tasks import TASKS

N, HIDDEN = 4, 16


@pytest.fixture(scope="module")
def networks():
    """One network for each seed and β."""
    return [
        [algorithms.double_sided(n=N, hidden=HIDDEN), algorithms.pudding(n=N, hidden=HIDDEN, sign=1)],
        [algorithms.pudding(n=N, hidden=HIDDEN, sign=-1), algorithms.convexity(n=N, hidden=HIDDEN)],
    ]


@pytest.fixture(scope="module")
def config():
    return configure(TASKS["l1"], MLP((N, HIDDEN, 1)), seeds=(3, 8), steps=10, measured_betas=2, hyperdepth=3)


@pytest.fixture(scope="module")
def measured(config, networks):
    stack = lambda layer, entry: np.array(  # noqa: E731
        [[np.asarray(network.parameters[layer][entry], np.float32) for network in row] for row in networks]
    )
    parameters = tuple((stack(layer, 0), stack(layer, 1)) for layer in range(2))
    edges = N * HIDDEN + HIDDEN
    generator = np.random.default_rng(0)
    draw = lambda *shape: generator.random((2, 2, *shape), np.float32)  # noqa: E731
    scalars = {"loss": draw(), "kl": draw(), "kl_hyperlayer": draw(3), "kl_edge": draw(edges)}
    siblings = parameters[0][0] + draw(N, HIDDEN)
    return dataset(config, parameters, scalars, siblings), scalars, siblings


def test_every_measure_lies_over_seed_and_beta(config, measured):
    found, scalars, _ = measured
    assert found.seed.values.tolist() == [3, 8]
    assert found.beta.values.tolist() == config.betas.tolist()
    assert all(variable.dims[:2] == ("seed", "beta") for variable in found.data_vars.values())
    for name, values in scalars.items():
        np.testing.assert_array_equal(found[name], values)
    assert found.sizes["edge"] == N * HIDDEN + HIDDEN
    assert found.sizes["hyperlayer"] == 3


def test_the_weights_are_kept_as_they_are(networks, measured):
    for (row, column), network in np.ndenumerate(np.array(networks, object)):
        for layer, (weight, bias) in enumerate(network.parameters):
            own = measured[0].isel(seed=row, beta=column)
            np.testing.assert_array_equal(own[f"weight_{layer}"], np.float32(weight))
            np.testing.assert_array_equal(own[f"bias_{layer}"], np.float32(bias))


def test_labels_are_those_of_the_classifier(networks, measured):
    found = measured[0]
    assert found.algorithm.values.tolist() == [["double-sided", "pudding+"], ["pudding-", "convexity"]]
    assert found.algorithm.attrs["flag_meanings"].split() == list(ALGORITHMS)
    margins = [[classify(network).margin for network in row] for row in networks]
    np.testing.assert_allclose(found.margin, margins, rtol=1e-4)


def test_order_parameters_are_those_of_each_network(networks, measured):
    found, _, siblings = measured
    for (row, column), network in np.ndenumerate(np.array(networks, object)):
        first, own = np.float32(network.parameters[0][0]), found.isel(seed=row, beta=column)
        expected = order_parameters(first)
        assert float(own.double_sidedness) == pytest.approx(expected.double_sidedness, rel=1e-5)
        assert float(own.strongest_connection) == pytest.approx(expected.strongest_connection, rel=1e-5)
        assert float(own.seed_dependence) == pytest.approx(seed_dependence(first, siblings[row, column]), rel=1e-5)


def test_without_siblings_nothing_is_said_of_seed_dependence(config, measured):
    found = measured[0]
    parameters = tuple((found[f"weight_{k}"].values, found[f"bias_{k}"].values) for k in range(2))
    assert "seed_dependence" not in dataset(config, parameters, {"loss": found.loss.values})
