"""The table of scores."""

from collections.abc import Mapping
from types import MappingProxyType

from weightloom.similarity.scores.base import Score
from weightloom.similarity.scores.cka import CKA, DebiasedCKA, GaussianCKA
from weightloom.similarity.scores.distances import RSA, DistanceCorrelation
from weightloom.similarity.scores.gulp import Gulp
from weightloom.similarity.scores.neighbours import MutualNeighbours
from weightloom.similarity.scores.probes import AccuracyDifference, Disagreement, JensenShannon
from weightloom.similarity.scores.procrustes import Procrustes
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
        "mutual-knn": MutualNeighbours(),
        "gulp": Gulp(),
        "stitching": Stitching(),
        "disagreement": Disagreement(),
        "jensen-shannon": JensenShannon(),
        "accuracy-difference": AccuracyDifference(),
    }
)
"""Scores by name, with default settings."""
