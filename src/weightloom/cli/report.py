"""`weightloom report`: a run as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import RunFolder, figures_folder


def report(
    run: RunFolder,
    out: Annotated[
        Path | None, typer.Option(help="The page to write, .html; RUN/figures/report.html unless given.")
    ] = None,
    no_map: Annotated[
        bool, typer.Option("--no-map", help="Leave out the losses at other sizes, which take about a minute.")
    ] = False,
) -> None:
    """Write one HTML page to explore a run in a browser, with every network to click on."""
    from weightloom._load import open_discovery_run
    from weightloom.discovery import generalisation as map_sizes
    from weightloom.discovery.page import report as write_report
    from weightloom.figures.page import page_path

    opened = open_discovery_run(run)
    if out is None:
        _ = opened.measures  # before anything is made for a run that cannot be read
        out = figures_folder(opened) / "report.html"
    page_path(out)  # before the minute that the map takes
    config = opened.config
    # A user's function would have to be executed for the map.
    mapped = config.method == "hypernetwork" and len(config.sizes) == 3 and config.source is None
    sizes = map_sizes(opened) if mapped and not no_map else None
    typer.echo(write_report(opened, out, sizes))
