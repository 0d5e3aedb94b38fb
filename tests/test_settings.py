"""Settings from text: every entry of every score, PDE and model."""

import dataclasses

import pytest

from weightloom._settings import with_settings
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
    ("name", "entry"), [one[:2] for one in EVERY if one[0] in SCORES and not isinstance(one[2], str)]
)
def test_every_number_of_a_score_must_be_positive(name, entry):
    with pytest.raises(InputError, match=rf"^{entry} .* cannot be used: give .*(positive|of at least 1)"):
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
