"""The patterns that a unit may have, and what each would change."""

import numpy as np
from jaxtyping import Float

from weightloom.discovery.reading.canonical import Canonical
from weightloom.discovery.reading.merging import Curved
from weightloom.discovery.reading.patterns import Pattern, patterns


class Candidates:
    """The patterns that each unit may have, with the change that they cause; each unit is looked at once.

    Args:
        curved: measures changes of the output.
    """

    def __init__(self, curved: Curved) -> None:
        self.curved = curved
        self.known: dict[bytes, tuple[list[Pattern], Float[np.ndarray, " patterns"]]] = {}

    def of(self, form: Canonical) -> list[tuple[list[Pattern], Float[np.ndarray, " patterns"]]]:
        """For each unit its patterns, and the mean square by which each changes the unit's value."""
        return [self._of_unit(form, weight, bias) for weight, bias in zip(form.weight.T, form.bias)]

    def _of_unit(
        self, form: Canonical, weight: Float[np.ndarray, " inputs"], bias: float
    ) -> tuple[list[Pattern], Float[np.ndarray, " patterns"]]:
        name = np.append(weight, bias).tobytes()
        if name not in self.known:
            own = patterns(weight)
            columns = self.curved.x @ np.column_stack([weight, *(pattern.weight for pattern in own)]) + bias
            values = form.nonlinearity.function(columns)
            change = self.curved.part(values[:, 1:] - values[:, :1])
            self.known[name] = own, np.mean(change**2, axis=0)
        return self.known[name]
