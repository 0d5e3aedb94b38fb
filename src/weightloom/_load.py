"""Opens a saved run of any application."""

from pathlib import Path
from typing import TYPE_CHECKING

from weightloom.discovery.run import INCLUDED, Run
from weightloom.errors import RunError
from weightloom.runs import RunFolder

if TYPE_CHECKING:
    from weightloom.fields.run import FieldRun


def open_run(path: str | Path) -> "Run | FieldRun":
    """Opens a run folder for reading.

    Args:
        path: a folder that `discover` or `fields.fit` wrote; or "l1-paper", a run at the paper's scale that is included
            in the package.

    Returns:
        A `Run` for a discovery run, a `FieldRun` for a fields run.

    Raises:
        RunError: if a file or an entry is missing, unexpected or damaged. The message names it.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> from weightloom._load import open_run
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), steps=2, method="adam", out=f"{folder}/run")
        ...     open_run(f"{folder}/run").network(seed=0)
        Network(MLP(sizes=(2, 3, 1), activation='swish'))
    """
    location = Path(path)
    if not location.exists() and location.name == str(path) and (INCLUDED / location).is_dir():
        location = INCLUDED / location
    folder = RunFolder.open(location)
    application = folder.config.get("application")
    if application == "discovery":
        return Run(folder)
    if application == "fields":
        from weightloom.fields.run import FieldRun

        return FieldRun(folder)
    raise RunError(f"{folder.path / 'config.json'}: entry 'application' is {application!r}: use discovery or fields.")


def open_discovery_run(path: str | Path) -> Run:
    """Opens a run folder that must hold a discovery run.

    Raises:
        RunError: if the folder holds a run of another application, or cannot be opened.
    """
    run = open_run(path)
    if not isinstance(run, Run):
        raise RunError(f"{run.name} is a fields run: give a run that `weightloom discover` wrote.")
    return run


def open_field_run(path: str | Path) -> "FieldRun":
    """Opens a run folder that must hold a fields run.

    Raises:
        RunError: if the folder holds a run of another application, or cannot be opened.
    """
    from weightloom.fields.run import FieldRun

    run = open_run(path)
    if not isinstance(run, FieldRun):
        raise RunError(f"{run.name} is a discovery run: give a run that `weightloom fit` wrote.")
    return run
