"""The config of a discovery run."""

import itertools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import field_validator, model_validator

from weightloom._deprecated import present_names
from weightloom._validation import entry
from weightloom._words import counted
from weightloom.errors import InputError
from weightloom.training.config import RunConfig, seeds_from
from weightloom.training.schedule import measured_steps

if TYPE_CHECKING:
    from weightloom.architectures import MLP
    from weightloom.discovery.tasks import Task
    from weightloom.discovery.units import Units

LARGEST_SMALL_TARGET = 200
# A task's estimated moments can differ slightly between versions and devices.
SAME_FUNCTION = 1e-3
GENTLE_RATES = {"warmup": 5e-4, "literal": 2e-4}
WIDE_CHANNEL = 0.14960679  # from a bias of −2, exactly in single precision
# How generated networks start: quietly, so that learned variables tell hidden neurons apart, or as in former versions.
# The literal regime needs the noise, and large networks were not measured with the quiet start.
QUIET: dict[str, Any] = {"noise_scale": 0.1, "channel_std": 0.036, "scaling": "fan-in"}
FORMER: dict[str, Any] = {"noise_scale": 1.0, "channel_std": WIDE_CHANNEL, "scaling": "none"}


class Config(RunConfig):
    """The config of a discovery run, as `config.json` stores it."""

    application: str = entry("discovery", "The application that wrote the run.", option=False)
    task: str = entry(..., "The name of the task.", option=False)
    source: str | None = entry(None, "The source of a user's function: path/to/file.py:function.", option=False)
    standardisation: tuple[float, ...] = entry(
        ...,
        "Mean and standard deviation of the task's function, which identify the function; of several outputs, one pair "
        "after another.",
        option=False,
    )
    norm: bool = entry(
        True, "Whether the task is the L1 norm up to scale: only then are algorithms named.", option=False
    )
    distribution: str = entry("normal", "The distribution of the inputs.", option=False)
    loss: str = entry("squared-error", "The loss: squared-error, or cross-entropy for classes.", option=False)
    constant_loss: float = entry(
        1.0, "The loss of the best constant on the inputs that losses are measured on.", option=False
    )
    inputs: tuple[str, ...] = entry((), "Names of the inputs, if they have names or units.", option=False)
    input_scales: tuple[float, ...] = entry(
        (), "Mean and standard deviation of each named input, one pair after another.", option=False
    )
    outputs: tuple[str, ...] = entry((), "Names of the outputs, if the inputs have names or units.", option=False)
    data: str | None = entry(None, "SHA-256 of the table of data.", option=False)
    sizes: tuple[int, ...] = entry(
        (16, 48, 1),
        "Widths of the generated network, inputs first. The command's default is n, 3n and the number of outputs, with "
        "the columns of a table or n = 16.",
        example="16,48,1",
    )
    activation: str = entry("swish", "Activation of the generated network: swish, relu, gelu, tanh or sine.")
    method: str = entry(
        "hypernetwork", "Training method: hypernetwork, or adam for the baseline (Liao et al. 2023, section 2.5)."
    )
    regime: Literal["warmup", "literal"] = entry(
        "warmup",
        "Sampling of β: warmup raises the highest β gradually from 1e-7 (accurate networks first); literal samples the "
        "whole range from the start, as in the paper (simple networks first).",
    )
    warmup: tuple[int, int] = entry(
        None,
        "First and last step of the warm-up of β. The default is 10 % and 35 % of the steps.",
        example="2000,6000",
    )
    beta_range: tuple[float, float] = entry(
        (1e-12, 1.0),
        "Lowest and highest β. Training samples β log-uniformly in this range.",
        example="1e-12,1",
    )
    measured_betas: int = entry(30, "Number of measured β, log-spaced.", ge=2, flags=("--betas",))
    betas_per_step: int = entry(1, "Number of β that each step averages over.", ge=1)
    learning_rate: float = entry(
        None,
        "Adam's learning rate. The default is 1e-3. For a hypernetwork and networks of more than 200 weights, the "
        "default is 5e-4 (warmup) or 2e-4 (literal).",
        gt=0,
    )
    schedule: Literal["constant", "cosine"] = entry(
        "cosine", "Schedule of the learning rate: constant, or cosine decay to 0 in the second half."
    )
    clip: float | None = entry(None, "Largest allowed norm of the gradient. The default does not clip.", gt=0)
    batch: int = entry(256, "Number of inputs per step.", ge=1)
    hyperdepth: int = entry(4, "Number of hyperlayers.", ge=1)
    channel: int = entry(4, "Number of channel features per weight in each hyperlayer.", ge=1)
    shared_noise: bool = entry(False, "Use the same noise on the encoder side and the decoder side.")
    learned_std: float = entry(
        3.0, "Standard deviation of the initial learned variables.", ge=0, flags=("--deviation",)
    )
    noise_scale: float = entry(
        None,
        "Factor of the initial weights that read the noise. The default is 0.1. In the literal regime and for "
        "networks of more than 200 weights, the default is 1.",
        ge=0,
        before={2: 1.0},
    )
    channel_std: float = entry(
        None,
        "Initial standard deviation of the channels' samples. The default is 0.036. In the literal regime and "
        "for networks of more than 200 weights, the default is 0.15.",
        ge=0.01,
        le=10,
        before={2: WIDE_CHANNEL},
    )
    scaling: Literal["fan-in", "none"] = entry(
        None,
        "Scaling of the generated weights: fan-in multiplies those of each hidden layer by 4/√inputs of the layer, at "
        "most 2; none does not. The default is fan-in. In the literal regime and for networks of more than "
        "200 weights, the default is none.",
        before={2: "none"},
    )

    ends: tuple[int, ...] = entry(
        (), "Steps at which trainings ended that `weightloom.extend` continued, in increasing order.", option=False
    )

    renamed: ClassVar[Mapping[int, Mapping[str, str]]] = {1: {"learned_deviation": "learned_std"}}

    derived: ClassVar[tuple[str, ...]] = ("norm", "constant_loss")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, entries: dict[str, Any]) -> dict[str, Any]:
        """Set the defaults that depend on other entries."""
        entries = dict(entries)
        steps, sizes = entries.get("steps", 30_000), entries.get("sizes", (16, 48, 1))
        if entries.get("warmup") is None and isinstance(steps, int):
            entries["warmup"] = (steps // 10, 7 * steps // 20)
        regime = entries.get("regime", "warmup")
        large = _whole(sizes) and sum(a * b for a, b in zip(sizes, sizes[1:])) > LARGEST_SMALL_TARGET
        gentle = large and entries.get("method") != "adam"
        rate = GENTLE_RATES.get(regime, 1e-3) if gentle else 1e-3
        start = FORMER if large or regime == "literal" else QUIET
        for name, value in {"learning_rate": rate, **start}.items():
            if entries.get(name) is None:
                entries[name] = value
        return entries

    @field_validator("sizes")
    @classmethod
    def _check_sizes(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        from weightloom.architectures import MLP

        MLP(sizes)
        return sizes

    @model_validator(mode="after")
    def _check_outputs(self) -> "Config":
        outputs = len(self.standardisation) // 2
        if self.sizes[-1] != outputs:
            raise ValueError(
                f"sizes {self.sizes} end in {self.sizes[-1]}: the task has {counted(outputs, 'output')}, so the last "
                f"size must be {outputs}."
            )
        return self

    @field_validator("activation")
    @classmethod
    def _check_activation(cls, activation: str) -> str:
        from weightloom.architectures import MLP

        return MLP((1, 1), activation).activation

    @field_validator("loss")
    @classmethod
    def _check_loss(cls, loss: str) -> str:
        from weightloom._checks import check_choice
        from weightloom.discovery.tasks.losses import LOSSES

        check_choice("loss", loss, LOSSES)
        return loss

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

    @model_validator(mode="after")
    def _check_ends(self) -> "Config":
        if not all(begin < end for begin, end in itertools.pairwise((0, *self.ends, self.steps))):
            raise ValueError(f"ends {self.ends} cannot be used: give increasing steps between 0 and {self.steps}.")
        return self

    @property
    def measured_steps(self) -> tuple[int, ...]:
        """The measured steps in increasing order. An extended training has as many again as the one before."""
        stages = itertools.pairwise((0, *self.ends, self.steps))
        return tuple(
            begin + step
            for begin, end in stages
            for step in measured_steps(end - begin, self.checkpoints, self.spacing)
        )

    @property
    def architecture(self) -> "MLP":
        """The architecture of the generated networks, an `MLP`."""
        from weightloom.architectures import MLP

        return MLP(self.sizes, self.activation)

    @property
    def units(self) -> "Units | None":
        """Names and units of the network's inputs and outputs; None where it computes in those of the function."""
        from weightloom.discovery.tasks.losses import LOSSES
        from weightloom.discovery.units import Units

        if not self.inputs:
            return None
        scales, output_scales = self.input_scales, self.standardisation
        if LOSSES[self.loss].classes:  # logits have no unit
            output_scales = (0.0, 1.0) * len(self.outputs)
        return Units(self.inputs, scales[::2], scales[1::2], self.outputs, output_scales[::2], output_scales[1::2])

    @property
    def bundled_task(self) -> "Task | None":
        """The task if it is a bundled one, with the run's distribution and loss.

        None if it is a user's function, distribution or table, because a run stores neither code nor data.
        """
        from weightloom.discovery.tasks import TASKS, as_task

        if self.task not in TASKS or self.source is not None or self.data is not None:
            return None
        # A function of a user in memory may have the name of a bundled one, which then has other moments, or cannot
        # have the run's inputs, distribution or loss.
        try:
            own = as_task(TASKS[self.task], distribution=self.distribution, loss=self.loss)
            return own if self.is_of(own) else None
        except InputError:
            return None

    def is_of(self, task: "Task") -> bool:
        """Whether the run may have learned a task: whether it has the run's moments.

        Args:
            task: a task.
        """
        if self.sizes[0] < task.min_inputs:
            return False
        given = pairs(*task.standardisation(self.sizes[0]))
        return len(given) == len(self.standardisation) and bool(
            np.allclose(given, self.standardisation, rtol=SAME_FUNCTION, atol=SAME_FUNCTION)
        )

    @property
    def loss_unit(self) -> str:
        """The unit of losses, in words."""
        from weightloom.discovery.tasks.losses import LOSSES

        return LOSSES[self.loss].unit

    @property
    def betas(self) -> np.ndarray:
        """The measured β in increasing order; only β = 0 for the Adam baseline."""
        if self.method == "adam":
            return np.zeros(1)
        return np.geomspace(*self.beta_range, self.measured_betas)


def _whole(sizes: Any) -> bool:
    return isinstance(sizes, tuple) and all(isinstance(size, int) for size in sizes)


def configure(task: "Task", architecture: "MLP", *, seeds: Any = 1, **options: Any) -> Config:
    """Make the config of a run.

    Args:
        task: the task.
        architecture: the architecture of the generated networks.
        seeds: the number of seeds (0, 1, …), or the seeds themselves. The default is 1.
        **options: other entries of `Config`.

    Returns:
        The config.

    Raises:
        InputError: if an entry is invalid.
    """
    inputs = architecture.sizes[0]
    problem = task.at(inputs)
    units = problem.units
    return Config(
        task=task.name,
        source=task.source,
        sizes=architecture.sizes,
        activation=architecture.activation,
        seeds=seeds_from(seeds),
        standardisation=pairs(*task.standardisation(inputs)),
        norm=task.is_norm(inputs),
        distribution="data" if problem.fingerprint else str(task.distribution),
        loss=task.loss,
        constant_loss=float(f"{problem.constant_loss:.4g}"),  # as much as all machines agree on
        inputs=units.inputs if units else (),
        input_scales=pairs(units.input_mean, units.input_std) if units else (),
        outputs=units.outputs if units else (),
        data=problem.fingerprint,
        **present_names(options, Config.renamed[1], stacklevel=3),
    )


def pairs(mean: Any, std: Any) -> tuple[float, ...]:
    """Means and standard deviations, one pair after another, as configs store them."""
    return tuple(np.stack([np.atleast_1d(mean), np.atleast_1d(std)], axis=1).ravel().tolist())
