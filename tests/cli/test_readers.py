"""`weightloom draw`, `figures` and `export`: a run's networks as files, and one sentence for what cannot be read."""

import shutil

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import load_file

import weightloom as wl
from tests.runs.example_run import file_bytes
from tests.tiny import train_tiny

STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", STARTS)
def test_a_network_is_drawn(command, trained, tmp_path, suffix):
    out = tmp_path / f"net.{suffix}"
    code, output, errors = command("draw", trained, "--beta", 1e-6, "--seed", 1, "--layout", "layered", "--out", out)
    assert (code, errors) == (0, "")
    assert output == f"{out}: {wl.open_run(trained).network(1, 1e-6).algorithm}\n"
    assert out.read_bytes().startswith(STARTS[suffix])


def test_the_drawing_is_the_networks_own(command, trained, tmp_path):
    for name, options in (("one", []), ("same", []), ("key", ["--key", 1]), ("seed", ["--seed", 1])):
        assert command("draw", trained, "--beta", 1e-6, "--out", tmp_path / f"{name}.svg", *options)[0] == 0
    wl.draw(wl.open_run(trained).network(0, 1e-6), tmp_path / "python.svg")
    drawn = file_bytes(tmp_path)
    assert drawn["one.svg"] == drawn["same.svg"] == drawn["python.svg"]
    assert len(set(drawn.values())) == 3


def test_figures_show_the_front_the_phases_and_some_networks(command, trained, tmp_path):
    code, output, errors = command("figures", trained, "--out", tmp_path / "figures", "--networks", 2)
    assert (code, errors) == (0, "")
    names = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert [name for name in names if not name.startswith("network")] == ["front.svg", "phase-diagram.svg"]
    assert len(names) == 4
    assert all(str(tmp_path / "figures" / name) in output for name in names)


def test_figures_go_into_the_run_unless_told_otherwise(command, tmp_path):
    run = train_tiny(tmp_path / "run", method="adam")
    code, output, _ = command("figures", run.path, "--suffix", "png", "--networks", 1)
    assert code == 0
    (drawn,) = (run.path / "figures").iterdir()
    assert drawn.name == "network-seed-0-beta-0e+00.png"
    assert output == f"{drawn}: {run.network(0).algorithm}\n"
    assert wl.open_run(run.path).complete


@pytest.mark.parametrize(("seed", "options"), [(0, {}), (1, {"step": 1})])
def test_an_exported_network_is_the_runs_own(command, trained, tmp_path, seed, options):
    network = wl.open_run(trained).network(seed, 1e-6, **options)
    line = [trained, "--seed", seed, "--beta", 1e-6, *(f"--{name}={value}" for name, value in options.items())]
    for to in ("safetensors", "onnx"):
        code, output, errors = command("export", *line, "--to", to, "--out", tmp_path / f"net.{to}")
        assert (code, errors) == (0, "")
        assert output == f"{tmp_path / f'net.{to}'}: MLP(sizes=(2, 3, 1), activation='swish'), {network.algorithm}\n"

    arrays = load_file(tmp_path / "net.safetensors")
    for layer, (weight, bias) in enumerate(network.parameters):
        np.testing.assert_array_equal(arrays[f"layers.{layer}.weight"], weight)
        np.testing.assert_array_equal(arrays[f"layers.{layer}.bias"], bias)
    x = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"x": x})[0], network(x), rtol=1e-4, atol=1e-5)


def test_a_baseline_is_drawn_and_exported_without_a_beta(command, tmp_path):
    run, out = train_tiny(tmp_path / "run", method="adam"), tmp_path / "net.safetensors"
    assert command("draw", run.path, "--layout", "layered", "--out", tmp_path / "net.svg")[0] == 0
    assert command("export", run.path, "--seed", 1, "--to", "safetensors", "--out", out)[0] == 0
    np.testing.assert_array_equal(load_file(out)["layers.0.weight"], run.network(1).parameters[0][0])


NETWORK = "--beta 1e-6 --out net.svg"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("show RUN/nowhere", "holds no run: it has no config.json"),
        ("show .", "holds no run"),
        ("show RUN --step 3", "step 3 was not measured: the measured steps are 1, 12"),
        ("show RUN --step -1", "step -1 was not measured"),
        ("draw RUN --out net.svg", "give one, such as 1.0e-12"),
        ("draw RUN --beta 0 --out net.svg", "β = 0.0 cannot be used: give a positive number"),
        ("draw RUN --beta -1 --out net.svg", "β = -1.0 cannot be used"),
        ("draw RUN --beta nan --out net.svg", "β = nan cannot be used"),
        ("draw RUN --beta inf --out net.svg", "β = inf cannot be used"),
        (f"draw RUN --seed 9 {NETWORK}", "seed 9 is not in this run: its seeds are 0, 1"),
        (f"draw RUN --step 5 {NETWORK}", "step 5 was not measured: the measured steps are 1, 12"),
        (f"draw RUN --sizes 3,,1 {NETWORK}", "--sizes '3,,1' cannot be read"),
        (f"draw RUN --sizes 3 {NETWORK}", "give two or more whole numbers"),
        (f"draw RUN --sizes 0,3,1 {NETWORK}", "of at least 1"),
        (f"draw RUN --layout spiral {NETWORK}", "use one of force-directed, layered"),
        (f"draw RUN --key -1 {NETWORK}", "key -1 cannot be used"),
        ("draw RUN --beta 1e-6 --out net.txt", "use .svg, .png or .pdf"),
        ("draw RUN --beta 1e-6 --out no/net.svg", "there is no folder 'no'"),
        ("draw nowhere --beta 1 --out net.svg", "holds no run"),
        ("export RUN --beta 1e-6 --to pickle --out net", "use one of safetensors, onnx"),
        ("export RUN --beta 1e-6 --to onnx --out no/net.onnx", "there is no folder 'no'"),
        ("export RUN --beta 1e-6 --to onnx --out net.safetensors", "ends in .safetensors: use .onnx"),
        ("export RUN --beta 1e-6 --to onnx --out RUN/net.onnx", "would lie among the files of a run"),
        ("draw RUN --beta 1e-6 --out RUN/net.svg", "would lie among the files of a run"),
        ("draw RUN --beta 1e-6 --out RUN/parameters/net.svg", "would lie among the files of a run"),
        ("export RUN --beta 1e-6 --to onnx --out .", "no suffix: use .onnx"),
        ("export RUN --to onnx --out net", "give one, such as "),
        ("export nowhere --beta 1 --to onnx --out net", "holds no run"),
        ("figures RUN --suffix gif", "use svg, png or pdf"),
        ("figures RUN --out /dev/null/figures", "the folder /dev/null/figures cannot be created"),
        ("figures nowhere", "holds no run"),
    ],
)
def test_readers_refuse_in_one_sentence_and_write_nothing(refused, trained, tmp_path, monkeypatch, line, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(*line.replace("RUN", str(trained)).split())
    assert list(tmp_path.iterdir()) == []
    assert not (trained / "figures").exists()


@pytest.mark.parametrize("damage", ["config.json", "measures/template.safetensors", "measures/00000012.safetensors"])
@pytest.mark.parametrize(
    "line", ["show RUN", f"draw RUN {NETWORK}", "export RUN --beta 1 --to onnx --out net", "figures RUN"]
)
def test_a_damaged_run_is_named_with_its_file(refused, trained, tmp_path, monkeypatch, damage, line):
    run = shutil.copytree(trained, tmp_path / "run")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    file = run / damage
    file.write_bytes(file.read_bytes()[:-1])
    assert damage.removesuffix("/c.1.0.0.0.0") in refused(*line.replace("RUN", str(run)).split())
    assert list((tmp_path / "work").iterdir()) == []
