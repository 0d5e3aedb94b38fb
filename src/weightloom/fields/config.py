"""Everything that decides what a fields run computes, checked before anything starts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import model_validator

from weightloom._validation import entry, plain_value
from weightloom.training.config import RunConfig

if TYPE_CHECKING:
    from weightloom.fields.models import FieldModel

Own = TypeVar("Own", bound="FieldsConfig")


class FieldsConfig(RunConfig):
    """The config of a fields run, as `config.json` stores it.

    A model in closed form takes one step.
    """

    application: str = entry("fields", "What the run belongs to.", option=False)
    model: str = entry(..., "The model's name.", option=False)
    settings: Mapping[str, Any] = entry(..., "The model's entries.", option=False)
    fingerprint: str = entry(..., "SHA-256 of the data.", option=False)
    channels: tuple[str, ...] = entry(..., "The names of the channels.", option=False)
    mean: tuple[float, ...] = entry(..., "The mean of each channel, subtracted from values.", option=False)
    std: tuple[float, ...] = entry(
        ..., "The standard deviation of each channel; values are divided by it.", option=False
    )
    trajectories: int = entry(..., "How many trajectories the model is fitted to.", ge=1, option=False)
    frames: int = entry(..., "Frames of each of these.", ge=1, option=False)
    points: int = entry(..., "Points of each frame.", ge=1, option=False)
    dimensions: int = entry(..., "Coordinates of each point.", ge=1, option=False)
    data: str | None = entry(None, "Where the data were read from.", option=False)
    names: Mapping[str, Any] = entry({}, "What things are called there.", option=False)
    observed: float = entry(1.0, "The share of the points that sensors see, such as 0.25.", gt=0, le=1)
    per_frame: bool = entry(False, "Let sensors move from frame to frame.")
    mask_key: int = entry(0, "The choice of observed points comes from this key.", ge=0)
    in_frames: int = entry(10, "Fit to this many frames, In-t; the frames after them are Out-t.", ge=1)
    windows: int | None = entry(None, "Cut trajectories into pieces of this many frames first.")
    test: int = entry(0, "How many of the last trajectories are kept for the test.", ge=0)
    validation: int = entry(
        ..., "How many of the others, the last ones, measure the training. The default is a twelfth.", ge=0
    )
    steps: int = entry(..., "Training steps. The default is the model's own number.", ge=1, lt=10**8)
    checkpoints: int = entry(5, "How many steps are measured.", ge=1)
    spacing: Literal["log", "linear"] = entry("linear", "Space between the measured steps: log or linear.")
    keep: Literal["last", "all"] = entry(
        "all", "Steps whose parameters are kept: all measured ones, to forecast with the best, or the last."
    )

    renamed: ClassVar[Mapping[int, Mapping[str, str]]] = {1: {"deviation": "std"}}

    @model_validator(mode="after")
    def _check_channels(self: Own) -> Own:
        scales = len(self.mean) == len(self.std) == len(self.channels) and all(std > 0 for std in self.std)
        if not scales:
            raise ValueError(f"mean {self.mean} and std {self.std} do not fit channels {self.channels}.")
        return self

    @model_validator(mode="after")
    def _check_model(self: Own) -> Own:
        try:
            hash(self.described_model)
        except TypeError:
            raise ValueError(
                f"settings {dict(self.settings)} cannot be used: {self.model} has other entries."
            ) from None
        return self

    @property
    def described_model(self) -> "FieldModel":
        """The model with its entries.

        Raises:
            InputError: if there is no such model, or an entry cannot be used.
        """
        from weightloom.fields.models import find_model

        return find_model(self.model)(**{name: plain_value(value) for name, value in self.settings.items()})
