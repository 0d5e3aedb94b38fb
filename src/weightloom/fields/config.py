"""Everything that decides what a fields run computes, checked before anything starts."""

import dataclasses
import math
import numbers
from collections.abc import Mapping
from typing import Any

from weightloom.errors import InputError, RunError
from weightloom.fields.models import FieldModel, find_model
from weightloom.store.layout import MOST_STEPS
from weightloom.store.records import plain
from weightloom.training import measured_steps

WHOLE = ("mask_key", "in_frames", "test", "validation", "steps", "checkpoints", "trajectories", "frames", "points")


@dataclasses.dataclass(frozen=True)
class FieldsConfig:
    """The config of a fields run, as `config.json` stores it.

    Attributes:
        model: the model's name; `settings` its entries.
        fingerprint: SHA-256 of the data; `data` their path where they were read from one, `names` the names they were
            read with.
        channels: the names of the channels; `mean` and `deviation` of each, by which values are normalised.
        trajectories: how many the model is fitted to, `frames` of how many frames each, at `points` points with
            `dimensions` coordinates: the shapes of what a run keeps.
        seeds: fitted side by side.
        steps: training steps; 1 for a model in closed form.
        observed: the share of points that sensors see.
        per_frame: whether they move from frame to frame; `mask_key` chooses them.
        in_frames: the frames that the model is fitted to, In-t; later ones are Out-t.
        windows: trajectories are cut into pieces of so many frames first, if given.
        test: how many of the last trajectories are kept for the test.
        validation: how many of the last others are kept to measure the training on.
        checkpoints: how many steps are measured.
        keep: "last" keeps the parameters of the last measured step only, "all" of each.
    """

    model: str
    settings: Mapping[str, Any]
    fingerprint: str
    channels: tuple[str, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    trajectories: int
    frames: int
    points: int
    dimensions: int
    seeds: tuple[int, ...]
    steps: int
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
    keep: str = "last"
    application: str = "fields"

    @property
    def described_model(self) -> FieldModel:
        """The model with its entries."""
        return find_model(self.model)(**{name: _hashable(value) for name, value in self.settings.items()})

    @property
    def measured(self) -> tuple[int, ...]:
        """The measured steps."""
        return measured_steps(self.steps, self.checkpoints, "linear")

    def to_dict(self) -> dict[str, Any]:
        """The config as JSON's types."""
        return plain(dataclasses.asdict(self))

    @classmethod
    def from_dict(cls, entries: dict[str, Any], file: str) -> "FieldsConfig":
        """The config of a run's `config.json`; strict about its entries.

        Raises:
            RunError: naming the file and the entries that are missing, unknown or of another type.
        """
        fields = {field.name for field in dataclasses.fields(cls)}
        if wrong := sorted(fields ^ entries.keys()):
            raise RunError(f"{file}: entries {', '.join(wrong)} are missing or unknown.")
        try:
            config = cls(**{name: _hashable(value) for name, value in entries.items()})
            config.check()
        except (InputError, TypeError, ValueError) as error:
            raise RunError(f"{file}: {error}") from error
        return config

    def check(self) -> None:
        """Raise an InputError for the first entry that cannot be used."""
        for name in WHOLE:
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or isinstance(value, bool):
                raise InputError(f"{name} {value!r} cannot be used: give a whole number.")
        checks = (
            (len(self.seeds) > 0, "no seed was given: give at least one."),
            (len(set(self.seeds)) == len(self.seeds), f"seeds {self.seeds} repeat one another."),
            (
                all(isinstance(seed, numbers.Integral) and 0 <= seed < 2**32 for seed in self.seeds),
                f"seeds {self.seeds} cannot be used: give whole numbers from 0 to 2³² − 1.",
            ),
            (1 <= self.steps < MOST_STEPS, f"steps {self.steps} cannot be used: give 1 to {MOST_STEPS - 1}."),
            (0 < self.observed <= 1, f"observed {self.observed} cannot be used: give a share above 0 and up to 1."),
            (self.in_frames >= 1, f"in_frames {self.in_frames} cannot be used: give at least 1."),
            (self.test >= 0, f"test {self.test} cannot be used: give 0 or more trajectories."),
            (self.validation >= 1, f"validation {self.validation} cannot be used: give at least 1 trajectory."),
            (self.mask_key >= 0, f"mask_key {self.mask_key} cannot be used: give 0 or a positive number."),
            (self.keep in ("last", "all"), f"keep {self.keep!r} is unknown: use last or all."),
            (
                len(self.mean) == len(self.deviation) == len(self.channels)
                and all(map(math.isfinite, self.mean))
                and all(0 < deviation < math.inf for deviation in self.deviation),
                f"mean {self.mean} and deviation {self.deviation} do not fit channels {self.channels}.",
            ),
        )
        for holds, sentence in checks:
            if not holds:
                raise InputError(sentence)
        measured_steps(self.steps, self.checkpoints, "linear")
        try:
            hash(self.described_model)
        except TypeError:
            raise InputError(
                f"settings {dict(self.settings)} cannot be used: {self.model} has other entries."
            ) from None


def _hashable(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
