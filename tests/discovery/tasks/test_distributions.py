"""Distributions of inputs: their moments and supports in theory, their text, and how tasks use them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import weightloom as wl
from weightloom.discovery.tasks import Bits, Normal, OneHot, Sampler, Signs, Task, Uniform
from weightloom.discovery.tasks.distributions import WORDS, as_distribution
from weightloom.errors import InputError

ROWS = 4000


def drawn(distribution, inputs, seed=0):
    return np.asarray(distribution.sample(jax.random.key(seed), ROWS, inputs))


def test_uniform_inputs_fill_their_box():
    x = drawn(Uniform((0, -5), (1, 5)), 2)
    for column, low, high in zip(x.T, (0, -5), (1, 5)):
        assert stats.kstest(column, stats.uniform(low, high - low).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("distribution", "values"), [(Signs(), (-1, 1)), (Bits(), (0, 1))])
def test_signs_and_bits_are_fair_and_independent(distribution, values):
    x = drawn(distribution, 3)
    assert set(np.unique(x)) == set(values)
    counts = np.unique(x, axis=0, return_counts=True)[1]
    assert stats.chisquare(counts).pvalue > 1e-3
    assert len(counts) == 8


def test_one_hot_numbers_are_uniform_and_independent():
    blocks = drawn(OneHot(3), 6).reshape(ROWS, 2, 3)
    np.testing.assert_array_equal(np.sort(blocks, axis=2)[..., 1:], np.broadcast_to([0, 1], (ROWS, 2, 2)))
    first, second = blocks.argmax(axis=2).T
    assert stats.chisquare(np.bincount(3 * first + second)).pvalue > 1e-3


def test_a_samplers_draws_are_its_own():
    def halves(key, shape):
        return jnp.full(shape, 0.5)

    assert (drawn(Sampler(halves), 2) == 0.5).all()
    assert str(as_distribution(halves)) == "sampler:halves"


# Of each word of WORDS.
OF_WORDS = {
    "normal": [Normal()],
    "uniform": [
        *(Uniform(), Uniform(0, 10), Uniform((0, 0), (1, 100)), Uniform(0, (1, 2))),
        *(Uniform(0, 1 / 3), Uniform(2_000_000, 2_000_001), Uniform(-1e22, 0.1)),
    ],
    "signs": [Signs()],
    "bits": [Bits()],
    "one-hot": [OneHot(5)],
}


@pytest.mark.parametrize(
    ("word", "distribution"), [(word, distribution) for word in WORDS for distribution in OF_WORDS[word]], ids=str
)
def test_the_text_of_a_distribution_gives_one_that_draws_the_same(word, distribution):
    again = as_distribution(str(distribution))
    assert str(distribution).partition(":")[0] == word
    assert again == distribution
    inputs = 2 if isinstance(distribution, Uniform) else 10
    np.testing.assert_array_equal(drawn(again, inputs), drawn(distribution, inputs))
    assert as_distribution(distribution) is distribution


@pytest.mark.parametrize(
    "given", ["", "normal:2", "uniform:1", "uniform:a,b", "one-hot", "one-hot:x", "cauchy", 3, None]
)
def test_what_is_no_distribution_is_told_those_that_there_are(given):
    with pytest.raises(InputError, match=r"cannot be used: give normal, uniform:LOW,HIGH, signs, bits, one-hot:VALUES"):
        as_distribution(given)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Uniform(1, 1), "a box from 1.0 to 1.0 cannot be used"),
        (lambda: Uniform((0, 1), (1, 1)), "give lower ends below as many upper ends"),
        (lambda: Uniform((0, 1), (1, 2, 3)), "give lower ends below as many upper ends"),
        (lambda: Uniform(0, np.inf), "high inf cannot be used: give finite numbers"),
        (lambda: Uniform("0", 1), "low '0' cannot be used: give finite numbers"),
        (lambda: OneHot(1), "values 1 cannot be used: give a whole number of at least 2"),
        (lambda: Uniform((0, 0), (1, 1)).check(3), "a box of 2 sides does not fit 3 inputs"),
        (lambda: OneHot(5).check(12), "12 inputs cannot be one-hot numbers of 5 values: give a multiple of 5"),
    ],
)
def test_distributions_that_cannot_be_are_refused(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("sampler", "sentence"),
    [
        (lambda key, shape: jax.random.normal(key, (3, 3)), r"drew shape \(3, 3\) for shape \(4096, 2\)"),
        (lambda key, shape: np.ones(shape), "drew a ndarray"),
        (lambda key, shape: jnp.full(shape, jnp.nan), "drew values that are not finite real numbers"),
        (lambda key, shape: 1 / 0, "failed to draw shape .* ZeroDivisionError"),
        (lambda: 0, "failed to draw shape"),
    ],
)
def test_hostile_samplers_get_one_sentence(sampler, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        Task("hostile", lambda x: x[:, 0], distribution=sampler).standardisation(2)
    assert "\n" not in str(caught.value)


def test_networks_get_standardised_inputs_of_a_box_and_the_function_its_own():
    task = Task("sum", lambda x: x.sum(axis=1), distribution=Uniform((0, 10), (2, 30)), names=("a", "b"))
    x, y = map(np.asarray, task.at(2).evaluation())
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(x.std(axis=0), 1, atol=0.03)
    a, b = 1 + x[:, 0] / np.sqrt(3), 20 + x[:, 1] * 10 / np.sqrt(3)
    # The sum has mean 21 and variance (2² + 20²)/12.
    np.testing.assert_allclose(y, (a + b - 21) / np.sqrt(404 / 12), atol=0.02)
    assert task.at(2).units.inputs == ("a", "b")


def test_the_moments_of_a_distribution_are_those_of_its_own_inputs():
    mean, std = Task("sum", lambda x: x.sum(axis=1), distribution="bits").standardisation(4)
    assert (mean, std) == (pytest.approx(2, abs=0.02), pytest.approx(1, abs=0.01))


def test_only_standard_normal_inputs_make_the_l1_norm():
    assert wl.tasks.l1.is_norm(4)
    assert not wl.tasks.as_task("l1", distribution="uniform").is_norm(4)
    with pytest.raises(InputError, match="is constant on 4 inputs"):
        wl.tasks.as_task("l1", distribution="signs").outputs(4)


def test_every_word_has_examples():
    assert OF_WORDS.keys() == WORDS.keys()


def test_default_sizes_fit_names_sides_and_blocks():
    first = lambda x: x[:, 0]  # noqa: E731
    assert Task("first", first).default_sizes == (16, 48, 1)
    assert Task("first", first, names=("a", "b")).default_sizes == (2, 6, 1)
    assert Task("first", first, distribution="uniform:0,1;0,2;0,3").default_sizes == (3, 9, 1)
    assert Task("first", first, distribution="one-hot:7").default_sizes == (14, 42, 1)


def test_names_must_be_as_many_as_the_inputs():
    task = Task("first", lambda x: x[:, 0], names=("a", "b"))
    with pytest.raises(InputError, match="names 2 inputs: give sizes that start with 2"):
        task.at(3)
    with pytest.raises(InputError, match="give one name for each input, all different"):
        Task("first", lambda x: x[:, 0], names=("a", "a"))


@pytest.mark.parametrize("names", [3, ("a", ""), (1, 2), ([], [])], ids=str)
def test_what_are_no_names_is_refused(unchecked, names):
    with pytest.raises(InputError, match=r"^names .* cannot be used: give one name for each input, all different\.$"):
        Task("first", lambda x: x[:, 0], names=names)
