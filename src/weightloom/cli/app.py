"""The commands put together, and how they fail: one sentence, exit code 2.

Commands import what they need when they run, so that `--help` answers at once.
"""

import sys

import typer
from rich.console import Console

from weightloom.cli.compact import compact
from weightloom.cli.compare import compare
from weightloom.cli.discover import discover
from weightloom.cli.draw import draw
from weightloom.cli.export import export
from weightloom.cli.figures import figures
from weightloom.cli.report import report
from weightloom.cli.show import show
from weightloom.errors import WeightloomError

app = typer.Typer(
    name="weightloom",
    help="The workbench for hypernetworks: families of networks from simple to accurate.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (discover, show, figures, report, draw, export, compact, compare):
    app.command()(command)


def main() -> None:
    """Run the command line; a WeightloomError becomes one sentence on standard error and exit code 2."""
    try:
        app()
    except WeightloomError as error:
        Console(stderr=True).print(f"[bold red]error:[/] {_escaped(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(2)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
