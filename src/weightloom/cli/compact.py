"""`weightloom compact`: a smaller copy of a run."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import RunFolder
from weightloom.cli.options import numbers


def compact(
    run: RunFolder,
    out: Annotated[Path, typer.Option(help="The folder of the copy.")],
    seeds: Annotated[str | None, typer.Option(help="The seeds to copy, such as 0,3. The default is all.")] = None,
) -> None:
    """Write a smaller copy of a complete run, in half precision and without the KL of single edges."""
    from weightloom._load import open_discovery_run
    from weightloom.discovery import compact as copy

    chosen = None if seeds is None else numbers(seeds, "--seeds", "0,3")
    small = copy(open_discovery_run(run), out, chosen)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    typer.echo(f"{out} holds {len(small.config.seeds)} seeds in {size / 1e6:.1f} MB.")
