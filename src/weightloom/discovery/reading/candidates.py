"""The patterns that a unit may have, and what each would change."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from weightloom.discovery.reading.canonical import Canonical
from weightloom.discovery.reading.merging import Curved
from weightloom.discovery.reading.patterns import Pattern, patterns, signature


class Options(NamedTuple):
    """The patterns that a unit may have, the one with a level for each input last.

    Attributes:
        patterns: the patterns.
        changes: the mean square by which each changes the unit's value, up to a line.
        bits: of saying which input has which level.
        levels: how many levels each has.
        kinds: the signatures.
    """

    patterns: list[Pattern]
    changes: Float[np.ndarray, " patterns"]
    bits: Float[np.ndarray, " patterns"]
    levels: Int[np.ndarray, " patterns"]
    kinds: list[tuple[tuple[int, int], ...]]


class Candidates:
    """The patterns that units may have; each unit is looked at once.

    Args:
        curved: measures changes of the output.
    """

    def __init__(self, curved: Curved) -> None:
        self.curved = curved
        self.known: dict[bytes, Options] = {}

    def of(self, form: Canonical) -> list[Options]:
        """The options of each unit."""
        augmented = np.vstack([form.weight, form.bias]).T
        names = [unit.tobytes() for unit in augmented]
        new = {name: unit for name, unit in zip(names, augmented) if name not in self.known}
        if new:
            self._learn(form, list(new), np.array(list(new.values())))
        return [self.known[name] for name in names]

    def _learn(self, form: Canonical, names: list[bytes], units: Float[np.ndarray, "units augmented"]) -> None:
        found = [patterns(unit[:-1]) for unit in units]
        counts = [len(own) + 1 for own in found]
        weight = np.concatenate(
            [np.array([unit[:-1], *(one.weight for one in own)]) for unit, own in zip(units, found)]
        )
        values = form.nonlinearity.function(self.curved.x @ weight.T + np.repeat(units[:, -1], counts))
        start = np.cumsum([0, *counts[:-1]])
        changes = np.mean(self.curved.part(values - np.repeat(values[:, start], counts, axis=1)) ** 2, axis=0)
        for name, own, first in zip(names, found, start):
            self.known[name] = Options(
                own,
                changes[first + 1 : first + 1 + len(own)],
                np.array([pattern.structure_bits for pattern in own]),
                np.array([len(pattern.levels) for pattern in own]),
                [signature(pattern.assignment) for pattern in own],
            )
