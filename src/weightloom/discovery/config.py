"""Everything that decides what a discovery run computes, checked before anything starts."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import field_validator, model_validator

from weightloom._validation import entry
from weightloom.training.config import RunConfig, seeds_from

if TYPE_CHECKING:
    from weightloom.architectures import MLP
    from weightloom.discovery.tasks import Task

LARGEST_SMALL_TARGET = 200
GENTLE_RATES = {"warmup": 5e-4, "literal": 2e-4}


class Config(RunConfig):
    """The config of a discovery run, as `config.json` stores it."""

    application: str = entry("discovery", "What the run belongs to.", option=False)
    task: str = entry(..., "The name of the task.", option=False)
    source: str | None = entry(None, "Where a user's function came from: path/to/file.py:function.", option=False)
    standardisation: tuple[float, float] = entry(
        ..., "Mean and standard deviation of the task's function: they tell one function from another.", option=False
    )
    sizes: tuple[int, ...] = entry((16, 48, 1), "Widths of the generated network, inputs first.", example="16,48,1")
    activation: str = entry("swish", "The generated network's activation: swish, relu, gelu, tanh or sine.")
    method: str = entry("hypernetwork", "hypernetwork, or adam for the baseline (Liao et al. 2023, section 2.5).")
    regime: Literal["warmup", "literal"] = entry(
        "warmup",
        "warmup raises the upper end of the sampled β from 1e-7 to its highest (accurate networks first); literal "
        "samples all β from the start, as the paper does (simple networks first).",
    )
    warmup: tuple[int, int] = entry(
        None,
        "First and last step of the rise of β. The default is a tenth and 35 % of the steps.",
        example="2000,6000",
    )
    beta_range: tuple[float, float] = entry(
        (1e-12, 1.0),
        "The lowest and the highest β, sampled log-uniformly and measured on a log grid.",
        example="1e-12,1",
    )
    measured_betas: int = entry(30, "How many β are measured, log-spaced.", ge=2, flags=("--betas",))
    betas_per_step: int = entry(1, "How many β each step averages over.", ge=1)
    learning_rate: float = entry(
        None,
        "Adam's learning rate. The default is 1e-3; hypernetworks of more than 200 weights take 5e-4 (warmup) or 2e-4 "
        "(literal).",
        gt=0,
    )
    schedule: Literal["constant", "cosine"] = entry(
        "cosine", "Of the learning rate: constant, or cosine to 0 in the second half."
    )
    clip: float | None = entry(None, "The largest norm of a gradient. The default leaves gradients as they are.", gt=0)
    batch: int = entry(256, "Inputs per step.", ge=1)
    hyperdepth: int = entry(4, "Hyperlayers of the hypernetwork.", ge=1)
    channel: int = entry(4, "Features that the channel of a hyperlayer samples per weight.", ge=1)
    shared_noise: bool = entry(False, "Give encoder and decoder the same noise.")
    learned_std: float = entry(
        3.0, "Standard deviation of the initial learned variables.", ge=0, flags=("--deviation",)
    )

    renamed: ClassVar[Mapping[int, Mapping[str, str]]] = {1: {"learned_deviation": "learned_std"}}

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, entries: dict[str, Any]) -> dict[str, Any]:
        """The defaults that depend on other entries."""
        entries = dict(entries)
        steps, sizes = entries.get("steps", 30_000), entries.get("sizes", (16, 48, 1))
        if entries.get("warmup") is None and isinstance(steps, int):
            entries["warmup"] = (steps // 10, 7 * steps // 20)
        if entries.get("learning_rate") is None:
            edges = sum(a * b for a, b in zip(sizes, sizes[1:])) if _whole(sizes) else 0
            gentle = edges > LARGEST_SMALL_TARGET and entries.get("method") != "adam"
            entries["learning_rate"] = GENTLE_RATES.get(entries.get("regime", "warmup"), 1e-3) if gentle else 1e-3
        return entries

    @field_validator("sizes")
    @classmethod
    def _check_sizes(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        from weightloom.architectures import MLP

        MLP(sizes)
        if sizes[-1] != 1:
            raise ValueError(f"sizes {sizes} end in {sizes[-1]}: a task has one output.")
        return sizes

    @field_validator("activation")
    @classmethod
    def _check_activation(cls, activation: str) -> str:
        from weightloom.architectures import MLP

        return MLP((1, 1), activation).activation

    @field_validator("method")
    @classmethod
    def _check_method(cls, method: str) -> str:
        from weightloom.discovery.methods import find_method

        return find_method(method).name

    @field_validator("beta_range", mode="before")
    @classmethod
    def _check_betas(cls, betas: Any) -> Any:
        numbers = isinstance(betas, tuple) and len(betas) == 2 and all(isinstance(beta, float | int) for beta in betas)
        if numbers and not 0 < betas[0] < betas[1] < math.inf:
            raise ValueError(f"β from {betas[0]:g} to {betas[1]:g} cannot be used: give 0 < lowest < highest.")
        return betas

    @field_validator("warmup")
    @classmethod
    def _check_warmup(cls, warmup: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= warmup[0] <= warmup[1]:
            raise ValueError(
                f"warm-up from step {warmup[0]} to {warmup[1]} cannot be used: give 0 ≤ from ≤ to, such as 2000,6000."
            )
        return warmup

    @property
    def architecture(self) -> "MLP":
        """The architecture of the generated networks."""
        from weightloom.architectures import MLP

        return MLP(self.sizes, self.activation)

    @property
    def betas(self) -> np.ndarray:
        """The measured β, increasing; the Adam baseline pays nothing for complexity: β = 0."""
        if self.method == "adam":
            return np.zeros(1)
        return np.geomspace(*self.beta_range, self.measured_betas)


def _whole(sizes: Any) -> bool:
    return isinstance(sizes, tuple) and all(isinstance(size, int) for size in sizes)


def configure(task: "Task", architecture: "MLP", *, seeds: Any = 1, **options: Any) -> Config:
    """The config of a run.

    Args:
        task: what the generated networks compute.
        architecture: the generated network.
        seeds: how many seeds (0, 1, …), or the seeds themselves.
        **options: other entries of `Config`.

    Raises:
        InputError: if an entry cannot be used.
    """
    return Config(
        task=task.name,
        source=task.source,
        sizes=architecture.sizes,
        activation=architecture.activation,
        seeds=seeds_from(seeds),
        standardisation=task.standardisation(architecture.sizes[0]),
        **options,
    )
