"""Connectors from encoders' spaces to others', predicted by one hypernetwork for a whole grid of pairs."""

from weightloom.similarity.connectors.connect import connect as connect, connect_separately as connect_separately
from weightloom.similarity.connectors.found import Connectors as Connectors, Cost as Cost
