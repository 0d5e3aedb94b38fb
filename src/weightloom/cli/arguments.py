"""Arguments that several commands take, and how their text is read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery import Run

RunFolder = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="A run's folder, as `discover` wrote it; or l1-paper, which is included."),
]
Seed = Annotated[int, typer.Option(help="One of the run's seeds.")]
Beta = Annotated[
    float | None,
    typer.Option(help="The price of complexity β: any positive number. An Adam baseline has none."),
]
Step = Annotated[int | None, typer.Option(help="A measured step; the last one unless given.")]
OtherSizes = Annotated[
    str | None,
    typer.Option("--sizes", help="Other widths than those trained on, such as 32,96,1."),
]


def figures_folder(run: "Run", folder: Path | None = None) -> Path:
    """Make the folder for a run's figures: the one asked for, or else one in the run's, or here for an included run.

    Raises:
        InputError: if it cannot be made.
    """
    if folder is None:
        assert run.path is not None  # commands open runs from folders
        folder = Path(f"{run.path.name}-figures") if run.included else run.path / "figures"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be made ({error.strerror}): give --out.") from error
    return folder
