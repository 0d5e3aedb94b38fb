"""Joins runs that differ only in their seeds."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from weightloom._load import open_run
from weightloom._words import shown
from weightloom.discovery.run import Run
from weightloom.errors import InputError
from weightloom.runs.joining import joined_store
from weightloom.runs.json_files import differences
from weightloom.runs.memory import new_folder
from weightloom.training import BaseRun

if TYPE_CHECKING:
    from weightloom.fields.run import FieldRun


def join(runs: "Sequence[str | Path | Run | FieldRun]", out: str | Path | None = None) -> "Run | FieldRun":
    """Joins finished runs that differ only in their seeds, such as those of a SLURM job array, into one run.

    The joined run is the run that one training of all seeds would have given. Without `out`, it is in memory, and
    `run.save(path)` writes it. With `out`, its folder appears whole or not at all. The runs stay as they are.

    Args:
        runs: folders of runs, or runs that `discover`, `fields.fit` or `open_run` returned. All of discovery or all of
            fields.
        out: a new or an empty folder for the joined run. The default keeps it in memory.

    Returns:
        The joined run, complete, with its seeds in increasing order.

    Raises:
        InputError: if a run is not finished, a config entry other than the seeds differs (the message names the first
            one), a seed appears twice, or `out` is not new. Nothing is written.
        RunError: if a folder holds no run, or a damaged one.

    Examples:
        >>> import weightloom as wl
        >>> tiny = {"steps": 2, "checkpoints": 1, "method": "adam"}
        >>> parts = [wl.discover(wl.tasks.l1, (2, 3, 1), seeds=[seed], **tiny) for seed in (5, 0)]
        >>> wl.join(parts).config.seeds
        (0, 5)
    """
    opened = _opened(runs)
    folder = None if out is None else new_folder(out)
    first, *others = opened
    for name, run in opened.items():
        if not run.complete:
            raise InputError(f"{name} is not finished: repeat its command to finish the training, then join.")
    for name in others:
        _check_same_config(first, opened[first], name, opened[name])
    seeds: list[int] = []
    for name, run in opened.items():
        if twice := sorted(set(run.config.seeds).intersection(seeds)):
            holder = next(other for other, one in opened.items() if twice[0] in one.config.seeds)
            raise InputError(f"seed {twice[0]} is in {holder} and in {name}: give runs of different seeds.")
        seeds += run.config.seeds
    config = opened[first].config.replace(seeds=tuple(sorted(seeds)))
    stores = {name: run.store for name, run in opened.items()}
    store = joined_store(stores, [run._parameter_shapes() for run in opened.values()], seeds, config.to_dict())
    return type(opened[first])(store if folder is None else store.save(folder))


def _opened(runs: "Sequence[str | Path | Run | FieldRun]") -> "dict[str, Run | FieldRun]":
    """The runs by names that tell them apart in messages."""
    if isinstance(runs, str | Path | BaseRun) or not isinstance(runs, Sequence) or not runs:
        raise InputError(f"{shown(runs)} cannot be joined: give a list of runs or of their folders.")
    opened: dict[str, Run | FieldRun] = {}
    for place, given in enumerate(runs, 1):
        if not isinstance(given, str | Path | BaseRun):
            raise InputError(f"{shown(given)} cannot be joined: give a run or its folder.")
        run = given if isinstance(given, BaseRun) else open_run(given)
        name = f"run {place}" if run.path is None else str(run.path)
        opened[f"{name} (place {place})" if name in opened else name] = run
    return opened


def _check_same_config(first: str, run: "Run | FieldRun", name: str, other: "Run | FieldRun") -> None:
    """Raises an InputError that names the first entry other than the seeds in which two configs differ."""
    mine, others = run.config.to_dict(), other.config.to_dict()
    for entry in mine:
        present = {entry: others[entry]} if entry in others else {}
        found = differences({entry: mine[entry]}, present, (f"in {first}", f"in {name}"))
        if found and entry != "seeds":
            raise InputError(f"runs that are joined may differ only in their seeds: {found[0]}.")
