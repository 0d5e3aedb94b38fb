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
) -> None:
    """Write one HTML page to explore a run in a browser, with every network to click on."""
    from weightloom.discovery import open_run
    from weightloom.report import report as write_report

    opened = open_run(run)
    if out is None:
        _ = opened.measures  # before anything is made for a run that cannot be read
        out = figures_folder(opened) / "report.html"
    typer.echo(write_report(opened, out))
