"""Everything that decides what a discovery run computes, checked before anything starts."""

import dataclasses
import math
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from weightloom.architectures import MLP
from weightloom.discovery.tasks import Task
from weightloom.training import RunConfig

REGIMES = ("warmup", "literal")
SCHEDULES = ("constant", "cosine")
LARGEST_SMALL_TARGET = 200
GENTLE_RATES = {"warmup": 5e-4, "literal": 2e-4}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(RunConfig):
    """The config of a discovery run, as `config.json` stores it.

    Attributes:
        task: the task's name; `source` says where a user's function came from, and
            `standardisation` holds its mean and deviation, which tell one function from another.
        sizes: the generated network's widths; `activation` its activation.
        method: "hypernetwork", or "adam" for the baseline (section 2.5).
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
        learned_std: the deviation of the initial learned variables.

    The entries of the training are those of `RunConfig`.
    """

    task: str
    sizes: tuple[int, ...]
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
    learned_std: float = 3.0
    checkpoints: int = 30
    spacing: str = "log"
    application: str = "discovery"

    whole: ClassVar[tuple[str, ...]] = (
        *RunConfig.whole, "measured_betas", "betas_per_step", "batch", "hyperdepth", "channel"
    )  # fmt: skip

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

    def check(self) -> None:
        """Raise an InputError for the first entry that cannot be used."""
        _ = self.architecture  # says what is wrong with sizes and activation
        super().check()

    def checks(self) -> Iterable[tuple[bool, str]]:
        """What must hold of the entries, and what to say where it does not."""
        low, high = self.beta_range
        begin, end = self.warmup
        return (
            (self.sizes[-1] == 1, f"sizes {self.sizes} end in {self.sizes[-1]}: a task has one output."),
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
                0 <= self.learned_std < math.inf,
                f"learned_deviation {self.learned_std} cannot be used: give 0 or a positive number.",
            ),
            (0 <= begin <= end, f"warm-up from step {begin} to {end} cannot be used: give 0 ≤ from ≤ to."),
        )


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
