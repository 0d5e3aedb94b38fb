"""Merging joins what does the same, drops what does nothing, and stays within its tolerance."""

import numpy as np
import pytest

from tests.discovery.reading import constructions as make
from weightloom.discovery.reading.canonical import canonical
from weightloom.discovery.reading.merging import Curved, merges
from weightloom.discovery.reading.sampling import normal_inputs

TOLERANCES = (1e-4, 1e-3, 1e-2, 1e-1)


def measured(network):
    form = canonical(network)
    x = normal_inputs(form.weight.shape[0], 256)
    return form, Curved(x, form(x).std(axis=0)), x


def merged(network, tolerance=1e-6):
    form, curved, _ = measured(network)
    return merges(form, curved, [tolerance])[0]


def random_network(seed, inputs=3, hidden=12, outputs=1):
    rng = np.random.default_rng(seed)
    return make.layers(
        rng.standard_normal((inputs, hidden)),
        rng.standard_normal(hidden),
        rng.standard_normal((hidden, outputs)),
        rng.standard_normal(outputs),
    )


def known(seed, n=4, outputs=1):
    """Units that have nothing in common."""
    rng = np.random.default_rng(seed)
    rows = [3 * row for row in np.eye(n)]
    return [make.unit(row, rng.uniform(1, 2, outputs), 0.3) for row in rows]


def sorted_units(form):
    order = np.lexsort(form.weight)
    return form.weight[:, order], form.bias[order], form.readout[order]


@pytest.mark.parametrize("change", make.EXACT.values(), ids=make.EXACT.keys())
@pytest.mark.parametrize("outputs", [1, 2])
def test_neurons_that_do_the_same_become_the_unit_that_they_were(change, outputs):
    units = known(0, outputs=outputs)
    rng = np.random.default_rng(0)
    network = make.network(units, np.full((4, outputs), 0.5))
    one, two = merged(network), merged(change(network, rng))
    assert len(one.bias) == len(two.bias) == 4
    for left, right in zip(sorted_units(one), sorted_units(two)):
        assert np.allclose(left, right, rtol=1e-5, atol=1e-5)
    assert np.allclose(two.linear, 0.5, atol=1e-5)


def test_output_weights_of_split_neurons_add_up_whatever_their_signs():
    unit = make.unit([3.0, 0.0], 1.0)
    halves = [unit._replace(readout=np.array([v])) for v in (3.0, -2.5, 0.5)]
    form = merged(make.network(halves, np.zeros((2, 1))))
    assert form.readout.tolist() == [[pytest.approx(1.0, rel=1e-5)]]
    assert sorted(form.neurons[0]) == [0, 1, 2]


def test_units_that_do_nothing_become_a_line():
    weak, strong = make.unit([0.0, 2.0], 1e-4), make.unit([2.0, 0.0], 1.0)
    form = merged(make.network([weak, strong], np.array([[0.3], [0.7]])))
    assert form.neurons[0][0] == 1
    assert form.linear.ravel().tolist() == pytest.approx([0.3, 0.7], abs=1e-3)


def test_a_network_that_is_a_line_has_no_units():
    form = merged(make.network([], np.array([[1.0], [-2.0]])))
    assert form.bias.size == 0
    assert form.linear.ravel().tolist() == pytest.approx([1, -2])


@pytest.mark.parametrize("seed", range(6))
def test_the_output_changes_by_less_than_the_tolerance(seed):
    form, curved, x = measured(random_network(seed, outputs=1 + seed % 2))
    counts = []
    for tolerance, other in zip(TOLERANCES, merges(form, curved, TOLERANCES)):
        assert curved.share(form(x) - other(x)) <= tolerance
        neurons = [neuron for own in other.neurons for neuron in own]
        assert len(neurons) == len(set(neurons))
        counts.append(len(other.bias))
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < 12


def test_rising_tolerances_give_what_single_calls_give():
    form, curved, _ = measured(random_network(7))
    for tolerance, snapshot in zip(TOLERANCES, merges(form, curved, TOLERANCES)):
        alone = merges(form, curved, [tolerance])[0]
        assert snapshot.neurons == alone.neurons
        for name in ("constant", "linear", "weight", "bias", "readout"):
            assert np.array_equal(getattr(snapshot, name), getattr(alone, name))


def test_lines_do_not_count_as_changes():
    _, curved, x = measured(random_network(0))
    line = x @ np.array([[1.0], [2.0], [-3.0]]) + 4
    assert np.allclose(curved.part(line), 0, atol=1e-12)
    assert np.allclose(curved.line(line).ravel(), [4, 1, 2, -3])
