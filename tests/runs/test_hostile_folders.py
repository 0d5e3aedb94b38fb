"""Every file of a run, damaged in every way: one error that names the file, and nothing in it is executed."""

import json
import os
import pickle
import shutil

import numpy as np
import pytest

from tests.runs.example_run import file_bytes, read_everything, start, state_at
from weightloom.errors import RunError
from weightloom.runs import RunFolder

FILES = [
    "running/config.json",
    "running/state/00000017.safetensors",
    "running/parameters/00000000.safetensors",
    "running/parameters/00000010.safetensors",
    "running/measures/template.safetensors",
    "running/measures/00000000.safetensors",
    "running/measures/00000010.safetensors",
    "finished/config.json",
    "finished/COMPLETE",
    "finished/parameters/00000025.safetensors",
    "finished/measures/template.safetensors",
    "finished/measures/00000025.safetensors",
]


@pytest.fixture
def runs(running, finished):
    assert running.parent == finished.parent
    return running.parent


def resume(path):
    with start(path, keep="all") as run:
        if not run.complete:
            run.load_state(state_at(0))
        read_everything(path)


def refused(path, name):
    """Whether reading and resuming the run both fail with an error that names the file."""
    errors = []
    for attempt in (read_everything, resume):
        with pytest.raises(RunError) as error:
            attempt(path)
        errors.append(str(error.value))
    return all(name in error for error in errors)


def test_no_file_of_a_run_but_its_lock_can_be_missing_or_empty(runs):
    files = [runs / name for name in file_bytes(runs) if not name.endswith("LOCK")]
    assert {str(file.relative_to(runs)) for file in files} > set(FILES)
    for file in files:
        content = file.read_bytes()
        for damage in (file.unlink, file.touch):
            damage()
            with pytest.raises(RunError):
                read_everything(runs / file.relative_to(runs).parts[0])
        file.write_bytes(content)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(runs, name):
    content = (runs / name).read_bytes()
    for length in {0, 1, len(content) // 2, len(content) - 1}:
        (runs / name).write_bytes(content[:length])
        assert refused(runs / name.split("/")[0], name)
    (runs / name).write_bytes(content + b"\0")
    assert refused(runs / name.split("/")[0], name)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_noticed_wherever_it_is(runs, name):
    content = (runs / name).read_bytes()
    for k, place in enumerate({round(x) for x in np.linspace(0, len(content) - 1, 12)}):
        changed = bytearray(content)
        changed[place] ^= (1, 128)[k % 2]
        (runs / name).write_bytes(changed)
        with pytest.raises(RunError) as error:
            read_everything(runs / name.split("/")[0])
        assert os.path.dirname(name) in str(error.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["removed", "renamed", "link", "pipe", "folder"])
def test_a_file_that_is_not_there_as_a_file_is_refused(runs, name, damage):
    path = runs / name
    if damage == "renamed":
        path.rename(path.with_name("renamed"))
    else:
        path.rename(runs / "elsewhere")
    if damage == "link":
        path.symlink_to(runs / "elsewhere")
    elif damage == "pipe":
        os.mkfifo(path)
    elif damage == "folder":
        path.mkdir()
    if name == "finished/COMPLETE" and damage not in ("link", "pipe", "folder"):
        name = "finished/state"  # without COMPLETE it must be a run that lost its state
    if name == "running/state/00000017.safetensors":
        name = "running/state"
    if name.endswith("config.json") and damage in ("removed", "renamed"):
        with pytest.raises(RunError, match=r"holds no run: it has no config\.json"):
            read_everything(runs / name.split("/")[0])
        return
    with pytest.raises(RunError) as error:
        read_everything(runs / name.split("/")[0])
    assert name in str(error.value)


class Bomb:
    def __init__(self, sentinel):
        self.sentinel = str(sentinel)

    def __reduce__(self):
        return open, (self.sentinel, "w")


def test_the_bomb_would_work(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "sentinel"))).close()
    assert (tmp_path / "sentinel").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_pickle_in_place_of_a_file_is_refused_and_not_executed(runs, name):
    sentinel = runs / "sentinel"
    for protocol in (0, 4):
        (runs / name).write_bytes(pickle.dumps(Bomb(sentinel), protocol))
        assert refused(runs / name.split("/")[0], name)
    assert not sentinel.exists()


PICKLED = {"id": "pickle", "protocol": 4}
OLD_ARRAY = {
    "zarr_format": 2,
    "shape": [1],
    "chunks": [1],
    "dtype": "|O",
    "compressor": None,
    "filters": [PICKLED],
    "fill_value": None,
    "order": "C",
}
NEW_ARRAY = {
    "zarr_format": 3,
    "node_type": "array",
    "shape": [1],
    "data_type": "float64",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1]}},
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "fill_value": 0,
    "codecs": [{"name": "numcodecs.pickle", "configuration": PICKLED}],
    "attributes": {},
}


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"measures.zarr/planted/.zarray": OLD_ARRAY, "measures.zarr/planted/0": Bomb}, "planted"),
        ({"measures.zarr/loss/.zarray": OLD_ARRAY, "measures.zarr/loss/0": Bomb}, "loss"),
        ({"measures.zarr/.zgroup": {"zarr_format": 2}}, ".zgroup"),
        ({"measures.zarr/.zmetadata": {"zarr_format": 2}}, ".zmetadata"),
        ({"measures.zarr/loss/.zattrs": {}}, ".zattrs"),
        ({"measures.zarr/planted/zarr.json": NEW_ARRAY, "measures.zarr/planted/c/0": Bomb}, "planted"),
        ({"measures.zarr/loss/zarr.json": NEW_ARRAY, "measures.zarr/loss/c/0": Bomb}, "loss"),
        ({"measures.zarr/loss/zarr.json": OLD_ARRAY}, "loss"),
        ({"zarr.json": NEW_ARRAY, "c/0": Bomb}, "c/0"),
        ({"model.pkl": Bomb}, "model.pkl"),
        ({"state/model.pkl": Bomb}, "state/model.pkl"),
        ({"state/17.safetensors": Bomb}, "state/17.safetensors"),
        ({"parameters/00000017.safetensors": Bomb}, "parameters/00000017.safetensors"),
        ({"figure/front.svg": {}}, "figure/front.svg"),
        ({"measures.zarr/zarr.json": {"zarr_format": 3, "node_type": "group", "attributes": {}}}, "zarr.json"),
        ({"measures/figures/front.svg": {}}, "front.svg"),
        ({"measures/zarr.json": NEW_ARRAY, "measures/c/0": Bomb}, "measures"),
        ({"measures/model.pkl": Bomb}, "model.pkl"),
        ({"measures/00000011.safetensors": Bomb}, "measures/00000011.safetensors"),
        ({"__init__.py": {}}, "__init__.py"),
    ],
)
def test_planted_files_are_refused_and_not_executed(running, files, named):
    sentinel = running.parent / "sentinel"
    for name, content in files.items():
        (running / name).parent.mkdir(exist_ok=True, parents=True)
        bomb = content is Bomb
        (running / name).write_bytes(pickle.dumps(Bomb(sentinel)) if bomb else json.dumps(content).encode())
    assert refused(running, named)
    assert not sentinel.exists()


@pytest.mark.parametrize("name", ["parameters", "measures", "state"])
def test_links_to_folders_are_refused(running, name):
    shutil.move(running / name, running.parent / "elsewhere")
    (running / name).symlink_to(running.parent / "elsewhere")
    assert refused(running, name)


@pytest.mark.parametrize("kind", ["state", "parameters", "measures"])
def test_a_file_under_the_name_of_another_step_is_noticed(running, kind):
    old = max((running / kind).glob("0*"))
    if kind == "state":
        old.rename(running / kind / "00000018.safetensors")
        with pytest.raises(RunError, match=r"00000018\.safetensors: entry 'step' is 17: the file was renamed"):
            read_everything(running)
    else:
        shutil.copy(running / kind / "00000000.safetensors", old)
        with pytest.raises(RunError, match=r"00000010\.safetensors: entry 'step' is 0: the file was renamed"):
            read_everything(running)


def test_a_run_that_lost_its_state_does_not_start_anew_unnoticed(running):
    shutil.rmtree(running / "state")
    assert refused(running, "state has no file")


def test_a_run_from_a_newer_weightloom_asks_to_upgrade(running):
    (running / "config.json").write_text('{"format": 7, "weightloom": "9.0.0", "config": {"seeds": 1}}')
    for attempt in (lambda: RunFolder.open(running), lambda: start(running)):
        with pytest.raises(RunError, match=r"config\.json: entry 'format' is 7, written by weightloom '9\.0\.0'"):
            attempt()
