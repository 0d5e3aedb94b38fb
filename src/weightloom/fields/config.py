"""Everything that decides what a fields run computes, checked before anything starts."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from weightloom.errors import InputError
from weightloom.fields.models import FieldModel, find_model
from weightloom.training import RunConfig, hashable


@dataclasses.dataclass(frozen=True, kw_only=True)
class FieldsConfig(RunConfig):
    """The config of a fields run, as `config.json` stores it.

    Attributes:
        model: the model's name; `settings` its entries.
        fingerprint: SHA-256 of the data; `data` their path where they were read from one, `names` the names they were
            read with.
        channels: the names of the channels; `mean` and `std` of each, by which values are normalised.
        trajectories: how many the model is fitted to, `frames` of how many frames each, at `points` points with
            `dimensions` coordinates: the shapes of what a run keeps.
        observed: the share of points that sensors see.
        per_frame: whether they move from frame to frame; `mask_key` chooses them.
        in_frames: the frames that the model is fitted to, In-t; later ones are Out-t.
        windows: trajectories are cut into pieces of so many frames first, if given.
        test: how many of the last trajectories are kept for the test.
        validation: how many of the last others are kept to measure the training on; with 0 it is measured on what it
            is fitted to.

    The entries of the training are those of `RunConfig`; a model in closed form takes one step.
    """

    model: str
    settings: Mapping[str, Any]
    fingerprint: str
    channels: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    trajectories: int
    frames: int
    points: int
    dimensions: int
    validation: int
    data: str | None = None
    names: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    observed: float = 1.0
    per_frame: bool = False
    mask_key: int = 0
    in_frames: int = 10
    windows: int | None = None
    test: int = 0
    checkpoints: int = 5
    keep: str = "all"
    spacing: str = "linear"
    application: str = "fields"

    whole: ClassVar[tuple[str, ...]] = (
        *RunConfig.whole, "mask_key", "in_frames", "test", "validation", "trajectories", "frames", "points"
    )  # fmt: skip

    @property
    def described_model(self) -> FieldModel:
        """The model with its entries."""
        return find_model(self.model)(**{name: hashable(value) for name, value in self.settings.items()})

    def check(self) -> None:
        """Raise an InputError for the first entry that cannot be used."""
        super().check()
        try:
            hash(self.described_model)
        except TypeError:
            raise InputError(
                f"settings {dict(self.settings)} cannot be used: {self.model} has other entries."
            ) from None

    def checks(self) -> Iterable[tuple[bool, str]]:
        """What must hold of the entries, and what to say where it does not."""
        return (
            (0 < self.observed <= 1, f"observed {self.observed} cannot be used: give a share above 0 and up to 1."),
            (self.in_frames >= 1, f"in_frames {self.in_frames} cannot be used: give at least 1."),
            (self.test >= 0, f"test {self.test} cannot be used: give 0 or more trajectories."),
            (self.validation >= 0, f"validation {self.validation} cannot be used: give 0 or more trajectories."),
            (self.mask_key >= 0, f"mask_key {self.mask_key} cannot be used: give 0 or a positive number."),
            (
                len(self.mean) == len(self.std) == len(self.channels)
                and all(map(math.isfinite, self.mean))
                and all(0 < std < math.inf for std in self.std),
                f"mean {self.mean} and deviation {self.std} do not fit channels {self.channels}.",
            ),
        )
