"""`weightloom draw`: draw a network as a graph."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import Beta, OtherSizes, RunFolder, Seed, Step
from weightloom.cli.options import numbers


def draw(
    run: RunFolder,
    out: Annotated[Path, typer.Option(help="The file to write: .svg, .png or .pdf.")],
    seed: Seed = 0,
    beta: Beta = None,
    step: Step = None,
    sizes: OtherSizes = None,
    key: Annotated[int, typer.Option(help="The random key of the layout. Try others for a clearer drawing.")] = 0,
    layout: Annotated[str, typer.Option(help="The layout: force-directed or layered.")] = "force-directed",
) -> None:
    """Draw a network of a run: inputs green, output magenta, positive weights red, negative weights blue."""
    from weightloom._load import open_discovery_run
    from weightloom.figures import draw as draw_network

    other = None if sizes is None else numbers(sizes, "--sizes", "32,96,1")
    network = open_discovery_run(run).network(seed, beta, step=step, sizes=other)
    typer.echo(f"{draw_network(network, out, key=key, layout=layout)}: {network.algorithm}")
