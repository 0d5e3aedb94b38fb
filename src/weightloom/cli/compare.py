"""`weightloom compare`: how alike encoders are, as a table in the terminal and a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from weightloom.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

PAIR_WIDTH = 28


def compare(
    features: Annotated[
        list[Path],
        typer.Argument(
            metavar="FEATURES...",
            help=".npy, .npz, .safetensors or .parquet files: features of the same inputs, one or more encoders each.",
        ),
    ],
    labels: Annotated[Path | None, typer.Option(help="A file of labels, one per row.")] = None,
    scores: Annotated[str, typer.Option(help="all, or names between commas, such as cka,gulp.")] = "all",
    out: Annotated[
        Path | None, typer.Option(help="A page to write, .html: the matrix figure and every number.")
    ] = None,
    floor: Annotated[
        list[Path] | None, typer.Option(help="Features that should be alike to nothing, such as of random weights.")
    ] = None,
    gaussian: Annotated[bool, typer.Option(help="Add Gaussian features as a floor.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SCORE.SETTING=VALUE",
            help="A score's setting, such as mutual-knn.neighbours=20 or hypernetwork-transfer.widths=relative.",
        ),
    ] = None,
    key: Annotated[int, typer.Option(help="All randomness comes from it.")] = 0,
    nulls: Annotated[int, typer.Option(help="Permutations of the null.")] = 200,
    seeds: Annotated[int, typer.Option(help="How many hypernetworks to train per score that needs them.")] = 10,
) -> None:
    """Compare encoders by the features that they give to the same inputs."""
    from weightloom.figures.page import page_path
    from weightloom.similarity import compare as compare_features, members, read_labels
    from weightloom.similarity.cells import SIGNIFICANT
    from weightloom.similarity.page import report_similarity

    if out is not None:
        page_path(out)
    chosen = members("all" if scores == "all" else [name.strip() for name in scores.split(",")], labels is not None)
    table = compare_features(
        _read(features),
        None if labels is None else read_labels(labels),
        _with_settings(chosen, settings or []),
        floors=_read(floor or []),
        gaussian=gaussian,
        key=key,
        nulls=nulls,
        seeds=seeds,
    )
    console = Console()
    for directed in (False, True):
        some = table.isel(score=table.symmetric.values != directed)
        together = max(1, (console.width - PAIR_WIDTH) // 15)
        for start in range(0, some.sizes["score"], together):
            console.print(_table(some.isel(score=slice(start, start + together)), directed))
    console.print(
        "↑ larger, ↓ smaller is more alike. In parentheses: no more alike than inputs out of order "
        f"(p > {SIGNIFICANT:g}).",
        highlight=False,
    )
    if labels is None and scores == "all":
        console.print("Scores that need labels were left out: give --labels.", highlight=False)
    if out is not None:
        typer.echo(report_similarity(table, out))


def _with_settings(chosen: dict[str, Any], settings: list[str]) -> dict[str, Any]:
    from weightloom._settings import with_settings

    for text in settings:
        score, dot, entry = text.partition(".")
        if not dot:
            raise InputError(f"--set {text!r} cannot be read: give SCORE.SETTING=VALUE, such as gulp.penalty=0.1.")
        if score not in chosen:
            raise InputError(f"--set {text!r} is of a score that was not asked for: these are {', '.join(chosen)}.")
        chosen[score] = with_settings(chosen[score], score, [entry])
    return chosen


def _read(paths: list[Path]) -> dict[str, Any]:
    from weightloom.similarity import read

    found: dict[str, Any] = {}
    for path in paths:
        for name, encoded in read(path).items():
            if name in found:
                raise InputError(f"two encoders have the name {name!r}: rename one of the files.")
            found[name] = encoded
    return found


def _table(table: "xr.Dataset", directed: bool) -> Table:
    from weightloom.similarity.cells import cells, headings

    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("from" if directed else "a")
    shown.add_column("to" if directed else "b")
    for heading in headings(table):
        shown.add_column(heading, justify="right")
    by_pair: dict[tuple[str, str], list[str]] = {}
    for cell in cells(table):
        # A space in place of the parenthesis keeps digits in line.
        by_pair.setdefault((cell.a, cell.b), []).append(cell.text() + " " * cell.is_significant)
    names = table.a.values.tolist()
    for place, a in enumerate(names):
        for b in names if directed else names[place + 1 :]:
            shown.add_row(a, b, *by_pair[a, b])
    shown.add_row("null, mean", "", *(f"[dim]{value:.3g}[/]" for value in _off_diagonal_mean(table)))
    return shown


def _off_diagonal_mean(table: "xr.Dataset") -> list[float]:
    return table.null.where(table.a != table.b).mean(("a", "b")).values.tolist()
