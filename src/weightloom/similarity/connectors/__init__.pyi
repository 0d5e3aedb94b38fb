from ._connect import (
    connect as connect,
    connect_by_ridge as connect_by_ridge,
    connect_separately as connect_separately,
)
from .result import Connectors as Connectors, Cost as Cost
