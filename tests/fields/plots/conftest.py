"""The fixtures of tests of figures."""

from tests.plotting import measures as measures, network as network
