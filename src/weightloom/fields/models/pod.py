"""What both PODs share: modes, a linear or quadratic step between frames, and a fit in closed form."""

import dataclasses
from typing import ClassVar, TypeVar

from jaxtyping import PyTree

from weightloom._settings import setting
from weightloom.fields.models.base import FieldModel
from weightloom.fields.models.latent_map import check_even
from weightloom.fields.trajectories import Trajectories

Own = TypeVar("Own", bound="POD")


@dataclasses.dataclass(frozen=True)
class POD(FieldModel):
    """A field as the sum of a mean and of modes, and a map from one frame's codes to the next one's.

    Raises:
        InputError: if a number cannot be used.
    """

    steps: ClassVar[int] = 1

    modes: int = setting(100, "How many modes.", ge=1)
    quadratic: int = setting(50, "How many of the modes meet in products; 0 makes the step linear.", ge=0)

    def adapted(self: Own, data: Trajectories) -> Own:
        """The same model with no more modes than the data have."""
        check_even(self.name, data)
        modes = min(self.modes, len(data) * len(data.times), len(data.points) * len(data.channels))
        return dataclasses.replace(self, modes=modes, quadratic=min(self.quadratic, modes))

    def parameters(self, state: PyTree) -> PyTree:
        """All of the state."""
        return state
