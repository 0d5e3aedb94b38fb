"""`weightloom reconstruct`: fill the gaps of a file, with standard deviations."""

from pathlib import Path
from typing import Annotated, Any

import typer

from weightloom.cli.training import quoted

Option = typer.Option


def reconstruct(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .nc file or .zarr folder with gaps.")],
    out: Annotated[Path, Option(help="A new .nc file for the filled fields and their standard deviations.")],
    values: Annotated[
        list[str] | None,
        Option(
            help="The variable of the field. Repeat the option for several channels. Names that you leave out are "
            "found by the CF conventions."
        ),
    ] = None,
    time: Annotated[str | None, Option(help="The time coordinate.")] = None,
    coordinates: Annotated[
        list[str] | None, Option(help="A spatial coordinate. Repeat the option for each one.")
    ] = None,
    trajectory: Annotated[str | None, Option(help="The dimension of trajectories.")] = None,
    channels: Annotated[str | None, Option(help="The dimension of channels.")] = None,
    mask: Annotated[str | None, Option(help="A variable that is 1 where values are used, such as the sea.")] = None,
    modes: Annotated[int | None, Option(help="The largest number of modes. The default is 50.")] = None,
    key: Annotated[int, Option(help="Random key of the held-out values that parameters are chosen on.")] = 0,
) -> None:
    """Fill the gaps of fields in space and time, with a standard deviation at every point."""
    from weightloom.errors import InputError
    from weightloom.fields.reading import read_dataset
    from weightloom.fields.reconstruction import reconstruct as fill
    from weightloom.runs.output import output_path, write_output

    output_path(out, [".nc"], "dataset")
    if out.exists():
        raise InputError(f"{out} exists already: give another path, or remove it first.")
    dataset = read_dataset(file)
    if dataset is None:
        raise InputError(f"{file} cannot be filled: give an existing .nc file or .zarr folder that xarray reads.")
    names: dict[str, Any] = {
        "values": values or None, "time": time, "coordinates": coordinates or None, "trajectory": trajectory,
        "channels": channels, "mask": mask,
    }  # fmt: skip
    given = {name: one for name, one in names.items() if one is not None}
    filled = fill(dataset, names=given, modes=modes, key=key)
    write_output(out, bytes(filled.to_netcdf(engine="scipy")), "dataset")
    typer.echo(f"{quoted(out)} holds {', '.join(map(str, filled.data_vars))}.")
