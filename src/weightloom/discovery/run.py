"""A discovery run, as its readers see it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import PyTree

from weightloom._words import listed
from weightloom.discovery import _tables
from weightloom.discovery.config import Config
from weightloom.discovery.methods import find_method
from weightloom.discovery.network import Network
from weightloom.errors import InputError
from weightloom.hypernetworks import Hypernetwork
from weightloom.runs import RunStore
from weightloom.training import BaseRun, RunConfig

if TYPE_CHECKING:
    import pandas as pd

    from weightloom.discovery.atlas import Atlas

INCLUDED = Path(__file__).parent / "included"


class Run(BaseRun[Config]):
    """A run: its config, what was measured, and the networks that it can generate.

    Obtained from `discover` or `weightloom.open_run`. Opening one executes nothing that it holds.

    `run.measures` is a dataset over seed, step and beta. Variables: `loss` (the mean squared error on 4,096 fixed
    inputs, in variances of the target), `loss_without_encoder`, `kl` (nats), `kl_hyperlayer` and `kl_edge` (its two
    ledgers), `double_sidedness`, `strongest_connection`, `seed_dependence`, `algorithm`, `margin`, and the generated
    `weight_0`, `bias_0`, … themselves.

    Attributes:
        config: what was computed.
        path: the run's folder; None for a run in memory.
    """

    config_class: ClassVar[type[RunConfig]] = Config

    def __init__(self, store: RunStore) -> None:
        super().__init__(store)
        self.method = find_method(self.config.method)

    @property
    def included(self) -> bool:
        """Whether it came with the package, whose folder nothing should write to."""
        return self.path is not None and self.path.parent == INCLUDED

    def network(
        self,
        seed: int,
        beta: float | None = None,
        *,
        step: int | None = None,
        sizes: tuple[int, ...] | None = None,
        draw: int = 0,
        encoder: bool = True,
    ) -> Network:
        """One network of the run: the measured one where there is one, else freshly generated.

        Args:
            seed: one of the run's seeds.
            beta: the price of complexity; any positive number, for which the hypernetwork of the step must have been
                kept, unless it is a measured β. An Adam baseline has none.
            step: a measured step; the last one unless given.
            sizes: other sizes than those trained on, with as many layers (section 2.4).
            draw: numbers the generation key: another draw of what the hypernetwork leaves to chance.
            encoder: False samples from p, ignoring the encoder (section 2.3).

        Returns:
            The network, with the seed dependence α₃ of its first layer.

        Raises:
            InputError: if the run has no such seed or step, or β or the sizes cannot be used.
        """
        config = self.config
        self._check_seed(seed)
        if isinstance(beta, str | bool):
            raise InputError(f"β {beta!r} cannot be used: give a positive number, such as 1e-6.")
        betas = self.measures.beta.values
        if beta is None and len(betas) == 1:
            beta = float(betas[0])
        if beta is None:
            raise InputError(f"this run has networks for many β: give one, such as {betas[0]:.1e}.")
        step = self._measured_step(step)
        on_grid = np.isclose(betas, beta, rtol=1e-3, atol=0)
        target = config.sizes if sizes is None else tuple(sizes)
        plain = draw == 0 and encoder and target == config.sizes
        if plain and on_grid.any():
            return self._stored(seed, step, float(betas[np.abs(betas - beta).argmin()]))
        if step not in self.store.parameter_steps:
            kept = ", ".join(map(str, self.store.parameter_steps)) or "none"
            nearest = betas[np.argmin(np.abs(np.log(betas / beta)))] if beta > 0 else betas[0]
            raise InputError(
                f"the hypernetwork of step {step} was not kept (kept: {kept}): choose a measured β, the nearest is "
                f"{nearest:.3e}, without other options, or train with keep='all'."
            )
        return self.method.network(config, self.all_parameters(step), seed, beta, target, draw, encoder)

    def hypernetwork(self, seed: int, step: int | None = None) -> Hypernetwork:
        """The trained hypernetwork itself: call it with (log β, key) for parameters and their ledger.

        Args:
            seed: one of the run's seeds.
            step: a step whose hypernetwork was kept; the last one unless given.
        """
        self._check_seed(seed)
        steps = self.store.parameter_steps
        step = steps[-1] if step is None and steps else step
        if step not in steps or self.config.method != "hypernetwork":
            kept = listed(steps) if self.config.method == "hypernetwork" else "none"
            raise InputError(f"step {step} has no hypernetwork: kept are {kept or 'none'}.")
        return self.parameters(seed, step)

    def summary(self) -> str:
        """The most accurate and the simplest network of the last step, in a line."""
        last = self.measures.isel(step=-1).isel(beta=[0, -1] if self.measures.sizes["beta"] > 1 else [0])
        ends = last.isel(seed=int(last.loss.isel(beta=0).argmin("seed")))
        texts = [
            f"loss {float(end.loss):.3g} ({end.algorithm.item()}) at β {beta:.1e}"
            for beta, end in ((beta, ends.sel(beta=beta)) for beta in ends.beta.values)
        ]
        return f"seed {int(ends.seed)} has {', '.join(texts)}."

    def _kept(self) -> PyTree[Any]:
        return self.method.kept(self.config)

    def _measured_step(self, step: int | None) -> int:
        steps = self.measures.step.values.tolist()
        if step is not None and step not in steps:
            raise InputError(f"step {step} was not measured: the measured steps are {listed(steps)}.")
        return steps[-1] if step is None else step

    def _stored(self, seed: int, step: int, beta: float) -> Network:
        chosen = self.measures.sel(seed=seed, step=step, beta=beta)
        layers = range(len(self.config.sizes) - 1)
        parameters = [(chosen[f"weight_{k}"].values, chosen[f"bias_{k}"].values) for k in layers]
        dependence = float(chosen.seed_dependence) if "seed_dependence" in chosen else None
        return Network(self.config.architecture, parameters, seed_dependence=dependence)

    def table(self, step: int | None = None) -> "pd.DataFrame":
        """The networks of one step as a pandas DataFrame, one row each.

        Args:
            step: a measured step; the default is the last one.

        Returns:
            A DataFrame with the columns seed, beta, algorithm, loss, kl, margin and the other measured scalars.

        Raises:
            InputError: if the step was not measured.
        """
        return _tables.run_table(self, step)

    def atlas(self, step: int | None = None) -> "Atlas":
        """The networks of one step grouped by the programs that they run, without names that were known before.

        Args:
            step: a measured step; the default is the last one.

        Returns:
            The atlas: `.families` and `.networks` are DataFrames.

        Raises:
            InputError: if the step was not measured, or the networks have another number of hidden layers than one.
        """
        from weightloom.discovery.atlas import atlas

        return atlas(self, step)

    def _repr_html_(self) -> str:
        return _tables.run_html(self)

    def __repr__(self) -> str:
        return f"Run({self.name!r}, task={self.config.task!r}, sizes={self.config.sizes}, {self._state()})"
