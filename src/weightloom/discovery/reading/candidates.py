"""The patterns that a unit may have, and what each would change."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from weightloom.discovery.reading.canonical import Canonical
from weightloom.discovery.reading.merging import Curved
from weightloom.discovery.reading.patterns import Pattern, dense, entropies, signature, spread, written


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
        weight, bias = units[:, :-1], units[:, -1]
        found = written(weight)
        own = form.nonlinearity.function(self.curved.x @ weight.T + bias)
        changes = []
        for assignment, levels in found:
            values = form.nonlinearity.function(self.curved.x @ spread(assignment, levels).T + bias)
            changes.append(np.mean(self.curved.part(values - own) ** 2, axis=0))
        assignments = [assignment for assignment, _ in found]
        every = np.array([dense(unit).assignment for unit in weight])
        change = np.array([*changes, np.zeros(len(units))])  # of the last pattern, which is the unit itself
        bits = np.array([entropies(assignment) for assignment in (*assignments, every)])
        counts = np.array([*(levels.shape[1] for _, levels in found), weight.shape[1]])
        for k, name in enumerate(names):
            own_patterns = [*(Pattern(assignment[k], levels[k]) for assignment, levels in found), dense(weight[k])]
            kinds = [signature(pattern.assignment) for pattern in own_patterns]
            self.known[name] = Options(own_patterns, change[:, k], bits[:, k], counts, kinds)
