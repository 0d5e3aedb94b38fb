"""Functional similarity of encoders: scores with floors and errors, from features of the same inputs."""

from weightloom.similarity.compare import compare as compare, members as members
from weightloom.similarity.connectors import (
    Connectors as Connectors,
    connect as connect,
    connect_separately as connect_separately,
)
from weightloom.similarity.features import Encoded as Encoded, read as read, read_labels as read_labels
from weightloom.similarity.grounding import grounding as grounding
from weightloom.similarity.scores import SCORES as SCORES
