"""Settings from text: every entry of every score, PDE and model."""

import dataclasses
import re

import numpy as np
import pytest

from weightloom._settings import Settings, Whole, setting, with_settings
from weightloom.errors import InputError
from weightloom.fields.models import MODELS
from weightloom.fields.pdes import PDES
from weightloom.similarity.scores import SCORES

DESCRIBED = {**SCORES, **{name: kind() for name, kind in {**PDES, **MODELS}.items()}}
EVERY = [
    (name, field.name, getattr(described, field.name))
    for name, described in DESCRIBED.items()
    for field in dataclasses.fields(described)
    if getattr(described, field.name) not in (None, ())
]


@pytest.mark.parametrize(("name", "entry", "default"), EVERY)
def test_every_entry_reads_its_own_default(name, entry, default):
    text = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    assert with_settings(DESCRIBED[name], name, [f"{entry}={text}"]) == DESCRIBED[name]


@pytest.mark.parametrize(
    ("name", "entry"), [one[:2] for one in EVERY if one[0] in SCORES and not isinstance(one[2], str | bool)]
)
def test_every_number_of_a_score_must_be_positive(name, entry):
    with pytest.raises(InputError, match=rf"^{entry} .* cannot be used: give .*(positive|of at least 1|above 0)"):
        with_settings(SCORES[name], name, [f"{entry}=-1"])


def test_entries_change_and_the_others_stay():
    found = with_settings(SCORES["calibrated-transfer"], "it", ["hidden=8,4", "steps=3"])
    assert (found.hidden, found.steps) == ((8, 4), 3)
    assert dataclasses.replace(found, hidden=(64,), steps=1) == SCORES["calibrated-transfer"]
    assert with_settings(SCORES["gulp"], "gulp", ["penalty=1"]).penalty == 1.0


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("gulp", "penalty", "ENTRY=VALUE"),
        ("gulp", "foo=1", "gulp has no setting 'foo': it has penalty"),
        ("cka", "foo=1", "it has none"),
        ("gulp", "penalty=much", "such as 0.01"),
        ("mutual-knn", "neighbours=2.5", "such as 10"),
        ("calibrated-transfer", "hidden=8,many", "such as 64"),
        ("hypernetwork-transfer", "codes=foo", "codes 'foo' is unknown"),
        ("hypernetwork-transfer", "widths=foo", "widths 'foo' is unknown"),
        ("gulp", "penalty=nan", "positive"),
        ("gulp", "penalty=inf", "positive"),
        ("continuous-pod", "period=1,1", "no setting 'period'"),
    ],
)
def test_what_cannot_be_set_gets_one_sentence(name, text, sentence):
    with pytest.raises(InputError, match=sentence):
        with_settings(DESCRIBED[name], name, [text])


@dataclasses.dataclass(frozen=True)
class Walk(Settings):
    """A walk."""

    stride: float = setting(0.7, "Metres per step.", gt=0)
    steps: int = setting(10, "Steps to take.", ge=0)
    stops: tuple[Whole, ...] = setting((), "Steps after which to rest.")
    pace: str = setting("calm", "How fast to go.", choices=("calm", "brisk"))
    company: object = None


@dataclasses.dataclass(frozen=True)
class LongWalk(Walk):
    """A walk for a day."""

    steps: int = 10_000


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"stride": -1.0}, "stride -1.0 cannot be used: give a positive number."),
        ({"stride": float("inf")}, "stride inf cannot be used: give a positive number."),
        ({"stride": True}, "stride True cannot be used: give a positive number."),
        ({"steps": -1}, "steps -1 cannot be used: give a whole number of at least 0."),
        ({"steps": 1.0}, "steps 1.0 cannot be used: give a whole number of at least 0."),
        ({"stops": (3, 0)}, "stops (3, 0) cannot be used: give a tuple of whole numbers of at least 1."),
        ({"pace": "wild"}, "pace 'wild' is unknown: use calm or brisk."),
    ],
)
@pytest.mark.parametrize("kind", [Walk, LongWalk])
def test_a_subclass_with_another_default_keeps_the_limits(kind, entries, sentence):
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}$"):
        kind(**entries)


def test_numbers_of_numpy_become_those_of_python_and_other_fields_stay_as_they_are():
    company = ["a dog"]
    walk = Walk(np.float64(0.5), np.int64(3), [np.int32(1), 2], company=company)
    assert dataclasses.replace(walk, company=None) == Walk(0.5, 3, (1, 2))
    assert [type(one) for one in (walk.stride, walk.steps, *walk.stops)] == [float, int, int, int]
    assert walk.company is company
    assert (Walk(stride=1).stride, Walk.steps, LongWalk().steps) == (1, 10, 10_000)


@pytest.mark.parametrize("kind", [Walk, LongWalk])
def test_the_docstring_tells_every_setting(kind):
    assert kind.__doc__.endswith(
        "\n\nArgs:\n    stride: Metres per step.\n    steps: Steps to take.\n    stops: Steps after which to rest.\n"
        "    pace: How fast to go."
    )
