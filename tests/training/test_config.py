"""What the config of every run must say of its training, on the smallest application that there can be."""

import dataclasses
import json
from typing import ClassVar

import pytest

from weightloom.errors import InputError, RunError
from weightloom.training import RunConfig, hashable

FILE = "run/config.json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Walk(RunConfig):
    """A config with an entry of its own."""

    stride: float = 1.0
    legs: int = 2
    application: str = "walk"

    whole: ClassVar[tuple[str, ...]] = (*RunConfig.whole, "legs")

    def checks(self):
        return ((self.stride > 0, f"stride {self.stride} cannot be used."),)


def assert_refused(config, sentence):
    """By a sentence where it is made, and with the file's name where it is read."""
    with pytest.raises(InputError, match=sentence):
        config.check()
    with pytest.raises(RunError, match=f"^{FILE}: .*{sentence}"):
        type(config).from_dict(dataclasses.asdict(config), FILE)


def walk(**changes):
    return Walk(**({"seeds": (0, 3), "steps": 100, "checkpoints": 3, "spacing": "linear"} | changes))


def test_what_json_gives_back_is_the_same_config():
    config = walk(stride=0.5)
    config.check()
    assert Walk.from_dict(json.loads(json.dumps(config.to_dict())), FILE) == config


def test_the_last_measured_step_is_the_last_step():
    assert walk().measured[-1] == 100
    assert len(walk().measured) == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeds": ()}, "no seed was given: give at least one."),
        ({"seeds": (1, 1)}, r"seeds \(1, 1\) repeat one another."),
        ({"seeds": (-1,)}, "give whole numbers from 0 to 2³² − 1."),
        ({"seeds": (2**32,)}, "give whole numbers from 0 to 2³² − 1."),
        ({"steps": 0}, "steps 0 cannot be used: give 1 to"),
        ({"steps": 1.5}, "steps 1.5 cannot be used: give a whole number."),
        ({"steps": True}, "steps True cannot be used: give a whole number."),
        ({"checkpoints": "3"}, "checkpoints '3' cannot be used: give a whole number."),
        ({"checkpoints": 0}, "0 measurements cannot be made: give at least 1."),
        ({"spacing": "even"}, "'even'"),
        ({"keep": "some"}, "keep 'some' is unknown: use last or all."),
        ({"legs": 2.0}, "legs 2.0 cannot be used: give a whole number."),
        ({"stride": 0.0}, "stride 0.0 cannot be used."),
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_used_gets_its_sentence(changes, sentence):
    assert_refused(walk(**changes), sentence)


def test_missing_and_unknown_entries_are_named():
    entries = walk().to_dict()
    del entries["legs"]
    with pytest.raises(RunError, match=f"^{FILE}: entries arms, legs are missing or unknown.$"):
        Walk.from_dict(entries | {"arms": 2}, FILE)


def test_lists_become_tuples_all_the_way_down():
    assert hashable([1, [2, [3]], "four"]) == (1, (2, (3,)), "four")
