"""What both PODs share: modes, a linear or quadratic step between frames, and a fit in closed form."""

import dataclasses
from typing import ClassVar, TypeVar

from jaxtyping import PyTree

from weightloom.fields.models.base import FieldModel
from weightloom.fields.models.latent_map import check_even
from weightloom.fields.trajectories import Trajectories

Own = TypeVar("Own", bound="POD")


@dataclasses.dataclass(frozen=True)
class POD(FieldModel):
    """A field as the sum of a mean and of modes, and a map from one frame's codes to the next one's.

    Args:
        modes: how many.
        quadratic: how many of them meet in products; 0 makes the step linear.

    Raises:
        InputError: if a number cannot be used.
    """

    steps: ClassVar[int] = 1

    modes: int = 100
    quadratic: int = 50

    def __post_init__(self) -> None:
        self.check_whole(modes=1, quadratic=0)

    def adapted(self: Own, data: Trajectories) -> Own:
        """The same model with no more modes than the data have."""
        check_even(self.name, data)
        modes = min(self.modes, len(data) * len(data.times), len(data.points) * len(data.channels))
        return dataclasses.replace(self, modes=modes, quadratic=min(self.quadratic, modes))

    def parameters(self, state: PyTree) -> PyTree:
        """All of the state."""
        return state
