from ._table import DEFAULT_SCORES as DEFAULT_SCORES, SCORES as SCORES
from .base import INVARIANCES as INVARIANCES, Inputs as Inputs, Measured as Measured, Score as Score
from .canonical import PWCCA as PWCCA, SVCCA as SVCCA
from .cka import CKA as CKA, DebiasedCKA as DebiasedCKA, GaussianCKA as GaussianCKA
from .distances import RSA as RSA, DistanceCorrelation as DistanceCorrelation
from .gulp import Gulp as Gulp
from .matching import SoftMatching as SoftMatching
from .neighbours import CKNNA as CKNNA, MutualNeighbours as MutualNeighbours, NeighbourJaccard as NeighbourJaccard
from .probes import (
    AccuracyDifference as AccuracyDifference,
    Disagreement as Disagreement,
    JensenShannon as JensenShannon,
)
from .procrustes import AngularProcrustes as AngularProcrustes, Procrustes as Procrustes
from .stitching import Stitching as Stitching
from .transfer import CalibratedTransfer as CalibratedTransfer, HypernetworkTransfer as HypernetworkTransfer
