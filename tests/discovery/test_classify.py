"""Labels: right on every construction over wide ranges, unchanged by what changes nothing, and
"unknown" wherever weights or function do not bear out the claim."""

import functools
import tempfile

import jax
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

import weightloom as wl
from weightloom.architectures import MLP
from weightloom.discovery.algorithms import (
    CONSTRUCTIONS,
    assigned_pudding,
    convexity,
    double_sided,
    memorised_pudding,
    pudding,
)
from weightloom.discovery.algorithms.base import build
from weightloom.discovery.classification import (
    ALGORITHMS,
    Evidence,
    classify,
    classify_parameters,
    gather_evidence,
    judge,
)
from weightloom.discovery.network import Network
from weightloom.discovery.tasks import TASKS

CASES = {
    "convexity": convexity,
    "convexity, centred": functools.partial(convexity, rows="centred"),
    "convexity, paired": functools.partial(convexity, rows="paired"),
    "convexity, bimodal": functools.partial(convexity, entries="bimodal"),
    "pudding+": functools.partial(pudding, sign=1),
    "pudding+, seeping": lambda n, hidden, strength, **rest: pudding(n, hidden, strength, seep=strength / 20, **rest),
    "pudding-": functools.partial(pudding, sign=-1),
    "pudding-, strong background": functools.partial(pudding, sign=-1, background=0.3),
    "double-sided": double_sided,
    "double-sided, background": functools.partial(double_sided, background=0.2),
}


def label(case):
    return case.split(",")[0]


def with_parameters(network, change):
    """The network with (W, b, v, c) changed."""
    (weight, bias), (readout, constant) = network.parameters
    weight, bias, readout, constant = change(weight, bias, readout, constant)
    return Network(network.architecture, [(weight, bias), (readout, constant)])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("strength", [0.7, 2.0, 10.0])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_constructions_at_full_size(case, strength, noise):
    network = CASES[case](16, 48, strength, noise=noise, shuffle=True, seed=11)
    assert classify(network).algorithm == label(case)


@pytest.mark.parametrize("case", ["convexity", "convexity, centred", "pudding+", "pudding-", "double-sided"])
@pytest.mark.parametrize("strength", [1.0, 5.0])
def test_constructions_at_the_quick_size(case, strength):
    network = CASES[case](4, 12, strength, noise=0.03, shuffle=True, seed=2)
    assert classify(network).algorithm == label(case)


@pytest.mark.parametrize("seed", range(3))
def test_found_puddings(seed):
    memorised = classify(memorised_pudding(seed))
    assert memorised.algorithm == "pudding+"
    assert memorised.inputs == ("pudding+",) * 13 + ("double-sided",) * 3
    assigned = classify(assigned_pudding(seed))
    assert assigned.algorithm == "pudding-"
    assert set(assigned.inputs) == {"pudding-"}


@pytest.fixture(params=CONSTRUCTIONS.items(), ids=CONSTRUCTIONS.keys())
def reference(request):
    name, construct = request.param
    return name, construct(16, 48, 3.0, noise=0.02, seed=1)


def test_order_of_hidden_neurons_changes_nothing(reference):
    name, network = reference
    order = np.random.default_rng(0).permutation(48)
    shuffled = with_parameters(network, lambda w, b, v, c: (w[:, order], b[order], v[order], c))
    assert classify(shuffled).inputs == classify(network).inputs == (name,) * 16


def test_order_of_inputs_permutes_what_they_run():
    order = np.random.default_rng(0).permutation(16)
    network = memorised_pudding()
    permuted = with_parameters(network, lambda w, b, v, c: (w[order], b, v, c))
    assert classify(permuted).inputs == tuple(np.array(classify(network).inputs)[order])


@pytest.mark.parametrize("scale", [1e-20, 1e-3, 1e3, 1e20])
def test_scale_and_constant_of_the_output_change_nothing(reference, scale):
    name, network = reference
    scaled = with_parameters(network, lambda w, b, v, c: (w, b, scale * v, c + 7))
    assert classify(scaled).algorithm == name
    assert classify(scaled).margin == pytest.approx(classify(network).margin, abs=1e-4)


@pytest.mark.parametrize("scale", [0.4, 0.7, 1.5, 4.0])
def test_scale_of_the_first_layer_keeps_the_label(reference, scale):
    name, network = reference
    scaled = with_parameters(network, lambda w, b, v, c: (scale * w, scale * b, v, c))
    assert classify(scaled).algorithm == name


def test_relu_networks_may_be_scaled_at_will(reference):
    name, network = reference
    relu = MLP(network.architecture.sizes, "relu")
    margins = []
    for scale in (1e-6, 1.0, 1e6):
        (weight, bias), last = network.parameters
        result = classify(Network(relu, [(scale * weight, scale * bias), last]))
        assert result.algorithm == name
        margins.append(result.margin)
    np.testing.assert_allclose(margins, margins[0], atol=1e-3)


@pytest.mark.parametrize(
    ("name", "flipped"),
    [("pudding+", "pudding-"), ("pudding-", "pudding+"), ("double-sided", "double-sided")],
)
def test_flipping_all_inputs_swaps_the_puddings(name, flipped):
    network = CONSTRUCTIONS[name](4, 12, 3.0)
    assert classify(with_parameters(network, lambda w, b, v, c: (-w, b, v, c))).algorithm == flipped


def test_flipping_half_of_the_inputs_of_a_pudding_leaves_no_common_sign():
    signs = np.where(np.arange(16) % 2, 1, -1)[:, None]
    network = with_parameters(pudding(16, 48, 3.0), lambda w, b, v, c: (signs * w, b, v, c))
    assert classify(network).algorithm == "unknown"


def test_leftover_neurons_of_a_pudding_may_have_either_sign():
    plums, leftover = -3 * np.eye(16), np.full((16, 32), 0.1)
    leftover[:, 16:] *= -1
    kinds = np.repeat([0, 1, 2], 16)
    offset = np.where(kinds == 0, 0.0, 6.0)
    groups = np.stack([kinds == 0, (kinds == 1) - 0.8 * (kinds == 2)], axis=1).astype(float)
    network = build(np.hstack([plums, leftover]), offset, groups, generator=np.random.default_rng(0))
    assert network.parameters[1][0].min() < 0 < network.parameters[1][0].max()
    assert classify(network).algorithm == "pudding+"


def half_and_half():
    """Eight double-sided inputs beside eight of pudding(+), whose background does not reach the others."""
    puddings, doubles, leftover = pudding(8, 16, 3.0), double_sided(8, 16, 3.0), np.zeros((8, 16))
    weight = np.block([[doubles.parameters[0][0], leftover], [leftover, puddings.parameters[0][0]]])
    bias = np.concatenate([doubles.parameters[0][1], puddings.parameters[0][1]])
    groups = np.eye(3)[np.repeat([0, 1, 2], [16, 8, 8])]
    return build(weight, bias, groups, generator=np.random.default_rng(0))


def test_two_algorithms_side_by_side_are_mixed():
    result = classify(half_and_half())
    assert result.algorithm == "mixed"
    assert result.inputs == ("double-sided",) * 8 + ("pudding+",) * 8
    assert result.margin > 0.3


@pytest.mark.parametrize("seed", range(3))
def test_random_output_weights_are_unknown(seed):
    generator = np.random.default_rng(seed)
    for construct in CONSTRUCTIONS.values():
        network = with_parameters(
            construct(16, 48, 3.0), lambda w, b, v, c: (w, b, generator.standard_normal(v.shape), c)
        )
        assert classify(network).algorithm == "unknown"


def test_a_convexity_networks_negative_computes_another_function(reference):
    network = with_parameters(reference[1], lambda w, b, v, c: (w, b, -v, c))
    assert classify(network).algorithm == "unknown"


@pytest.mark.parametrize("construct", [double_sided, pudding])
def test_weak_kinks_compute_a_sum_of_squares(construct):
    network = construct(16, 48, 0.1)
    x = np.random.default_rng(0).standard_normal((1000, 16))
    assert np.corrcoef(network(x)[:, 0], np.square(x).sum(axis=1))[0, 1] > 0.99
    assert classify(network).algorithm == "unknown"


@pytest.mark.parametrize(
    "parameters",
    [
        [(np.zeros((4, 12)), np.zeros(12)), (np.zeros((12, 1)), np.zeros(1))],
        [(np.zeros((4, 12)), np.ones(12)), (np.ones((12, 1)), np.zeros(1))],
        [(np.ones((4, 12)), np.full(12, 50.0)), (np.ones((12, 1)), np.zeros(1))],
        [(np.full((4, 12), 1e30), np.zeros(12)), (np.full((12, 1), 1e30), np.zeros(1))],
        [(np.full((4, 12), 1e-30), np.zeros(12)), (np.ones((12, 1)), np.zeros(1))],
    ],
    ids=["zero", "constant", "linear", "overflowing", "vanishing"],
)
def test_degenerate_networks_are_unknown(parameters):
    result = classify(Network(MLP((4, 12, 1)), parameters))
    assert result.algorithm == "unknown"
    assert 0 <= result.margin <= 1


@pytest.mark.parametrize("sizes", [(4, 1), (4, 12, 2), (4, 12, 12, 1), (1, 1)])
def test_other_shapes_are_unknown(sizes):
    architecture = MLP(sizes)
    parameters = [(np.ones(weight), np.ones(bias)) for weight, bias in architecture.shapes]
    assert classify(Network(architecture, parameters)) == ("unknown", 1.0, ("unknown",) * sizes[0])


@pytest.mark.parametrize("inputs", [1, 2])
def test_few_inputs(inputs):
    for name in ("double-sided", "pudding+", "pudding-"):
        assert classify(CONSTRUCTIONS[name](inputs, 8, 3.0)).algorithm == name


@functools.cache
def adam(task, sizes, steps, learning_rate):
    """Two networks trained by Adam."""
    options = {"steps": steps, "learning_rate": learning_rate, "checkpoints": 1}
    with tempfile.TemporaryDirectory() as folder:
        run = wl.discover(TASKS[task], MLP(sizes), out=f"{folder}/run", method="adam", seeds=2, **options)
        return [run.network(seed) for seed in run.config.seeds]


@pytest.mark.parametrize(
    ("sizes", "steps", "learning_rate"),
    [
        ((16, 48, 1), 1, 1e-3),
        ((16, 48, 1), 500, 1e-3),
        pytest.param((16, 48, 1), 4000, 1e-2, marks=pytest.mark.slow),
        ((4, 12, 1), 1000, 1e-3),
        pytest.param((4, 12, 1), 15_000, 1e-3, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_adam_is_unknown(sizes, steps, learning_rate, seed):
    assert classify(adam("l1", sizes, steps, learning_rate)[seed]).algorithm == "unknown"


@pytest.mark.parametrize(
    ("sizes", "steps", "learning_rate"),
    [((4, 12, 1), 1000, 3e-3), pytest.param((16, 48, 1), 2000, 3e-3, marks=pytest.mark.slow)],
)
def test_adam_on_another_task_is_unknown(sizes, steps, learning_rate):
    assert classify(adam("max", sizes, steps, learning_rate)[0]).algorithm == "unknown"


def test_margin_shrinks_to_the_limit_of_strength():
    margins = [classify(double_sided(strength=strength)).margin for strength in (5.0, 2.0, 1.0, 0.7, 0.5)]
    assert margins == sorted(margins, reverse=True)
    weak = classify(double_sided(strength=0.35))
    assert (weak.algorithm, margins[-1] < 0.1, weak.margin < 0.5) == ("unknown", True, True)


def clear(**changes):
    """Evidence of a clear pudding(+) with four inputs, with changes."""
    evidence = Evidence(1.0, 1.0, 1.0, 1.0, np.ones(4), np.ones(4), np.ones(4))
    return evidence._replace(**changes)


@pytest.mark.parametrize(
    ("name", "threshold"), [("norm", 1 / 2), ("explained", 3 / 4), ("one_signed", 0.975), ("kink", 1 / 10)]
)
def test_margin_is_zero_at_a_networks_thresholds(name, threshold):
    at, above, below = (judge(clear(**{name: threshold + change})) for change in (0, 1e-4, -1e-4))
    assert (at.algorithm, at.margin) == ("pudding+", 0.0)
    assert (above.algorithm, below.algorithm) == ("pudding+", "unknown")
    assert 0 < above.margin < 0.01
    assert 0 < below.margin < 0.02


@pytest.mark.parametrize(("name", "threshold"), [("locality", 1 / 2), ("negative", 3 / 4), ("evenness", 1 / 2)])
def test_margin_is_zero_at_the_thresholds_of_the_input_that_completes_three_quarters(name, threshold):
    one_gone = np.array([0.0, 1.0, 1.0, 1.0])
    assert judge(clear(evenness=one_gone)).algorithm == "pudding+"
    decisive = np.array([1.0, threshold, 1.0, 1.0])
    result = judge(
        clear(**{"evenness": one_gone} | {name: np.minimum(decisive, one_gone if name == "evenness" else 1)})
    )
    assert (result.algorithm, result.margin) == ("pudding+", 0.0)


@pytest.mark.parametrize(
    ("negative", "expected"),
    [
        (1.0, "pudding+"),
        (0.76, "pudding+"),
        (0.74, "double-sided"),
        (0.26, "double-sided"),
        (0.24, "pudding-"),
    ],
)
def test_the_weaker_side_tells_double_sided_from_pudding(negative, expected):
    assert judge(clear(negative=np.full(4, negative))).algorithm == expected


shares = st.floats(0, 1)
per_input = arrays(np.float64, 4, elements=shares)


@settings(max_examples=100, deadline=None)
@given(
    norm=shares,
    explained=shares,
    one_signed=shares,
    kink=shares,
    locality=per_input,
    negative=per_input,
    evenness=per_input,
)
def test_a_network_is_named_after_three_quarters_of_its_inputs(
    norm, explained, one_signed, kink, locality, negative, evenness
):
    result = judge(Evidence(norm, explained, one_signed, kink, locality, negative, evenness))
    counts = {name: result.inputs.count(name) for name in ALGORITHMS[:4]}
    most = max(counts, key=counts.get)
    expected = most if counts[most] >= 3 else "mixed" if sum(counts.values()) >= 3 else "unknown"
    assert result.algorithm == expected
    assert 0 <= result.margin <= 1


def test_evidence_is_shares():
    for network in (half_and_half(), convexity(), assigned_pudding(), adam("l1", (4, 12, 1), 1000, 1e-3)[0]):
        evidence = gather_evidence(network.architecture, network.parameters)
        for share in (evidence.norm, evidence.explained, evidence.one_signed, evidence.negative, evidence.evenness):
            np.testing.assert_array_equal(np.clip(share, 0, 1 + 1e-9), share)
        assert (evidence.locality <= 1 + 1e-9).all()


def test_classification_draws_nothing_and_changes_nothing():
    network = double_sided(4, 12)
    before = [np.copy(leaf) for leaf in jax.tree.leaves(network.parameters)]
    state = np.random.get_state()[1].copy()
    assert classify(network) == classify_parameters(network.architecture, network.parameters)
    assert (np.random.get_state()[1] == state).all()
    for leaf, copy in zip(jax.tree.leaves(network.parameters), before):
        np.testing.assert_array_equal(leaf, copy)


def test_a_network_reads_itself():
    network = double_sided(4, 12, 3.0)
    assert network.algorithm == network.classification.algorithm == "double-sided"
    assert network.order_parameters.strongest_connection == 3.0
