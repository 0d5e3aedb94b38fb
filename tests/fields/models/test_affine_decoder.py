"""DINo's decoder, at all points for all codes at once, is the decoder evaluated code by code."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import weightloom as wl
from weightloom.architectures import SIREN, FourierNet
from weightloom.fields.models.affine_decoder import CodePrior, affine_decoder, affine_field, prior_of, solved_code
from weightloom.hypernetworks import Shift

CODE = 5
field_of = jax.jit(affine_field)
decoded = jax.jit(lambda decoder, points, codes: affine_field(decoder, points).decode(codes))
solved = jax.jit(solved_code)


@pytest.fixture(scope="module")
def decoder():
    """With biases that are not 0, as after training."""
    drawn = affine_decoder(2, CODE, 8, 3, 64.0, jax.random.key(0))
    leaves, structure = jax.tree.flatten(drawn)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    return jax.tree.unflatten(structure, [x + 0.1 * jax.random.normal(key, x.shape) for key, x in zip(keys, leaves)])


@pytest.fixture(scope="module")
def points():
    return jax.random.uniform(jax.random.key(2), (40, 2), maxval=0.5)


def by_hand(decoder, code, points):
    """DINo's formulas, in NumPy: h₀ = s₀ ⊙ (A₀α + b₀), h_l = s_l ⊙ (B_l h_{l−1} + A_lα + b_l), linear out."""
    filters, first, layers = jax.tree.map(np.asarray, tuple(decoder.base))
    *inner, (weight, bias) = layers
    shifts = np.split(np.asarray(code) @ np.asarray(decoder.emission), len(filters))
    sines = [np.concatenate([np.sin(points @ w), np.cos(points @ w)], axis=1) for w in filters]
    h = sines[0] * (first + shifts[0])
    for sine, (inner_weight, inner_bias), shift in zip(sines[1:], inner, shifts[1:]):
        h = sine * (h @ inner_weight + inner_bias + shift)
    return (h @ weight + bias)[:, 0]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), size=st.floats(0, 10))
def test_modes_decode_as_the_network_by_hand(decoder, points, seed, size):
    code = size * jax.random.normal(jax.random.key(seed), (CODE,))
    found = decoded(decoder, points, code)
    np.testing.assert_allclose(found, by_hand(decoder, code, np.asarray(points)), rtol=1e-3, atol=2e-4 * (1 + size))


def test_modes_decode_as_the_generated_network(decoder, points):
    codes = jax.random.normal(jax.random.key(3), (3, 4, CODE))
    found = decoded(decoder, points, codes)
    one = lambda code: decoder.target.apply(decoder(code), points)[:, 0]  # noqa: E731
    np.testing.assert_allclose(found, jax.jit(jax.vmap(jax.vmap(one)))(codes), rtol=1e-3, atol=1e-4)


def test_gradients_are_those_of_the_generated_network(decoder, points):
    code = jnp.arange(1.0, CODE + 1)
    quick = jax.jit(jax.grad(lambda d: jnp.sum(affine_field(d, points).decode(code) ** 2)))(decoder)
    plain = jax.jit(jax.grad(lambda d: jnp.sum(d.target.apply(d(code), points) ** 2)))(decoder)
    for one, two in zip(jax.tree.leaves(quick), jax.tree.leaves(plain)):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-3 * float(jnp.abs(two).max()))


@pytest.mark.parametrize(
    "decoder",
    [
        Shift(SIREN((2, 8, 1)), width=CODE, key=jax.random.key(0)),
        Shift(FourierNet((2, 8, 8, 2)), width=CODE, key=jax.random.key(0)),
        Shift(FourierNet((2, 8, 8, 1)), width=CODE, hidden=(4,), key=jax.random.key(0)),
    ],
)
def test_other_decoders_are_refused(decoder, points):
    with pytest.raises(wl.InputError, match="not affine in the code"):
        affine_field(decoder, points)


def test_a_code_is_found_again_from_few_points(decoder, points):
    field = field_of(decoder, points)
    prior = CodePrior(jnp.zeros(CODE), jnp.eye(CODE), jnp.asarray(1e-8))
    code, seen = jnp.array([1.0, -2.0, 0.5, 3.0, 0.0]), jnp.arange(40) % 4 == 0
    values = jnp.where(seen, field.decode(code), 0.0)
    np.testing.assert_allclose(solved(field, values, seen, prior), code, atol=1e-2)


def test_the_solved_code_is_least_squares_with_a_prior(decoder, points):
    """Against NumPy's least squares on the stacked system."""
    field = field_of(decoder, points)
    random = np.random.default_rng(0)
    root = np.tril(random.standard_normal((CODE, CODE))) + 2 * np.eye(CODE)
    mean, values, seen = random.standard_normal(CODE), random.standard_normal(40), random.random(40) < 0.5
    noise = 0.3
    system = np.concatenate([np.asarray(field.modes)[seen] / np.sqrt(noise), np.linalg.inv(root)])
    right = np.concatenate([(values - np.asarray(field.offset))[seen] / np.sqrt(noise), np.linalg.solve(root, mean)])
    expected = np.linalg.lstsq(system, right, rcond=None)[0]
    single = lambda x: jnp.asarray(x, jnp.float32)  # noqa: E731
    found = solved(field, single(values), jnp.asarray(seen), CodePrior(single(mean), single(root), single(noise)))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_without_observations_the_prior_remains(decoder, points):
    prior = CodePrior(jnp.arange(1.0, CODE + 1), jnp.eye(CODE), jnp.asarray(0.1))
    found = solved(field_of(decoder, points), jnp.full(40, 7.0), jnp.zeros(40, bool), prior)
    np.testing.assert_allclose(found, prior.mean)


def test_the_prior_is_the_codes_gaussian():
    codes = jax.random.normal(jax.random.key(0), (500, 3)) @ jnp.array([[2.0, 0, 0], [1, 1, 0], [0, 0, 0]]) + 5
    prior = prior_of(codes, jnp.asarray(0.1))
    np.testing.assert_allclose(prior.mean, codes.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(prior.root @ prior.root.T, np.cov(codes.T, bias=True), atol=1e-3)


def test_codes_along_one_direction_have_a_prior():
    """Of 100 numbers a code: the covariance's rounding exceeds what is added to its diagonal."""
    codes = jax.random.normal(jax.random.key(0), (1000, 1)) * jax.random.normal(jax.random.key(1), (1, 100))
    prior = prior_of(codes, jnp.asarray(0.1))
    assert jnp.isfinite(prior.root).all()
    np.testing.assert_array_equal(prior.root, jnp.tril(prior.root))
    np.testing.assert_allclose(prior.root @ prior.root.T, np.cov(codes.T, bias=True), atol=1e-3)
