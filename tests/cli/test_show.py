"""`weightloom show`: the stored numbers, one row per β, in any terminal."""

import pandas as pd
import pytest

import weightloom as wl
from tests.tiny import STEPS, train_tiny


def rows_of(output, seeds):
    """Cells by seed and β: tables follow one another where the terminal is too narrow for all seeds."""
    cells, shown = {}, []
    for line in output.splitlines():
        words = line.split()
        if words[:1] == ["β"]:
            shown = [int(words[place + 1]) for place, word in enumerate(words) if word == "seed"]
        elif words and words[0][1:2] == "." and "e" in words[0]:
            width = (len(words) - 1) // len(shown)
            for place, seed in enumerate(shown):
                cells[seed, words[0]] = words[1 + place * width : 1 + (place + 1) * width]
    assert {seed for seed, _ in cells} == set(seeds)
    return cells


@pytest.mark.parametrize("columns", ["38", "60", "80", "200"])
@pytest.mark.parametrize("step", [None, 1])
def test_every_beta_has_the_stored_numbers_of_every_seed(command, trained, monkeypatch, columns, step):
    monkeypatch.setenv("COLUMNS", columns)
    code, output, errors = command("show", trained, *([] if step is None else ["--step", step]))
    assert (code, errors) == (0, "")
    assert max(map(len, output.splitlines())) <= int(columns)
    heading = " ".join(output.split())
    assert f"l1 with (2,3,1), hypernetwork, step {step or STEPS} (complete)" in heading
    measures = wl.open_run(trained).measures.sel(step=step or STEPS)
    cells = rows_of(output, measures.seed.values.tolist())
    assert len(cells) == measures.seed.size * measures.beta.size
    for (seed, beta), (algorithm, loss, kl) in cells.items():
        stored = measures.sel(seed=seed).isel(beta=[f"{b:.1e}" for b in measures.beta.values].index(beta))
        assert algorithm == stored.algorithm
        assert float(loss) == pytest.approx(float(stored.loss), abs=5e-4)
        assert float(kl.replace(",", "")) == pytest.approx(float(stored.kl), abs=0.5, rel=0.05)


def test_a_baseline_has_one_row_and_no_kl(command, tmp_path):
    run = train_tiny(tmp_path / "run", method="adam")
    _, output, _ = command("show", run.path)
    cells = rows_of(output, run.measures.seed.values.tolist())
    assert {beta for _, beta in cells} == {"0.0e+00"}
    for (seed, _), (_, loss) in cells.items():
        assert float(loss) == pytest.approx(float(run.measures.loss.sel(seed=seed, step=STEPS)[0]), abs=5e-4)
    assert "l1 with (2,3,1), adam, step 12 (complete)" in output


def test_an_unfinished_run_is_shown_as_far_as_it_is(command, refused, tmp_path):
    stops = iter([False, False, True])
    run = train_tiny(tmp_path / "run", method="adam", save_every=2, stop=lambda: next(stops))
    assert not run.complete
    code, output, _ = command("show", run.path)
    assert code == 0
    assert f"step 1 (unfinished, {STEPS} steps planned)" in " ".join(output.split())
    assert len(rows_of(output, run.config.seeds)) == 2
    assert f"step {STEPS} was not measured: the measured steps are 1" in refused("show", run.path, "--step", STEPS)


def test_a_run_that_measured_nothing_yet_says_so(refused, tmp_path):
    with pytest.raises(wl.RunError):
        train_tiny(tmp_path / "run", method="adam", learning_rate=1e30)
    assert "nothing has been measured yet" in refused("show", tmp_path / "run")


def test_one_seed_can_be_shown_and_the_table_written(command, refused, trained, tmp_path):
    _, output, _ = command("show", trained, "--seed", 1)
    assert {seed for seed, _ in rows_of(output, [1])} == {1}
    assert command("show", trained, "--seed", 1, "--csv", tmp_path / "t.csv") == (0, f"{tmp_path / 't.csv'}\n", "")
    table = pd.read_csv(tmp_path / "t.csv")
    measures = wl.open_run(trained).measures.sel(seed=1, step=STEPS)
    assert table.loss.tolist() == pytest.approx(measures.loss.values.tolist())
    assert table.algorithm.tolist() == measures.algorithm.values.tolist()
    assert "--seed 9 is not in this run: its seeds are 0, 1" in refused("show", trained, "--seed", 9)
    assert "use .csv" in refused("show", trained, "--csv", tmp_path / "t.txt")


@pytest.mark.slow
def test_a_run_of_another_task_shows_families(command, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    run = train_tiny(tmp_path / "run", wl.tasks.max_abs, steps=1, checkpoints=1)
    code, output, _ = command("show", run.path)
    assert code == 0
    assert "Families of programs; 6 of 6 networks were read" in output
    families = run.atlas().networks
    for beta, own in families.groupby("beta"):
        line = next(line for line in output.splitlines() if line.strip().startswith(f"{beta:.1e}"))
        assert all(family[:20] in line for family in own.family)
    code, output, _ = command("figures", run.path, "--suffix", "png", "--networks", "0")
    assert code == 0
    assert "phase-diagram.png" in output
