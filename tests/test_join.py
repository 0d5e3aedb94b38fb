"""Joined runs are the run that one training of all their seeds gives, byte by byte."""

import jax
import numpy as np
import pytest
import xarray as xr

import weightloom as wl
from tests.fields.tiny_models import TINY
from tests.runs.example_run import file_bytes
from weightloom.errors import InputError, RunError
from weightloom.runs import RunFolder, atomic

OF_SEED = {1: 1, 3: 0, 5: 0}  # which of the trained seeds stands for each seed of the tests


@pytest.fixture(scope="module")
def parts(trained, tmp_path_factory):
    """Folders of seeds that do not follow one another, and one of all of them, written from the shared run."""
    root, source = tmp_path_factory.mktemp("parts"), wl.open_run(trained)
    for seeds in ((5, 1), (3,), (1, 3, 5)):
        rows = [OF_SEED[seed] for seed in seeds]
        measures = source.store.measures().isel(seed=rows).assign_coords(seed=list(seeds))
        config, steps = source.config.replace(seeds=seeds).to_dict(), source.store.steps
        path = root / "-".join(map(str, seeds))
        with RunFolder.create(path, config, steps, measures.isel(step=0, drop=True), "all") as run:
            for step in steps:
                parameters = jax.tree.map(lambda leaf, rows=rows: leaf[np.array(rows)], source.all_parameters(step))
                run.commit(step, {}, parameters, measures.sel(step=step, drop=True))
            run.finish()
    return root


def test_a_joined_folder_is_byte_by_byte_the_one_of_all_seeds(parts, tmp_path):
    joined = wl.join([parts / "5-1", wl.open_run(parts / "3")], tmp_path / "deep" / "joined")
    assert file_bytes(joined.path) == file_bytes(parts / "1-3-5")
    assert joined.config.seeds == (1, 3, 5)


def test_in_memory_it_says_the_same_and_can_be_saved(parts, tmp_path):
    runs = [wl.open_run(parts / name) for name in ("3", "5-1")]
    joined, whole = wl.join(runs), wl.open_run(parts / "1-3-5")
    assert joined.path is None
    xr.testing.assert_identical(joined.measures, xr.concat([run.measures for run in runs], "seed").sortby("seed"))
    np.testing.assert_array_equal(joined.network(5, 1e-6).parameters[0][0], runs[1].network(5, 1e-6).parameters[0][0])
    for ours, theirs in zip(*(jax.tree.leaves(run.parameters(5)) for run in (joined, runs[1]))):
        np.testing.assert_array_equal(ours, theirs)
    assert file_bytes(joined.save(tmp_path / "saved").path) == file_bytes(whole.path)
    assert wl.join([joined]).measures.identical(joined.measures)


def test_compact_copies_are_joined_in_half_precision(parts, tmp_path):
    small = [wl.compact(wl.open_run(parts / name), tmp_path / name) for name in ("5-1", "3")]
    wl.join(small, tmp_path / "joined")
    wl.compact(wl.open_run(parts / "1-3-5"), tmp_path / "whole")
    assert file_bytes(tmp_path / "joined") == file_bytes(tmp_path / "whole")
    with pytest.raises(InputError, match=r"3 has the measure 'kl_edge', which .*5-1 lacks: join only"):
        wl.join([parts / "3", small[0]])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 13, "batch": 9}, "only in their seeds: steps is 12 in .*3, 13 in run 2"),
        ({"schedule": "constant"}, "schedule is 'cosine' in .*3, 'constant' in run 2"),
        ({"seeds": (4, 3)}, "seed 3 is in .*3 and in run 2: give runs of different seeds"),
        (None, "run 2 is not finished: repeat its command"),
    ],
)
def test_what_does_not_belong_together_is_named_and_nothing_is_written(parts, tmp_path, changes, sentence):
    other = wl.join([parts / "5-1"])
    other.store.config |= changes or {}
    other.store._complete = changes is not None
    with pytest.raises(InputError, match=sentence):
        wl.join([parts / "3", wl.Run(other.store)], tmp_path / "joined")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [[], "runs/l1", [3], None])
def test_other_things_are_refused(given, unchecked):
    with pytest.raises(InputError, match="cannot be joined: give a"):
        wl.join(given)


def test_the_output_appears_whole_or_not_at_all(parts, tmp_path, monkeypatch):
    pair = [parts / "5-1", parts / "3"]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    with pytest.raises(InputError, match="exists already: give a new or an empty folder"):
        wl.join(pair, tmp_path / "full")
    written = []

    def fail(path, content):
        written.append(path)
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr(atomic, "_write_durably", fail)
        with pytest.raises(InputError, match="No space left on device"):
            wl.join(pair, tmp_path / "deep" / "joined")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_damaged_run_is_not_joined(parts, tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        wl.join([parts / "3", parts / "missing"], tmp_path / "joined")
    copy = wl.join([parts / "3"], tmp_path / "copy")
    file = next((copy.path / "parameters").iterdir())
    file.write_bytes(file.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(RunError, match=file.name):
        wl.join([copy.path, parts / "5-1"], tmp_path / "joined")
    assert not (tmp_path / "joined").exists()


@pytest.mark.slow
def test_runs_of_fields_are_joined_too(parts, tmp_path):
    data, model = wl.fields.heat(4, frames=3, grid=4), TINY["hypernetwork-in-time"]
    for seeds in ((0,), (1,), (0, 1)):
        wl.fields.fit(data, model, seeds=seeds, steps=4, checkpoints=2, out=tmp_path / str(seeds))
    joined = wl.join([tmp_path / "(1,)", tmp_path / "(0,)"], tmp_path / "joined")
    assert isinstance(joined, wl.fields.FieldRun)
    assert file_bytes(joined.path) == file_bytes(tmp_path / "(0, 1)")
    with pytest.raises(InputError, match=r"application is 'discovery' in .*3, 'fields' in .*joined"):
        wl.join([parts / "3", joined])
