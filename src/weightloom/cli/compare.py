"""`weightloom compare`: similarity scores of encoders, in the terminal and on an HTML page."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from weightloom.cli.options import numbers
from weightloom.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

PAIR_WIDTH = 28


def compare(
    features: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]FEATURES...",
            help="Files of features of the same inputs, with one or more encoders each: .npy, .npz, .safetensors or "
            ".parquet. NAME= gives the encoder of a file another name.",
        ),
    ],
    labels: Annotated[Path | None, typer.Option(help="A file of labels, one per input.")] = None,
    blocks: Annotated[
        Path | None,
        typer.Option(help="A file with the block of each input, such as its subject. The null permutes within blocks."),
    ] = None,
    outputs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="A file of the logits of an encoder's model, to compare in place of probes. Repeat it for each.",
        ),
    ] = None,
    scores: Annotated[
        str,
        typer.Option(help="default, all, or names separated by commas, such as cka,gulp. all takes long if wide."),
    ] = "default",
    out: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file to write: a page (.html), the table (.csv, .json, .nc) or its figure (.svg, .png, .pdf). May "
            "be repeated."
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(help="A title of the figure.")] = None,
    limits: Annotated[
        str | None, typer.Option(help="Ends of the colour scales of the figure.", metavar="LOW,HIGH")
    ] = None,
    colours: Annotated[str, typer.Option(help="Matplotlib's name of the figure's colour map.")] = "Blues",
    floor: Annotated[
        list[str] | None,
        typer.Option(help="Features of a baseline encoder, such as one with random weights. May be repeated."),
    ] = None,
    gaussian: Annotated[bool, typer.Option(help="Add Gaussian random features as a baseline.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SCORE.SETTING=VALUE",
            help="A setting of a score, such as mutual-knn.neighbours=20 or hypernetwork-transfer.widths=relative. May "
            "be repeated.",
        ),
    ] = None,
    key: Annotated[int, typer.Option(help="The random key.")] = 0,
    nulls: Annotated[int, typer.Option(help="Number of permutations for the null distribution.")] = 200,
    seeds: Annotated[int, typer.Option(help="Number of hypernetworks to train, for each score that trains any.")] = 10,
) -> None:
    """Compare encoders by their features of the same inputs."""
    from weightloom.similarity import compare as compare_features, members, read_labels, write
    from weightloom.similarity.cells import SIGNIFICANT
    from weightloom.similarity.scores._table import GROUPS
    from weightloom.similarity.writing import FIGURES, writable

    outs = [writable(path) for path in out or ()]
    look = _look(title, limits, colours)
    if look and not any(path.suffix.lower() in FIGURES for path in outs):
        raise InputError("--title, --limits and --colours are of a figure: give one, such as --out similarity.svg.")
    chosen = members(
        scores if scores in GROUPS else [name.strip() for name in scores.split(",")], labels is not None, bool(outputs)
    )
    with _progress(list(chosen)) as progress:
        table = compare_features(
            _read(features),
            None if labels is None else read_labels(labels),
            _with_settings(chosen, settings or []),
            floors=_read(floor or []),
            blocks=None if blocks is None else read_labels(blocks),
            outputs=_read(outputs) if outputs else None,
            gaussian=gaussian,
            key=key,
            nulls=nulls,
            seeds=seeds,
            progress=progress,
        )
    console = Console()
    for directed in (False, True):
        part = table.isel(score=table.symmetric.values != directed)
        columns = max(1, (console.width - PAIR_WIDTH) // 15)
        for start in range(0, part.sizes["score"], columns):
            console.print(_table(part.isel(score=slice(start, start + columns)), directed))
    console.print(
        "↑: larger is more similar. ↓: smaller is more similar. In parentheses: no more similar than with shuffled "
        f"inputs (p > {SIGNIFICANT:g}).",
        highlight=False,
    )
    if labels is None and scores in GROUPS:
        console.print("Scores that need labels are omitted: give --labels to compute them.", highlight=False)
    for path in outs:
        typer.echo(write(table, path, **(look if path.suffix.lower() in FIGURES else {})))


def _look(title: str | None, limits: str | None, colours: str) -> dict[str, Any]:
    """Options of the figure that differ from the defaults."""
    look: dict[str, Any] = {"title": title} if title is not None else {}
    if limits is not None:
        look["limits"] = numbers(limits, "--limits", "0,1", float)
    if colours != "Blues":
        look["colours"] = colours
    if look:
        from weightloom.similarity.plots import checked_look

        checked_look(look.get("limits"), colours)
    return look


@contextlib.contextmanager
def _progress(scores: list[str]) -> Iterator[Callable[[str, int, int], None]]:
    """A bar of the scores, with the pairs of the current one, if this is a terminal. It disappears at the end."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(scores[0], total=len(scores))

        def show(score: str, done: int, total: int) -> None:
            text = f"{score}, {done} of {total}"
            bar.update(task, description=text, completed=scores.index(score) + done / total)

        yield show


def _with_settings(chosen: dict[str, Any], settings: list[str]) -> dict[str, Any]:
    from weightloom._settings import with_settings

    for text in settings:
        score, dot, entry = text.partition(".")
        if not dot:
            raise InputError(f"--set {text!r} cannot be read: give SCORE.SETTING=VALUE, such as gulp.penalty=0.1.")
        if score not in chosen:
            raise InputError(
                f"--set {text!r} names a score that is not computed here: use one of {', '.join(chosen)}, or add the "
                "score with --scores."
            )
        chosen[score] = with_settings(chosen[score], score, [entry])
    return chosen


def _read(texts: list[str]) -> dict[str, Any]:
    from weightloom.similarity import read

    encoders: dict[str, Any] = {}
    for text in texts:
        given, equals, path = text.partition("=")
        is_named = bool(equals) and not Path(text).exists()
        for name, encoded in read(path if is_named else text).items():
            shown = name.replace(Path(path).stem, given, 1) if is_named else name
            if shown in encoders:
                raise InputError(
                    f"two encoders have the name {shown!r}: give one another name, as in NAME={path or text}."
                )
            encoders[shown] = encoded
    return encoders


def _table(table: "xr.Dataset", directed: bool) -> Table:
    from weightloom.similarity.cells import cells, headings

    result = Table(box=None, header_style="bold", pad_edge=False)
    result.add_column("from" if directed else "a")
    result.add_column("to" if directed else "b")
    for heading in headings(table):
        result.add_column(heading, justify="right")
    by_pair: dict[tuple[str, str], list[str]] = {}
    for cell in cells(table):
        # A space in place of the closing parenthesis aligns the digits.
        by_pair.setdefault((cell.a, cell.b), []).append(cell.text() + " " * cell.is_significant)
    names = table.a.values.tolist()
    for place, a in enumerate(names):
        for b in names if directed else names[place + 1 :]:
            result.add_row(a, b, *by_pair[a, b])
    result.add_row("null, mean", "", *(f"[dim]{value:.3g}[/]" for value in _off_diagonal_mean(table)))
    return result


def _off_diagonal_mean(table: "xr.Dataset") -> list[float]:
    return table.null.where(table.a != table.b).mean(("a", "b")).values.tolist()
