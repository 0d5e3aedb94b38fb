"""Base class of the closed-form POD models."""

import dataclasses
from typing import ClassVar, TypeVar

from jaxtyping import PyTree

from weightloom._settings import setting
from weightloom.fields.models.base import FieldModel
from weightloom.fields.models.latent_map import check_frames
from weightloom.fields.trajectories import Trajectories

Own = TypeVar("Own", bound="POD")


@dataclasses.dataclass(frozen=True)
class POD(FieldModel):
    """A field as a mean plus a sum of modes, with a map from the codes of one frame to the codes of the next.

    Raises:
        InputError: if a setting is invalid.
    """

    steps: ClassVar[int] = 1

    modes: int = setting(100, "Number of modes.", ge=1)
    quadratic: int = setting(
        50, "Number of leading codes whose products enter the map. With 0, the map is linear.", ge=0
    )

    def with_defaults_from(self: Own, data: Trajectories) -> Own:
        """Limits the number of modes to that of the data.

        Args:
            data: the trajectories to fit to.

        Raises:
            InputError: if there is a single frame.
        """
        check_frames(self.name, data)
        modes = min(self.modes, len(data) * len(data.times), len(data.points) * len(data.channels))
        return dataclasses.replace(self, modes=modes, quadratic=min(self.quadratic, modes))

    def parameters(self, state: PyTree) -> PyTree:
        """The whole state."""
        return state
