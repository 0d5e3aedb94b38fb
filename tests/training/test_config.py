"""What the config of every run must say of its training, on the smallest application that there can be."""

import json
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pytest

from weightloom._validation import entry
from weightloom.errors import InputError, RunError
from weightloom.runs.limits import SCHEMA
from weightloom.training import RunConfig, seeds_from

FILE = "run/config.json"


class Walk(RunConfig):
    """A config with entries of its own: one was renamed, one came later, where runs before behaved otherwise."""

    application: str = entry("walk", "What the run belongs to.", option=False)
    stride: float = entry(1.0, "Metres per step.", gt=0)
    legs: int = entry(2, "How many legs.", ge=1, before={1: 4})

    renamed: ClassVar[Mapping[int, Mapping[str, str]]] = {1: {"pace": "stride"}}


def assert_refused(make, sentence):
    """By a sentence where it is made, and with the file's name where it is read.

    Args:
        make: takes a class that makes the config, as `Walk` or its `from_dict`.
        sentence: what must be said.
    """
    with pytest.raises(InputError, match=sentence):
        make(lambda owner, entries: owner(**entries))
    with pytest.raises(RunError, match=f"^{FILE}: .*{sentence}"):
        make(lambda owner, entries: owner.from_dict(entries, FILE))


ENTRIES = {"seeds": (0, 3), "steps": 100, "checkpoints": 3, "spacing": "linear"}


def walk(**changes):
    return Walk(**(ENTRIES | changes))


def test_what_json_gives_back_is_the_same_config():
    config = walk(stride=0.5)
    assert Walk.from_dict(json.loads(json.dumps(config.to_dict())), FILE) == config


def test_the_last_measured_step_is_the_last_step():
    assert walk().measured_steps[-1] == 100
    assert len(walk().measured_steps) == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeds": ()}, "no seed was given: give at least one."),
        ({"seeds": (1, 1)}, r"seeds \(1, 1\) contain duplicates: give each seed once."),
        ({"seeds": (-1,)}, "give whole numbers from 0 to 2³² − 1."),
        ({"seeds": (2**32,)}, "give whole numbers from 0 to 2³² − 1."),
        ({"seeds": (0, "a")}, r"seeds \(0, 'a'\) cannot be used: give a tuple of whole numbers."),
        ({"steps": 0}, "steps 0 cannot be used: give a whole number from 1 to 99999999."),
        ({"steps": 10**8}, "steps 100000000 cannot be used: give a whole number from 1 to 99999999."),
        ({"steps": 1.5}, "steps 1.5 cannot be used: give a whole number."),
        ({"steps": True}, "steps True cannot be used: give a whole number."),
        ({"checkpoints": "3"}, "checkpoints '3' cannot be used: give a whole number."),
        ({"checkpoints": 0}, "checkpoints 0 cannot be used: give a whole number of at least 1."),
        ({"spacing": "even"}, "spacing 'even' is unknown: use log or linear."),
        ({"keep": "some"}, "keep 'some' is unknown: use last or all."),
        ({"legs": 2.0}, "legs 2.0 cannot be used: give a whole number."),
        ({"stride": 0.0}, "stride 0.0 cannot be used: give a positive number."),
        ({"stride": float("nan")}, "stride nan cannot be used: give a positive number."),
        ({"strides": 2.0}, "'strides' is no entry of Walk: did you mean 'stride'?"),
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_used_gets_its_sentence(changes, sentence):
    assert_refused(lambda make: make(Walk, ENTRIES | changes), sentence)


def test_numbers_of_numpy_become_plain_ones():
    config = walk(steps=np.int64(7), seeds=np.arange(3), stride=np.float32(0.5))
    assert config == walk(steps=7, seeds=(0, 1, 2), stride=0.5)
    assert type(config.steps) is int


def test_a_run_of_an_older_schema_gets_the_defaults_of_that_version():
    old = walk().to_dict()
    del old["legs"], old["stride"]
    assert Walk.from_dict(old | {"pace": 3.0}, FILE, schema=1) == walk(stride=3.0, legs=4)
    assert Walk.from_dict(old, FILE, schema=SCHEMA) == walk(stride=1.0, legs=2)
    with pytest.raises(RunError, match="'pace' is no entry"):
        Walk.from_dict(old | {"pace": 3.0}, FILE, schema=SCHEMA)


def test_a_config_can_be_changed_and_is_checked_again():
    assert walk().replace(steps=5) == walk(steps=5)
    with pytest.raises(InputError, match="steps 0"):
        walk().replace(steps=0)


def test_seeds_are_counted_from_zero_unless_they_are_listed():
    assert seeds_from(3) == seeds_from(np.int64(3)) == (0, 1, 2)
    assert seeds_from((5, 2)) == (5, 2)
    with pytest.raises(InputError, match=r"seeds 1.5 cannot be used: give the number of seeds, such as 4"):
        seeds_from(1.5)
