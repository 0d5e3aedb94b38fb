"""`weightloom figures`: draw the front, the phase diagram and representative networks of a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightloom.cli.arguments import RunFolder, figures_folder

if TYPE_CHECKING:
    import xarray as xr

    from weightloom.discovery.atlas import Atlas

# Networks that are read for the families of a task that is no L1 norm.
READ = 240


def figures(
    run: RunFolder,
    out: Annotated[Path | None, typer.Option(help="The folder to write to. The default is RUN/figures.")] = None,
    suffix: Annotated[str, typer.Option(help="The file format: svg, png or pdf.")] = "svg",
    networks: Annotated[int, typer.Option(help="Number of networks to draw.")] = 3,
) -> None:
    """Draw the front, the phase diagram, and networks with different algorithms or β."""
    from weightloom._load import open_discovery_run
    from weightloom.discovery._representatives import representatives
    from weightloom.discovery.plots import draw_front, draw_phase_diagram
    from weightloom.errors import InputError
    from weightloom.figures import draw

    if suffix not in ("svg", "png", "pdf"):
        raise InputError(f"--suffix {suffix!r} is unknown: use svg, png or pdf.")
    opened = open_discovery_run(run)
    folder = figures_folder(opened, out)
    if opened.config.method == "hypernetwork":
        typer.echo(draw_front(opened.measures, folder / f"front.{suffix}"))
        phases: xr.Dataset | Atlas = opened.measures
        if not opened.config.norm and len(opened.config.sizes) == 3:
            from weightloom.cli.atlas import read_families

            phases = read_families(opened, "all", READ)
        typer.echo(draw_phase_diagram(phases, folder / f"phase-diagram.{suffix}"))
    for seed, beta in representatives(opened.measures, networks):
        network = opened.network(seed, beta)
        path = folder / f"network-seed-{seed}-beta-{beta:.0e}.{suffix}"
        typer.echo(f"{draw(network, path)}: {network.algorithm}")
