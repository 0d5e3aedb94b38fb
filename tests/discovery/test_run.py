"""Reading a run: what was measured is given back, anything else is generated, nothing is executed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import weightloom as wl
from tests.tiny import MEASURED, SIZES, train_tiny


@pytest.fixture(scope="module")
def run(trained):
    return wl.open_run(trained)


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one.parameters), jax.tree.leaves(other.parameters)))


def test_measures_have_every_variable_and_coordinate(run):
    measures = run.measures
    assert dict(measures.sizes) | {"step": 2, "seed": 2, "beta": 3, "edge": 9, "hyperlayer": 2} == dict(measures.sizes)
    assert tuple(measures.step.values) == MEASURED
    np.testing.assert_allclose(measures.beta, [1e-12, 1e-6, 1.0])
    np.testing.assert_allclose(measures.kl, measures.kl_hyperlayer.sum("hyperlayer"), rtol=1e-4)
    np.testing.assert_allclose(measures.kl, measures.kl_edge.sum("edge"), rtol=1e-4)


def test_a_measured_network_is_the_stored_one_and_has_the_stored_loss(run):
    for seed in (0, 1):
        for beta in run.measures.beta.values:
            net = run.network(seed, float(beta))
            stored = run.measures.sel(seed=seed, beta=beta, step=MEASURED[-1])
            np.testing.assert_array_equal(net.parameters[0][0], stored.weight_0)
            np.testing.assert_array_equal(net.parameters[1][1], stored.bias_1)
            assert net.algorithm == str(stored.algorithm.values)
            assert net.order_parameters.seed_dependence == pytest.approx(float(stored.seed_dependence))
            from weightloom.discovery.measurement import evaluation_inputs

            x = evaluation_inputs(SIZES[0])
            loss = np.mean((net(x)[:, 0] - wl.tasks.l1.target(SIZES[0])(x)) ** 2)
            assert float(loss) == pytest.approx(float(stored.loss), rel=1e-4)


def test_the_kept_hypernetwork_generates_what_was_measured(run):
    """Regenerated from the stored hyperweights, a measured network comes out again, and so does its KL."""
    from weightloom.discovery.methods.hypernetwork import generation_keys

    hypernetwork = run.hypernetwork(seed=1)
    key, _ = generation_keys(jnp.uint32(1))
    parameters, ledger = hypernetwork(jnp.log(1e-6), key)
    np.testing.assert_allclose(parameters[0][0], run.network(1, 1e-6).parameters[0][0], rtol=1e-4, atol=1e-5)
    assert float(ledger.sum()) == pytest.approx(float(run.measures.kl.sel(seed=1, step=MEASURED[-1])[1]), rel=1e-3)


def test_other_betas_draws_steps_and_sides_differ_and_repeat(run):
    plain = run.network(0, 1e-6)
    others = [
        run.network(0, 3e-5),
        run.network(0, 1e-6, draw=1),
        run.network(0, 1e-6, encoder=False),
        run.network(0, 1e-6, step=MEASURED[0]),
        run.network(1, 1e-6),
    ]
    assert not any(same(plain, other) for other in others)
    assert same(run.network(0, 3e-5), others[0])


def test_other_sizes_are_generated(run):
    net = run.network(0, 1e-6, sizes=(5, 7, 1))
    assert net.parameters[0][0].shape == (5, 7)
    assert net(np.zeros((2, 5))).shape == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"seed": 7}, "seed 7 is not in this run"),
        ({"seed": 0, "beta": 0.0}, "β = 0"),
        ({"seed": 0, "beta": -1.0}, "β = -1"),
        ({"seed": 0}, "give one"),
        ({"seed": 0, "beta": 1e-6, "step": 5}, "step 5 was not measured"),
        ({"seed": 0, "beta": 1e-6, "sizes": (4, 0, 1)}, "sizes"),
    ],
)
def test_what_a_run_does_not_have_gets_one_sentence(run, arguments, said):
    with pytest.raises(wl.InputError, match=said):
        run.network(**arguments)


def test_hypernetworks_that_were_not_kept_are_named(tmp_path):
    run = train_tiny(tmp_path / "run", keep="last")
    assert run.network(0, 1e-6, step=MEASURED[0])(np.zeros((1, 2))).shape == (1, 1)
    with pytest.raises(wl.InputError, match=r"was not kept \(kept: 12\).*nearest is 1.000e-06"):
        run.network(0, 3e-6, step=MEASURED[0])


def test_opening_a_run_does_not_execute_its_task(tmp_path):
    sentinel = tmp_path / "executed"
    file = tmp_path / "mine.py"
    text = "def function(x):\n    return x[:, 0] ** 2\n"
    file.write_text(text)
    from weightloom.discovery.tasks import load_task

    train_tiny(tmp_path / "run", load_task(f"{file}:function"), method="adam")
    file.write_text(f"open({str(sentinel)!r}, 'w')\n" + text)
    run = wl.open_run(tmp_path / "run")
    assert run.network(0).algorithm
    assert not sentinel.exists()


def test_the_baseline_is_stored_and_measured_like_any_network(tmp_path):
    run = train_tiny(tmp_path / "run", method="adam")
    assert run.measures.beta.values.tolist() == [0.0]
    assert "kl" not in run.measures
    assert run.network(1).parameters[0][0].shape == (2, 3)
    with pytest.raises(wl.InputError, match="hypernetwork method"):
        run.network(1, sizes=(3, 3, 1))
