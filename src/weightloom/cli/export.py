"""`weightloom export`: write a network to a file for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import Beta, OtherSizes, RunFolder, Seed, Step
from weightloom.cli.options import numbers


def export(
    run: RunFolder,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    to: Annotated[str, typer.Option(help="The format: safetensors or onnx.")],
    seed: Seed = 0,
    beta: Beta = None,
    step: Step = None,
    sizes: OtherSizes = None,
) -> None:
    """Export a network of a run as safetensors or ONNX.

    A network with named inputs, such as one of a table, is exported in the units of its inputs and outputs.
    """
    from weightloom._load import open_discovery_run
    from weightloom.runs import export as export_network

    other = None if sizes is None else numbers(sizes, "--sizes", "32,96,1")
    network = open_discovery_run(run).network(seed, beta, step=step, sizes=other)
    export_network(network.in_units(), out, to)
    units = network.units
    text = f"{out}: {network.architecture}, {network.algorithm}"
    typer.echo(text if units is None else f"{text}; from {', '.join(units.inputs)} to {', '.join(units.outputs)}")
