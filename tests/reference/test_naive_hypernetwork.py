"""The reference is only worth its name if it is right: closed forms, symmetries and known constructions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from jaxtyping import TypeCheckError

from tests.reference import naive_hypernetwork as naive
from tests.reference.naive_hypernetwork import DECODER, ENCODER, Linear

SIZES = [(2, 3, 1), (3, 2, 4, 2), (2, 2), (1, 1, 1)]


def random_case(sizes: tuple[int, ...], hyperdepth: int = 3, seed: int = 0):
    """Hyperweights, noise and channel noise of ordinary size."""
    rng = np.random.default_rng(seed)
    edges = len(naive.list_edges(sizes))
    count = 58 + (hyperdepth - 1) * 58 * 69 + hyperdepth * 5 * edges + 2 * 69
    hyperweights = naive.unflatten(0.2 * rng.standard_normal(count), sizes, hyperdepth)
    hyperweights = hyperweights._replace(learned_variables=rng.standard_normal((hyperdepth, 5, edges)))
    noise = rng.standard_normal((hyperdepth, 2, 5, edges))
    return hyperweights, noise, rng.standard_normal((hyperdepth, 4, edges))


def first_hyperlayer(sizes: tuple[int, ...], bias: np.ndarray, seed: int = 0):
    """Features and KL of a hyperlayer that sees nothing, with the noise and variables it was given."""
    rng = np.random.default_rng(seed)
    edges = naive.list_edges(sizes)
    nothing = {(side, edge): np.zeros(0) for side in naive.SIDES for edge in edges}
    noise, epsilon = rng.standard_normal((2, 5, len(edges))), rng.standard_normal((4, len(edges)))
    learned = rng.standard_normal((5, len(edges)))
    linear = Linear(np.zeros((58, 0)), bias)
    features, kl = naive.hyperlayer(sizes, linear, learned, nothing, noise, epsilon)
    return features, kl, noise, epsilon, learned


def permute_edges(sizes: tuple[int, ...], permutations: list[np.ndarray]) -> list[int]:
    """For every edge, the number of the edge that takes its place when neurons are permuted."""
    edges = naive.list_edges(sizes)
    return [edges.index((layer, int(permutations[layer - 1][i]), int(permutations[layer][j]))) for layer, i, j in edges]


def test_edges_are_numbered_by_layer_then_row():
    assert naive.list_edges((2, 2, 1)) == [(1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1), (2, 0, 0), (2, 1, 0)]


def test_positional_encoding_has_the_stated_frequencies():
    frequencies = np.array([1, 1 / math.sqrt(10), 0.1, 0.1 / math.sqrt(10)])
    expected = np.concatenate([np.sin(7 * frequencies), np.cos(7 * frequencies)])
    np.testing.assert_allclose(naive.positional_encoding(7), expected, atol=1e-15)
    np.testing.assert_array_equal(naive.positional_encoding(0), [0, 0, 0, 0, 1, 1, 1, 1])


def test_attention_with_equal_scores_averages_the_values():
    rng = np.random.default_rng(0)
    messages = [np.concatenate([np.zeros(5), rng.standard_normal(10)]) for _ in range(6)]
    mean = np.mean([message[10:] for message in messages], axis=0)
    np.testing.assert_allclose(naive.self_attention(messages), np.tile(mean, (6, 1)), atol=1e-15)


def test_attention_weighs_by_the_exponential_of_the_scaled_score():
    query, keys, values = np.eye(5)[0], [0.0, math.sqrt(5) * math.log(3)], [4.0, 8.0]
    messages = [np.concatenate([query, key * np.eye(5)[0], value * np.ones(5)]) for key, value in zip(keys, values)]
    np.testing.assert_allclose(naive.self_attention(messages), np.full((2, 5), (1 * 4 + 3 * 8) / 4))


@pytest.mark.parametrize("sizes", SIZES)
def test_every_neuron_hears_its_incident_edges_and_no_others(sizes):
    """With zero queries a neuron answers the mean of what it was sent, summed here edge by edge."""
    rng = np.random.default_rng(1)
    edges = naive.list_edges(sizes)
    outputs = {(side, edge): rng.standard_normal(58) for side in naive.SIDES for edge in edges}
    for output in outputs.values():
        output[naive.FRONT][:5] = 0
        output[naive.BEHIND][:5] = 0
    from_front, from_behind = naive.attend_at_every_neuron(sizes, outputs, edges)
    for side in naive.SIDES:
        total, count = [np.zeros((width, 5)) for width in sizes], [np.zeros((width, 1)) for width in sizes]
        for layer, i, j in edges:
            total[layer][j] += outputs[side, (layer, i, j)][naive.FRONT][10:]
            total[layer - 1][i] += outputs[side, (layer, i, j)][naive.BEHIND][10:]
            count[layer][j] += 1
            count[layer - 1][i] += 1
        for layer, i, j in edges:
            np.testing.assert_allclose(from_front[side, (layer, i, j)], (total[layer] / count[layer])[j])
            np.testing.assert_allclose(from_behind[side, (layer, i, j)], (total[layer - 1] / count[layer - 1])[i])


def test_blocks_of_the_first_hyperlayer():
    """Nothing goes in, so every block has a closed form."""
    sizes = (3, 4, 2)
    bias = np.random.default_rng(2).standard_normal(58)
    features, _, noise, epsilon, learned = first_hyperlayer(sizes, bias)
    for e, (layer, i, j) in enumerate(naive.list_edges(sizes)):
        for side in naive.SIDES:
            got = features[side, (layer, i, j)]
            assert got.shape == (68,)
            np.testing.assert_allclose(got[:20], bias[:20] / (1 + np.exp(-bias[:20])))
            sigma = np.exp(5 * np.tanh(bias[54:58] / 5))
            np.testing.assert_allclose(got[30:34], bias[50:54] + sigma * epsilon[:, e])
            np.testing.assert_array_equal(got[34:39], noise[side, :, e])
            np.testing.assert_array_equal(got[39:47], naive.positional_encoding(i) if layer == 1 else 0)
            np.testing.assert_array_equal(got[47:55], naive.positional_encoding(j) if layer == 2 else 0)
            np.testing.assert_array_equal(got[55:63], naive.positional_encoding(layer))
            np.testing.assert_array_equal(got[63:68], learned[:, e] if side == ENCODER else 0)


def test_attention_of_the_first_hyperlayer():
    """Input and output neurons hear copies of one message and return its value; hidden ones mix two."""
    sizes = (3, 4, 2)
    bias = np.random.default_rng(3).standard_normal(58)
    features = first_hyperlayer(sizes, bias)[0]
    front_q, front_k, front_v, behind_q, behind_k, behind_v = bias[20:50].reshape(6, 5)

    def hidden_answer(query):
        front, behind = (n * math.exp(query @ k / math.sqrt(5)) for n, k in ((3, front_k), (2, behind_k)))
        return (front * front_v + behind * behind_v) / (front + behind)

    for (_, (layer, _, _)), got in features.items():
        np.testing.assert_allclose(got[20:25], hidden_answer(front_q) if layer == 1 else front_v)
        np.testing.assert_allclose(got[25:30], hidden_answer(behind_q) if layer == 2 else behind_v)


@pytest.mark.parametrize("sizes", SIZES)
def test_first_hyperlayer_sends_nothing_and_later_ones_pay(sizes):
    ledger = naive.generate(sizes, *random_case(sizes)).ledger
    np.testing.assert_allclose(ledger[0], 0, atol=1e-15)
    assert (ledger[1:] > 0).all()


@pytest.mark.parametrize("sizes", [(3, 4, 1), (2, 3, 4, 2)])
def test_permuting_hidden_neurons_permutes_the_network(sizes):
    rng = np.random.default_rng(4)
    hyperweights, noise, channel_noise = random_case(sizes)
    permutations = [np.arange(sizes[0]), *map(rng.permutation, sizes[1:-1]), np.arange(sizes[-1])]
    order = permute_edges(sizes, permutations)
    assert order != sorted(order)
    permuted = hyperweights._replace(learned_variables=hyperweights.learned_variables[:, :, order])
    before = naive.generate(sizes, hyperweights, noise, channel_noise)
    after = naive.generate(sizes, permuted, noise[..., order], channel_noise[..., order])
    np.testing.assert_allclose(after.ledger, before.ledger[:, order], atol=1e-12)
    for layer, (weight, bias) in enumerate(before.parameters, start=1):
        rows, columns = permutations[layer - 1], permutations[layer]
        new_weight, new_bias = after.parameters[layer - 1]
        np.testing.assert_allclose(new_weight, weight[np.ix_(rows, columns)], atol=1e-12)
        np.testing.assert_allclose(new_bias, bias[columns], atol=1e-12)


@pytest.mark.parametrize("level", [0, 2])
def test_positional_encodings_tell_input_and_output_neurons_apart(level):
    sizes = (3, 2, 3)
    hyperweights, noise, channel_noise = random_case(sizes)
    permutations = [np.arange(width) for width in sizes]
    permutations[level] = permutations[level][::-1]
    order = permute_edges(sizes, permutations)
    permuted = hyperweights._replace(learned_variables=hyperweights.learned_variables[:, :, order])
    before = naive.generate(sizes, hyperweights, noise, channel_noise)
    after = naive.generate(sizes, permuted, noise[..., order], channel_noise[..., order])
    assert np.abs(after.ledger - before.ledger[:, order]).max() > 1e-3


@pytest.mark.parametrize("sizes", SIZES)
def test_learned_variables_reach_the_weights_through_the_channels_only(sizes):
    hyperweights, noise, channel_noise = random_case(sizes)
    others = hyperweights._replace(learned_variables=-hyperweights.learned_variables)
    ignored, ignored_others, heard, heard_others = (
        naive.generate(sizes, case, noise, channel_noise, ignore).parameters
        for ignore in (True, False)
        for case in (hyperweights, others)
    )
    for (weight, bias), (other_weight, other_bias) in zip(ignored, ignored_others):
        np.testing.assert_array_equal(weight, other_weight)
        np.testing.assert_array_equal(bias, other_bias)
    assert all(np.abs(w - v).max() > 1e-6 for (w, _), (v, _) in zip(heard, heard_others))


def test_encoder_noise_counts_only_through_the_channels():
    sizes = (2, 3, 1)
    hyperweights, noise, channel_noise = random_case(sizes)
    other_noise = noise.copy()
    other_noise[:, ENCODER] *= -1
    before = naive.generate(sizes, hyperweights, noise, channel_noise, ignore_encoder=True)
    after = naive.generate(sizes, hyperweights, other_noise, channel_noise, ignore_encoder=True)
    np.testing.assert_array_equal(before.parameters[0][0], after.parameters[0][0])
    assert np.abs(before.ledger[1:] - after.ledger[1:]).max() > 1e-3


@pytest.mark.parametrize("name", ["learned_variables", "noise", "channel_noise"])
@pytest.mark.parametrize("k", [0, 1])
def test_each_hyperlayer_uses_its_own_inputs(name, k):
    """What enters hyperlayer k is first seen by the channel of hyperlayer k + 1, and by no earlier one."""
    sizes = (2, 3, 1)
    hyperweights, noise, channel_noise = random_case(sizes)
    before = naive.generate(sizes, hyperweights, noise, channel_noise).ledger
    of_name = {
        "learned_variables": hyperweights.learned_variables,
        "noise": noise,
        "channel_noise": channel_noise,
    }
    of_name[name][k] *= -1
    after = naive.generate(sizes, hyperweights, noise, channel_noise).ledger
    np.testing.assert_array_equal(after[: k + 1], before[: k + 1])
    assert np.abs(after[k + 1] - before[k + 1]).max() > 1e-6


def test_last_channel_reaches_the_weights():
    sizes = (2, 3, 1)
    hyperweights, noise, channel_noise = random_case(sizes)
    other_noise = channel_noise.copy()
    other_noise[-1] *= -1
    before, after = (naive.generate(sizes, hyperweights, noise, c) for c in (channel_noise, other_noise))
    np.testing.assert_array_equal(before.ledger, after.ledger)
    assert np.abs(before.parameters[0][0] - after.parameters[0][0]).max() > 1e-6


def test_last_learned_variables_are_never_used():
    sizes = (2, 3, 1)
    hyperweights, noise, channel_noise = random_case(sizes)
    learned_variables = hyperweights.learned_variables.copy()
    learned_variables[-1] = 1e6
    others = hyperweights._replace(learned_variables=learned_variables)
    before, after = (naive.generate(sizes, case, noise, channel_noise) for case in (hyperweights, others))
    np.testing.assert_array_equal(before.ledger, after.ledger)
    np.testing.assert_array_equal(before.parameters[0][0], after.parameters[0][0])


def test_readout_takes_the_weight_from_row_0_and_averages_row_1_over_inputs():
    sizes = (3, 2, 1)
    hyperweights, noise, channel_noise = random_case(sizes)
    first_noise_feature = np.eye(68)[34]
    readout = Linear(np.stack([first_noise_feature, 2 * first_noise_feature]), np.array([0.25, -1.0]))
    got = naive.generate(sizes, hyperweights._replace(readout=readout), noise, channel_noise)
    of_layer = noise[-1, DECODER, 0, :6].reshape(3, 2), noise[-1, DECODER, 0, 6:].reshape(2, 1)
    for (weight, bias), expected in zip(got.parameters, of_layer):
        np.testing.assert_allclose(weight, expected + 0.25)
        np.testing.assert_allclose(bias, (2 * expected - 1).mean(axis=0))


def test_ledger_is_the_kl_between_the_sides_whichever_is_sampled():
    rng = np.random.default_rng(5)
    encoder, decoder, epsilon = rng.standard_normal(58), rng.standard_normal(58), rng.standard_normal(4)
    from_q, kl = naive.channel(encoder, decoder, epsilon, False)
    from_p, same_kl = naive.channel(encoder, decoder, epsilon, True)
    sigma_q, sigma_p = (np.exp(5 * np.tanh(side[54:58] / 5)) for side in (encoder, decoder))
    np.testing.assert_allclose((from_q - encoder[50:54]) / sigma_q, epsilon)
    np.testing.assert_allclose((from_p - decoder[50:54]) / sigma_p, epsilon)
    assert kl == same_kl == naive.gaussian_kl(encoder[50:54], sigma_q, decoder[50:54], sigma_p)


def test_kl_of_known_pairs():
    zero, one, two = np.zeros(3), np.ones(3), np.full(3, 2.0)
    assert naive.gaussian_kl(one, two, one, two) == 0
    assert naive.gaussian_kl(two, one, zero, one) == pytest.approx(3 * 2)
    assert naive.gaussian_kl(zero, two, zero, one) == pytest.approx(3 * (1.5 - math.log(2)))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_kl_is_positive_and_agrees_with_monte_carlo(seed):
    rng = np.random.default_rng(seed)
    mean_q, mean_p = rng.standard_normal((2, 4))
    sigma_q, sigma_p = np.exp(rng.uniform(-1, 1, (2, 4)))
    exact = naive.gaussian_kl(mean_q, sigma_q, mean_p, sigma_p)
    estimate, error = naive.monte_carlo_kl(mean_q, sigma_q, mean_p, sigma_p, samples=20_000, seed=seed)
    assert exact > 0
    assert 0 < error < 0.1 * exact + 0.05
    assert abs(estimate - exact) < 6 * error


def test_mlp_computes_a_known_function():
    """swish(ax) + swish(−ax) = ax·tanh(ax/2), the double-sided algorithm on one input."""
    strength, x = 3.0, np.linspace(-2, 2, 9)[:, None]
    parameters = [(strength * np.array([[1.0, -1.0]]), np.zeros(2)), (np.ones((2, 1)), np.array([0.5]))]
    expected = strength * x * np.tanh(strength * x / 2) + 0.5
    np.testing.assert_allclose(naive.mlp(parameters, x), expected, atol=1e-14)


def test_mlp_agrees_with_matrix_products_at_depth_three():
    rng = np.random.default_rng(6)
    parameters = [(rng.standard_normal((m, n)), rng.standard_normal(n)) for m, n in ((3, 4), (4, 2), (2, 2))]
    x = expected = rng.standard_normal((5, 3))
    for weight, bias in parameters[:-1]:
        expected = naive.swish(expected @ weight + bias)
    np.testing.assert_allclose(naive.mlp(parameters, x), expected @ parameters[-1][0] + parameters[-1][1])


@pytest.mark.parametrize(("beta", "condition"), [(1.0, math.sqrt(3)), (1e-6, 0.0), (1e-12, -math.sqrt(3))])
def test_pareto_rescales_log_beta(beta, condition):
    """One path through the two hidden layers, so that a is swish(swish(condition)) and b is 0."""
    first, second = Linear(np.zeros((100, 1)), np.zeros(100)), Linear(np.zeros((10, 100)), np.zeros(10))
    first.weight[0, 0] = second.weight[0, 0] = 1
    to_a, to_b = Linear(np.ones((1, 10)), np.zeros(1)), Linear(np.zeros((1, 10)), np.zeros(1))
    expected = naive.swish(naive.swish(np.array([condition]))) / 2
    got = naive.pareto_hyperweights(beta, first, second, to_a, to_b)
    np.testing.assert_allclose(got, expected, atol=1e-15)


def test_pareto_gates_a_by_the_sigmoid_of_b():
    first, second = Linear(np.ones((100, 1)), np.ones(100)), Linear(np.ones((10, 100)), np.ones(10))
    to_a = Linear(np.zeros((3, 10)), np.array([1.0, -2.0, 3.0]))
    to_b = Linear(np.zeros((3, 10)), np.array([0.0, math.log(3), -100.0]))
    got = naive.pareto_hyperweights(0.01, first, second, to_a, to_b)
    np.testing.assert_allclose(got, [0.5, -1.5, 0.0], atol=1e-15)


def test_unflatten_uses_every_entry_once_in_order():
    sizes, count = (2, 3, 1), 58 + 58 * 68 + 58 + 2 * 5 * 9 + 2 * 68 + 2
    got = naive.unflatten(np.arange(float(count)), sizes, hyperdepth=2)
    parts = [*got.hyperlayers[0], *got.hyperlayers[1], got.learned_variables, *got.readout]
    np.testing.assert_array_equal(np.concatenate([part.ravel() for part in parts]), np.arange(count))
    with pytest.raises(ValueError, match="hyperweights were given"):
        naive.unflatten(np.arange(count + 1.0), sizes, hyperdepth=2)


def test_misshapen_noise_is_refused():
    hyperweights, noise, channel_noise = random_case((2, 3, 1))
    with pytest.raises(TypeCheckError):
        naive.generate((2, 3, 1), hyperweights, noise[:, :, :, :-1], channel_noise)
