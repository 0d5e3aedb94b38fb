"""When a run is measured."""

import numpy as np

from weightloom._checks import check_choice
from weightloom.errors import InputError

SPACINGS = ("log", "linear")


def measured_steps(steps: int, count: int, spacing: str = "log") -> tuple[int, ...]:
    """The steps after which a run of the given length is measured; the last one always is.

    Args:
        steps: the length of the run, at least 1.
        count: how many measurements, at least 1; fewer where whole steps coincide.
        spacing: "log" from a thousandth of the run, or "linear".

    Returns:
        Increasing steps, the last of them `steps`.

    Examples:
        >>> from weightloom.training import measured_steps
        >>> measured_steps(1000, 4), measured_steps(1000, 4, "linear")
        ((1, 10, 100, 1000), (250, 500, 750, 1000))
    """
    if steps < 1:
        raise InputError(f"steps {steps} cannot be used: give at least 1.")
    if count < 1:
        raise InputError(f"{count} measurements cannot be made: give at least 1.")
    check_choice("spacing", spacing, SPACINGS)
    if spacing == "log":
        grid = np.geomspace(steps, max(1.0, steps / 1000), count)
    else:
        grid = steps * np.arange(count, 0, -1) / count
    return tuple(sorted({max(1, round(step)) for step in grid.tolist()}))
