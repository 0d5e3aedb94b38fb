"""The one table of algorithms, and that everything which shows or stores algorithms agrees with it."""

import subprocess
import sys

import pytest
from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle
from rich.style import Style

from weightloom.discovery import _representatives, algorithms, classification, pruning
from weightloom.discovery.algorithms.names import ALGORITHMS, NAMED
from weightloom.figures.style import relative_luminance


def test_the_order_is_that_of_stored_runs():
    """Runs store an algorithm as its place in the table, so that rows may be added at the end and never move."""
    stored = ["convexity", "pudding+", "pudding-", "double-sided", "mixed", "unknown"]
    assert list(ALGORITHMS)[: len(stored)] == stored
    assert list(classification.ALGORITHMS) == list(ALGORITHMS)


def test_every_named_algorithm_has_a_construction_and_the_other_tables_name_no_others():
    assert set(algorithms.CONSTRUCTIONS) == set(NAMED)
    assert set(_representatives.NAMED) == set(NAMED)
    assert set(pruning.SIGNS) < set(NAMED)


@pytest.mark.parametrize("look", ["legend", "colour", "marker", "terminal", "sentence"])
def test_every_algorithm_has_a_look_and_a_sentence_of_its_own(look):
    assert len({getattr(row, look) for row in ALGORITHMS.values()}) == len(ALGORITHMS)


@pytest.mark.parametrize("row", list(ALGORITHMS.values()), ids=list(ALGORITHMS))
def test_looks_exist_and_sentences_end(row):
    assert MarkerStyle(row.marker).is_filled()
    assert Style.parse(row.terminal).color
    assert row.sentence.endswith(".")


@pytest.mark.parametrize(("name", "channel"), list(zip(NAMED, (0, 1, 1, 2))))
def test_hues_are_the_papers(name, channel):
    colour = to_rgb(ALGORITHMS[name].colour)
    assert max(colour) == colour[channel]


@pytest.mark.parametrize(
    ("one", "other"), [("convexity", "pudding+"), ("pudding+", "pudding-"), ("pudding+", "double-sided")]
)
def test_neighbours_in_the_phase_diagram_differ_in_lightness(one, other):
    lightness = [relative_luminance(to_rgb(ALGORITHMS[name].colour)) for name in (one, other)]
    assert abs(lightness[0] - lightness[1]) > 0.1


def test_the_table_is_light_to_import():
    """A command that prints names does not wait for what draws or computes."""
    program = (
        "import sys, weightloom.discovery.algorithms.names;"
        "print(*{name.split('.')[0] for name in sys.modules} & {'jax', 'numpy', 'matplotlib', 'rich'})"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "\n"
