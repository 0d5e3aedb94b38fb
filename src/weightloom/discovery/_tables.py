"""Representations of a discovery run: DataFrame, HTML table and figure."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from weightloom._words import listed
from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from weightloom.discovery.run import Run

FIRST = ("seed", "beta", "algorithm", "loss", "kl", "margin")
MOST_SEEDS = 6


def run_table(run: "Run", step: int | None = None) -> "pd.DataFrame":
    """Make the DataFrame that `Run.table` returns.

    Args:
        run: the run.
        step: a measured step. The default is the last one.

    Returns:
        A DataFrame with one row per network.

    Raises:
        InputError: if the step was not measured.
    """
    # Only scalars per network: measures per edge, hyperlayer or neuron do not fit a row.
    at = _at(run.measures, step)
    scalars = [name for name, variable in at.data_vars.items() if set(variable.dims) == {"seed", "beta"}]
    names = [name for name in FIRST if name in scalars] + [name for name in scalars if name not in FIRST]
    frame = at[names].transpose("seed", "beta").drop_vars("step").to_dataframe(["seed", "beta"]).reset_index()
    frame["algorithm"] = [str(name) for name in frame["algorithm"]]
    frame.insert(frame.columns.get_loc("loss") + 1, "r2", 1 - frame["loss"] / run.config.constant_loss)
    return frame


def run_html(run: "Run") -> str:
    """Make the HTML table that notebooks show for a run: algorithm, loss and KL at the last step, by β and seed.

    Args:
        run: the run.

    Returns:
        The HTML.
    """
    from weightloom.figures.notebook import html_table, some

    config = run.config
    at = _at(run.measures, None).sortby(["seed", "beta"])
    state = "complete" if run.complete else f"unfinished, {config.steps:,} steps planned"
    heading = (
        f"{config.task} with ({', '.join(map(str, config.sizes))}), {config.method}, step {int(at.step):,} ({state}). "
        f"Loss {config.loss_unit} (a constant has {config.constant_loss:.3g}), KL in nats."
    )
    betas, seeds = some(at.sizes["beta"]), range(min(at.sizes["seed"], MOST_SEEDS))
    shown = at.isel(beta=betas, seed=list(seeds))
    rows = [
        [f"{float(beta):.1e}", *(_cell(shown.sel(seed=seed, beta=beta)) for seed in shown.seed.values)]
        for beta in shown.beta.values
    ]
    columns = ["β", *(f"seed {seed}" for seed in shown.seed.values)]
    counts = f"{len(betas)} of {at.sizes['beta']} β and {len(seeds)} of {at.sizes['seed']} seeds"
    is_all = len(betas) == at.sizes["beta"] and len(seeds) == at.sizes["seed"]
    return html_table(heading, columns, rows, "" if is_all else f"{counts}; run.table() has all.")


def plot_run(run: "Run") -> "Figure":
    """Make the figure of `weightloom.plot`: the front of a run, or the first network of an Adam baseline.

    Args:
        run: the run.

    Returns:
        The figure.
    """
    if run.config.method == "hypernetwork":
        from weightloom.discovery.plots import plot_front

        return plot_front(run.measures)
    from weightloom.figures.network import plot_network

    return plot_network(run.network(run.config.seeds[0], float(run.measures.beta.values[0])))


def _at(measures: xr.Dataset, step: int | None) -> xr.Dataset:
    steps = measures.step.values.tolist()
    if step is not None and step not in steps:
        raise InputError(f"step {step} was not measured: the measured steps are {listed(steps)}.")
    return measures.sel(step=steps[-1] if step is None else step)


def _cell(network: xr.Dataset) -> str:
    algorithm = ALGORITHMS[str(network.algorithm.values)]
    numbers = [f"{float(network.loss):.3g}"]
    if "kl" in network and np.isfinite(network.kl):
        kl = float(network.kl)
        numbers.append(f"{kl:,.0f} nats" if kl >= 10 else f"{kl:.2g} nats")
    # Only ■ is coloured: the text keeps the notebook's colour, which may be light or dark.
    return f'<span style="color:{algorithm.colour}">■</span> {algorithm.legend}<br>{", ".join(numbers)}'
