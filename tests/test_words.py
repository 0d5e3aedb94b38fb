"""How messages name several things."""

import numpy as np
import pytest

from weightloom._words import listed, shown


@pytest.mark.parametrize(
    ("items", "most", "words"),
    [([], 3, "none"), ("ab", 3, "a, b"), (range(3), 3, "0, 1, 2"), (range(9), 3, "0, 1, …, 8")],
)
def test_a_long_list_shows_its_first_items_and_its_last(items, most, words):
    assert listed(items, most) == words


def test_what_was_given_is_shown_in_one_short_line():
    assert shown(np.zeros((2, 2))) == "array([[0., 0.], [0., 0.]])"
    assert shown("x" * 100) == "'" + "x" * 58 + "…"
