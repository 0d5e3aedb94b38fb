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
    print_outcome,
    quoted,
    stop_on_interrupt,
)
from weightloom.fields.config import FieldsConfig

Option = typer.Option


@options_of(FieldsConfig, defaults={"test": 16})
def fit(
    data: Annotated[
        Path, typer.Argument(help="Trajectories in a .zarr, .nc or .npz file, from `simulate` or your own.")
    ],
    out: Annotated[Path, Option(help="The run's folder. If it holds an unfinished run, that run is resumed.")],
    model: Annotated[
        str, Option(help="The model: dino, continuous-pod, hypernetwork-in-time, grid-pod, persistence or mean-field.")
    ] = "dino",
    settings: Annotated[
        list[str] | None,
        Option("--set", metavar="NAME=VALUE", help="A setting of the model, such as code=50. May be repeated."),
    ] = None,
    seeds: Seeds = 1,
    first_seed: FirstSeed = 0,
    save_every: SaveEvery = 1000,
    values: Annotated[
        list[str] | None,
        Option(
            help="In your own file, the variable of the field. Repeat the option for several channels. Names that you "
            "leave out are found by the CF conventions."
        ),
    ] = None,
    time: Annotated[str | None, Option(help="In your own file, the time coordinate.")] = None,
    coordinates: Annotated[
        list[str] | None, Option(help="In your own file, a spatial coordinate. Repeat the option for each one.")
    ] = None,
    trajectory: Annotated[str | None, Option(help="In your own file, the dimension of trajectories.")] = None,
    channels: Annotated[str | None, Option(help="In your own file, the dimension of channels.")] = None,
    period: Annotated[
        list[float] | None,
        Option(
            help="For periodic domains, the period along a coordinate, or 0 for one that does not repeat. Repeat the "
            "option for each coordinate."
        ),
    ] = None,
    mask: Annotated[
        str | None, Option(help="In your own file, a variable that is 1 where values are used, such as the sea.")
    ] = None,
    season: Annotated[
        str | None,
        Option(
            help="A season to remove before the fit and to put back into forecasts: year for data with time stamps, or "
            "its period in the unit of the times."
        ),
    ] = None,
    devices: Devices = None,
    entries: dict[str, Any] | None = None,
) -> None:
    """Fit a model to trajectories of fields, to forecast new trajectories from a single frame.

    Ctrl-C saves the run and stops. Repeat the command to resume.
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
        "period": [length or None for length in period] if period else None,
        "mask": mask,
    }
    run = run_fit(
        data,
        with_settings(family(), model, settings or []),
        out=out,
        seeds=chosen,
        save_every=save_every,
        names={name: given for name, given in names.items() if given is not None},
        season=_period(season),
        stop=stop_on_interrupt(),
        **entries,
    )
    print_outcome(run, out, f"weightloom {'evaluate' if run.config.test else 'show'} {quoted(out)}")


def _period(season: str | None) -> float | str | None:
    try:
        return None if season is None else float(season)
    except ValueError:
        return season


def _one_or_all(names: list[str] | None) -> str | list[str] | None:
    return names[0] if names and len(names) == 1 else names or None
