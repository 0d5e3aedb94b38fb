"""Limits and versions of the run format."""

from collections.abc import Iterable

from weightloom.errors import InputError

MOST_STEPS = 10**8  # a step's file name has eight digits
SCHEMA = 2  # version of the format that is written; weightloom 0.1 wrote version 1
DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)


def checked_steps(steps: Iterable[int]) -> list[int]:
    """Validates the steps to measure.

    Raises:
        InputError: unless the steps are increasing whole numbers from 0 to `MOST_STEPS` − 1.
    """
    listed = [int(step) for step in steps]
    increasing = listed == sorted(set(listed))
    if not listed or not increasing or listed[0] < 0 or listed[-1] >= MOST_STEPS:
        raise InputError(
            f"steps {listed!r:.80} cannot be measured: give increasing whole numbers from 0 to {MOST_STEPS - 1}."
        )
    return listed
