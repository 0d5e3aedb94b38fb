"""The house style: a block that leaves no trace, and ink that can be read on any colour."""

import matplotlib
import pytest
from hypothesis import given, strategies as st

from weightloom.figures.style import STYLE, house_looks, house_style, readable_on, relative_luminance

SHARES = st.floats(0, 1)


@pytest.mark.parametrize("style", [house_style, house_looks])
def test_settings_come_back_after_a_block_also_when_it_fails(style):
    with matplotlib.rc_context({"font.size": 30, "savefig.dpi": 20}):
        before = matplotlib.rcParams.copy()
        with pytest.raises(ZeroDivisionError), style():
            assert matplotlib.rcParams["font.size"] == STYLE["font.size"]
            _ = 1 / 0
        assert matplotlib.rcParams.copy() == before


def test_looks_leave_the_users_settings_of_files():
    users = {"savefig.dpi": 20, "svg.fonttype": "none", "svg.hashsalt": "mine", "pdf.fonttype": 3, "font.size": 30}
    with matplotlib.rc_context(users), house_looks():
        found = {name: matplotlib.rcParams[name] for name in users}
    assert found == users | {"font.size": STYLE["font.size"]}


@given(st.tuples(SHARES, SHARES, SHARES))
def test_ink_has_the_contrast_of_level_aa_on_any_colour(colour):
    ink = {"black": 0.0, "white": 1.0}[readable_on(colour)]
    light, dark = sorted([ink, relative_luminance(colour)], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("colour", "luminance"),
    [((0.0, 0.0, 0.0), 0.0), ((1.0, 1.0, 1.0), 1.0), ((0.5, 0.5, 0.5), 0.214), ((0.0, 1.0, 0.0), 0.7152)],
)
def test_luminance_is_that_of_the_standard(colour, luminance):
    assert relative_luminance(colour) == pytest.approx(luminance, abs=1e-3)
    assert relative_luminance((*colour, 0.3)) == relative_luminance(colour)
