"""Names and units of a network's inputs and outputs."""

import dataclasses

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

Numbers = tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Units:
    """What the standardised inputs and outputs of a network stand for.

    A network maps (x − mean)/std of its inputs to (y − mean)/std of its outputs.

    Args:
        inputs: the names of the inputs.
        input_mean: the mean of each input.
        input_std: the standard deviation of each input.
        outputs: the names of the outputs.
        output_mean: the mean of each output; 0 for classes, whose logits have no unit.
        output_std: the standard deviation of each output; 1 for classes.

    Examples:
        >>> units = Units(("age",), (30.0,), (10.0,), ("price",), (200.0,), (50.0,))
        >>> units.standardised([45.0]).tolist(), units.restored([-1.0]).tolist()
        ([1.5], [150.0])
    """

    inputs: tuple[str, ...]
    input_mean: Numbers
    input_std: Numbers
    outputs: tuple[str, ...]
    output_mean: Numbers
    output_std: Numbers

    def standardised(self, x: ArrayLike) -> Float[np.ndarray, "*batch inputs"]:
        """The inputs of the network for inputs in their own units.

        Args:
            x: inputs in their own units, shape (..., n).

        Returns:
            Standardised inputs, shape (..., n).
        """
        return (np.asarray(x, float) - np.array(self.input_mean)) / np.array(self.input_std)

    def restored(self, y: ArrayLike) -> Float[np.ndarray, "*batch outputs"]:
        """The outputs of the network in their own units.

        Args:
            y: standardised outputs, shape (..., outputs).

        Returns:
            Outputs in their own units, shape (..., outputs).
        """
        return np.asarray(y, float) * np.array(self.output_std) + np.array(self.output_mean)
