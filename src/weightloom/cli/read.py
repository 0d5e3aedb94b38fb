"""`weightloom read`: the programs of a run's networks, or of weights of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightloom.cli.arguments import Beta, Seed, Step
from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.discovery import Reading, Run

FORMATS = ("formula", "latex", "python")
TEXTS, DRAWINGS = (".txt", ".tex", ".py"), (".svg", ".png", ".pdf")


def read(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|FILE",
            help="A run's folder; or weights of your own, a .safetensors or .onnx file.",
        ),
    ],
    seed: Seed = 0,
    beta: Beta = None,
    step: Step = None,
    activation: Annotated[
        str | None, typer.Option(help="Of weights of your own: swish, relu, gelu, tanh or sine.")
    ] = None,
    orientation: Annotated[
        str | None, typer.Option(help="Of weights of your own that are square: out,in (as in PyTorch) or in,out.")
    ] = None,
    to: Annotated[str, typer.Option(help="How to write the program: formula, latex or python.")] = "formula",
    out: Annotated[
        Path | None, typer.Option(help="A .txt, .tex or .py file for the program, or .svg, .png or .pdf for a drawing.")
    ] = None,
) -> None:
    """Read the program that a network runs, and say how far it holds.

    Of a run without --beta, all networks of one seed are read, one line each.
    """
    from weightloom._checks import check_choice
    from weightloom._load import open_discovery_run
    from weightloom.discovery import read as read_network
    from weightloom.runs.output import output_path, write_output

    check_choice("format", to, FORMATS)
    checked = None if out is None else output_path(out, [*TEXTS, *DRAWINGS], "program")
    if source.suffix in (".safetensors", ".onnx"):
        reading = read_network(source, activation, orientation=orientation)
    else:
        run = open_discovery_run(source)
        if beta is None and run.measures.sizes["beta"] > 1:
            if checked is not None:
                raise InputError("--out writes one program: give --beta, such as 1e-6.")
            return _show(run, seed, step)
        reading = run.network(seed, beta, step=step).reading
    text = getattr(reading, to)
    if checked is not None:
        if checked.suffix in DRAWINGS:
            from weightloom.figures import draw

            draw(reading, checked)
        else:
            write_output(checked, f"{text}\n".encode(), "program")
        text = str(out)
    typer.echo(text)
    typer.echo(reading.verdict, err=to == "python" and out is None)


def _show(run: "Run", seed: int, step: int | None) -> None:
    """One line for each network of a seed: its β, loss, verdict and formula."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("β", "loss", "R²", "wide", "numbers"):
        table.add_column(name, justify="right", no_wrap=True, min_width=7)
    table.add_column("verdict", no_wrap=True, min_width=7)
    table.add_column("program", no_wrap=True, overflow="ellipsis", ratio=1)
    networks = run.table(step)
    networks = networks[networks.seed == seed]
    for beta, loss in zip(networks.beta, networks.loss):
        reading = run.network(seed, float(beta), step=step).reading
        table.add_row(f"{beta:.1e}", f"{loss:.3g}", *_cells(reading))
    Console().print(table, highlight=False, markup=False)


def _cells(reading: "Reading") -> list[str]:
    verdict = reading.verdict
    first = reading.formula.splitlines()[0] if verdict.state != "unread" else "–"
    return [f"{verdict.faithful:.4f}", f"{verdict.wide:.4f}", str(reading.program.numbers), verdict.state, first]
