"""`weightloom discover`: train, measure and store a family of networks over β."""

from pathlib import Path
from typing import Annotated

import typer

from weightloom.cli.arguments import whole_numbers
from weightloom.cli.training import say_how_it_ended, seeds_on_devices, stop_on_interrupt
from weightloom.errors import InputError

Option = typer.Option


def discover(
    task: Annotated[
        str,
        typer.Argument(
            help="l1, l2, max, max_abs, median, product, sum_of_squares, or path/to/file.py:function, a function from "
            "inputs (batch, n) to values (batch,) written with jax.numpy."
        ),
    ],
    out: Annotated[Path, Option(help="The run's folder; an unfinished run of the same config in it is resumed.")],
    sizes: Annotated[str, Option(help="Widths of the generated network, inputs first.")] = "16,48,1",
    seeds: Annotated[int, Option(help="How many seeds to train side by side.")] = 1,
    first_seed: Annotated[int, Option(help="The first of the seeds.")] = 0,
    steps: Annotated[int, Option(help="Optimisation steps.")] = 30_000,
    method: Annotated[str, Option(help="hypernetwork, or adam for the baseline of section 2.5.")] = "hypernetwork",
    regime: Annotated[
        str,
        Option(
            help="warmup raises the upper end of the sampled β from 1e-7 to --highest-beta (accurate networks "
            "first); literal samples all β from the start, as the paper does (simple networks first)."
        ),
    ] = "warmup",
    warmup: Annotated[
        str | None,
        Option(metavar="FROM,TO", help="Steps of the warm-up; a tenth and 35 % of them unless given."),
    ] = None,
    learning_rate: Annotated[
        float | None,
        Option(help="Adam's; 1e-3 unless given, and with more than 200 weights 5e-4 (warmup) or 2e-4 (literal)."),
    ] = None,
    schedule: Annotated[
        str, Option(help="Of the learning rate: constant, or cosine to 0 in the second half.")
    ] = "cosine",
    clip: Annotated[float | None, Option(help="The largest norm of a gradient; none unless given.")] = None,
    batch: Annotated[int, Option(help="Inputs per step.")] = 256,
    lowest_beta: Annotated[float, Option(help="The lowest β sampled and measured.")] = 1e-12,
    highest_beta: Annotated[float, Option(help="The highest β sampled and measured.")] = 1.0,
    betas: Annotated[int, Option(help="How many β are measured, log-spaced.")] = 30,
    betas_per_step: Annotated[int, Option(help="How many β each step averages over.")] = 1,
    hyperdepth: Annotated[int, Option(help="Hyperlayers of the hypernetwork.")] = 4,
    channel: Annotated[int, Option(help="Features that a hyperlayer's channel samples per weight.")] = 4,
    shared_noise: Annotated[bool, Option("--shared-noise", help="Give encoder and decoder the same noise.")] = False,
    learned_std: Annotated[
        float, Option("--deviation", help="Standard deviation of the initial learned variables.")
    ] = 3.0,
    activation: Annotated[str, Option(help="swish, relu, gelu, tanh or sine.")] = "swish",
    checkpoints: Annotated[int, Option(help="How many steps are measured.")] = 30,
    spacing: Annotated[str, Option(help="Space between them: log or linear.")] = "log",
    keep: Annotated[str, Option(help="Hypernetworks to keep: of the last measured step, or of all.")] = "last",
    save_every: Annotated[int, Option(help="A crash loses at most this many steps.")] = 1000,
    devices: Annotated[
        int | None, Option(help="CPU devices to spread the seeds over; one per core unless given.")
    ] = None,
    distributed: Annotated[
        bool, Option("--distributed", help="Share the seeds between the processes of a SLURM or MPI job.")
    ] = False,
) -> None:
    """Train a hypernetwork and store the networks that it generates, from simple to accurate.

    Ctrl-C saves and stops; the same line again resumes.
    """
    widths = whole_numbers(sizes, "--sizes", "16,48,1")
    span = None
    if warmup is not None:
        span = whole_numbers(warmup, "--warmup", "2000,6000")
        if len(span) != 2:
            raise InputError(f"--warmup {warmup!r} cannot be read: give two steps, such as 2000,6000.")
    # Before the task, whose file may compute with JAX already.
    numbers = seeds_on_devices(first_seed, seeds, devices)

    import jax

    from weightloom.architectures import MLP
    from weightloom.discovery import discover as run_discovery
    from weightloom.discovery.tasks import load_task

    if distributed:
        jax.distributed.initialize()
    chosen = load_task(task)

    run = run_discovery(
        chosen,
        MLP(widths, activation),
        out=out,
        seeds=numbers,
        steps=steps,
        save_every=save_every,
        stop=stop_on_interrupt(),
        method=method,
        regime=regime,
        warmup=span,
        learning_rate=learning_rate,
        schedule=schedule,
        clip=clip,
        batch=batch,
        beta_range=(lowest_beta, highest_beta),
        measured_betas=betas,
        betas_per_step=betas_per_step,
        hyperdepth=hyperdepth,
        channel=channel,
        shared_noise=shared_noise,
        learned_std=learned_std,
        checkpoints=checkpoints,
        spacing=spacing,
        keep=keep,
    )
    say_how_it_ended(run, out, f"weightloom show {out}")
