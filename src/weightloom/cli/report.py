"""`weightloom report`: write an HTML page about a run."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import RunFolder, figures_folder


def report(
    run: RunFolder,
    out: Annotated[
        Path | None, typer.Option(help="The .html file to write. The default is RUN/figures/report.html.")
    ] = None,
    no_map: Annotated[
        bool, typer.Option("--no-map", help="Skip the losses at other sizes, which take about a minute.")
    ] = False,
    no_atlas: Annotated[
        bool, typer.Option("--no-atlas", help="Skip the families of programs, for which networks are read.")
    ] = False,
    read: Annotated[int, typer.Option(help="Read at most so many networks, about two a second.", min=1)] = 60,
) -> None:
    """Write an HTML page for exploring a run and its networks in a browser."""
    from weightloom._load import open_discovery_run
    from weightloom.discovery import generalisation as map_sizes
    from weightloom.discovery.page import report as write_report
    from weightloom.figures.page import page_path

    opened = open_discovery_run(run)
    if out is None:
        _ = opened.measures  # fails for a damaged run before the folder is created
        out = figures_folder(opened) / "report.html"
    page_path(out)  # fails for a wrong path before the map, which takes a minute
    config = opened.config
    # The map of a user's function would need to execute the function's file.
    can_map = config.method == "hypernetwork" and len(config.sizes) == 3 and config.bundled_task is not None
    sizes = map_sizes(opened) if can_map and not no_map else None
    families = None
    if len(config.sizes) == 3 and not no_atlas:
        from weightloom.cli.atlas import read_families

        families = read_families(opened, "all", read)
    typer.echo(write_report(opened, out, sizes, families))
