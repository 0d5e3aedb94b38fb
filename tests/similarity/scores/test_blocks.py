"""A null within blocks of rows: exact if encoders share a block's mean only, and kept by what is constant."""

import numpy as np
import pytest

import weightloom as wl
from tests.similarity.encoders import DEAR, digits, encoders
from weightloom.similarity import SCORES, Encoded, compare
from weightloom.similarity.scores import Inputs
from weightloom.similarity.significance import holm

BLOCKS = np.repeat(np.arange(12), 5)
SLOW = (*DEAR, "hypernetwork-transfer")
EXACT = ("cka", "cka-debiased", "cka-rbf", "procrustes", "mutual-knn", "rsa")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in SCORES]
)  # fmt: skip
def test_orders_within_blocks_leave_an_encoder_that_only_knows_the_block(name):
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 8)
    constant = random.standard_normal((20, 4))[groups]
    other = random.standard_normal((160, 3))
    found = SCORES[name].measure(Inputs((other, constant), groups % 2, nulls=20, seeds=2, split=1, groups=groups))
    value, null = (one[..., -1] for one in (found.value, found.null))
    np.testing.assert_allclose(null, np.broadcast_to(value[..., :1], null.shape), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SCORES if name not in DEAR])
def test_one_block_of_all_rows_has_the_null_of_no_blocks(name):
    features, labels = (encoders()["wide"][:120, :6], encoders()["narrow"][:120, :5]), digits()[1][:120] % 3
    none, one = (
        SCORES[name].measure(Inputs(features, labels, nulls=100, seeds=2, groups=groups)).null[:, 0, 1]
        for groups in (None, np.zeros(120, int))
    )
    error = np.hypot(none.std() / np.sqrt(len(none)), one.std() / np.sqrt(len(one)))
    assert abs(none.mean() - one.mean()) < 4 * error
    assert 0.6 < one.std() / none.std() < 1.7


def p_of(name, groups, seed):
    """p of two encoders that know the block of a row, and have noise of their own."""
    random = np.random.default_rng(seed)
    shared = 2 * random.standard_normal((12, 2))[BLOCKS]
    a, b = (shared + random.standard_normal((60, 2)) for _ in range(2))
    score = SCORES[name]
    found = score.measure(Inputs((a, b), nulls=39, split=1, groups=groups, key=seed))
    sign = 1 if score.larger_is_more_similar else -1
    return (1 + (sign * (found.null - found.value) >= 0).sum()) / (1 + len(found.null))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "procrustes")) for name in EXACT]
)
def test_p_is_uniform_within_blocks_and_far_too_small_without(name):
    ps = np.array([p_of(name, BLOCKS, seed) for seed in range(150)])
    # Of 150 exact tests, .20 ± .033 have p ≤ .2, and the mean of p is .5125 ± .024.
    assert abs((ps <= 0.2).mean() - 0.2) < 4 * 0.033
    assert abs(ps.mean() - 0.5125) < 4 * 0.024
    assert np.mean([p_of(name, None, seed) <= 0.05 for seed in range(15)]) > 0.9


@pytest.mark.parametrize(
    "name", ["cka", "cka-debiased", "gulp", "mutual-knn", "knn-jaccard", "cknna", "svcca", "procrustes"]
)
def test_a_draw_is_the_value_of_permuted_rows(name):
    random = np.random.default_rng(1)
    a, b = random.standard_normal((2, 60, 3))
    data = Inputs((a, b), nulls=20, groups=BLOCKS)
    found = SCORES[name].measure(data)
    kind = "blocks" if name in ("svcca", "procrustes") else "cyclic"
    order = data.generator(kind).permutation(60)
    for draw in (0, 7):
        moved = order[data.shuffles(60, order)[draw]]
        assert (BLOCKS[moved] == BLOCKS[order]).all()
        value = SCORES[name].measure(Inputs((a[order], b[moved]), nulls=20)).value[0, 1]
        assert found.null[draw, 0, 1] == pytest.approx(value, abs=1e-5)


def test_blocks_may_have_ids_and_names_and_are_told_in_the_table():
    order = np.random.default_rng(0).permutation(60)
    a, b = np.random.default_rng(1).standard_normal((2, 60, 3))
    names = np.array([f"subject {number}" for number in BLOCKS])
    plain = compare({"a": a, "b": b}, scores=["cka"], blocks=names)
    mixed = compare(
        {"a": Encoded(a, np.arange(60)), "b": Encoded(b[order], order)}, scores=["cka"],
        blocks=Encoded(names[order], order),
    )  # fmt: skip
    np.testing.assert_allclose(mixed.p, plain.p)
    assert plain.attrs["blocks"] == 12
    assert int(plain.draws[0]) == 200


@pytest.mark.parametrize(
    ("blocks", "sentence"),
    [
        (np.arange(60), "blocks leave 1 orders of 60 rows, in 60 blocks: give larger blocks"),
        (np.minimum(np.arange(60), 56), None),
        (np.minimum(np.arange(60), 57), "blocks leave 6 orders"),
        (np.zeros(59), "numbers of rows differ"),
        (np.zeros((60, 1)), "blocks have shape"),
        (np.full(60, np.nan), "one finite block per row"),
    ],
)  # fmt: skip
def test_blocks_that_leave_nothing_to_permute_get_one_sentence(blocks, sentence):
    a, b = np.random.default_rng(1).standard_normal((2, 60, 3))
    if sentence is None:
        assert compare({"a": a, "b": b}, scores=["cka"], blocks=blocks, nulls=20).value.size == 4
        return
    with pytest.raises(wl.InputError, match=sentence):
        compare({"a": a, "b": b}, scores=["cka"], blocks=blocks)


def test_an_encoder_called_blocks_must_be_renamed():
    a, b = np.random.default_rng(1).standard_normal((2, 60, 3))
    with pytest.raises(wl.InputError, match="reserved name 'blocks'"):
        compare({"blocks": a, "b": b}, scores=["cka"], blocks=BLOCKS)


def test_holm_is_the_step_down_of_bonferroni():
    random = np.random.default_rng(0)
    for symmetric in (True, False):
        p = random.random((5, 5)) ** 4
        p = (p + p.T) / 2 if symmetric else p
        found = holm(p, symmetric)
        places = [(a, b) for a in range(5) for b in range(5) if (a < b if symmetric else a != b)]
        tested = sorted(places, key=lambda place: p[place])
        largest = 0.0
        for rank, place in enumerate(tested):
            largest = max(largest, min(1, (len(tested) - rank) * p[place]))
            assert found[place] == pytest.approx(largest)
            assert not symmetric or found[place[::-1]] == found[place]
        assert np.isnan(np.diagonal(found)).all()


def test_corrected_p_of_a_table_of_all_pairs_is_holms():
    random = np.random.default_rng(0)
    a, noise = random.standard_normal((2, 100, 3))
    table = compare({"a": a, "copy": a, "other": noise}, scores=["cka", "stitching"], labels=a[:, 0] > 0)
    for score in ("cka", "stitching"):
        p = table.p.sel(score=score).values
        np.testing.assert_allclose(table.p_corrected.sel(score=score), holm(p, score == "cka"))
    assert float(table.p_corrected.sel(score="cka", a="a", b="copy")) == pytest.approx(0.03)
