from ._table import SCORES as SCORES
from .base import INVARIANCES as INVARIANCES, Inputs as Inputs, Measured as Measured, Score as Score
from .cka import CKA as CKA, DebiasedCKA as DebiasedCKA, GaussianCKA as GaussianCKA
from .distances import RSA as RSA, DistanceCorrelation as DistanceCorrelation
from .gulp import Gulp as Gulp
from .neighbours import MutualNeighbours as MutualNeighbours
from .probes import (
    AccuracyDifference as AccuracyDifference,
    Disagreement as Disagreement,
    JensenShannon as JensenShannon,
)
from .procrustes import Procrustes as Procrustes
from .stitching import Stitching as Stitching
from .transfer import CalibratedTransfer as CalibratedTransfer, HypernetworkTransfer as HypernetworkTransfer
