"""The table as a whole: its form, floors, labels, and what is refused."""

import numpy as np
import pytest
import xarray as xr

import weightloom as wl
from tests.similarity.encoders import digits, encoders
from weightloom.similarity import DEFAULT_SCORES, SCORES, Encoded, compare, members, score_correlations
from weightloom.similarity.scores import CKA, GaussianCKA

FEATURES, Y = encoders(), digits()[1]
LABEL_FREE = [name for name in DEFAULT_SCORES if not SCORES[name].needs_labels]


def test_the_scores_have_the_names_that_people_know():
    assert list(SCORES) == [
        "hypernetwork-transfer", "calibrated-transfer", "cka", "cka-debiased", "cka-rbf", "rsa",
        "distance-correlation", "procrustes", "angular-procrustes", "svcca", "pwcca", "soft-matching", "mutual-knn",
        "knn-jaccard", "cknna",
        "gulp", "stitching", "disagreement", "jensen-shannon", "accuracy-difference",
    ]  # fmt: skip


def test_all_is_all_and_the_default_is_what_is_fast():
    assert list(members("all", labelled=True)) == list(SCORES)
    assert list(members("default", labelled=True)) == list(DEFAULT_SCORES)
    assert set(members("all", labelled=False)) > set(LABEL_FREE)


def test_the_default_without_labels_is_what_needs_none():
    table = compare(FEATURES)
    assert table.score.values.tolist() == LABEL_FREE
    assert dict(table.value.sizes) == {"score": 8, "a": 3, "b": 3}
    assert {"value", "null", "p", "low", "high"} <= set(table.to_dataframe().columns)
    assert (table.draws >= 200).all()


def test_floors_and_gaussian_features_are_marked_and_low():
    noise = np.random.default_rng(4).standard_normal((240, 9))
    table = compare(FEATURES, scores=["cka-debiased"], floors={"random": noise}, gaussian=True)
    assert table.a.values[table.a_is_floor.values].tolist() == ["random", "gaussian"]
    between = table.value.sel(a=~table.a_is_floor, b=table.b_is_floor)
    assert np.abs(between).max() < 0.1


def test_the_same_key_gives_the_same_table():
    one, again = (compare(FEATURES, Y, ["cka", "disagreement", "procrustes"], key=3) for _ in range(2))
    xr.testing.assert_identical(one, again)


def test_rows_in_another_order_with_ids_give_the_same_values():
    order = np.random.default_rng(0).permutation(240)
    ids = np.arange(240)
    mixed = {
        "wide": Encoded(FEATURES["wide"], ids),
        "narrow": Encoded(FEATURES["narrow"][order], ids[order]),
    }
    found = compare(mixed, Encoded(Y[order[::-1]], ids[order[::-1]]), ["cka", "disagreement"])
    expected = compare({name: FEATURES[name] for name in mixed}, Y, ["cka", "disagreement"])
    np.testing.assert_allclose(found.value, expected.value)


def test_members_may_have_settings_of_ones_own():
    table = compare(FEATURES, scores={"near": GaussianCKA(bandwidth=0.5), "cka": CKA()})
    assert table.score.values.tolist() == ["near", "cka"]


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((FEATURES, Y, ["cka", "foo"]), {}, "score 'foo' is unknown: use default, all, or some of hypernetwork-"),
        ((FEATURES, None, ["cka", "stitching"]), {}, "stitching need labels"),
        ((FEATURES, None, []), {}, "no score was given"),
        (({"a": FEATURES["wide"]},), {}, "a alone cannot be compared: give at least two encoders"),
        ((FEATURES,), {"nulls": 3}, "give at least 20 nulls"),
        ((FEATURES,), {"key": -1}, "key -1 cannot be used"),
        ((FEATURES,), {"floors": {"wide": FEATURES["wide"]}}, "both an encoder and a floor"),
        ((FEATURES, Y[:-1]), {}, "numbers of rows differ"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_gets_one_sentence(arguments, options, sentence):
    with pytest.raises(wl.InputError, match=sentence):
        compare(*arguments, **options)


def made_up(values, larger):
    names = list("abcde")[: values.shape[1]]
    coordinates = {
        "score": [f"s{j}" for j in range(len(values))], "a": names, "b": names,
        "a_is_floor": ("a", np.zeros(len(names), bool)), "b_is_floor": ("b", np.zeros(len(names), bool)),
        "larger_is_more_similar": ("score", larger),
    }  # fmt: skip
    return xr.Dataset({"value": (("score", "a", "b"), values)}, coordinates)


def test_grounding_turns_distances_round():
    one = np.random.default_rng(0).random((5, 5))
    found = score_correlations(made_up(np.stack([one, -one, np.exp(one + one.T)]), [True, False, True]))
    np.testing.assert_allclose(found.correlation, 1)
    np.testing.assert_allclose(found.low, 1)


def test_grounding_is_spearmans_correlation_and_its_interval_holds_it():
    from scipy.stats import spearmanr

    one, two = np.random.default_rng(1).random((2, 5, 5))
    found = score_correlations(made_up(np.stack([one, two]), [True, True]))
    pairs = np.triu_indices(5, 1)
    expected = spearmanr((one + one.T)[pairs], (two + two.T)[pairs]).statistic
    assert found.correlation[0, 1] == pytest.approx(expected)
    assert found.low[0, 1] < expected < found.high[0, 1]


def test_grounding_does_not_depend_on_a_scores_units():
    one, two = np.random.default_rng(2).random((2, 5, 5))
    found, tiny = (score_correlations(made_up(np.stack([one, unit * two]), [True, True])) for unit in (1, 1e-9))
    xr.testing.assert_allclose(found, tiny)


def test_grounding_needs_four_encoders():
    with pytest.raises(wl.InputError, match="at least 4"):
        score_correlations(made_up(np.ones((1, 3, 3)), [True]))
