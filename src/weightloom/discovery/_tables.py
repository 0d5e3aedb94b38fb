"""A discovery run as a DataFrame, as a table in a notebook, and as a figure."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from weightloom.discovery.run import Run

FIRST = ("seed", "beta", "algorithm", "loss", "kl", "margin")
MOST_SEEDS = 6


def run_table(run: "Run", step: int | None = None) -> "pd.DataFrame":
    """What `Run.table` returns.

    Args:
        run: the run.
        step: a measured step; the default is the last one.
    """
    # One row is one network: what is per edge, hyperlayer or neuron stays in `measures`.
    at = _at(run.measures, step)
    scalars = [name for name, variable in at.data_vars.items() if set(variable.dims) == {"seed", "beta"}]
    names = [name for name in FIRST if name in scalars] + [name for name in scalars if name not in FIRST]
    frame = at[names].transpose("seed", "beta").drop_vars("step").to_dataframe(["seed", "beta"]).reset_index()
    frame["algorithm"] = [str(name) for name in frame["algorithm"]]
    return frame


def run_html(run: "Run") -> str:
    """A run in a notebook: algorithm, loss and KL of its last step, a row per β and a column per seed.

    Args:
        run: the run.
    """
    from weightloom.figures.notebook import html_table, some

    config = run.config
    at = _at(run.measures, None).sortby(["seed", "beta"])
    state = "complete" if run.complete else f"unfinished, {config.steps:,} steps planned"
    heading = (
        f"{config.task} with ({', '.join(map(str, config.sizes))}), {config.method}, step {int(at.step):,} ({state}). "
        "Loss in variances of the target, KL in nats."
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
    """The figure of `weightloom.plot`: the front, or of a baseline without one its first network.

    Args:
        run: the run.
    """
    if run.config.method == "hypernetwork":
        from weightloom.discovery.plots import plot_front

        return plot_front(run.measures)
    from weightloom.figures.network import plot_network

    return plot_network(run.network(run.config.seeds[0], float(run.measures.beta.values[0])))


def _at(measures: xr.Dataset, step: int | None) -> xr.Dataset:
    steps = measures.step.values.tolist()
    if step is not None and step not in steps:
        raise InputError(f"step {step} was not measured: measured are {', '.join(map(str, steps))}.")
    return measures.sel(step=steps[-1] if step is None else step)


def _cell(network: xr.Dataset) -> str:
    algorithm = ALGORITHMS[str(network.algorithm.values)]
    numbers = [f"{float(network.loss):.3g}"]
    if "kl" in network and np.isfinite(network.kl):
        kl = float(network.kl)
        numbers.append(f"{kl:,.0f} nats" if kl >= 10 else f"{kl:.2g} nats")
    # ■ has the algorithm's colour; text keeps the notebook's, light or dark.
    return f'<span style="color:{algorithm.colour}">■</span> {algorithm.legend}<br>{", ".join(numbers)}'
