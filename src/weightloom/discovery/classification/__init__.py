"""Classification: which algorithm a network runs to compute the L1 norm, from its weights and function."""

from weightloom.discovery.classification.classify import (
    ALGORITHMS as ALGORITHMS,
    Classification as Classification,
    classify as classify,
    classify_parameters as classify_parameters,
    judge as judge,
)
from weightloom.discovery.classification.evidence import (
    Evidence as Evidence,
    gather_evidence as gather_evidence,
)
