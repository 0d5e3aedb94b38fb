"""The page's families: one card each, drawn without scripts or styles of their own, and colours for other tasks."""

import html
import re

import numpy as np
import pytest

import weightloom as wl
from tests.discovery.atlas.built import L1, PAIRS, BuiltRun
from tests.discovery.page.reading import array, elements, embedded
from tests.discovery.page.test_explorer import opened as opened
from tests.discovery.reading import constructions as make
from weightloom.discovery.atlas import atlas
from weightloom.discovery.page.atlas import atlas_section


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A run of another task than the L1 norm."""
    return BuiltRun(tmp_path_factory.mktemp("built") / "run", task="mine", norm=False)


@pytest.fixture(scope="module")
def found(other):
    return atlas(other, "all", most=12)


@pytest.fixture(scope="module")
def with_atlas(other, found, tmp_path_factory):
    return wl.report(other, tmp_path_factory.mktemp("report") / "page.html", atlas=found)


def test_a_card_has_formula_program_share_and_margin(found):
    section = atlas_section(found)
    assert section.count('<article class="family">') == 2
    text = html.unescape(re.sub(r"<[^>]*>", " ", section))
    for name, reading in found.representatives.items():
        share = (found.networks.family == name).mean()
        assert {name, f"{share:.1%}", reading.formula} <= {part.strip() for part in re.split(r"  +", text)}
        assert reading.python in html.unescape(section)
    assert f"{len(found.networks)} of 18 networks were read, evenly spaced" in text


def test_a_card_draws_units_and_places(found):
    drawings = atlas_section(found).split("<svg ")[1:]
    units = {name: reading.program.roles for name, reading in found.representatives.items()}
    order = [name for name in (L1, PAIRS) if name in units]
    order.sort(key=lambda name: -(found.networks.family == name).sum())
    for name, drawing, places in zip(order, drawings[::2], drawings[1::2]):
        assert drawing.count("<circle") == 4 + sum(role.members for role in units[name]) + 1
        cells = re.findall(r"step ([\d,]+), β ([^:]+): (\d+)% of seeds", places)
        own = found.networks.assign(own=100 * (found.networks.family == name)).groupby(["step", "beta"]).own.mean()
        assert {(int(step), beta): int(share) for step, beta, share in cells} == {
            (step, f"{beta:.1e}"): round(share) for (step, beta), share in own.items()
        }


class TiedRun(BuiltRun):
    """max(t, 0) − max(−t, 0) = t, of another slope for each seed: programs of one family and of the same R², 1."""

    def network(self, seed, beta=None, *, step=None, **options):
        weight = np.outer(np.ones(4), [1, -1]) * 2.0**seed
        return make.layers(weight, np.zeros(2), np.array([[1.0], [-1.0]]), np.zeros(1), "relu")


def test_of_two_that_are_alike_the_first_stands_for_both_everywhere(tmp_path):
    found = atlas(TiedRun(tmp_path / "run", task="mine", norm=False), 1)
    (name,) = found.representatives
    assert found.networks.formula.nunique() == 2
    assert (found.networks.faithful == found.networks.faithful[0]).all()
    assert found.families.formula[0] == found.representatives[name].formula == found.networks.formula[0]
    assert found.places[name] == tuple(found.networks.loc[0, ["seed", "step", "beta"]])
    assert f"(seed 0, step 1, β {found.networks.beta[0]:.1e})" in atlas_section(found)


def test_nothing_of_a_card_needs_a_script_or_a_style(with_atlas):
    assert not any("style" in attributes for _, attributes in elements(with_atlas))


def test_families_take_the_place_of_names(with_atlas, other, found):
    data = embedded(with_atlas)
    names = np.array([one["name"] for one in data["palette"]["algorithms"]])
    shown = names[array(data["algorithm"], "<u1", 2, 3, 3)]
    read = {(row.seed, row.step, row.beta) for row in found.networks.itertuples()}
    for place in np.ndindex(shown.shape):
        seed, step, beta = (data[axis][k] for axis, k in zip(("seeds", "steps", "betas"), place))
        assert shown[place] == (other.family(step, beta) if (seed, step, beta) in read else "not read")


def test_the_norm_keeps_its_names(tmp_path):
    run = BuiltRun(tmp_path / "run")
    data = embedded(wl.report(run, tmp_path / "page.html", atlas=atlas(run, most=1)))
    assert "double-sided" in [one["name"] for one in data["palette"]["algorithms"]]


@pytest.mark.slow
@pytest.mark.parametrize("width", [420, 1300])
def test_the_page_with_families_fits_and_meets_no_error(opened, with_atlas, width):
    browser = opened(with_atlas)
    with browser.sized(width, 900):
        assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        boxes = browser.evaluate(
            "[...document.querySelectorAll('.family svg')].map((s) => s.getBoundingClientRect().width)"
        )
        assert len(boxes) == 4
        assert min(boxes) > 150
