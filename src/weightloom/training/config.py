"""What the config of every run says about its training, checked before anything starts."""

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
    """The entries of `config.json` that the training loop reads; an application's config adds its own.

    To add an option, add one line: an annotated `entry` with its default, its description and its limits. The command
    line, the validation, the documentation and the tests follow from that line. Runs that were written before get the
    default, or what `before` says of their schema.

    Raises:
        InputError: one sentence for the first entry that cannot be used.
    """

    application: str = entry(..., "What the run belongs to.", option=False)
    seeds: tuple[int, ...] = entry((0,), "The seeds, trained independently of one another.", option=False)
    steps: int = entry(30_000, "Training steps.", ge=1, lt=MOST_STEPS)
    checkpoints: int = entry(30, "How many steps are measured.", ge=1)
    spacing: Literal["log", "linear"] = entry("log", "Space between the measured steps: log or linear.")
    keep: Literal["last", "all"] = entry("last", "Steps whose parameters are kept: the last measured one, or all.")

    # What entries were called in older schemas: {schema: {old name: new name}}.
    renamed: ClassVar[Mapping[int, Mapping[str, str]]] = {}

    @field_validator("seeds")
    @classmethod
    def _check_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if not seeds:
            raise ValueError("no seed was given: give at least one.")
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds {seeds} repeat one another.")
        if not all(0 <= seed < 2**32 for seed in seeds):
            raise ValueError(f"seeds {seeds} cannot be used: give whole numbers from 0 to 2³² − 1.")
        return seeds

    @property
    def measured_steps(self) -> tuple[int, ...]:
        """The measured steps, increasing; the last one is `steps`."""
        return measured_steps(self.steps, self.checkpoints, self.spacing)

    def to_dict(self) -> dict[str, Any]:
        """The config as JSON's types."""
        return json.loads(json.dumps(self.model_dump()))

    @classmethod
    def from_dict(cls: type[Own], entries: Mapping[str, Any], file: str, schema: int = SCHEMA) -> Own:
        """The config of a run's `config.json`.

        Args:
            entries: what the file says.
            file: the file's name, for errors.
            schema: the version of the schema that the run was written with. An entry that the run lacks gets the
                default of that version.

        Raises:
            RunError: naming the file and the first entry that is unknown, missing or cannot be used.
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
    """The seeds that an argument names: 3 is short for the seeds 0, 1 and 2.

    Args:
        seeds: how many, or the seeds themselves.

    Raises:
        InputError: if it is neither.

    Examples:
        >>> seeds_from(3), seeds_from([5, 2])
        ((0, 1, 2), (5, 2))
    """
    try:
        return tuple(range(seeds)) if hasattr(seeds, "__index__") else tuple(seeds)
    except TypeError:
        raise InputError(
            f"seeds {seeds!r} cannot be used: give how many, such as 4, or the seeds themselves, such as (0, 7)."
        ) from None
