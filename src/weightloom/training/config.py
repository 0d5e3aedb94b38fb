"""What the config of every run says about its training, checked before anything starts."""

import dataclasses
import numbers
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from weightloom.errors import InputError, RunError
from weightloom.runs.json_files import plain
from weightloom.runs.layout import MOST_STEPS
from weightloom.training.schedule import measured_steps

RENAMED = {"learned_deviation": "learned_std", "deviation": "std"}  # in runs of 0.1

Own = TypeVar("Own", bound="RunConfig")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
    """The entries of `config.json` that the training loop reads; an application's config adds its own.

    Attributes:
        application: what the run belongs to.
        seeds: trained side by side.
        steps: training steps.
        checkpoints: how many steps are measured, `spacing` apart ("log" or "linear").
        keep: "last" keeps the parameters of the last measured step only, "all" of each.
    """

    application: str
    seeds: tuple[int, ...]
    steps: int
    checkpoints: int
    spacing: str
    keep: str = "last"

    whole: ClassVar[tuple[str, ...]] = ("steps", "checkpoints")

    @property
    def measured(self) -> tuple[int, ...]:
        """The measured steps."""
        return measured_steps(self.steps, self.checkpoints, self.spacing)

    def to_dict(self) -> dict[str, Any]:
        """The config as JSON's types."""
        return plain(dataclasses.asdict(self))

    @classmethod
    def from_dict(cls: type[Own], entries: dict[str, Any], file: str) -> Own:
        """The config of a run's `config.json`; strict about its entries.

        Raises:
            RunError: naming the file and the entries that are missing, unknown or of another type.
        """
        entries = {RENAMED.get(name, name): value for name, value in entries.items()}
        fields = {field.name for field in dataclasses.fields(cls)}
        if wrong := sorted(fields ^ entries.keys()):
            raise RunError(f"{file}: entries {', '.join(wrong)} are missing or unknown.")
        try:
            config = cls(**{name: hashable(value) for name, value in entries.items()})
            config.check()
        except (InputError, TypeError, ValueError) as error:
            raise RunError(f"{file}: {error}") from error
        return config

    def check(self) -> None:
        """Raise an InputError for the first entry that cannot be used."""
        for name in self.whole:
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
            (self.keep in ("last", "all"), f"keep {self.keep!r} is unknown: use last or all."),
            *self.checks(),
        )
        for holds, sentence in checks:
            if not holds:
                raise InputError(sentence)
        _ = self.measured  # says what is wrong with checkpoints and spacing

    def checks(self) -> Iterable[tuple[bool, str]]:
        """What must hold of the application's own entries, and the sentence to say where it does not."""
        return ()


def hashable(value: Any) -> Any:
    """Lists as tuples, all the way down.

    Args:
        value: one of JSON's values.

    Examples:
        >>> hashable([1, [2, 3]])
        (1, (2, 3))
    """
    return tuple(map(hashable, value)) if isinstance(value, list) else value
