"""Scores of similarity: one file each, and the table from their names."""

from collections.abc import Mapping
from types import MappingProxyType

from weightloom.similarity.scores.base import (
    INVARIANCES as INVARIANCES,
    Inputs as Inputs,
    Measured as Measured,
    Score as Score,
)
from weightloom.similarity.scores.cka import (
    CKA as CKA,
    DebiasedCKA as DebiasedCKA,
    GaussianCKA as GaussianCKA,
)
from weightloom.similarity.scores.gulp import Gulp as Gulp
from weightloom.similarity.scores.neighbours import MutualNeighbours as MutualNeighbours
from weightloom.similarity.scores.probes import (
    AccuracyDifference as AccuracyDifference,
    Disagreement as Disagreement,
    JensenShannon as JensenShannon,
)
from weightloom.similarity.scores.procrustes import Procrustes as Procrustes
from weightloom.similarity.scores.stitching import Stitching as Stitching
from weightloom.similarity.scores.transfer import (
    CalibratedTransfer as CalibratedTransfer,
    HypernetworkTransfer as HypernetworkTransfer,
)

SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "hypernetwork-transfer": HypernetworkTransfer(),
        "calibrated-transfer": CalibratedTransfer(),
        "cka": CKA(),
        "cka-debiased": DebiasedCKA(),
        "cka-rbf": GaussianCKA(),
        "procrustes": Procrustes(),
        "mutual-knn": MutualNeighbours(),
        "gulp": Gulp(),
        "stitching": Stitching(),
        "disagreement": Disagreement(),
        "jensen-shannon": JensenShannon(),
        "accuracy-difference": AccuracyDifference(),
    }
)
