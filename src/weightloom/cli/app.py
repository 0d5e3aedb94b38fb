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
from weightloom.cli.evaluate import evaluate
from weightloom.cli.export import export
from weightloom.cli.figures import figures
from weightloom.cli.fit import fit
from weightloom.cli.forecast import forecast
from weightloom.cli.report import report
from weightloom.cli.show import show
from weightloom.cli.simulate import simulate
from weightloom.errors import WeightloomError

app = typer.Typer(
    name="weightloom",
    help="The workbench for hypernetworks: networks that turn a condition into the weights of another network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS = (discover, show, figures, report, draw, export, compact, simulate, fit, forecast, evaluate, compare)
for command in COMMANDS:
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
