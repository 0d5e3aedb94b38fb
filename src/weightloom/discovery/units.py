"""Names and units of a network's inputs and outputs."""

import dataclasses

import numpy as np
from jaxtyping import ArrayLike, Float

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
    """

    inputs: tuple[str, ...]
    input_mean: Numbers
    input_std: Numbers
    outputs: tuple[str, ...]
    output_mean: Numbers
    output_std: Numbers

    def standardised(self, x: Float[ArrayLike, "*batch inputs"]) -> Float[np.ndarray, "*batch inputs"]:
        """The inputs of the network for inputs in their own units."""
        return (np.asarray(x, float) - np.array(self.input_mean)) / np.array(self.input_std)

    def restored(self, y: Float[ArrayLike, "*batch outputs"]) -> Float[np.ndarray, "*batch outputs"]:
        """The outputs of the network in their own units."""
        return np.asarray(y, float) * np.array(self.output_std) + np.array(self.output_mean)
