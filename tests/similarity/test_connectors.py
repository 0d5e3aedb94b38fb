"""Connectors: closed cases, a second implementation of a step, codes for new encoders, what is refused."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr
from scipy.linalg import polar
from scipy.stats import ortho_group

import weightloom as wl
from weightloom.similarity import Encoded, connect, connect_by_ridge, connect_separately
from weightloom.similarity.connectors.grid import frame_of, make_grid
from weightloom.similarity.connectors.models import Predicted, Separate
from weightloom.similarity.connectors.ridge import PENALTIES
from weightloom.similarity.connectors.training import Plan, connected, contrast, draw, train

ROWS, D = 200, 8
RANDOM = np.random.default_rng(0)
A = RANDOM.standard_normal((ROWS, D))
NOISE = RANDOM.standard_normal((ROWS, 5))
SOURCES = {"a": A, "wide": np.hstack([A, RANDOM.standard_normal((ROWS, 3))]), "noise": NOISE}
TARGETS = {"rotated": A @ ortho_group(D, seed=0).rvs(), "narrow": A[:, 2:]}
# Trainings that differ in nothing but features and keys run the same compiled program.
SETTINGS = {"steps": 300, "batch": 64, "learning_rate": 1e-2}
EITHER = pytest.mark.parametrize("train_all", [connect, connect_separately])


@pytest.fixture(scope="module")
def found():
    return connect(SOURCES, TARGETS, **SETTINGS)


@pytest.fixture(scope="module")
def separately():
    return connect_separately(SOURCES, TARGETS, **SETTINGS)


@pytest.fixture(scope="module")
def fitted(found):
    return found.fit_code(A[:, :7], ["rotated"], name="part", steps=100)


@pytest.fixture(params=["predicted", "separate"])
def either(request, found, separately):
    return found if request.param == "predicted" else separately


def grid_and_model(pairs_of="both", connector=(4,)):
    grid = make_grid(SOURCES, TARGETS)
    architecture = wl.MLP((grid.features.x.shape[-1], *connector, grid.features.y.shape[-1]))
    if pairs_of == "separate":
        return grid, Separate(architecture, *grid.shape, key=jax.random.key(1))
    hypernetwork = wl.CodedHypernetwork(architecture, sum(grid.shape), width=3, hidden=(5,), key=jax.random.key(1))
    return grid, Predicted(hypernetwork, len(SOURCES))


def test_a_rotated_copy_is_connected_and_noise_stays_at_chance(either):
    assert either.accuracy.dims == ("source", "target")
    assert (either.accuracy.sel(source=["a", "wide"], target="rotated") > 0.95).all()
    assert either.chance == 1 / 50
    assert (either.accuracy.sel(source="noise") < 0.1).all()
    assert either.ranking()[0][0] != "noise"
    assert either.losses[0] > either.losses[-1]


def test_a_connector_is_a_function_of_raw_features(found):
    out = found.connector("wide", "narrow")(SOURCES["wide"][:7])
    assert out.shape == (7, 6)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(out, found.connector("wide", "narrow")(SOURCES["wide"] * 9)[:7], atol=1e-5)


def test_accuracy_is_what_the_connectors_retrieve_of_held_out_rows(found):
    rows = np.asarray(make_grid(SOURCES, TARGETS).rows[1])
    for source, target in found.ranking():
        own = TARGETS[target][rows] / np.linalg.norm(TARGETS[target][rows], axis=1, keepdims=True)
        alike = np.asarray(found.connector(source, target)(SOURCES[source][rows])) @ own.T
        ways = [np.mean(alike.argmax(axis) == np.arange(50)) for axis in (1, 0)]
        np.testing.assert_allclose(found.recall.sel(source=source, target=target), ways, atol=0.021)


def test_the_ranking_is_that_of_accuracy(found):
    values = [float(found.accuracy.sel(source=a, target=b)) for a, b in found.ranking()]
    assert values == sorted(values, reverse=True)
    assert len(values) == 6
    assert found.rank_correlation(found) == pytest.approx(1)


def test_costs_count_connectors(found, separately, fitted):
    assert [one.cost[:2] for one in (found, separately, fitted)] == [(300, 1200), (300, 1800), (100, 100)]
    assert found.cost.seconds > 0


@pytest.mark.slow
def test_connectors_may_have_hidden_layers():
    one = connect(SOURCES, TARGETS, connector=(4, 3), steps=2, batch=8)
    assert [weight.shape for weight, _ in one._model(jnp.array(0), jnp.array(0))] == [(11, 4), (4, 3), (3, D)]
    assert one.connector("noise", "narrow")(NOISE).shape == (ROWS, 6)


@EITHER
def test_the_same_key_gives_the_same_connectors(train_all, found, separately):
    one = found if train_all is connect else separately
    again, other = (train_all(SOURCES, TARGETS, key=key, **SETTINGS) for key in (0, 1))
    np.testing.assert_array_equal(one.losses, again.losses)
    xr.testing.assert_identical(one.recall, again.recall)
    assert not np.array_equal(one.losses, other.losses)


@pytest.mark.slow
def test_gradients_reach_every_code_and_every_layer():
    grid, model = grid_and_model()

    def loss(model):
        return jax.vmap(lambda pair: contrast(*connected(model, grid.features, pair, jnp.arange(20)), 0.1))(
            grid.pairs
        ).sum()

    gradient = eqx.filter_jit(eqx.filter_grad(loss))(model).hypernetwork
    assert (jnp.abs(gradient.codes).sum(1) > 1e-4).all()
    assert all((jnp.abs(leaf) > 0).any() for leaf in jax.tree.leaves(gradient.layers))


def naive_contrast(found, own, temperature):
    logits = np.asarray(found, float) @ np.asarray(own, float).T / temperature
    losses = []
    for row in range(len(logits)):
        for scores in (logits[row], logits[:, row]):
            losses.append(-np.log(np.exp(scores[row]) / np.exp(scores).sum()))
    return np.mean(losses)


@pytest.mark.slow
def test_contrast_is_symmetric_info_nce():
    found, own = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (A[:9], TARGETS["rotated"][:9]))
    one = contrast(jnp.asarray(found), jnp.asarray(own), 0.1)
    assert float(one) == pytest.approx(naive_contrast(found, own, 0.1), rel=1e-5)
    assert float(contrast(jnp.asarray(own), jnp.asarray(found), 0.1)) == pytest.approx(float(one), rel=1e-5)
    same = jnp.full((6, D), D**-0.5)
    assert float(contrast(same, same, 0.1)) == pytest.approx(np.log(6), rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["predicted", "separate"])
def test_a_step_agrees_with_a_loop_over_pairs(kind):
    """Every pair's connector is cut to its own widths, applied and priced alone; Adam as Kingma and Ba write it."""
    grid, model = grid_and_model(kind)
    plan = Plan(1, 12, 6 if kind == "separate" else 3, 0.01, 0.1)
    key = jax.random.key(7)
    after, losses = train(model, jax.tree.map(eqx.is_array, model), grid.features, grid.pairs, grid.rows[0], plan, key)
    pairs, rows = draw(grid.pairs, grid.rows[0], plan, jax.random.fold_in(key, 0))
    assert len({tuple(pair) for pair in np.asarray(pairs).tolist()}) == plan.pairs
    assert len(set(rows.tolist()) - set(np.asarray(grid.rows[1]).tolist())) == 12

    def of_pair(model, source, target):
        x, y = list(SOURCES.values())[source], list(TARGETS.values())[target]
        if kind == "separate":
            (w, b), (v, c) = [(weight[source, target], bias[source, target]) for weight, bias in model.parameters]
        else:
            codes = model.hypernetwork.codes
            h = (codes[source] + codes[3 + target]) / np.sqrt(2)
            (first, start), (last, end) = model.hypernetwork.layers
            flat = jax.nn.silu(h @ first + start) @ last + end
            parts = jnp.split(flat, np.cumsum([11 * 4, 4, 4 * 8]))
            w, b, v, c = parts[0].reshape(11, 4), parts[1], parts[2].reshape(4, 8), parts[3]
        x, y = (
            one / jnp.linalg.norm(one, axis=1, keepdims=True) for one in (jnp.asarray(x)[rows], jnp.asarray(y)[rows])
        )
        out = jax.nn.silu(x @ w[: x.shape[1]] + b) @ v[:, : y.shape[1]] + c[: y.shape[1]]
        alike = out / jnp.linalg.norm(out, axis=1, keepdims=True) @ y.T / 0.1
        right = jnp.arange(12)
        ways = [optax.softmax_cross_entropy_with_integer_labels(one, right).mean() for one in (alike, alike.T)]
        return sum(ways) / 2

    def loss(model):
        return sum(of_pair(model, source, target) for source, target in np.asarray(pairs).tolist())

    value, gradient = eqx.filter_jit(eqx.filter_value_and_grad(loss))(model)
    np.testing.assert_allclose(losses[0], value / plan.pairs, rtol=1e-5)
    expected = jax.tree.map(lambda p, g: p - 0.01 * g / (jnp.abs(g) + 1e-8), model, gradient)
    for one, other, g in zip(*(jax.tree.leaves(eqx.filter(m, eqx.is_array)) for m in (after, expected, gradient))):
        # Adam's first step is the sign of the gradient: where that is rounding only, so is the step.
        told = np.abs(g) > 1e-6
        np.testing.assert_allclose(np.asarray(one)[told], np.asarray(other)[told], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_padding_of_narrow_targets_changes_nothing():
    grid, model = grid_and_model()
    filled = grid.features._replace(x=grid.features.x.at[2, :, 5:].set(0))
    pair, rows = jnp.array([2, 1]), jnp.arange(10)
    out, own = connected(model, filled, pair, rows)
    np.testing.assert_array_equal(out[:, 6:], 0)
    np.testing.assert_array_equal(own[:, 6:], 0)
    np.testing.assert_allclose(jnp.linalg.norm(out, axis=1), 1, rtol=1e-5)


def test_rows_are_aligned_by_their_ids(found):
    order, ids = np.random.default_rng(1).permutation(ROWS), np.arange(ROWS) * 3
    first, *rest = SOURCES.items()
    sources = {first[0]: Encoded(first[1], ids)} | {name: Encoded(x[order], ids[order]) for name, x in rest}
    targets = {name: Encoded(x[order], ids[order]) for name, x in TARGETS.items()}
    again = connect(sources, targets, **SETTINGS)
    np.testing.assert_array_equal(again.losses, found.losses)


def test_a_new_encoders_code_is_fitted_and_the_hypernetwork_stays(found):
    before = jax.tree.map(np.array, eqx.filter(found._model, eqx.is_array))
    new = found.fit_code(A[:, :7], ["rotated"], name="part", steps=100)
    assert new.accuracy.source.values.tolist() == ["part"]
    assert new.accuracy.target.values.tolist() == list(TARGETS)
    assert new.losses[-1] < new.losses[0]
    assert (new.accuracy > 0.5).all()  # of the target too that it was not fitted on
    assert not np.array_equal(new._model.code, found._model.hypernetwork.codes[:3].mean(0))
    for model in (found._model, new._model.known):
        after = eqx.filter(model, eqx.is_array)
        assert jax.tree.all(jax.tree.map(np.array_equal, before, after))


def test_a_code_is_fitted_to_the_rows_of_the_ids(found, fitted):
    ids = np.arange(ROWS) + 7  # not the numbers of the rows, with which arrays without ids agree
    grid = dataclasses.replace(found._grid, ids=Encoded(np.arange(ROWS), ids))
    known = dataclasses.replace(found, _grid=grid)
    mixed = Encoded(A[::-1, :7], ids[::-1])
    np.testing.assert_array_equal(known.fit_code(mixed, ["rotated"], steps=100).losses, fitted.losses)
    with pytest.raises(wl.InputError, match="1 of 2 inputs have no ids"):
        known.fit_code(A)


@EITHER
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sources": {}}, "nothing to connect: give at least one source"),
        ({"targets": {"short": A[:-1]}}, "target short has 199"),
        ({"targets": {"nan": np.where(A > 2, np.nan, A)}}, "target nan has values that are not finite in"),
        ({"sources": {"constant": np.ones((ROWS, 2))}}, "source constant has the same features in all 200 rows"),
        ({"sources": {"flat": A[:, 0]}}, "source flat has shape"),
        ({"connector": "cubic"}, "connector 'cubic' is unknown: use linear, mlp"),
        ({"connector": (0,)}, "cannot be used"),
        ({"steps": 0}, "0 steps cannot be used: give 1 or more"),
        ({"batch": 151}, "151 rows per batch cannot be used: give 2 to 150"),
        ({"batch": 1}, "1 rows per batch cannot be used: give 2 to 150"),
        ({"learning_rate": -1.0}, "learning_rate -1.0 cannot be used"),
        ({"temperature": float("nan")}, "temperature nan cannot be used"),
        ({"key": -1}, "key -1 cannot be used"),
    ],
)  # fmt: skip
def test_what_cannot_be_connected_gets_one_sentence(train_all, changes, sentence):
    arguments = {"sources": SOURCES, "targets": TARGETS, "steps": 3, "batch": 8} | changes
    with pytest.raises(wl.InputError, match=sentence) as raised:
        train_all(arguments.pop("sources"), arguments.pop("targets"), **arguments)
    assert str(raised.value).count("\n") == 0


def test_a_training_that_diverges_says_so():
    with pytest.raises(wl.InputError, match=r"training diverged at step [1-9]: give a lower learning rate"):
        connect_separately(SOURCES, TARGETS, steps=9, batch=8, learning_rate=1e38)


@pytest.mark.parametrize("pairs", [0, 7])
def test_a_step_has_some_pairs_of_the_grid(pairs):
    with pytest.raises(wl.InputError, match=f"{pairs} pairs per step cannot be used: give 1 to 6"):
        connect(SOURCES, TARGETS, steps=3, batch=8, pairs_per_step=pairs)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda f: f.connector("b", "narrow"), "source 'b' is unknown: use one of a, wide, noise"),
        (lambda f: f.connector("a", "a"), "target 'a' is unknown: use one of rotated, narrow"),
        (lambda f: f.connector("a", "narrow")(A[:, :3]), "features have shape"),
        (lambda f: f.fit_code(A, "b"), "target 'b' is unknown"),
        (lambda f: f.fit_code(A, []), "0 pairs per step cannot be used"),
        (lambda f: f.fit_code(A[:-1]), "numbers of rows differ"),
        (lambda f: f.fit_code(A, steps=0), "0 steps cannot be used"),
    ],
)
def test_what_connectors_cannot_do_gets_one_sentence(found, call, sentence):
    with pytest.raises(wl.InputError, match=sentence):
        call(found)


def test_a_rotated_copy_of_a_source_has_its_features_in_the_frame_of_its_anchors(found):
    turned = ortho_group(D, seed=3).rvs()
    new = found.fit_code(A @ turned, ["rotated"], name="turned", steps=100)
    own = found.fit_code(A, ["rotated"], name="own", steps=100)
    np.testing.assert_allclose(new._grid.features.x[0], found._grid.features.x[0], atol=1e-5)
    np.testing.assert_allclose(new.losses, own.losses, rtol=1e-3)
    np.testing.assert_allclose(new.accuracy, own.accuracy, atol=0.03)
    out = new.connector("turned", "rotated")(A[:5] @ turned)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 1, rtol=1e-5)


def test_a_frame_is_the_orthogonal_factor_of_the_anchors():
    anchors = 40
    frame = frame_of(A, anchors)
    rows = np.asarray(make_grid(SOURCES, TARGETS).rows[0])
    unit = A / np.linalg.norm(A, axis=1, keepdims=True)
    np.testing.assert_allclose(frame.mean, unit[rows].mean(0))
    chosen = unit[rows[:anchors]] - frame.mean
    chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
    # With a ridge of 1 % of the mean eigenvalue of the Gram matrix, of which most are 0 here.
    np.testing.assert_allclose(frame.axes, polar(chosen.T)[0], atol=0.005)


@pytest.mark.slow
def test_a_code_that_is_far_worse_than_ridge_connectors_says_so():
    grid = connect(SOURCES, TARGETS, basis="given", steps=1, batch=8)
    with pytest.warns(UserWarning, match=r"the code of turned reaches recall .*, and ridge connectors of its own 1"):
        grid.fit_code(A @ ortho_group(D, seed=3).rvs(), ["rotated"], name="turned", steps=1)
    with pytest.raises(wl.InputError, match="new has 16 features: give at most 11"):
        grid.fit_code(np.hstack([A, A]))


@pytest.mark.parametrize("rows", [ROWS, 30])
def test_ridge_connectors_solve_the_normal_equations(rows):
    sources, targets = ({name: x[:rows] for name, x in side.items()} for side in (SOURCES, TARGETS))
    found = connect_by_ridge(sources, targets)
    grid = make_grid(sources, targets)
    training = np.asarray(grid.rows[0])
    x, y = (np.asarray(one, float) for one in (grid.features.x[2], grid.features.y[1]))
    x, y = x[:, :5], y[:, :6]
    away, goals = x[training] - x[training].mean(0), y[training] - y[training].mean(0)
    weight, bias = found._model(jnp.array(2), jnp.array(1))[0]
    gram = away.T @ away
    solved = [
        np.linalg.solve(gram + penalty * np.trace(gram) / 11 * np.eye(5), away.T @ goals) for penalty in PENALTIES
    ]
    assert min(np.abs(one - weight[:5, :6]).max() for one in solved) < 1e-4
    np.testing.assert_allclose(bias[:6], y[training].mean(0) - x[training].mean(0) @ weight[:5, :6], atol=1e-5)
    np.testing.assert_array_equal(weight[5:], 0)


def test_ridge_connectors_are_a_result_like_any_other(found):
    ridge = connect_by_ridge(SOURCES, TARGETS)
    assert (ridge.accuracy.sel(source=["a", "wide"], target="rotated") == 1).all()
    assert (ridge.accuracy.sel(source="noise") < 0.1).all()
    assert ridge.cost[:2] == (0, 0)
    assert len(ridge.losses) == 0
    assert "in closed form" in ridge._repr_html_()
    own = TARGETS["rotated"] / np.linalg.norm(TARGETS["rotated"], axis=1, keepdims=True)
    np.testing.assert_allclose(ridge.connector("a", "rotated")(A), own, atol=1e-4)
    assert ridge.rank_correlation(found) > 0
    with pytest.raises(wl.InputError, match="basis 'own' is unknown: use one of anchors, given"):
        connect(SOURCES, TARGETS, basis="own")


def test_what_has_no_codes_or_another_grid_says_so(found, separately, fitted):
    for one in (separately, fitted):
        with pytest.raises(wl.InputError, match="have no hypernetwork: use fit_code"):
            one.fit_code(A)
    with pytest.raises(wl.InputError, match="different encoders"):
        found.rank_correlation(fitted)
