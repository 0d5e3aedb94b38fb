"""The config of a fields run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import model_validator

from weightloom._validation import entry, plain_value
from weightloom.training.config import RunConfig

if TYPE_CHECKING:
    from weightloom.fields.models import FieldModel

Own = TypeVar("Own", bound="FieldsConfig")


class FieldsConfig(RunConfig):
    """The config of a fields run, as stored in `config.json`. It adds entries to those of `RunConfig`.

    A closed-form model has one training step.
    """

    application: str = entry("fields", "The application that the run belongs to.", option=False)
    model: str = entry(..., "The model's name.", option=False)
    settings: Mapping[str, Any] = entry(..., "The model's settings.", option=False)
    fingerprint: str = entry(..., "SHA-256 of the data.", option=False)
    channels: tuple[str, ...] = entry(..., "The names of the channels.", option=False)
    mean: tuple[float, ...] = entry(..., "The mean of each channel. It is subtracted from values.", option=False)
    std: tuple[float, ...] = entry(
        ..., "The standard deviation of each channel. Values are divided by it.", option=False
    )
    trajectories: int = entry(..., "Number of trajectories that the model is fitted to.", ge=1, option=False)
    frames: int = entry(..., "Number of frames of each of these trajectories.", ge=1, option=False)
    points: int = entry(..., "Number of points of each frame.", ge=1, option=False)
    dimensions: int = entry(..., "Number of coordinates of each point.", ge=1, option=False)
    data: str | None = entry(None, "The path that the data were read from.", option=False)
    names: Mapping[str, Any] = entry({}, "The names of variables and axes in that file.", option=False)
    placement: Mapping[str, Any] | None = entry(
        None, "How longitude and latitude became positions. Later data are placed alike.", option=False
    )
    clock: Mapping[str, float] | None = entry(
        None, "When the time stamps of the data begin, and the length of their year.", option=False
    )
    season: float | None = entry(
        None, "Period of a season, which is removed before the fit and put back into forecasts, with the mean.", gt=0,
        option=False,
    )  # fmt: skip
    season_start: float = entry(0.0, "Time at which the trend is 0.", option=False)
    harmonics: int = entry(2, "Harmonics of the season.", ge=0)
    trend: bool = entry(False, "Whether the season has a trend: a straight line in time at each point.")
    observed: float = entry(1.0, "Share of the points that are observed, such as 0.25.", gt=0, le=1)
    per_frame: bool = entry(False, "Choose other observed points in each frame.")
    mask_key: int = entry(0, "Key of the random choice of observed points.", ge=0)
    in_frames: int = entry(10, "Number of frames to fit to (In-t). Later frames are Out-t.", ge=1)
    windows: int | None = entry(None, "Cut trajectories into pieces of this many frames before the fit.")
    test: int = entry(0, "Number of trajectories at the end of the data that are kept for the test.", ge=0)
    validation: int = entry(
        ..., "Number of trajectories, before those of the test, for validation. The default is one twelfth.", ge=0
    )
    steps: int = entry(..., "Number of training steps. The default depends on the model.", ge=1, lt=10**8)
    checkpoints: int = entry(5, "Number of measured steps.", ge=1)
    spacing: Literal["log", "linear"] = entry("linear", "Spacing of the measured steps: log or linear.")
    keep: Literal["last", "all"] = entry(
        "all", "Keep the parameters of all measured steps, and forecast with the best, or only of the last step."
    )

    derived: ClassVar[tuple[str, ...]] = ("placement", "clock", "season_start")
    renamed: ClassVar[Mapping[int, Mapping[str, str]]] = {1: {"deviation": "std"}}

    @model_validator(mode="before")
    @classmethod
    def _rename_settings(cls, entries: Any) -> Any:
        from weightloom.fields.models import MODELS

        kind = MODELS.get(entries.get("model"))
        if kind is None or not isinstance(entries.get("settings"), Mapping):
            return entries
        present = {kind.former_names.get(name, name): value for name, value in entries["settings"].items()}
        return entries | {"settings": present}

    @model_validator(mode="after")
    def _check_channels(self: Own) -> Own:
        scales = len(self.mean) == len(self.std) == len(self.channels) and all(std > 0 for std in self.std)
        if not scales:
            raise ValueError(
                f"mean {self.mean} and std {self.std} do not match channels {self.channels}: give one mean and one "
                "positive std per channel."
            )
        return self

    @model_validator(mode="after")
    def _check_model(self: Own) -> Own:
        try:
            hash(self.described_model)
        except TypeError:
            raise ValueError(f"settings {dict(self.settings)} are not valid settings of {self.model}.") from None
        return self

    @property
    def described_model(self) -> "FieldModel":
        """The model with its settings.

        Raises:
            InputError: if the model is unknown, or a setting is invalid.
        """
        from weightloom.fields.models import find_model

        return find_model(self.model)(**{name: plain_value(value) for name, value in self.settings.items()})
