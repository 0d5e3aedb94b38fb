"""The config entries that all runs share."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import field_validator

from weightloom._validation import Described, entry
from weightloom.errors import InputError, RunError
from weightloom.runs.limits import MOST_STEPS, SCHEMA
from weightloom.training.schedule import measured_steps

Own = TypeVar("Own", bound="RunConfig")


class RunConfig(Described):
    """The part of a run's config that the training loop reads. Each application adds its own entries.

    To add an option, add one line: an annotated `entry` with its default, description and limits. The command line, the
    validation, the documentation and the tests are derived from that line. A run that was written before the entry
    existed gets the default, or the value that `before` gives for the run's schema.

    Raises:
        InputError: if an entry is invalid. The error names the first invalid entry.
    """

    application: str = entry(..., "The application that wrote the run.", option=False)
    seeds: tuple[int, ...] = entry((0,), "The seeds, each trained independently.", option=False)
    steps: int = entry(30_000, "Training steps.", ge=1, lt=MOST_STEPS)
    checkpoints: int = entry(30, "Number of measured steps.", ge=1)
    spacing: Literal["log", "linear"] = entry("log", "Spacing of the measured steps: log or linear.")
    keep: Literal["last", "all"] = entry(
        "last", "Measured steps whose parameters are stored: last (only the last one) or all."
    )

    # Former names of entries: {schema: {old name: new name}}.
    renamed: ClassVar[Mapping[int, Mapping[str, str]]] = {}
    # Entries that follow from the others: an older run that lacks one had the same.
    derived: ClassVar[tuple[str, ...]] = ()

    @field_validator("seeds")
    @classmethod
    def _check_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if not seeds:
            raise ValueError("no seed was given: give at least one.")
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds {seeds} contain duplicates: give each seed once.")
        if not all(0 <= seed < 2**32 for seed in seeds):
            raise ValueError(f"seeds {seeds} cannot be used: give whole numbers from 0 to 2³² − 1.")
        return seeds

    @property
    def measured_steps(self) -> tuple[int, ...]:
        """The measured steps in increasing order. The last one is `steps`."""
        return measured_steps(self.steps, self.checkpoints, self.spacing)

    def to_dict(self) -> dict[str, Any]:
        """The config as a dict of JSON types."""
        return json.loads(json.dumps(self.model_dump()))

    @classmethod
    def from_dict(cls: type[Own], entries: Mapping[str, Any], file: str, schema: int = SCHEMA) -> Own:
        """Build a config from the contents of a run's `config.json`.

        Args:
            entries: the contents of the file.
            file: the file's name, for error messages.
            schema: the schema version of the run. A missing entry gets the default of that version.

        Raises:
            RunError: if an entry is unknown, missing or invalid. The error names the file and the first such entry.
        """
        given = dict(entries)
        for version in range(schema, SCHEMA):
            given = {cls.renamed.get(version, {}).get(name, name): value for name, value in given.items()}
        for name, field in cls.model_fields.items():
            before: dict[int, Any] = (field.json_schema_extra or {}).get("before", {})  # type: ignore[union-attr, assignment]
            since = [last for last in before if schema <= last]
            if name not in given and since:
                given[name] = before[min(since)]
        try:
            return cls(**given)
        except InputError as error:
            raise RunError(f"{file}: {error}") from error


def seeds_from(seeds: Any) -> tuple[Any, ...]:
    """Expand a number of seeds: 3 stands for the seeds 0, 1 and 2.

    Args:
        seeds: the number of seeds, or the seeds themselves.

    Returns:
        The seeds.

    Raises:
        InputError: if `seeds` is neither an integer nor a sequence.

    Examples:
        >>> seeds_from(3), seeds_from([5, 2])
        ((0, 1, 2), (5, 2))
    """
    try:
        return tuple(range(seeds)) if hasattr(seeds, "__index__") else tuple(seeds)
    except TypeError:
        raise InputError(
            f"seeds {seeds!r} cannot be used: give the number of seeds, such as 4, or the seeds, such as (0, 7)."
        ) from None
