"""The command line: the group of commands and its error handling.

The file of a command is imported only when the command runs, so that `weightloom --help` is fast.
"""

import ast
import importlib
import importlib.metadata
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from weightloom.errors import WeightloomError

COMMANDS = (
    "discover", "extend", "show", "read", "atlas", "figures", "report", "draw", "export", "compact", "join",
    "simulate", "fit", "forecast", "evaluate", "reconstruct", "compare",
)  # fmt: skip


class LazyGroup(TyperGroup):
    """A group that imports a command on first use, from the function NAME in `cli/NAME.py`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List the names of the commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Make a placeholder with the name and the first line of help, for the list of commands."""
        return TyperCommand(cmd_name, help=first_line(cmd_name)) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that the arguments name."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name else command, rest


def load(name: str) -> Any:
    """Import a command.

    Args:
        name: one of `COMMANDS`.

    Returns:
        The command.
    """
    function = getattr(importlib.import_module(f"weightloom.cli.{name}"), name)
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command(name)(function)
    return typer.main.get_command(single)


def first_line(name: str) -> str:
    """Read the first line of a command's help without importing the command.

    Args:
        name: one of `COMMANDS`.

    Returns:
        The line.
    """
    tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text("utf-8"))
    [function] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return (ast.get_docstring(function) or "").splitlines()[0]


app = typer.Typer(
    name="weightloom",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(requested: bool | None) -> None:
    if requested:
        typer.echo(importlib.metadata.version("weightloom"))
        raise typer.Exit


@app.callback()
def weightloom(
    version: Annotated[
        bool | None, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = None,
) -> None:
    """Train and analyse hypernetworks: networks that turn a condition into the weights of another network."""


def main() -> None:
    """Run the command line. A WeightloomError is printed in one sentence on standard error, with exit code 2."""
    try:
        app()
    except WeightloomError as error:
        from rich.console import Console
        from rich.markup import escape

        Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
