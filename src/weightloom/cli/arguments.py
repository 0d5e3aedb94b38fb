"""Arguments that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery import Run

RunFolder = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="The folder of a discovery run, or l1-paper for the included run."),
]
Seed = Annotated[int, typer.Option(help="One of the run's seeds.")]
Beta = Annotated[
    float | None,
    typer.Option(help="The price of complexity β, any positive number. Omit it for an Adam baseline."),
]
Step = Annotated[int | None, typer.Option(help="A measured step. The default is the last one.")]
OtherSizes = Annotated[
    str | None,
    typer.Option(
        "--sizes", help="The widths of the network, such as 32,96,1. The default is the widths of the training."
    ),
]


def figures_folder(run: "Run", folder: Path | None = None) -> Path:
    """Create the folder for a run's figures.

    Args:
        run: the run.
        folder: the folder. The default is `figures` in the run's folder; for an included run, it is a folder in the
            working directory.

    Returns:
        The folder.

    Raises:
        InputError: if the folder cannot be created.
    """
    if folder is None:
        assert run.path is not None  # commands open runs from folders only
        folder = Path(f"{run.path.name}-figures") if run.included else run.path / "figures"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be created ({error.strerror}): give --out.") from error
    return folder
