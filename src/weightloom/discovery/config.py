"""Everything that decides what a discovery run computes, checked before anything starts."""

import dataclasses
import math
import numbers
from typing import Any

import numpy as np

from weightloom.discovery.tasks import Task
from weightloom.errors import InputError, RunError
from weightloom.networks import MLP
from weightloom.store.layout import MOST_STEPS
from weightloom.training import measured_steps

REGIMES = ("warmup", "literal")
SCHEDULES = ("constant", "cosine")
WHOLE = ("steps", "measured_betas", "betas_per_step", "batch", "hyperdepth", "channel", "checkpoints")
LARGEST_SMALL_TARGET = 200
GENTLE_RATES = {"warmup": 5e-4, "literal": 2e-4}


@dataclasses.dataclass(frozen=True)
class Config:
    """The config of a discovery run, as `config.json` stores it.

    Attributes:
        task: the task's name; `source` says where a user's function came from, and
            `standardisation` holds its mean and deviation, which tell one function from another.
        sizes: the generated network's widths; `activation` its activation.
        method: "hypernetwork", or "adam" for the baseline (section 2.5).
        seeds: the seeds trained side by side.
        steps: optimisation steps.
        regime: "warmup" raises the upper end of the sampled log β from 1e-7 to the top of `beta_range`
            between the two steps of `warmup`; "literal" samples all of `beta_range` from the start.
        beta_range: the lowest and highest β, sampled log-uniformly and measured on a log grid.
        measured_betas: how many β are measured.
        betas_per_step: how many β each step averages over.
        learning_rate: Adam's; `schedule` "cosine" lets it fall to 0 in the second half.
        clip: the largest norm of a gradient; None leaves it as it is.
        batch: inputs per step.
        hyperdepth: hyperlayers N′.
        channel: features that the channel of a hyperlayer samples per edge.
        shared_noise: whether encoder and decoder hear the same noise.
        learned_deviation: the deviation of the initial learned variables.
        checkpoints: how many steps are measured, `spacing` apart ("log" or "linear").
        keep: "last" keeps the hypernetwork of the last measured step only, "all" of each.
    """

    task: str
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    steps: int
    standardisation: tuple[float, float]
    learning_rate: float
    warmup: tuple[int, int]
    source: str | None = None
    activation: str = "swish"
    method: str = "hypernetwork"
    regime: str = "warmup"
    beta_range: tuple[float, float] = (1e-12, 1.0)
    measured_betas: int = 30
    betas_per_step: int = 1
    batch: int = 256
    schedule: str = "cosine"
    clip: float | None = None
    hyperdepth: int = 4
    channel: int = 4
    shared_noise: bool = False
    learned_deviation: float = 3.0
    checkpoints: int = 30
    spacing: str = "log"
    keep: str = "last"
    application: str = "discovery"

    @property
    def architecture(self) -> MLP:
        """The architecture of the generated networks."""
        return MLP(self.sizes, self.activation)

    @property
    def betas(self) -> np.ndarray:
        """The measured β, increasing; the Adam baseline pays nothing for complexity: β = 0."""
        if self.method == "adam":
            return np.zeros(1)
        return np.geomspace(*self.beta_range, self.measured_betas)

    @property
    def measured(self) -> tuple[int, ...]:
        """The measured steps."""
        return measured_steps(self.steps, self.checkpoints, self.spacing)

    def to_dict(self) -> dict[str, Any]:
        """The config as JSON's types."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_dict(cls, entries: dict[str, Any], file: str) -> "Config":
        """The config of a run's `config.json`; strict about its entries.

        Raises:
            RunError: naming the file and the entries that are missing, unknown or of another type.
        """
        fields = {field.name: field for field in dataclasses.fields(cls)}
        if wrong := sorted(fields.keys() ^ entries.keys()):
            raise RunError(f"{file}: entries {', '.join(wrong)} are missing or unknown.")
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entries.items()}
        try:
            config = cls(**values)
            config.check()
        except (InputError, TypeError, ValueError) as error:
            raise RunError(f"{file}: {error}") from error
        return config

    def check(self) -> None:
        """Raise an InputError for the first entry that cannot be used."""
        MLP(self.sizes, self.activation)
        for name in WHOLE:
            if not isinstance(getattr(self, name), numbers.Integral):
                raise InputError(f"{name} {getattr(self, name)!r} cannot be used: give a whole number.")
        low, high = self.beta_range
        begin, end = self.warmup
        checks = (
            (self.sizes[-1] == 1, f"sizes {self.sizes} end in {self.sizes[-1]}: a task has one output."),
            (len(self.seeds) > 0, "no seed was given: give at least one."),
            (len(set(self.seeds)) == len(self.seeds), f"seeds {self.seeds} repeat one another."),
            (
                all(isinstance(seed, numbers.Integral) and 0 <= seed < 2**32 for seed in self.seeds),
                f"seeds {self.seeds} cannot be used: give whole numbers from 0 to 2³² − 1.",
            ),
            (1 <= self.steps < MOST_STEPS, f"steps {self.steps} cannot be used: give 1 to {MOST_STEPS - 1}."),
            (
                self.regime in REGIMES,
                f"regime {self.regime!r} is unknown: use one of {', '.join(REGIMES)}.",
            ),
            (0 < low < high < math.inf, f"β from {low:g} to {high:g} cannot be used: give 0 < lowest < highest."),
            (self.measured_betas >= 2, f"{self.measured_betas} measured β are too few: give at least 2."),
            (self.betas_per_step >= 1, f"{self.betas_per_step} β per step are too few: give at least 1."),
            (0 < self.learning_rate < math.inf, f"learning rate {self.learning_rate} must be positive and finite."),
            (self.batch >= 1, f"batch {self.batch} cannot be used: give at least 1."),
            (
                self.schedule in SCHEDULES,
                f"schedule {self.schedule!r} is unknown: use one of {', '.join(SCHEDULES)}.",
            ),
            (self.clip is None or 0 < self.clip < math.inf, f"clip {self.clip} must be positive and finite."),
            (self.hyperdepth >= 1, f"hyperdepth {self.hyperdepth} cannot be used: give at least 1."),
            (self.channel >= 1, f"channel {self.channel} cannot be used: give at least 1 feature."),
            (
                0 <= self.learned_deviation < math.inf,
                f"learned_deviation {self.learned_deviation} cannot be used: give 0 or a positive number.",
            ),
            (0 <= begin <= end, f"warm-up from step {begin} to {end} cannot be used: give 0 ≤ from ≤ to."),
            (self.keep in ("last", "all"), f"keep {self.keep!r} is unknown: use last or all."),
        )
        for holds, sentence in checks:
            if not holds:
                raise InputError(sentence)
        measured_steps(self.steps, self.checkpoints, self.spacing)


def configure(
    task: Task,
    architecture: MLP,
    *,
    seeds: int | tuple[int, ...],
    steps: int,
    learning_rate: float | None = None,
    warmup: tuple[int, int] | None = None,
    **options: Any,
) -> Config:
    """The config of a run, with the defaults that depend on other entries filled in.

    The learning rate is 1e-3; hypernetworks of targets of more than 200 edges take 5e-4 in the warm-up regime and
    2e-4 in the literal one, where a higher rate closes the channel before it is of use. The warm-up lasts from a
    tenth to seven twentieths of the steps.

    Raises:
        InputError: if an entry cannot be used.
    """
    if learning_rate is None:
        edges = sum(weight[0] * weight[1] for weight, _ in architecture.shapes)
        gentle = edges > LARGEST_SMALL_TARGET and options.get("method") != "adam"
        learning_rate = GENTLE_RATES.get(options.get("regime", "warmup"), 1e-3) if gentle else 1e-3
    config = Config(
        task=task.name,
        source=task.source,
        sizes=architecture.sizes,
        activation=architecture.activation,
        seeds=tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds),
        steps=steps,
        standardisation=task.standardisation(architecture.sizes[0]),
        learning_rate=learning_rate,
        warmup=warmup or (steps // 10, 7 * steps // 20),
        **options,
    )
    config.check()
    return config
