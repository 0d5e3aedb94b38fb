"""Optimisation steps per second of DINo's decoder and ODE, and seconds of forecasts, beside plain PyTorch.

    make benchmark-fields

Networks of the Navier–Stokes experiment, 96 sequences of 10 frames on 64²: codes of 100, a decoder of 64 × 3,
dynamics of 512 × 3, 256 shared points and 32 trajectories drawn per step, no forcing, so that the ODE runs through.
Every row runs in a process of its own, one after the other. `weightloom` trains one seed per core, as its training
loop does, and counts the steps of all; torch trains one seed on all cores. `torch` evaluates the decoder for every
code and point and integrates with torchdiffeq's fixed-step method of order 4; `torch, affine` is given what ours
knows of the decoder, so that the rest can be compared. Both implementations first get the same parameters and must
agree on both losses. Run it on a quiet machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

SEQUENCES, FRAMES, GRID = 96, 10, 64
CODE, WIDTH, LAYERS, HIDDEN = 100, 64, 3, (512, 512, 512)
POINTS, TRAJECTORIES = 256, 32
FORECASTS, LONGER = 32, 20
# Steps per call, and the first step of a training of twice as many that is not forced any more.
CHUNK, UNFORCED = 10, 1000
ROWS = ("weightloom", "torch", "torch, affine", "forecast")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", choices=ROWS, help="run one row and print it as JSON")
    parser.add_argument("--seconds", type=float, default=20, help="time to measure each row for")
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(row(arguments.row, arguments.seconds)))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"same parameters: losses differ by {agreement():.1e} (relative)")
    found = {name: in_own_process(name, arguments.seconds) for name in ROWS}
    ours = found["weightloom"]["steps"]
    print(f"{'':16}{'steps per second':>18}{'weightloom / this':>20}")
    for name in ROWS[:3]:
        print(f"{name:16}{found[name]['steps']:18.2f}{ours / found[name]['steps']:20.1f}")
    forecast = found["forecast"]
    print(f"{FORECASTS} forecasts of {LONGER} frames on {GRID}²: {forecast['rolled']:.3f} s from codes, "
          f"{forecast['whole']:.3f} s from first frames")  # fmt: skip


def in_own_process(name: str, seconds: float) -> dict[str, float]:
    """Measure a row in a fresh Python."""
    command = [sys.executable, __file__, "--row", name, "--seconds", str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(name: str, seconds: float) -> dict[str, float]:
    """Steps per second, or the seconds of all forecasts with and without the fit of the first codes."""
    if name == "forecast":
        rolled, whole = forecasts()
        return {"rolled": median_seconds(rolled, seconds / 2), "whole": median_seconds(whole, seconds / 2)}
    steps, count = weightloom_steps() if name == "weightloom" else (torch_step(name.endswith("affine")), 1)
    return {"steps": count / median_seconds(steps, seconds)}


def median_seconds(call, seconds: float) -> float:
    """Of calls after the first one, which compiles, for a while."""
    call()
    begun, times = time.perf_counter(), []
    while not times or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def fields() -> tuple[np.ndarray, np.ndarray]:
    """Smooth random sequences (trajectory, time, points), and the grid in [0, 0.5]²."""
    random = np.random.default_rng(0)
    axis = np.linspace(0, 0.5, GRID)
    positions = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    waves = np.sin(positions @ random.uniform(-30, 30, (2, 20)) + random.uniform(0, 6, 20)).T
    amplitudes = np.cumsum(random.standard_normal((SEQUENCES, FRAMES, 20)), axis=1) / 5
    return (amplitudes @ waves).astype(np.float32), positions.astype(np.float32)


def model_and_data():
    """DINo of the benchmark's sizes, and what it observes."""
    import jax.numpy as jnp

    from weightloom.fields.models import DINo, Observed

    values, positions = fields()
    model = DINo(
        code=CODE, decoder_width=WIDTH, decoder_layers=LAYERS, dynamics=HIDDEN, points=POINTS,
        trajectories=TRAJECTORIES, start="zero",
    )  # fmt: skip
    mask = jnp.ones((FRAMES, GRID**2), bool)
    return model, Observed(jnp.asarray(values)[..., None], mask, jnp.asarray(positions), jnp.arange(float(FRAMES)))


def weightloom_steps():
    """A call that takes CHUNK steps of as many seeds as there are cores, as the training loop does."""
    import jax

    cores = os.cpu_count() or 1
    jax.config.update("jax_num_cpu_devices", cores)

    import jax.numpy as jnp

    from weightloom.training import Purpose, key_for
    from weightloom.training.loop import advance_with, typed
    from weightloom.training.placement import Placement

    model, data = model_and_data()
    placement = Placement(tuple(range(cores)))
    data = placement.share(data)

    def take(state, seed, index, data):
        return model.step(state, data, key_for(seed, index, Purpose.INPUTS), index, 2 * UNFORCED)

    start = placement.map(lambda seed, data: typed(model.init(data, jax.random.key(seed))), shared=1, once=True)
    advance = placement.map(advance_with(take), shared=3, donate=(0,))
    state = start(placement.seeds, data)

    def steps() -> None:
        nonlocal state
        end = jnp.uint32(UNFORCED + CHUNK)
        state = jax.block_until_ready(advance(state, placement.seeds, jnp.uint32(UNFORCED), end, data)[0])

    return steps, cores * CHUNK


def torch_step(affine: bool):
    """A call that takes one step."""
    import torch
    from torch_dino import Trainer

    torch.set_num_threads(os.cpu_count() or 1)
    return torch_trainer(Trainer, affine).train_step


def torch_trainer(trainer, affine: bool = False):
    """The plain trainer of the benchmark's sizes."""
    values, positions = fields()
    return trainer(
        values, positions, code=CODE, width=WIDTH, layers=LAYERS, hidden=HIDDEN, points=POINTS,
        trajectories=TRAJECTORIES, affine=affine,
    )  # fmt: skip


def forecasts():
    """Calls that forecast all sequences: from known codes, and from first frames."""
    import jax
    import jax.numpy as jnp

    from weightloom.fields.models import Frame
    from weightloom.fields.models.affine_decoder import affine_field
    from weightloom.fields.models.latent_ode import roll_out

    model, data = model_and_data()
    state = jax.jit(model.init)(data, jax.random.key(0))
    # Codes of order 1, as after training: their spread is the prior of new ones.
    codes = jax.random.normal(jax.random.key(1), state.parameters.trained.codes.shape)
    parameters = state.parameters._replace(trained=state.parameters.trained._replace(codes=codes))
    times = jnp.arange(float(LONGER))

    @jax.jit
    def from_codes(parameters, codes):
        trained, _, domain = parameters
        field = affine_field(trained.decoder, 0.5 * domain.unit(data.points))
        states = jax.vmap(lambda code: roll_out(trained.dynamics, code, domain.frames(times)))(codes)
        return field.decode(states)

    @jax.jit
    def from_frames(parameters, values):
        frame = lambda values: Frame(values, data.mask[0], data.points)  # noqa: E731
        return jax.vmap(lambda own: model.forecast(parameters, frame(own), times, data.points))(values)

    first = data.values[:FORECASTS, 0]
    return (
        lambda: jax.block_until_ready(from_codes(parameters, codes[:FORECASTS, 0, 0])),
        lambda: jax.block_until_ready(from_frames(parameters, first)),
    )


def agreement() -> float:
    """Largest relative difference of the two losses for the same parameters, points and trajectories."""
    import jax
    import jax.numpy as jnp
    import torch
    from torch_dino import Trainer

    from weightloom.fields.models.affine_decoder import affine_field
    from weightloom.fields.models.latent_ode import teacher_forced

    model, data = model_and_data()
    trained = model.init(data, jax.random.key(0)).parameters.trained
    codes = jax.random.normal(jax.random.key(1), trained.codes.shape)
    drawn = jnp.arange(0, GRID**2, GRID**2 // POINTS)
    decoded = affine_field(trained.decoder, data.points[drawn]).decode(codes)
    states = jnp.swapaxes(codes[:TRAJECTORIES, :, 0], 0, 1)
    never = jnp.zeros((FRAMES - 1, TRAJECTORIES), bool)
    rolled = teacher_forced(trained.dynamics, states, data.times, never)
    ours = [jnp.mean((decoded[:, :, 0] - data.values[:, :, drawn, 0]) ** 2), jnp.mean((rolled - states[1:]) ** 2)]

    tensor = lambda array: torch.tensor(np.array(array))  # noqa: E731
    base, decoder = trained.decoder.base, {}
    *inner, (weight, bias) = base.layers
    for layer, (frequencies, shift) in enumerate(zip(base.filters, np.split(trained.decoder.emission, LAYERS + 1, 1))):
        decoder |= {f"filters.{layer}": frequencies, f"shifts.{layer}.weight": shift.T}
        decoder[f"shifts.{layer}.bias"] = base.first if layer == 0 else inner[layer - 1][1]
        if layer:
            decoder[f"inner.{layer - 1}.weight"] = inner[layer - 1][0].T
    decoder |= {"output.weight": weight.T, "output.bias": bias}
    dynamics = {}
    for layer, (own_weight, own_bias) in enumerate(trained.dynamics.layers):
        dynamics |= {f"{2 * layer}.weight": own_weight.T, f"{2 * layer}.bias": own_bias}
    dynamics |= {f"{2 * layer + 1}.steepness": own for layer, own in enumerate(trained.dynamics.steepness)}
    differences = []
    for affine in (False, True):
        theirs = torch_trainer(Trainer, affine)
        theirs.decoder.load_state_dict({name: tensor(array) for name, array in decoder.items()})
        theirs.dynamics.load_state_dict({name: tensor(array) for name, array in dynamics.items()})
        theirs.codes.data = tensor(codes[:, :, 0])
        losses = theirs.losses(tensor(drawn), torch.arange(TRAJECTORIES))
        differences += [abs(float(a) - b.item()) / abs(b.item()) for a, b in zip(ours, losses)]
    if max(differences) > 1e-3:
        raise SystemExit(f"the implementations disagree: losses differ by {differences}")
    return max(differences)


if __name__ == "__main__":
    main()
