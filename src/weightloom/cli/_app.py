"""The commands put together, and how they fail: one sentence, exit code 2.

A command's file is imported when the command runs, so that `weightloom --help` answers at once.
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
    "discover", "show", "read", "atlas", "figures", "report", "draw", "export", "compact",
    "simulate", "fit", "forecast", "evaluate", "compare",
)  # fmt: skip


class LazyGroup(TyperGroup):
    """A group that knows its commands by their files: `cli/NAME.py` has a function NAME."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands' names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command as the list of commands shows it: its name and its first line of help."""
        return TyperCommand(cmd_name, help=first_line(cmd_name)) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that a line names, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name else command, rest


def load(name: str) -> Any:
    """Import a command.

    Args:
        name: one of `COMMANDS`.
    """
    function = getattr(importlib.import_module(f"weightloom.cli.{name}"), name)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(function)
    return typer.main.get_command(alone)


def first_line(name: str) -> str:
    """The first sentence of a command's help, read without importing it.

    Args:
        name: one of `COMMANDS`.
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


def _show_version(asked: bool | None) -> None:
    if asked:
        typer.echo(importlib.metadata.version("weightloom"))
        raise typer.Exit


@app.callback()
def weightloom(
    version: Annotated[
        bool | None, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = None,
) -> None:
    """The workbench for hypernetworks: networks that turn a condition into the weights of another network."""


def main() -> None:
    """Run the command line; a WeightloomError becomes one sentence on standard error and exit code 2."""
    try:
        app()
    except WeightloomError as error:
        from rich.console import Console
        from rich.markup import escape

        Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
