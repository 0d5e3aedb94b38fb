from ._classify import (
    ALGORITHMS as ALGORITHMS,
    Classification as Classification,
    classify as classify,
    classify_parameters as classify_parameters,
    judge as judge,
)
from .evidence import Evidence as Evidence, gather_evidence as gather_evidence
