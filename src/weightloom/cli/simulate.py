"""`weightloom simulate`: simulate trajectories of a PDE and write them to a Zarr folder."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Option = typer.Option


def simulate(
    pde: Annotated[str, typer.Argument(metavar="PDE", help="The PDE: heat, wave, navier-stokes or shallow-water.")],
    out: Annotated[Path, Option(help="A new .zarr folder for the trajectories.")],
    trajectories: Annotated[
        int | None, Option(help="Number of trajectories. The default is 96, or 10 for shallow-water.")
    ] = None,
    frames: Annotated[
        int | None, Option(help="Frames per trajectory. The default is 20, or 160 for shallow-water.")
    ] = None,
    grid: Annotated[int, Option(help="Grid points along one side, or latitudes for shallow-water.")] = 64,
    key: Annotated[int, Option(help="The random key.")] = 0,
    first: Annotated[
        int, Option(help="Index of the first trajectory. Use --first 96 for test data beyond the first 96.")
    ] = 0,
    settings: Annotated[
        list[str] | None,
        Option("--set", metavar="NAME=VALUE", help="A parameter of the PDE, such as viscosity=1e-4. May be repeated."),
    ] = None,
) -> None:
    """Simulate trajectories of a PDE from random initial conditions."""
    from weightloom._checks import check_choice
    from weightloom._settings import with_settings
    from weightloom.fields.pdes import PDES
    from weightloom.fields.trajectories import checked_destination

    check_choice("PDE", pde, PDES)
    checked_destination(out)
    law = with_settings(PDES[pde](), pde, settings or [])
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{pde}, frames", total=None)
        data = law.simulate(
            law.default_trajectories if trajectories is None else trajectories,
            law.default_frames if frames is None else frames,
            grid,
            key,
            lambda done, total: bar.update(task, completed=done, total=total),
            first,
        )
    data.save(out)
    typer.echo(
        f"{out} holds {len(data)} trajectories of {len(data.times)} frames on {' × '.join(map(str, data.grid))}."
    )
