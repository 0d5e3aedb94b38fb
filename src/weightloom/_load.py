"""Opens a run of any of the applications."""

from pathlib import Path
from typing import TYPE_CHECKING

from weightloom.discovery.run import INCLUDED, Run
from weightloom.errors import RunError
from weightloom.runs import RunFolder

if TYPE_CHECKING:
    from weightloom.fields.run import FieldRun


def open_run(path: str | Path) -> "Run | FieldRun":
    """Open a run's folder for reading, whichever application wrote it.

    Args:
        path: the folder that `discover` or `fields.fit` wrote; or "l1-paper", a run of the paper's size that comes with
            the package.

    Returns:
        The run: `.measures`, and `.network(...)` of a discovery run or `.forecast(...)` of a fields run, read from it.

    Raises:
        RunError: naming the file and the entry that are missing, unexpected or damaged.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> from weightloom._load import open_run
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), steps=2, method="adam", out=f"{folder}/run")
        ...     open_run(f"{folder}/run").network(seed=0)
        Network(MLP(sizes=(2, 3, 1), activation='swish'))
    """
    own = Path(path)
    if not own.exists() and own.name == str(path) and (INCLUDED / own).is_dir():
        own = INCLUDED / own
    folder = RunFolder.open(own)
    application = folder.config.get("application")
    if application == "discovery":
        return Run(folder)
    if application == "fields":
        from weightloom.fields.run import FieldRun

        return FieldRun(folder)
    raise RunError(f"{folder.path / 'config.json'}: entry 'application' is {application!r}: use discovery or fields.")


def open_discovery_run(path: str | Path) -> Run:
    """As `open_run`, for what only a discovery run can do.

    Raises:
        RunError: if it is a run of another application.
    """
    run = open_run(path)
    if not isinstance(run, Run):
        raise RunError(f"{run.name} is a run of fields: give one that `weightloom discover` wrote.")
    return run


def open_field_run(path: str | Path) -> "FieldRun":
    """As `open_run`, for what only a fields run can do.

    Raises:
        RunError: if it is a run of another application.
    """
    from weightloom.fields.run import FieldRun

    run = open_run(path)
    if not isinstance(run, FieldRun):
        raise RunError(f"{run.name} is a run of discovery: give one that `weightloom fit` wrote.")
    return run
