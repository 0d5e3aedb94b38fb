"""Scores of what models say themselves, in place of linear probes."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax

import weightloom as wl
from weightloom.similarity import Encoded, compare

RANDOM = np.random.default_rng(0)
ROWS = 80
FEATURES = {"a": RANDOM.standard_normal((ROWS, 3)), "b": RANDOM.standard_normal((ROWS, 4))}
LOGITS = {name: RANDOM.standard_normal((ROWS, 3)) for name in FEATURES}
LABELS = RANDOM.integers(0, 3, ROWS)
SCORES = ["disagreement", "jensen-shannon", "accuracy-difference"]


@pytest.fixture(scope="module")
def table():
    return compare(FEATURES, LABELS, SCORES, outputs=LOGITS, nulls=50)


def of_pair(table, score):
    return float(table.value.sel(score=score, a="a", b="b"))


def test_the_scores_are_those_of_the_outputs_for_all_rows(table):
    a, b = LOGITS.values()
    said = a.argmax(1), b.argmax(1)
    assert of_pair(table, "disagreement") == pytest.approx(np.mean(said[0] != said[1]))
    divergence = np.mean(jensenshannon(softmax(a, 1), softmax(b, 1), axis=1) ** 2)
    assert of_pair(table, "jensen-shannon") == pytest.approx(divergence, abs=1e-6)
    right = [np.mean(one == LABELS) for one in said]
    assert of_pair(table, "accuracy-difference") == pytest.approx(abs(right[0] - right[1]))
    assert "the models" in table.note.values[0]


def test_a_constant_for_each_row_changes_nothing(table):
    shifted = {name: one + RANDOM.standard_normal((ROWS, 1)) for name, one in LOGITS.items()}
    again = compare(FEATURES, LABELS, SCORES, outputs=shifted, nulls=50)
    np.testing.assert_allclose(again.value, table.value, atol=1e-6)


def test_agreement_needs_no_labels(table):
    without = compare(FEATURES, None, SCORES[:2], outputs=LOGITS, nulls=50)
    np.testing.assert_allclose(without.value, table.value[:2])
    named = {"default": wl.similarity.members("default", False, True), "all": wl.similarity.members("all", False, True)}
    for chosen in named.values():
        assert {"disagreement", "jensen-shannon"} <= set(chosen)
        assert not {"accuracy-difference", "stitching"} & set(chosen)


def test_labels_are_numbers_of_columns_or_as_many_as_columns():
    names = np.array(["x", "y", "z"])[LABELS]
    found = [
        float(compare(FEATURES, labels, SCORES[2:], outputs=LOGITS, nulls=20).value[0, 0, 1])
        for labels in (LABELS, names)
    ]
    assert found[0] == found[1]
    # Class 1 is missing: labels 0 and 2 are still columns 0 and 2.
    two = np.where(LABELS == 1, 0, LABELS)
    right = [np.mean(one.argmax(1) == two) for one in LOGITS.values()]
    table = compare(FEATURES, two, SCORES[2:], outputs=LOGITS, nulls=20)
    assert float(table.value[0, 0, 1]) == pytest.approx(abs(right[0] - right[1]))


def test_outputs_are_aligned_by_ids_and_permuted_within_blocks(table):
    order = RANDOM.permutation(ROWS)
    ids = np.arange(ROWS)
    features = {name: Encoded(one, ids) for name, one in FEATURES.items()}
    outputs = {name: Encoded(one[order], ids[order]) for name, one in LOGITS.items()}
    again = compare(features, Encoded(LABELS, ids), SCORES, outputs=outputs, nulls=50)
    np.testing.assert_allclose(again.value, table.value)
    groups = np.repeat(np.arange(8), 10)
    constant = {"a": LOGITS["a"], "b": RANDOM.standard_normal((8, 3))[groups]}
    found = compare(FEATURES, None, SCORES[:1], outputs=constant, blocks=groups, nulls=20)
    assert float(found.p[0, 0, 1]) == 1


@pytest.mark.parametrize(
    ("outputs", "options", "sentence"),
    [
        ({"a": LOGITS["a"]}, {}, "outputs of b are missing"),
        (LOGITS | {"c": LOGITS["a"]}, {}, "outputs of c have no features"),
        (LOGITS | {"b": LOGITS["b"][:, :2]}, {}, "numbers of classes differ .a has 3, b has 2"),
        (LOGITS | {"b": LABELS}, {}, "give logits of at least two classes"),
        (LOGITS | {"b": np.where(LOGITS["b"] > 0, LOGITS["b"], -np.inf)}, {}, "logarithms of 0"),
        (LOGITS | {"b": LOGITS["b"][1:]}, {}, "numbers of rows differ"),
        (LOGITS, {"gaussian": True}, "Gaussian features have no outputs"),
        (LOGITS, {"against": {"a": FEATURES["b"]}}, "a is the name of two encoders"),
        (LOGITS, {"labels": LABELS % 2 + 7}, "labels have 2 classes and outputs 3"),
    ],
)  # fmt: skip
def test_outputs_that_cannot_be_used_get_one_sentence(outputs, options, sentence):
    with pytest.raises(wl.InputError, match=sentence):
        compare(FEATURES, scores=SCORES[:1], outputs=outputs, **options)
