"""Index sets: what the members of a role run over is found, and gives the members back."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from weightloom.discovery.reading.index_sets import MOST_MEMBERS, background, index_set, members
from weightloom.errors import InputError

# The weights that stand out, and the weight of all other inputs.
SPECIAL = st.lists(st.sampled_from([1, -1, 2, -2]), min_size=1, max_size=2)
BACKGROUND = st.sampled_from([0, 3, -3])


def unique(rows):
    """The rows up to their signs."""
    return {max(tuple(row), tuple(-value for value in row)) for row in np.asarray(rows).tolist()}


def placed(special, common, places, n):
    row = np.full(n, common)
    row[list(places)] = special
    return row


def chosen(special, common, n):
    places = itertools.permutations(range(n), len(special))
    return [placed(special, common, place, n) for place in places]


def shifted(special, common, n, gap, around):
    offsets = gap * np.arange(len(special))
    starts = range(n if around else n - int(offsets[-1]))
    return [placed(special, common, (start + offsets) % n, n) for start in starts]


def in_any_order(rows, seed):
    """Each row once up to its sign, with random signs, in a random order."""
    rng = np.random.default_rng(seed)
    rows = np.array(sorted(unique(rows)))
    return rng.permutation(rows * rng.choice([-1, 1], (len(rows), 1)))


@settings(max_examples=40, deadline=None)
@given(special=SPECIAL, common=BACKGROUND, n=st.integers(5, 7), more=st.integers(-1, 2), seed=st.integers(0, 99))
def test_all_choices_of_inputs(special, common, n, more, seed):
    rows = in_any_order(chosen(special, common, n), seed)
    assert index_set(rows) == "all"
    assert unique(members(rows[0], "all", n)) == unique(rows)
    assert unique(members(rows[0], "all", n + more)) == unique(chosen(special, common, n + more))


@settings(max_examples=40, deadline=None)
@given(
    values=st.tuples(st.sampled_from([1, 2]), st.sampled_from([1, -1, 2, -2])),
    common=BACKGROUND,
    n=st.integers(5, 7),
    gap=st.integers(1, 2),
    around=st.booleans(),
    more=st.integers(-1, 2),
    seed=st.integers(0, 99),
)
def test_shifts_of_inputs(values, common, n, gap, around, more, seed):
    special, kind = list(values), "ring" if around else "neighbours"
    rows = in_any_order(shifted(special, common, n, gap, around), seed)
    assert index_set(rows) == kind
    assert unique(members(rows[0], kind, n)) == unique(rows)
    assume(n + more > 2 * gap)
    assert unique(members(rows[0], kind, n + more)) == unique(shifted(special, common, n + more, gap, around))


@pytest.mark.parametrize("first", range(6))
def test_a_ring_grows_the_same_whichever_member_comes_first(first):
    rows = np.roll(shifted([1, -1], 0, 6, 1, True), -first, axis=0)
    assert unique(members(rows[0], "ring", 9)) == unique(shifted([1, -1], 0, 9, 1, True))


@settings(max_examples=40, deadline=None)
@given(special=SPECIAL, common=BACKGROUND, n=st.integers(5, 6), seed=st.integers(0, 99))
def test_a_part_of_all_choices_is_listed_or_shifts(special, common, n, seed):
    rows = in_any_order(chosen(special, common, n), seed)[1:]
    kind = index_set(rows)
    assert kind in {"listed", "neighbours", "ring"}
    if kind != "listed":
        assert unique(members(rows[0], kind, n)) == unique(rows)


def test_members_twice_are_listed():
    assert index_set(np.array([[1, 0], [0, 1], [1, 0]])) == "listed"
    assert index_set(np.array([[1, 0], [0, 1], [0, -1]])) == "listed"


@pytest.mark.parametrize("n", [1, 3, 5])
def test_a_unit_that_reads_all_inputs_alike_is_there_once(n):
    assert index_set(np.ones((1, n), int)) == "once"
    assert members(np.ones(n, int), "once", 7).tolist() == [[1] * 7]


def test_pairs_against_pairs_of_four():
    rows = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]])
    assert index_set(rows) == "all"
    assert unique(members(rows[1], "all", 4)) == unique(rows)
    with pytest.raises(InputError, match="does not say what other numbers of inputs get"):
        members(rows[0], "all", 5)


def test_halves_against_halves_are_not_counted_one_by_one():
    row = np.array([1] * 6 + [-1] * 6)
    assert len(members(row, "all", 12)) == 462
    with pytest.raises(InputError, match="too many"):
        members(np.array([1] * 8 + [-1] * 8), "all", 16)
    with pytest.raises(InputError, match="too many"):
        members(np.array([1, 2, 0, 0]), "all", MOST_MEMBERS)


def test_what_cannot_grow_is_refused():
    with pytest.raises(InputError, match="lists inputs one by one"):
        members(np.array([1, 0]), "listed", 3)
    with pytest.raises(InputError, match="reads 2 inputs"):
        members(np.array([1, -1, 0]), "all", 1)


@pytest.mark.parametrize(
    ("row", "common"), [([1, 2, 2, 2], 2), ([1, 1, 2, 2], 0), ([1, 0, 0, 0], 0), ([2, 2, 2, 0], 0), ([-1, -1, 1], -1)]
)
def test_a_background_is_what_most_inputs_have(row, common):
    assert background(np.array(row)) == common
