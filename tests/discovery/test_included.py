"""The run that comes with the package: files of this release stay readable, and it shows what it is there to show."""

import jax
import jax.numpy as jnp
import pytest

import weightloom as wl
from weightloom.discovery.methods.hypernetwork import generation_keys

BETA = 1e-6


def test_an_own_folder_of_the_included_runs_name_comes_first(tmp_path, monkeypatch):
    (tmp_path / "l1-paper").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(wl.RunError, match="holds no run"):
        wl.open_run("l1-paper")


def test_the_included_run_shows_every_algorithm_and_is_small():
    run = wl.open_run("l1-paper")
    assert run.complete
    assert run.config.sizes == (16, 48, 1)
    assert {"convexity", "pudding+", "pudding-", "double-sided"} <= set(
        run.measures.algorithm.isel(step=-1).values.flat
    )
    assert sum(file.stat().st_size for file in run.path.rglob("*")) < 12e6


@pytest.mark.slow
def test_three_seeds_of_four_are_accurate_and_compressed_at_a_millionth():
    run, good = wl.open_run("l1-paper"), 0
    nats = jax.jit(lambda hypernetwork, key: hypernetwork(jnp.log(BETA), key).ledger.sum())
    for seed in run.config.seeds:
        network = run.network(seed, BETA)
        kl = nats(run.hypernetwork(seed), generation_keys(jnp.uint32(seed))[0])
        error = network.loss("l1")
        accurate = error <= 0.02
        good += accurate and kl < 5_000 and network.algorithm in ("pudding+", "pudding-", "double-sided")
    assert good == 3
