"""Scores of probes and stitching against plain second implementations."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax

from tests.similarity.encoders import digits, encoders
from weightloom.similarity.scores import AccuracyDifference, Disagreement, Inputs, JensenShannon, Stitching

Y = digits()[1]


@pytest.fixture(scope="module")
def data():
    noise = np.random.default_rng(8).standard_normal((len(Y), 10))
    return Inputs((encoders()["wide"], encoders()["narrow"], noise), Y, nulls=30)


def test_probes_are_trained_and_read_on_different_rows(data):
    probes = data.probes
    rows = np.concatenate([probes.train, *probes.folds])
    assert sorted(rows) == list(range(len(Y)))
    accuracies = (probes.predictions == probes.labels).mean(-1)
    assert accuracies[0] > 0.8
    assert accuracies[2] < 0.3
    for part in (probes.train, *probes.folds):
        assert set(Y[part]) == set(range(10))


def test_disagreement_and_accuracies_agree_with_counting(data):
    predictions, labels = data.probes.predictions, data.probes.labels
    found, accuracy = Disagreement().measure(data), AccuracyDifference().measure(data)
    order = data.shuffles(len(labels))[4]
    assert found.value[0, 1] == pytest.approx(np.mean(predictions[0] != predictions[1]))
    assert found.null[4, 0, 1] == pytest.approx(np.mean(predictions[0] != predictions[1][order]))
    right = (predictions == labels).mean(-1)
    assert accuracy.value[0, 2] == pytest.approx(right[0] - right[2])
    assert accuracy.null[4, 0, 1] == pytest.approx(abs(right[0] - np.mean(predictions[1][order] == labels)))


def test_jensen_shannon_agrees_with_scipy(data):
    a, b = softmax(data.probes.held_out[:2], axis=-1)
    found = JensenShannon().measure(data)
    order = data.shuffles(len(a))[4]
    assert found.value[0, 1] == pytest.approx(np.mean(jensenshannon(a, b, axis=1) ** 2), abs=1e-5)
    assert found.null[4, 0, 1] == pytest.approx(np.mean(jensenshannon(a, b[order], axis=1) ** 2), abs=1e-5)


def test_stitching_agrees_with_ridge_to_the_features_themselves(data):
    """Mapping features and then reading them with the probe is what the score computes from logits at once."""
    from sklearn.linear_model import Ridge

    probes = data.probes
    a, b = probes.inputs[:2]
    weights = np.linalg.lstsq(np.c_[b, np.ones(len(b))], probes.logits[1], rcond=None)[0]
    right = 0
    for seen, new in (probes.folds, probes.folds[::-1]):
        penalty = 0.01 * np.square(a[seen] - a[seen].mean(0)).sum() / a.shape[1]
        mapped = Ridge(alpha=penalty).fit(a[seen], b[seen]).predict(a[new])
        right += np.sum((np.c_[mapped, np.ones(len(new))] @ weights).argmax(1) == Y[new])
    own = np.sum(probes.predictions[1] == probes.labels)
    assert Stitching().measure(data).value[0, 1] == pytest.approx(right / own, abs=1e-6)


def test_nothing_is_stitched_to_noise(data):
    found = Stitching().measure(data)
    above = found.value[0, 2] - found.null[:, 0, 2].mean()
    assert abs(above) < 4 * found.null[:, 0, 2].std()
    assert found.value[2, 0] < 0.3
