"""The steps at which a run is measured."""

import numpy as np

from weightloom._checks import check_choice
from weightloom.errors import InputError

SPACINGS = ("log", "linear")


def measured_steps(steps: int, count: int, spacing: str = "log") -> tuple[int, ...]:
    """Choose the steps after which a run is measured.

    Args:
        steps: the number of training steps, at least 1.
        count: the number of measurements, at least 1. Steps that coincide after rounding count once.
        spacing: "log", which starts at a thousandth of the training, or "linear". The default is "log".

    Returns:
        The steps in increasing order. The last one is `steps`.

    Raises:
        InputError: if `steps` or `count` is below 1, or if `spacing` is unknown.

    Examples:
        >>> from weightloom.training import measured_steps
        >>> measured_steps(1000, 4), measured_steps(1000, 4, "linear")
        ((1, 10, 100, 1000), (250, 500, 750, 1000))
    """
    if steps < 1:
        raise InputError(f"steps {steps} cannot be used: give at least 1.")
    if count < 1:
        raise InputError(f"count {count} cannot be used: give at least 1.")
    check_choice("spacing", spacing, SPACINGS)
    if spacing == "log":
        grid = np.geomspace(steps, max(1.0, steps / 1000), count)
    else:
        grid = steps * np.arange(count, 0, -1) / count
    return tuple(sorted({max(1, round(step)) for step in grid.tolist()}))
