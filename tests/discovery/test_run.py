"""A run as its readers see it: stored networks to the bit, new ones from its hypernetworks, and nothing executed."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.tiny import MEASURED, SEEDS, SIZES, STEPS, train_tiny
from weightloom.discovery.config import configure
from weightloom.discovery.methods.hypernetwork import generation_keys
from weightloom.discovery.tasks import load_task
from weightloom.errors import InputError, RunError

OFF_GRID = 1e-3


def flat(network):
    return np.concatenate([np.ravel(array) for layer in network.parameters for array in layer])


@pytest.mark.parametrize("name", ["max", "mine"])
def test_networks_of_other_sizes_have_the_units_of_theirs(trained, name):
    task = wl.tasks.as_task("max", distribution="uniform:0,2")
    run, known = wl.open_run(trained), configure(task, wl.MLP(SIZES))
    of_task = ("distribution", "standardisation", "inputs", "input_scales", "outputs")
    run.config = run.config.replace(task=name, **{entry: getattr(known, entry) for entry in of_task})
    assert run.network(0, 1e-6, draw=1).units == known.units
    network = run.network(0, 1e-6, sizes=(4, 5, 1))
    assert network.units == (task.at(4).units if name == "max" else None)
    x = np.random.default_rng(0).uniform(0, 2, (5, 4))
    expected = network(x) if name == "mine" else network.units.restored(network(network.units.standardised(x)))
    np.testing.assert_allclose(network.in_units()(x), expected, rtol=1e-4, atol=1e-5)


def test_everything_that_was_measured_is_there(run):
    measures = run.measures
    assert dict(measures.sizes) | {"step": 2, "seed": 2, "beta": 3, "edge": 9, "hyperlayer": 2} == dict(measures.sizes)
    assert measures.step.values.tolist() == list(MEASURED)
    assert measures.seed.values.tolist() == list(SEEDS)
    np.testing.assert_allclose(measures.beta, [1e-12, 1e-6, 1.0])
    assert run.complete
    assert repr(run) == f"Run({str(run.path)!r}, task='l1', sizes=(2, 3, 1), complete)"


def test_the_ledgers_add_up_to_the_kl(run):
    measures = run.measures
    np.testing.assert_allclose(measures.kl_edge.sum("edge"), measures.kl, rtol=1e-5)
    np.testing.assert_allclose(measures.kl_hyperlayer.sum("hyperlayer"), measures.kl, rtol=1e-5)
    assert (measures.kl_edge >= 0).all()
    assert (measures.kl > 0).all()


@pytest.mark.parametrize("step", [None, *MEASURED])
def test_on_the_grid_networks_are_the_stored_ones_to_the_bit(run, step):
    for seed in SEEDS:
        for beta in run.measures.beta.values:
            network = run.network(seed, beta, step=step)
            stored = run.measures.sel(seed=seed, beta=beta, step=step or STEPS)
            for layer, (weight, bias) in enumerate(network.parameters):
                np.testing.assert_array_equal(weight, stored[f"weight_{layer}"])
                np.testing.assert_array_equal(bias, stored[f"bias_{layer}"])
            assert network.algorithm == stored.algorithm
            assert network.seed_dependence == float(stored.seed_dependence)
            assert network.order_parameters.double_sidedness == pytest.approx(float(stored.double_sidedness), rel=1e-5)


def test_the_recorded_loss_is_the_networks_own(run):
    x, target = map(np.asarray, wl.tasks.l1.at(2).evaluation())
    for seed in SEEDS:
        network = run.network(seed, 1e-6)
        recorded = run.measures.loss.sel(seed=seed, beta=1e-6, step=STEPS, method="nearest")
        assert np.mean((network(x)[:, 0] - target) ** 2) == pytest.approx(float(recorded), rel=1e-4)


def test_a_beta_typed_with_three_digits_is_the_measured_one(run):
    np.testing.assert_array_equal(flat(run.network(0, 1.0004e-6)), flat(run.network(0, run.measures.beta.values[1])))


def test_the_hypernetwork_generates_the_stored_networks(run):
    generate = eqx.filter_jit(lambda hypernetwork, log_beta, key: hypernetwork(log_beta, key))
    for seed, step in ((0, None), (1, 1)):
        hypernetwork = run.hypernetwork(seed, step)
        key, _ = generation_keys(jnp.uint32(seed))
        for beta in run.measures.beta.values:
            parameters, ledger = generate(hypernetwork, jnp.float32(np.log(beta)), key)
            stored = run.measures.sel(seed=seed, beta=beta, step=step or STEPS)
            np.testing.assert_allclose(parameters[0][0], stored.weight_0, rtol=1e-3, atol=1e-4)
            np.testing.assert_allclose(ledger.sum(0), stored.kl_edge, rtol=1e-3, atol=1e-4)
        assert not np.allclose(generate(hypernetwork, jnp.float32(0), jax.random.key(9))[0][0][0], stored.weight_0)


def test_off_the_grid_networks_are_generated(run):
    network = run.network(0, OFF_GRID)
    assert network.architecture == wl.MLP(SIZES)
    assert 0 <= network.seed_dependence <= 2
    np.testing.assert_array_equal(flat(network), flat(run.network(0, OFF_GRID)))
    for other in (run.network(1, OFF_GRID), run.network(0, 2 * OFF_GRID), run.network(0, OFF_GRID, step=1)):
        assert not np.array_equal(flat(network), flat(other))
    assert run.network(0, 1.01e-6).kl == pytest.approx(run.network(0, 1e-6).kl, rel=0.05)  # Generated and measured.
    assert run.network(0, OFF_GRID, encoder=False).kl is None
    near, grid = flat(run.network(0, 1.01e-6)), flat(run.network(0, 1e-6))
    np.testing.assert_allclose(near, grid, atol=0.05)  # β acts smoothly


def test_another_draw_is_another_network(run):
    draws = [flat(run.network(0, 1e-6, draw=draw)) for draw in range(3)]
    assert all(not np.allclose(one, other) for one, other in zip(draws, draws[1:]))
    np.testing.assert_array_equal(draws[1], flat(run.network(0, 1e-6, draw=1)))


def test_without_the_encoder_the_network_is_the_measured_one_without_it(run):
    x, target = map(np.asarray, wl.tasks.l1.at(2).evaluation())
    for seed in SEEDS:
        network = run.network(seed, 1e-6, encoder=False)
        assert not np.allclose(flat(network), flat(run.network(seed, 1e-6)))
        recorded = run.measures.loss_without_encoder.sel(seed=seed, beta=1e-6, step=STEPS, method="nearest")
        assert np.mean((network(x)[:, 0] - target) ** 2) == pytest.approx(float(recorded), rel=1e-3)


def test_other_sizes_are_generated_on_request(run):
    network = run.network(1, 1e-6, sizes=(4, 5, 1))
    assert network.architecture == wl.MLP((4, 5, 1))
    assert network(np.ones((7, 4))).shape == (7, 1)
    assert len(network.classification.inputs) == 4


def test_its_own_sizes_are_no_other_sizes(run):
    np.testing.assert_array_equal(flat(run.network(0, 1e-6, sizes=SIZES)), flat(run.network(0, 1e-6)))


@pytest.mark.slow
def test_where_only_the_last_hypernetwork_was_kept_the_nearest_measured_beta_is_named(baseline, trained, tmp_path):
    run = train_tiny(tmp_path / "run")
    assert run.network(0, OFF_GRID).architecture == wl.MLP(SIZES)
    assert run.network(0, 1.0, step=1).architecture == wl.MLP(SIZES)
    with pytest.raises(InputError, match=r"of step 1 is not stored \(stored steps: 12\): .*the nearest is 1\.000e-06"):
        run.network(0, 1e-5, step=1)
    with pytest.raises(InputError, match="step 1 has no stored hypernetwork: the steps that have one are 12"):
        run.hypernetwork(0, 1)


def test_a_baseline_has_one_network_per_seed_and_step(baseline):
    assert baseline.measures.beta.values.tolist() == [0]
    for seed in SEEDS:
        for beta in (None, 0.0):
            stored = baseline.measures.sel(seed=seed, step=STEPS).isel(beta=0)
            np.testing.assert_array_equal(baseline.network(seed, beta).parameters[0][0], stored.weight_0)
    assert baseline.network(0).seed_dependence is None
    assert not {"kl", "seed_dependence", "loss_without_encoder"} & set(baseline.measures)


@pytest.mark.parametrize("options", [{"beta": 1.0}, {"sizes": (3, 3, 1)}, {"draw": 1}, {"encoder": False}], ids=str)
def test_a_baseline_says_that_it_has_no_other_networks(baseline, options):
    with pytest.raises(InputError, match=r"a run of method adam has only networks with β = 0, sizes \(2, 3, 1\)"):
        baseline.network(0, **options)
    with pytest.raises(InputError, match="has no stored hypernetwork: the steps that have one are none"):
        baseline.hypernetwork(0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seed": 2}, "seed 2 is not in this run: its seeds are 0, 1"),
        ({"seed": -1}, "seed -1 is not in this run"),
        ({"step": 5}, "step 5 was not measured: the measured steps are 1, 12"),
        ({"step": -1}, "step -1 was not measured"),
        ({"beta": None}, "this run has networks for many β: give one, such as 1.0e-12"),
        ({"beta": 0.0}, "β = 0.0 cannot be used: give a positive number"),
        ({"beta": -1e-6}, "β = -1e-06 cannot be used"),
        ({"beta": float("nan")}, "β = nan cannot be used"),
        ({"beta": float("inf")}, "β = inf cannot be used"),
        ({"sizes": (4,)}, r"sizes \(4,\) cannot be used"),
        ({"sizes": (0, 3, 1)}, r"sizes \(0, 3, 1\) cannot be used"),
        ({"draw": -1}, "draw -1 cannot be used: give a whole number from 0"),
        ({"draw": 2**32}, "draw 4294967296 cannot be used"),
    ],
    ids=str,
)
def test_what_the_run_does_not_have_is_named(run, options, sentence):
    with pytest.raises(InputError, match=sentence):
        run.network(**({"seed": 0, "beta": 1e-6} | options))


@pytest.mark.parametrize(
    ("seed", "step", "sentence"), [(5, None, "seed 5 is not in this run"), (0, 7, "the steps that have one are 1, 12")]
)
def test_a_hypernetwork_that_is_not_there_is_named(run, seed, step, sentence):
    with pytest.raises(InputError, match=sentence):
        run.hypernetwork(seed, step)


def test_a_run_that_measured_nothing_yet_says_so(tmp_path):
    with pytest.raises(RunError, match="diverged"):
        train_tiny(tmp_path / "run", method="adam", learning_rate=1e30)
    run = wl.open_run(tmp_path / "run")
    assert repr(run).endswith("at step None)")
    with pytest.raises(RunError, match=f"{tmp_path / 'run'}: nothing has been measured yet"):
        _ = run.measures


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(RunError, match=f"{tmp_path} holds no run: it has no config.json"):
        wl.open_run(tmp_path)


def test_opening_a_run_executes_no_file_that_it_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = "import jax.numpy as jnp\ndef total(x): return x.sum(axis=1)\n"
    (tmp_path / "task.py").write_text(source)
    run = train_tiny(tmp_path / "run", load_task("task.py:total"), method="adam", steps=2)
    assert (run.config.task, run.config.source) == ("total", "task.py:total")
    (tmp_path / "task.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\n{source}")
    opened = wl.open_run(tmp_path / "run")
    assert opened.network(0)(np.ones(2)).shape == (1,)
    assert opened.measures.loss.shape == (2, 2, 1)
    assert not (tmp_path / "executed").exists()


def test_the_simplest_network_within_a_loss_has_the_least_kl(run):
    table = run.table()
    worst = float(table.loss.max())
    chosen = run.simplest(worst)
    best = table.loc[table.kl.idxmin()]
    np.testing.assert_array_equal(flat(chosen), flat(run.network(int(best.seed), float(best.beta))))
    with pytest.raises(InputError, match="no network has a loss of at most 1e-09: the smallest is"):
        run.simplest(1e-9)


def test_a_beta_outside_the_trained_range_warns(run):
    with pytest.warns(UserWarning, match="β 1e-30 lies outside the range 1e-12 to 1"):
        run.network(0, 1e-30)


def test_other_sizes_have_the_trained_depth(run):
    with pytest.raises(InputError, match="have another depth than the trained"):
        run.network(0, 1.0, sizes=(2, 3, 3, 1))


@pytest.mark.slow
def test_a_run_of_another_task_names_no_algorithm():
    tiny = {"steps": 2, "checkpoints": 1, "measured_betas": 2, "hyperdepth": 2, "batch": 8}
    other = wl.discover(lambda x: x.max(axis=1) - x.min(axis=1), (2, 3, 1), **tiny)
    assert not other.config.norm
    assert set(other.measures.algorithm.values.ravel()) == {"unknown"}
    assert other.network(0, 1.0).algorithm == "unknown"
