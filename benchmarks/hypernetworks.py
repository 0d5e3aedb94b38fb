"""Hypernetworks in weightloom beside hypnettorch, HyperLight and synecdoche: lines, seconds per step, accuracy.

    make benchmark-hypernetworks

Three tasks, in `peers/tasks.py`; each library's code in `peers/with_LIBRARY.py`, one function per task, as its own
documentation writes it. All have the same generated network, width of the hidden layer, optimiser (Adam), batch size,
steps, batches and seeds. The learning rate, and the strength of the regulariser of the continual task, are chosen for
every library from the same values by accuracy on validation data, with seeds that are not tested. weightloom's
conditionings and the `scale` of its rotation were chosen on the validation data of an earlier split; the others have
the defaults of their documentation. The split and the seeds here are new: no choice was made with them.

A line counts if it has code; docstrings, comments and blank lines do not. Data, the generated network and the mean of
the cross-entropy come from `peers/` for all, and do not count.

Every library runs in a process of its own, which waits while another is timed: one after the other, again and again.
Seconds per step are those of a long training less those of a short one, over the difference of their steps; start is
the rest of the short training, with compilation. PyTorch is timed with one thread and with two; the faster counts.

    python benchmarks/hypernetworks.py --largest 6

prints the largest network that each conditioning of weightloom trains within 6 GB.
"""

import argparse
import ast
import functools
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

HERE = Path(__file__).parent / "peers"
sys.path.insert(0, str(HERE))
LIBRARIES = ("weightloom", "hypnettorch", "hyperlight", "synecdoche")
TASKS = ("rotation", "continual", "sweep")
STEPS = {"rotation": 1000, "continual": 100, "sweep": 1000}
"""Of the accuracy; for the continual task of each of its five."""
TIMED = (20, 220)
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
BETAS = (0.1, 1.0)
CHOSEN_WITH, TESTED_WITH = (200, 201), (300, 301, 302, 303, 304)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--peers", default=sys.executable, help="the Python that has the peers; the default is this one"
    )
    parser.add_argument("--libraries", default=",".join(LIBRARIES))
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--without-accuracy", action="store_true", help="measure lines and seconds only")
    parser.add_argument("--without-seconds", action="store_true", help="measure lines and accuracy only")
    parser.add_argument("--threads", default="1,2", help="numbers of threads that PyTorch is timed with")
    parser.add_argument("--rounds", type=int, default=7, help="of timing")
    parser.add_argument("--largest", type=float, metavar="GB", help="find the largest networks that train within it")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--grow", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return work(arguments.worker)
    if arguments.grow:
        return print(json.dumps(grown(arguments.grow[0], int(arguments.grow[1]))))
    if arguments.largest:
        return largest(arguments.largest)
    names, chosen = arguments.libraries.split(","), arguments.tasks.split(",")
    table: dict[tuple[str, str], dict[str, float]] = {(task, name): {} for task in chosen for name in names}
    for (task, name), row in table.items():
        row["lines"] = lines_of(name, task)
    if not arguments.without_accuracy:
        for task, name in table:
            table[task, name] |= accuracy(task, name, arguments.peers)
            print(task, name, json.dumps(table[task, name]), flush=True)
        if "sweep" in chosen:
            table["sweep", "separate"] = accuracy("separate", "weightloom", arguments.peers)
            print("separate networks", json.dumps(table["sweep", "separate"]), flush=True)
    if not arguments.without_seconds:
        for task in chosen:
            for name, measured in seconds(task, names, arguments).items():
                table[task, name] |= measured
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(
        f"{'':22}{'lines':>6}{'ms per step':>13}{'range':>16}{'threads':>9}{'start s':>9}{'test accuracy':>22}  chosen"
    )
    for (task, name), row in table.items():
        line = f"{task:10}{name:12}{row.get('lines', ''):>6}"
        if "ms" in row:
            line += f"{row['ms']:13.2f}{row['low']:9.2f}–{row['high']:.2f}{row['threads']:9}{row['start']:9.1f}"
        if "test" in row:
            line += f"{row['test']:15.4f} ± {row['error']:.4f}  {row['settings']}"
        print(line)


def lines_of(name: str, task: str) -> int:
    """Lines with code of the function that does the task, without its docstring."""
    text = (HERE / f"with_{name}.py").read_text()
    function = next(node for node in ast.parse(text).body if getattr(node, "name", "") == task)
    lines = text.splitlines()[function.lineno - 1 : function.end_lineno]
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in lines)


class Worker:
    """A process with one library."""

    def __init__(self, name: str, peers: str, threads: int) -> None:
        python = sys.executable if name == "weightloom" else peers
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [python, __file__, "--worker", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment,
        )  # fmt: skip

    def __call__(self, **order) -> dict:
        """What the process answers to an order."""
        print(json.dumps(order), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker died at {order}")
        return json.loads(line)

    def close(self) -> None:
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()


def work(name: str) -> None:
    """Train as standard input says, a JSON object per line, and answer with seconds and accuracies."""
    warnings.filterwarnings("ignore")
    import tasks

    library = importlib.import_module(f"with_{name}")
    for line in sys.stdin:
        order = json.loads(line)
        task, splits = order.pop("task"), order.pop("splits", [])
        begun = time.perf_counter()
        predict = getattr(library, task)(**order)
        if name in ("weightloom", "synecdoche"):
            import jax

            condition, x, _ = tasks.evaluation("sweep" if task == "separate" else task, "validation")[0]
            jax.block_until_ready(predict(condition, x[:1]))  # waits for the last step
        answer = {"seconds": time.perf_counter() - begun}
        if splits:
            if name in ("hypnettorch", "hyperlight"):
                from torch_parts import from_numpy

                predict = from_numpy(predict)
            elif task == "rotation":
                predict = jax.jit(predict)
            for split in splits:
                answer[split] = tasks.accuracies(predict, "sweep" if task == "separate" else task, split)
        print(json.dumps(answer), flush=True)


def accuracy(task: str, name: str, peers: str) -> dict[str, object]:
    """Settings by validation accuracy, then test accuracy: its mean over seeds, and the error of the mean.

    Of the sweep, the condition with the best validation accuracy is tested, for each seed.
    """
    worker = Worker(name, peers, threads=1)
    grid = [{"rate": rate} | ({"beta": beta} if task == "continual" else {}) for rate in RATES
            for beta in (BETAS if task == "continual" else (0,))]  # fmt: skip
    order = functools.partial(worker, task=task, steps=STEPS[task if task in STEPS else "sweep"])
    swept = task in ("sweep", "separate")
    best = max if swept else statistics.mean

    def validated(settings: dict) -> float:
        return statistics.mean(
            best(order(seed=seed, splits=["validation"], **settings)["validation"]) for seed in CHOSEN_WITH
        )

    settings = max(grid, key=validated)
    values, by_condition = [], []
    for seed in TESTED_WITH:
        found = order(seed=seed, splits=["validation", "test"], **settings)
        test, validation = found["test"], found["validation"]
        by_condition.append(test)
        values.append(test[validation.index(max(validation))] if swept else statistics.mean(test))
    worker.close()
    means = [round(statistics.mean(column), 4) for column in zip(*by_condition)]
    error = statistics.stdev(values) / len(values) ** 0.5
    row = {"test": statistics.mean(values), "error": error, "settings": settings}
    return row if task == "rotation" else row | {"by condition": means}


def seconds(task: str, names: list[str], arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Milliseconds per step, and seconds until the first one, of each library in turn."""
    settings = {"rate": 1e-3} | ({"beta": 0.1} if task == "continual" else {})
    workers = {}
    for name in names:
        is_torch = name in ("hypnettorch", "hyperlight")
        for threads in map(int, arguments.threads.split(",")) if is_torch else (os.cpu_count() or 1,):
            workers[name, threads] = Worker(name, arguments.peers, threads)
    per_step = {key: [] for key in workers}
    starts = {key: [] for key in workers}
    tasks_of_steps = 5 if task == "continual" else 1
    for worker in workers.values():
        worker(task=task, seed=0, steps=TIMED[0], **settings)
    for _ in range(arguments.rounds):
        for key, worker in workers.items():
            short, long = (worker(task=task, seed=0, steps=steps, **settings)["seconds"] for steps in TIMED)
            per_step[key].append((long - short) / (TIMED[1] - TIMED[0]) / tasks_of_steps)
            starts[key].append(short - TIMED[0] * tasks_of_steps * per_step[key][-1])
    for worker in workers.values():
        worker.close()
    found: dict[str, dict[str, float]] = {}
    for (name, threads), values in per_step.items():
        median = statistics.median(values) * 1e3
        if name not in found or median < found[name]["ms"]:
            found[name] = {"ms": median, "low": min(values) * 1e3, "high": max(values) * 1e3, "threads": threads,
                           "start": statistics.median(starts[name, threads])}  # fmt: skip
    return found


def largest(limit: float) -> None:
    """The largest MLP that each conditioning trains within a limit of memory in GB: sizes double until it is passed."""
    from weightloom.hypernetworks import CONDITIONINGS

    print(f"condition of 8 numbers, hidden layer of 64, Adam, batch 32, three steps; limit {limit} GB")
    print(f"{'':14}{'parameters':>12}{'peak GB':>9}{'bytes/parameter':>17}{'s per step':>12}")
    for name in CONDITIONINGS:
        width, reached = 128, None
        while True:
            command = [sys.executable, __file__, "--grow", name, str(width)]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            while child.poll() is None:
                if resident(child.pid, "VmRSS") > limit:
                    child.kill()
                time.sleep(0.02)
            if child.returncode != 0:
                break
            reached = json.loads(child.stdout.read().splitlines()[-1])
            width = round(width * 2**0.5 / 16) * 16
        if reached is None:
            print(f"{name:14} none")
            continue
        per_parameter = reached["peak"] * 2**30 / reached["parameters"]
        print(
            f"{name:14}{reached['parameters']:12,}{reached['peak']:9.2f}{per_parameter:17.0f}{reached['seconds']:12.2f}",
            flush=True,
        )


def resident(process: int | str, entry: str) -> float:
    """Memory of a process in GB, now (VmRSS) or at most (VmHWM); 0 once it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return int(status.split(f"{entry}:")[1].split()[0]) / 2**20 if entry in status else 0.0


def grown(name: str, width: int) -> dict[str, float]:
    """Train a conditioning of an MLP with four hidden layers of this width for three steps."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import optax

    import weightloom as wl
    from weightloom.hypernetworks import CONDITIONINGS, base

    module = eqx.nn.MLP(64, 10, width, 4, key=jax.random.key(0))
    parameters = base.count(module)
    hypernetwork = CONDITIONINGS[name](wl.ModuleNetwork(module), width=8, hidden=(64,), key=0)
    del module
    optimiser = optax.adam(1e-3)
    state = optimiser.init(eqx.filter(hypernetwork, wl.trainable(hypernetwork)))
    x, condition = jnp.ones((32, 64)), jnp.ones(8)

    @functools.partial(eqx.filter_jit, donate="all-except-first")
    def step(inputs, hypernetwork, state):
        loss = lambda own: jnp.mean(wl.call(own, *inputs) ** 2)  # noqa: E731
        value, gradient = eqx.filter_value_and_grad(loss)(hypernetwork)
        updates, state = optimiser.update(gradient, state)
        return eqx.apply_updates(hypernetwork, updates), state, value

    for _ in range(3):
        begun = time.perf_counter()
        hypernetwork, state, value = step((condition, x), hypernetwork, state)
        value.block_until_ready()
        taken = time.perf_counter() - begun
    return {"parameters": parameters, "peak": resident("self", "VmHWM"), "seconds": taken}


if __name__ == "__main__":
    main()
