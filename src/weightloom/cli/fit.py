"""`weightloom fit`: fit a model to trajectories of fields."""

from pathlib import Path
from typing import Annotated, Any

import typer

from weightloom.cli.options import options_of
from weightloom.cli.training import (
    Devices,
    FirstSeed,
    SaveEvery,
    Seeds,
    prepare,
    say_how_it_ended,
    shown,
    stop_on_interrupt,
)
from weightloom.fields.config import FieldsConfig

Option = typer.Option


@options_of(FieldsConfig, defaults={"test": 16})
def fit(
    data: Annotated[
        Path, typer.Argument(help="Trajectories: .zarr, .nc or .npz, as `simulate` wrote them or your own.")
    ],
    out: Annotated[Path, Option(help="The run's folder. An unfinished run of the same config in it is resumed.")],
    model: Annotated[
        str, Option(help="dino, continuous-pod, hypernetwork-in-time, grid-pod, persistence or mean-field.")
    ] = "dino",
    settings: Annotated[
        list[str] | None,
        Option("--set", metavar="NAME=VALUE", help="An entry of the model, such as code=50; may be repeated."),
    ] = None,
    seeds: Seeds = 1,
    first_seed: FirstSeed = 0,
    save_every: SaveEvery = 1000,
    values: Annotated[
        list[str] | None, Option(help="In your own file: the variable of the fields; several are channels.")
    ] = None,
    time: Annotated[str | None, Option(help="In your own file: the times.")] = None,
    coordinates: Annotated[
        list[str] | None, Option(help="In your own file: the positions, one name per coordinate.")
    ] = None,
    trajectory: Annotated[str | None, Option(help="In your own file: the axis of trajectories.")] = None,
    channels: Annotated[str | None, Option(help="In your own file: the axis of channels.")] = None,
    period: Annotated[
        list[float] | None, Option(help="In your own file: the length after which the domain repeats, per coordinate.")
    ] = None,
    devices: Devices = None,
    entries: dict[str, Any] | None = None,
) -> None:
    """Fit a model to trajectories of fields, to forecast others from a single frame.

    Ctrl-C saves and stops. The same line again resumes.
    """
    entries = dict(entries or {})
    chosen = prepare(first_seed, seeds, devices)

    from weightloom._settings import with_settings
    from weightloom.fields import fit as run_fit
    from weightloom.fields.models import find_model

    family = find_model(model)
    names: dict[str, Any] = {
        "values": _one_or_all(values),
        "time": time,
        "coordinates": _one_or_all(coordinates),
        "trajectory": trajectory,
        "channels": channels,
        "period": period or None,
    }
    run = run_fit(
        data,
        with_settings(family(), model, settings or []),
        out=out,
        seeds=chosen,
        save_every=save_every,
        names={name: given for name, given in names.items() if given is not None},
        stop=stop_on_interrupt(),
        **entries,
    )
    say_how_it_ended(run, out, f"weightloom {'evaluate' if run.config.test else 'show'} {shown(out)}")


def _one_or_all(names: list[str] | None) -> str | list[str] | None:
    return names[0] if names and len(names) == 1 else names or None
