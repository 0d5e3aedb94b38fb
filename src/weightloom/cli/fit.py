"""`weightloom fit`: fit a model to trajectories of fields."""

from pathlib import Path
from typing import Annotated, Any

import typer

from weightloom.cli.training import say_how_it_ended, seeds_on_devices, stop_on_interrupt

Option = typer.Option


def fit(
    data: Annotated[
        Path, typer.Argument(help="Trajectories: .zarr, .nc or .npz, as `simulate` wrote them or your own.")
    ],
    out: Annotated[Path, Option(help="The run's folder; an unfinished run of the same config in it is resumed.")],
    model: Annotated[
        str, Option(help="dino, continuous-pod, hypernetwork-in-time, grid-pod, persistence or mean-field.")
    ] = "dino",
    settings: Annotated[
        list[str] | None,
        Option("--set", metavar="NAME=VALUE", help="An entry of the model, such as code=50; may be repeated."),
    ] = None,
    observed: Annotated[float, Option(help="The share of the points that sensors see, such as 0.25.")] = 1.0,
    per_frame: Annotated[bool, Option("--per-frame", help="Let sensors move from frame to frame.")] = False,
    mask_key: Annotated[int, Option(help="The choice of points comes from it.")] = 0,
    in_frames: Annotated[int, Option(help="Fit to the first so many frames, In-t; those after them are Out-t.")] = 10,
    windows: Annotated[int | None, Option(help="Cut trajectories into pieces of so many frames first.")] = None,
    test: Annotated[int, Option(help="Trajectories, the last ones, to keep for the test.")] = 16,
    validation: Annotated[
        int | None, Option(help="Of the others, the last ones to measure training on; a twelfth unless given; 0: all.")
    ] = None,
    seeds: Annotated[int, Option(help="How many seeds to train side by side.")] = 1,
    first_seed: Annotated[int, Option(help="The first of the seeds.")] = 0,
    steps: Annotated[int | None, Option(help="Training steps; the model's own number unless given.")] = None,
    checkpoints: Annotated[int, Option(help="How many steps are measured.")] = 5,
    keep: Annotated[
        str, Option(help="Parameters to keep: of all measured steps, to forecast with the best, or of the last.")
    ] = "all",
    save_every: Annotated[int, Option(help="A crash loses at most this many steps.")] = 1000,
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
    devices: Annotated[
        int | None, Option(help="CPU devices to spread the seeds over; one per core unless given.")
    ] = None,
) -> None:
    """Fit a model to trajectories of fields, to forecast others from a single frame.

    Ctrl-C saves and stops; the same line again resumes.
    """
    chosen = seeds_on_devices(first_seed, seeds, devices)

    from weightloom._settings import with_settings
    from weightloom.fields._fit import fit as run_fit
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
        observed=observed,
        per_frame=per_frame,
        mask_key=mask_key,
        in_frames=in_frames,
        windows=windows,
        test=test,
        validation=validation,
        seeds=chosen,
        steps=steps,
        checkpoints=checkpoints,
        keep=keep,
        save_every=save_every,
        names={name: given for name, given in names.items() if given is not None},
        stop=stop_on_interrupt(),
    )
    say_how_it_ended(run, out, f"weightloom evaluate {out}" if test else f"weightloom show {out}")


def _one_or_all(names: list[str] | None) -> str | list[str] | None:
    return names[0] if names and len(names) == 1 else names or None
