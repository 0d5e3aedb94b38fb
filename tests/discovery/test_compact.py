"""A compact copy is smaller and says the same."""

import jax
import numpy as np
import pytest

import weightloom as wl
from tests.runs.example_run import file_bytes
from tests.tiny import STEPS, train_tiny
from weightloom.errors import InputError
from weightloom.runs import RunFolder

HALF = 2.0**-10


@pytest.fixture(scope="module")
def small(run, tmp_path_factory):
    return wl.compact(run, tmp_path_factory.mktemp("compact") / "small", seeds=(1,))


def test_measured_numbers_and_labels_stay_and_weights_are_rounded(run, small):
    before = run.measures.sel(seed=[1])
    assert set(before) - set(small.measures) == {"kl_edge"}
    for name, values in small.measures.items():
        if str(name).startswith(("weight_", "bias_")):
            assert values.dtype == np.float32
            np.testing.assert_allclose(values, before[name], rtol=HALF, atol=1e-7)
        else:
            np.testing.assert_array_equal(values, before[name])


def test_new_networks_are_those_of_the_run_but_for_rounding(run, small):
    for options in ({"beta": 1e-3}, {"beta": 1e-6, "draw": 3}, {"beta": 1e-6, "sizes": (4, 5, 1)}):
        pair = [one.network(1, **options).parameters for one in (run, small)]
        scale = max(float(np.abs(leaf).max()) for leaf in jax.tree.leaves(pair[0]))
        for ours, theirs in zip(*map(jax.tree.leaves, pair)):
            np.testing.assert_allclose(theirs, ours, atol=30 * HALF * scale)


def test_it_is_a_complete_run_of_the_chosen_seeds(run, small):
    assert small.complete
    assert small.config.seeds == (1,)
    assert wl.open_run(small.path).measures.identical(small.measures)
    with pytest.raises(InputError, match="seed 0 is not in this run"):
        small.network(0, 1e-6)


def test_it_takes_less_than_half_the_room_of_its_seeds(run, tmp_path):
    both = wl.compact(run, tmp_path / "both")
    arrays = [
        sum(len(content) for name, content in file_bytes(one.path).items() if name.endswith(".safetensors"))
        for one in (run, both)
    ]
    assert arrays[1] < 0.6 * arrays[0]


def test_an_interrupted_copy_is_finished(run, small, tmp_path, monkeypatch):
    commit = RunFolder.commit

    def fail(self, step, *arguments):
        if step == STEPS:
            raise KeyboardInterrupt
        commit(self, step, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "commit", fail)
        with pytest.raises(KeyboardInterrupt):
            wl.compact(run, tmp_path / "copy", seeds=(1,))
    assert not wl.open_run(tmp_path / "copy").complete
    wl.compact(run, tmp_path / "copy", seeds=(1,))
    assert file_bytes(tmp_path / "copy") == file_bytes(small.path)


def test_a_baseline_is_copied_too(baseline, tmp_path):
    copy = wl.compact(baseline, tmp_path / "copy", seeds=[0])
    np.testing.assert_allclose(copy.network(0).parameters[0][0], baseline.network(0).parameters[0][0], rtol=HALF)


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [((5,), "has no seed 5: its seeds are"), ((), "no seed was given"), ((1, 1), "contain duplicates")],
)
def test_seeds_that_cannot_be_copied_are_named(run, tmp_path, seeds, sentence):
    with pytest.raises(InputError, match=sentence):
        wl.compact(run, tmp_path / "copy", seeds=seeds)
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_run_is_not_copied(tmp_path):
    part = train_tiny(tmp_path / "part", method="adam", save_every=2, stop=lambda: True)
    with pytest.raises(InputError, match="is not complete: finish its training first"):
        wl.compact(part, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
