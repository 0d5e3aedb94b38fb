"""Milliseconds per seed and step, peak memory and time to the first step, beside plain PyTorch.

    make benchmark

Every row runs in a process of its own, one after the other, on the same machine: (16, 48, 1), batch 256, one β per
step. PyTorch trains one seed at a time, so its milliseconds per seed are those of one seed. Before anything is timed,
both implementations are given the same parameters, noise, β and inputs, and must agree on the loss.
Run it on a quiet machine: contention slows PyTorch's two threads more than ours.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

SIZES = (16, 48, 1)
BATCH = 256
SEEDS = (1, 4, 16)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", help="run one row and print it as JSON: weightloom:SEEDS, torch or torch-compiled")
    parser.add_argument("--seconds", type=float, default=20, help="time to measure each row for")
    parser.add_argument("--without-compiled", action="store_true", help="leave out PyTorch compiled (minutes)")
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(row(arguments.row, arguments.seconds)))
        return
    print(f"{os.cpu_count()} cores; sizes {SIZES}, batch {BATCH}")
    print(f"same parameters, noise and inputs: loss differs by {agreement():.1e} (relative)")
    names = ["torch", *[f"weightloom:{seeds}" for seeds in SEEDS]]
    names += [] if arguments.without_compiled else ["torch-compiled"]
    rows = {name: in_own_process(name, arguments.seconds) for name in names}
    eager = rows["torch"]["ms"]
    print(f"{'':18}{'ms per seed and step':>22}{'eager / this':>14}{'first step s':>14}{'peak MB':>10}")
    for name, measured in rows.items():
        print(
            f"{name:18}{measured['ms']:22.2f}{eager / measured['ms']:14.1f}"
            f"{measured['first']:14.1f}{measured['peak']:10.0f}"
        )


def in_own_process(name: str, seconds: float) -> dict[str, float]:
    """Measure a row in a fresh Python."""
    command = [sys.executable, __file__, "--row", name, "--seconds", str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(name: str, seconds: float) -> dict[str, float]:
    """Median milliseconds per seed and step, seconds to the first step's end, and peak memory in MB."""
    begun = time.perf_counter()
    kind, _, seeds = name.partition(":")
    run_steps, per_call = weightloom_steps(int(seeds)) if kind == "weightloom" else torch_steps(name)
    run_steps()
    first = time.perf_counter() - begun
    times = []
    while not times or time.perf_counter() - begun < first + seconds:
        start = time.perf_counter()
        run_steps()
        times.append((time.perf_counter() - start) / per_call * 1e3)
    # Not ru_maxrss, which a child process inherits from its parent.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    return {"ms": statistics.median(times), "first": first, "peak": peak}


def weightloom_steps(seeds: int):
    """A call that trains every seed for 20 steps, and how many seed-steps that is."""
    import jax

    jax.config.update("jax_num_cpu_devices", min(seeds, os.cpu_count() or 1))
    import jax.numpy as jnp

    import weightloom as wl
    from weightloom.discovery.config import configure
    from weightloom.discovery.methods import METHODS
    from weightloom.training.loop import advance_with
    from weightloom.training.placement import Placement

    config = configure(wl.tasks.l1, wl.MLP(SIZES), seeds=seeds, steps=10**6, regime="literal", batch=BATCH)
    program = METHODS["hypernetwork"].program(config, wl.tasks.l1)
    placement = Placement(config.seeds)
    advance = placement.map(advance_with(program.step), shared=2, donate=(0,))
    state = placement.map(program.init, once=True)(placement.seeds)
    step, steps = 0, 1

    def run_steps() -> None:
        nonlocal state, step, steps
        state, scalars = advance(state, placement.seeds, jnp.uint32(step), jnp.uint32(step + steps))
        jax.block_until_ready(scalars)
        step, steps = step + steps, 20  # the first call is one step

    return run_steps, 20 * seeds


def torch_steps(name: str):
    """A call that trains one seed for 5 steps, eager or compiled."""
    import torch
    from torch_hypernetwork import Trainer

    torch.set_num_threads(os.cpu_count() or 1)
    trainer = Trainer(SIZES, batch=BATCH, compiled=name.endswith("compiled"))
    steps = 1

    def run_steps() -> None:
        nonlocal steps
        for _ in range(steps):
            trainer.train_step()
        steps = 5

    return run_steps, 5


def agreement() -> float:
    """Relative difference of the two losses for the same parameters, noise, β and inputs."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    import torch
    from torch_hypernetwork import ParetoHypernetwork

    import weightloom as wl
    from weightloom.discovery.tasks.losses import LOSSES

    target = wl.MLP(SIZES)
    ours = wl.ParetoHypernetwork(wl.AttentionalHypernetwork(target, key=jax.random.key(0)), key=jax.random.key(1))
    log_beta = jnp.log(1e-5)
    generator = ours.hyperweights(log_beta)
    noise = generator.draw(jax.random.key(2), target)
    x = jax.random.normal(jax.random.key(3), (BATCH, SIZES[0]))
    parameters, ledger = generator.generate(noise, target=target)
    our_loss = LOSSES["squared-error"].mean(target.apply(parameters, x), wl.tasks.l1.target(SIZES[0])(x))

    theirs = ParetoHypernetwork(SIZES)
    spare = generator.learned[0].size  # PyTorch's last hyperlayer has learned variables too, which nobody reads
    readout = generator.readout.weight.size + generator.readout.bias.size
    cut = ours.scale[1].size - readout - generator.learned.size

    def reordered(vectors):
        hyperlayers, rest = vectors[..., :cut], vectors[..., cut:]
        unread = jnp.zeros((*vectors.shape[:-1], spare))
        return jnp.concatenate([hyperlayers, rest[..., readout:], unread, rest[..., :readout]], axis=-1)

    (w1, b1), (w2, b2) = ours.first, ours.second
    arrays = {
        "first.weight": w1[:, None],
        "first.bias": b1,
        "second.weight": w2.T,
        "second.bias": b2,
        "to_a.weight": reordered(ours.scale[0]).T,
        "to_a.bias": reordered(ours.scale[1]),
        "to_b.weight": reordered(ours.gate[0]).T,
        "to_b.bias": reordered(ours.gate[1]),
    }
    tensor = lambda array: torch.tensor(np.array(array))  # noqa: E731
    theirs.load_state_dict({name: tensor(array) for name, array in arrays.items()}, strict=False)
    values = wl.tasks.l1.target(SIZES[0])(x)[:, None]
    hidden, channel = jnp.transpose(noise.hidden, (0, 2, 3, 1)), jnp.swapaxes(noise.channel, 1, 2)
    _, their_loss, their_kl = theirs(*map(tensor, (jnp.exp(log_beta), x, values, hidden, channel)))
    pairs = ((our_loss, their_loss.item()), (ledger.sum(), their_kl.item()))
    differences = [abs(float(a) - b) / abs(b) for a, b in pairs]
    if max(differences) > 1e-4:
        raise SystemExit(f"the implementations disagree: loss and KL differ by {differences}")
    return differences[0]


if __name__ == "__main__":
    main()
