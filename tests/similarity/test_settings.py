"""Settings of scores from text."""

import dataclasses

import pytest

from weightloom.errors import InputError
from weightloom.similarity.scores import SCORES
from weightloom.similarity.settings import with_settings

EVERY = [
    (name, field.name, getattr(score, field.name))
    for name, score in SCORES.items()
    for field in dataclasses.fields(score)
]


@pytest.mark.parametrize(("name", "setting", "default"), EVERY)
def test_every_setting_reads_its_own_default(name, setting, default):
    text = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    assert with_settings(SCORES, [f"{name}.{setting}={text}"]) == dict(SCORES)


@pytest.mark.parametrize(("name", "setting", "default"), [one for one in EVERY if not isinstance(one[2], str)])
def test_every_number_must_be_positive(name, setting, default):
    with pytest.raises(InputError, match=f"{setting} .* positive"):
        with_settings(SCORES, [f"{name}.{setting}=-1"])


def test_settings_reach_the_score_and_leave_the_others():
    found = with_settings(SCORES, ["mutual-knn.neighbours=3", "calibrated-transfer.hidden=8,4", "gulp.penalty=1"])
    assert found["mutual-knn"].neighbours == 3
    assert found["calibrated-transfer"].hidden == (8, 4)
    assert found["gulp"].penalty == 1.0
    assert found["cka"] == SCORES["cka"]
    assert list(found) == list(SCORES)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gulp.penalty", "SCORE.SETTING=VALUE"),
        ("penalty=1", "SCORE.SETTING=VALUE"),
        ("foo.penalty=1", "not asked for"),
        ("gulp.foo=1", "gulp has no setting 'foo': it has penalty"),
        ("cka.foo=1", "it has none"),
        ("gulp.penalty=much", "such as 0.01"),
        ("mutual-knn.neighbours=2.5", "such as 10"),
        ("hypernetwork-transfer.codes=foo", "codes 'foo' are unknown"),
        ("hypernetwork-transfer.widths=foo", "widths 'foo' are unknown"),
        ("gulp.penalty=nan", "positive"),
        ("gulp.penalty=inf", "positive"),
    ],
)
def test_what_cannot_be_set_gets_one_sentence(text, sentence):
    with pytest.raises(InputError, match=sentence):
        with_settings(SCORES, [text])
