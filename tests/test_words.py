"""How messages name several things."""

import pytest

from weightloom._words import listed


@pytest.mark.parametrize(
    ("items", "most", "words"),
    [([], 3, "none"), ("ab", 3, "a, b"), (range(3), 3, "0, 1, 2"), (range(9), 3, "0, 1, …, 8")],
)
def test_a_long_list_shows_its_first_items_and_its_last(items, most, words):
    assert listed(items, most) == words
