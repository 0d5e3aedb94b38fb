"""What a user's type checker sees of the package; `make types` checks this file, nothing runs it."""

from pathlib import Path
from typing import assert_type

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import weightloom as wl


def discovery(out: Path, axes: Axes) -> None:
    run = wl.discover(wl.tasks.l1, wl.MLP((16, 48, 1)), out=out, seeds=4, steps=1000)
    assert_type(run, wl.Run)
    assert_type(run.config, wl.Config)
    assert_type(run.measures, xr.Dataset)
    assert_type(run.table(), pd.DataFrame)
    assert_type(run.path, Path | None)
    assert_type(run.complete, bool)
    assert_type(run.save(out), wl.Run)
    assert_type(run.hypernetwork(0), wl.Hypernetwork)

    network = run.network(seed=0, beta=1e-6)
    assert_type(network, wl.Network)
    assert_type(network.architecture, wl.MLP)
    assert_type(network.algorithm, str)
    assert_type(network.classification, wl.Classification)
    assert_type(network.order_parameters, wl.OrderParameters)
    assert_type(network(np.ones((3, 16))), np.ndarray)
    assert_type(wl.classify(network), wl.Classification)
    assert_type(wl.prune(network), wl.Network)
    assert_type(wl.algorithms.convexity(4, 12), wl.Network)

    assert_type(wl.plot(run), Figure)
    assert_type(wl.plot_front(run.measures, 1000), Figure)
    assert_type(wl.plot_network(network, ax=axes), Figure)
    assert_type(wl.draw_front(run.measures, out / "front.svg"), Path)
    assert_type(wl.report(run, out / "page.html"), Path)
    assert_type(wl.compact(run, out, seeds=[0]), wl.Run)
    assert_type(wl.join([run, out]), wl.Run | wl.fields.FieldRun)


def fields(out: Path, frame: np.ndarray) -> None:
    data = wl.fields.heat(3, frames=3, grid=8)
    assert_type(data, wl.fields.Trajectories)
    assert_type(wl.fields.open_trajectories(out), wl.fields.Trajectories)
    run = wl.fields.fit(data, wl.fields.ContinuousPOD())
    assert_type(run, wl.fields.FieldRun)
    assert_type(run.model, wl.fields.FieldModel)
    assert_type(run.forecast(data, frames=5, grid=16), wl.fields.Trajectories)
    assert_type(run.forecast(frame, times=[0.0, 0.5]), np.ndarray)
    assert_type(run.table(), pd.DataFrame)
    assert_type(wl.plot_trajectories(data), Figure)
    assert_type(wl.open_run(out), wl.Run | wl.fields.FieldRun)


def similarity(a: np.ndarray, b: np.ndarray) -> None:
    table = wl.similarity.compare({"a": a, "b": b}, scores=["cka"])
    assert_type(table, xr.Dataset)
    assert_type(wl.plot_similarity(table), Figure)
    connectors = wl.similarity.connect({"a": a}, {"b": b})
    assert_type(connectors, wl.similarity.Connectors)
    assert_type(connectors.connector("a", "b")(a), Array)
    assert_type(wl.plot_connectors(connectors), Figure)


def own_training(network: wl.SIREN, optimiser_key: Array) -> None:
    hypernetwork = wl.FiLM(network, width=8, key=optimiser_key)
    assert_type(hypernetwork.width, int)
    assert_type(wl.Shift(network, width=8, hidden=(16,), key=0), wl.Shift)
    assert_type(wl.LowRank(network, width=8, rank=2, key=0), wl.LowRank)
    assert_type(wl.CodedHypernetwork(wl.MLP((2, 1)), 4, key=0), wl.CodedHypernetwork)
    assert_type(wl.AttentionalHypernetwork(wl.MLP((2, 1)), key=0), wl.AttentionalHypernetwork)
    assert_type(wl.time_features(jnp.ones(3), 5, period=1.0), Array)
