"""The table of scores."""

from collections.abc import Mapping
from types import MappingProxyType

from weightloom.similarity.scores.base import Score
from weightloom.similarity.scores.canonical import PWCCA, SVCCA
from weightloom.similarity.scores.cka import CKA, DebiasedCKA, GaussianCKA
from weightloom.similarity.scores.distances import RSA, DistanceCorrelation
from weightloom.similarity.scores.gulp import Gulp
from weightloom.similarity.scores.matching import SoftMatching
from weightloom.similarity.scores.neighbours import CKNNA, MutualNeighbours, NeighbourJaccard
from weightloom.similarity.scores.probes import AccuracyDifference, Disagreement, JensenShannon
from weightloom.similarity.scores.procrustes import AngularProcrustes, Procrustes
from weightloom.similarity.scores.stitching import Stitching
from weightloom.similarity.scores.transfer import CalibratedTransfer, HypernetworkTransfer

SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "hypernetwork-transfer": HypernetworkTransfer(),
        "calibrated-transfer": CalibratedTransfer(),
        "cka": CKA(),
        "cka-debiased": DebiasedCKA(),
        "cka-rbf": GaussianCKA(),
        "rsa": RSA(),
        "distance-correlation": DistanceCorrelation(),
        "procrustes": Procrustes(),
        "angular-procrustes": AngularProcrustes(),
        "svcca": SVCCA(),
        "pwcca": PWCCA(),
        "soft-matching": SoftMatching(),
        "mutual-knn": MutualNeighbours(),
        "knn-jaccard": NeighbourJaccard(),
        "cknna": CKNNA(),
        "gulp": Gulp(),
        "stitching": Stitching(),
        "disagreement": Disagreement(),
        "jensen-shannon": JensenShannon(),
        "accuracy-difference": AccuracyDifference(),
    }
)
"""Scores by name, with default settings."""

DEFAULT_SCORES = (
    "hypernetwork-transfer", "calibrated-transfer", "cka", "cka-debiased", "cka-rbf", "rsa", "distance-correlation",
    "procrustes", "mutual-knn", "gulp", "stitching", "disagreement", "jensen-shannon", "accuracy-difference",
)  # fmt: skip
"""Names of the scores that `compare` computes unless told others. They take seconds for features of any width.

The others are variants of these, or take long for wide features.
"""

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({"default": DEFAULT_SCORES, "all": tuple(SCORES)})
"""Names of scores by the word that stands for them."""
