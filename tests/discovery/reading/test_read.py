"""Networks whose program is known are read right, however they are written, and others are not read."""

import functools

import numpy as np
import pytest

import weightloom as wl
from tests.discovery.reading import constructions as make
from weightloom.discovery.reading import read
from weightloom.errors import InputError

SMALL = {name: min(size for size in kind.sizes if size > 1) for name, kind in make.KINDS.items()}


def known(name, n, seed=0):
    return make.KINDS[name].build(n, np.random.default_rng([seed, n]))


@functools.cache
def reading_of(name):
    """A construction with its network and what was read from it."""
    own = known(name, SMALL[name])
    network = make.built(own)
    return own, network, read(network)


def assert_the_same(reading, other):
    assert make.said(reading) == make.said(other)
    assert reading.program.numbers == other.program.numbers
    x = np.random.default_rng(0).standard_normal((100, other.program.inputs))
    values = other.program(x)
    assert np.allclose(reading.program(x), values, atol=0.01 * values.std())


@pytest.mark.parametrize("name", make.KINDS)
def test_a_construction_is_read_as_what_it_is(name):
    own, network, reading = reading_of(name)
    assert make.said(reading) == make.expected(own)
    assert reading.program.numbers == own.numbers
    x = np.random.default_rng(0).standard_normal((100, own.line.shape[0]))
    assert np.allclose(reading.program(x), network(x), atol=0.02 * network(x).std())
    assert reading.verdict.faithful > 0.998


@pytest.mark.slow
@pytest.mark.parametrize("name", make.KINDS)
def test_a_construction_is_read_the_same_however_it_is_written(name):
    _, network, reading = reading_of(name)
    rng = np.random.default_rng(1)
    for change in make.EXACT.values():
        network = change(network, rng)
    assert_the_same(read(network), reading)


@pytest.mark.parametrize("change", make.EXACT.values(), ids=make.EXACT.keys())
@pytest.mark.parametrize("name", ["sort of two"])
def test_each_way_to_write_a_network_is_read_the_same(name, change):
    _, network, reading = reading_of(name)
    assert_the_same(read(change(network, np.random.default_rng(2))), reading)


@pytest.mark.parametrize(
    "name",
    ["l1", "pudding with background", "variation", "ring", "clipped", "sort of two", "two outputs", "l1 by sine"],
)
def test_a_program_written_as_a_network_is_read_as_itself(name):
    reading = reading_of(name)[2]
    assert_the_same(read(reading.network()), reading)


NOISY = ["l1", "variation", "ring", "clipped", "l1 by relu"]


@pytest.mark.slow
def test_noise_does_not_hide_the_program():
    right = []
    n = 8
    for name in NOISY:
        rng = np.random.default_rng(n)
        own = make.KINDS[name].build(n, rng)
        network = make.noisy(make.shuffled(make.built(own), rng), 0.02, rng)
        right.append(make.said(read(network)) == make.expected(own))
    assert np.mean(right) >= 0.95


def control(seed):
    """A random network, or a construction whose output weights were drawn again."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 7))
    if seed % 2:
        hidden = int(rng.integers(6, 17))
        weight, readout = rng.standard_normal((n, hidden)), rng.standard_normal((hidden, 1))
        return make.layers(weight, rng.standard_normal(hidden), readout, np.zeros(1))
    weight, bias, readout, constant = make.arrays(make.built(make.gini(n, rng)))
    return make.layers(weight, bias, rng.standard_normal(readout.shape), constant)


def simple(reading):
    """Whether a reading claims more than a list of units: a set of inputs that its members run over."""
    return any(kind in ("all", "neighbours", "ring") for _, kind, members in make.said(reading) if members > 2)


@pytest.mark.parametrize("seed", range(5))
def test_no_loop_is_read_where_none_is(seed):
    reading = read(control(seed))
    assert not (reading.verdict.state == "read" and simple(reading))


@pytest.mark.parametrize("sign", [1, -1])
def test_both_puddings_and_double_sided_are_one_family(sign):
    rows = [make.said(read(wl.algorithms.pudding(n=4, hidden=8, strength=3.0, sign=sign, offset=12.0)))]
    rows.append(make.said(read(wl.algorithms.double_sided(n=4, hidden=8, strength=3.0))))
    assert rows[0] == rows[1] == [(((1, 0),), "all", 4)]


def test_the_same_program_computes_the_function_of_more_inputs():
    reading = read(wl.algorithms.double_sided(n=4, hidden=12, strength=5.0))
    x = np.random.default_rng(0).standard_normal((200, 9))
    values = reading.network(9)(x)[:, 0]
    assert np.corrcoef(values, np.abs(x).sum(axis=1))[0, 1] > 0.99


def test_a_reading_is_the_same_each_time():
    network = make.built(known("clipped", 2))
    assert read(network).python == read(network).python


@pytest.mark.parametrize("activation", ["swish", "tanh"])
def test_a_constant_network_is_read_as_a_constant(activation):
    reading = read(make.layers(np.zeros((3, 4)), np.ones(4), np.ones((4, 1)), np.ones(1), activation))
    assert reading.roles == ()
    assert np.allclose(reading.program(np.ones((2, 3))), reading.source(np.ones((2, 3))))
    assert np.allclose(reading.network()(np.ones((2, 3))), reading.source(np.ones((2, 3))))


def test_two_hidden_layers_are_refused():
    parameters = [(np.zeros(w), np.zeros(b)) for w, b in wl.MLP((2, 3, 3, 1)).shapes]
    with pytest.raises(InputError, match="give an MLP with one hidden layer"):
        read(wl.Network(wl.MLP((2, 3, 3, 1)), parameters))


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ("sort", "has 1 output: task 'sort' has 3"),
        ("modular_sum", "cannot have 3 inputs"),
        (wl.Task("pair", lambda x: x[:, :2], names=("a", "b")), "names 2 inputs"),
    ],
    ids=["sort", "modular_sum", "names"],
)
def test_a_task_of_another_size_is_refused_before_the_reading(monkeypatch, task, sentence):
    network = wl.algorithms.double_sided(n=3)
    monkeypatch.setattr("weightloom.discovery.reading._read.merges", lambda *_: pytest.fail("read"))
    with pytest.raises(InputError, match=sentence):
        read(network, task=task)


@pytest.mark.slow
def test_networks_of_the_included_run_are_the_programs_that_they_are_known_for():
    run = wl.open_run("l1-paper")
    double_sided = read(run.network(seed=0, beta=1e-7))
    assert double_sided.source.algorithm == "double-sided"
    assert double_sided.program.numbers == 3
    assert make.said(double_sided) == [(((1, 0),), "all", 16)]
    assert double_sided.verdict.faithful >= 0.999
    assert double_sided.verdict.state == "read"
    pudding = read(run.network(seed=1, beta=1e-7))
    assert pudding.source.algorithm == "pudding+"
    assert make.said(pudding) == [(((1, 0), (0, 15)), "all", 16), (((16, 0),), "once", 1)]
    assert pudding.verdict.faithful >= 0.999


@pytest.mark.parametrize(("bias", "constant"), [(0.0, 0.0), (0.0, 3.0), (1.3, 0.0), (1.3, 3.0)])
def test_a_sum_that_is_constant_is_read_as_a_constant(bias, constant):
    """Its value is a sum that rounds."""
    readout = np.random.default_rng(0).normal(size=(12, 1))
    network = wl.Network(wl.MLP((4, 12, 1)), [(np.zeros((4, 12)), np.full(12, bias)), (readout, np.full(1, constant))])
    reading = read(network)
    assert reading.verdict.state == "read"
    assert reading.verdict.causal == pytest.approx(1)
    assert float(reading.formula.replace("−", "-")) == pytest.approx(float(network(np.ones(4))[0]), rel=2e-3)


def test_a_constant_of_rounding_has_no_sign():
    network = wl.Network(wl.MLP((4, 4, 1), "relu"), [(np.eye(4), np.zeros(4)), (np.ones((4, 1)), np.zeros(1))])
    assert read(network).formula.startswith("0 + 0.5 S")
