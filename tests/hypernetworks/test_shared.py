"""One generator for a convolutional network and an MLP."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import weightloom as wl
from tests.architectures.by_hand import KEY, swish

WIDTH, CODE, CHUNK = 3, 6, 7
CONDITION = jnp.array([0.5, -1.0, 0.8])


class ConvNet(eqx.Module):
    """A convolution, then a linear layer of all its outputs."""

    conv: eqx.nn.Conv1d
    linear: eqx.nn.Linear

    def __init__(self, key):
        first, second = jax.random.split(key)
        self.conv = eqx.nn.Conv1d(1, 2, 3, key=first)
        self.linear = eqx.nn.Linear(8, 3, key=second)

    def __call__(self, x):
        return self.linear(jnp.tanh(self.conv(x)).ravel())


def targets(activation="swish"):
    return {"mlp": wl.MLP((6, 5, 3), activation), "conv": wl.ModuleNetwork(ConvNet(KEY))}


def build(key=KEY, hidden=(4,), **options):
    return wl.SharedHypernetwork(targets(), width=WIDTH, hidden=hidden, chunk=CHUNK, code=CODE, key=key, **options)


@pytest.fixture(scope="module")
def shared():
    return jax.jit(build)(KEY)


def numbers(tree):
    return [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(tree)]


@pytest.mark.parametrize("name", ["mlp", "conv"])
def test_each_target_gets_its_base_and_its_chunks_of_the_shared_map(shared, name):
    """Chunk i is ((h(c) M) ⊙ zᵢ) E, as `Chunked` says, here one chunk and one array after the other."""
    condition, weight, bias, mixing, emission = numbers((CONDITION, shared.hidden, shared.mixing, shared.emission))
    member = shared.members[name]
    code = swish(condition @ weight + bias) @ mixing
    flat = np.concatenate([(code * own) @ emission for own in numbers(member.codes)[0]])
    start = 0
    for base, size, made in zip(numbers(member.base), member.sizes, numbers(shared(CONDITION, name)), strict=True):
        change = flat[start : start + base.size].reshape(base.shape)
        np.testing.assert_allclose(made, base + float(size) * change, rtol=1e-4, atol=1e-5)
        start += base.size
    assert len(flat) - CHUNK < start <= len(flat)


def test_each_generated_network_is_the_network_built_by_hand(shared):
    x = np.random.default_rng(0).standard_normal(6)
    w1, b1, w2, b2 = numbers(shared(CONDITION, "mlp"))
    by_hand = swish(x @ w1 + b1) @ w2 + b2
    np.testing.assert_allclose(wl.call(shared["mlp"], CONDITION, jnp.asarray(x)), by_hand, rtol=1e-4, atol=1e-5)
    kernel, bias, weight, last = numbers(shared(CONDITION, "conv"))
    outputs = np.array([[kernel[o, 0] @ x[p : p + 3] + bias[o, 0] for p in range(4)] for o in range(2)])
    by_hand = weight @ np.tanh(outputs).ravel() + last
    made = wl.call(shared["conv"], CONDITION, jnp.asarray(x[None]))
    np.testing.assert_allclose(made, by_hand, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_member_is_a_chunked_hypernetwork(shared):
    """The same target alone, with the same key, is the same hypernetwork: the trunk is that of the first name."""
    first, _ = jax.random.split(KEY)
    alone = wl.Chunked(targets()["conv"], width=WIDTH, hidden=(4,), chunk=CHUNK, code=CODE, key=first)
    for ours, theirs in zip(jax.tree.leaves(shared["conv"]), jax.tree.leaves(alone), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    backwards = wl.SharedHypernetwork(
        dict(reversed(targets().items())), width=WIDTH, hidden=(4,), chunk=CHUNK, code=CODE, key=KEY
    )
    assert jax.tree.structure(backwards) == jax.tree.structure(shared)
    for ours, theirs in zip(jax.tree.leaves(backwards), jax.tree.leaves(shared), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_many_conditions_at_once(shared):
    conditions = jnp.stack([CONDITION, -CONDITION, 0 * CONDITION])
    for name in shared.targets:
        together = jax.jit(jax.vmap(shared, in_axes=(0, None)), static_argnums=1)(conditions, name)
        for number, condition in enumerate(conditions):
            for row, one in zip(jax.tree.leaves(together), jax.tree.leaves(shared(condition, name))):
                np.testing.assert_allclose(row[number], one, rtol=1e-4, atol=1e-6)
        for row, base in zip(jax.tree.leaves(together), jax.tree.leaves(shared.members[name].base)):
            np.testing.assert_array_equal(row[2], base)


def test_the_gradient_of_the_shared_arrays_comes_from_all_targets(shared):
    """The loss is quadratic in E, so that central differences are exact."""

    @jax.jit
    @jax.value_and_grad
    def loss(shared, shares):
        parts = [optax.tree.norm(shared(CONDITION, name), squared=True) for name in shared.targets]
        return jnp.dot(jnp.stack(parts), shares)

    both, direction = jnp.ones(2), jnp.ones_like(shared.emission)
    _, gradient = loss(shared, both)
    assert all(np.any(leaf) for leaf in jax.tree.leaves(gradient))
    moved = [eqx.tree_at(lambda one: one.emission, shared, shared.emission + step * direction) for step in (1, -1)]
    slope = (loss(moved[0], both)[0] - loss(moved[1], both)[0]) / 2
    assert float(gradient.emission.sum()) == pytest.approx(float(slope), rel=1e-3)
    _, of_one = loss(shared, jnp.array([1.0, 0.0]))
    assert np.any(of_one.emission)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(of_one.members["mlp"]))


@pytest.mark.slow
def test_changes_start_in_proportion_to_each_array():
    """0.3 of the size of each weight, of a module's bias, and of what an MLP's bias is added to."""
    keys, condition = jax.random.split(KEY, 256), jnp.array([1.0, -1.0, 1.0])

    def changes(key):
        shared = build(key, hidden=())
        made = {name: shared(condition, name) for name in shared.targets}
        bases = {name: jax.tree.leaves(shared.members[name].base) for name in made}
        return {
            name: ([new - old for new, old in zip(jax.tree.leaves(made[name]), bases[name])], bases[name])
            for name in made
        }

    drawn = jax.jit(jax.vmap(changes))(keys)
    rms = lambda array: math.sqrt((np.asarray(array, np.float64) ** 2).mean())  # noqa: E731
    for name, pairs in drawn.items():
        for number, (change, base) in enumerate(zip(*pairs, strict=True)):
            size = rms(base)
            if name == "mlp" and number % 2:  # its biases start at 0
                weight = pairs[1][number - 1]
                size = math.sqrt(weight.shape[1]) * rms(weight)
            assert rms(change) == pytest.approx(0.3 * size, rel=0.2), (name, number)


def test_it_is_saved_with_all_targets(shared, tmp_path):
    path = tmp_path / "shared.safetensors"
    wl.save(path, shared)
    other = jax.tree.map(jnp.zeros_like, shared)
    assert eqx.tree_equal(wl.load(path, other), shared)
    options = {"width": WIDTH, "hidden": (4,), "chunk": CHUNK, "code": CODE, "key": KEY}
    wrong = eqx.filter_eval_shape(lambda: wl.SharedHypernetwork(targets("relu"), **options))
    with pytest.raises(wl.RunError, match=r"members\.mlp\.target\.activation 'swish' instead of 'relu'"):
        wl.load(path, wrong)


@pytest.mark.slow
def test_an_audit_tells_whether_a_target_uses_the_condition(shared):
    conditions = jax.random.normal(KEY, (6, WIDTH))
    deaf = eqx.tree_at(lambda one: one.emission, shared, 0 * shared.emission)
    own = jax.vmap(shared, in_axes=(0, None))(conditions, "conv")

    def loss(parameters, wanted):
        pairs = zip(jax.tree.leaves(parameters), jax.tree.leaves(wanted))
        return sum(jnp.sum((one - other) ** 2) for one, other in pairs)

    assert wl.audit(shared["conv"], conditions, loss, own).is_used
    assert not wl.audit(deaf["conv"], conditions, loss, own).is_used


def test_a_frozen_base_is_not_trained():
    shared = jax.jit(build, static_argnames="frozen")(KEY, frozen=True)
    trained = eqx.filter(shared, wl.trainable(shared))
    for member in trained.members.values():
        assert jax.tree.leaves(member.codes)
        assert not jax.tree.leaves(member.base)


def test_the_default_chunk_is_the_root_of_the_largest_target():
    shared = eqx.filter_eval_shape(lambda: wl.SharedHypernetwork(targets(), width=WIDTH, key=KEY))
    largest = 6 * 5 + 5 + 5 * 3 + 3
    assert shared.emission.shape == (64, math.isqrt(largest - 1) + 1)


def test_what_cannot_be_used_is_an_error(shared):
    for use in (lambda: shared(CONDITION), lambda: shared(CONDITION, "cnn"), lambda: shared["cnn"]):
        with pytest.raises(wl.InputError, match="is unknown: use one of conv, mlp"):
            use()
    with pytest.raises(wl.InputError, match=r"choose one, such as hypernetwork\['conv'\]"):
        wl.call(shared, CONDITION, jnp.ones(6))
    with pytest.raises(wl.InputError, match="give shape"):
        shared(CONDITION[:2], "mlp")
    with pytest.raises(wl.InputError, match="give a dictionary of architectures"):
        wl.SharedHypernetwork({}, width=2, key=0)
