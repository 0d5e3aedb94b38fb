"""The atlas of a run: which program appears where over steps, β and seeds."""

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from weightloom._checks import check_whole
from weightloom._words import listed, shortened
from weightloom.discovery.algorithms.names import ALGORITHMS, NAMED, Algorithm
from weightloom.discovery.atlas.families import UNREAD, family, is_drawn, margins, on_background, variant
from weightloom.discovery.reading import Reading
from weightloom.discovery.run import Run
from weightloom.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

MARKERS = ("D", "s", "P", "v", "X", "^")
LONGEST_NAME = 44
OTHER = "other families"


@dataclasses.dataclass(frozen=True, eq=False)
class Atlas:
    """Networks of a run, grouped by program.

    Attributes:
        networks: a DataFrame, one row for each network that was read: seed, step, beta, loss, kl, algorithm (the name
            from `classify`), family, variant, drawn (an unread network is a typical draw of
            weights), background, state, faithful, wide, causal, numbers, bits and formula.
        representatives: for each family the reading with the highest R² among those whose verdict is best.
        total: how many networks the run has at these steps. Fewer were read if `most` says so.
        places: for each family seed, step and β of its representative.
    """

    networks: "pd.DataFrame"
    representatives: dict[str, Reading]
    total: int
    places: dict[str, tuple[int, int, float]]

    @property
    def steps(self) -> list[int]:
        """The steps whose networks were read."""
        return sorted(set(self.networks.step.tolist()))

    @functools.cached_property
    def families(self) -> "pd.DataFrame":
        """One row for each family and variant, the most frequent first.

        Columns: family, variant, share (of all networks that were read), loss, kl and bits (medians), margin (how many
        bits longer the best other family's program is, fitted to the family's representative), name (of the reference
        that most of the networks match; empty if none), formula, and seed, step and beta of the network with the
        best verdict and then the highest R².
        """
        frequent = [name for name in self.networks.family.value_counts().index if name != UNREAD]
        with threadpool_limits(limits=1, user_api="blas"):
            distance = margins({name: self.representatives[name] for name in frequent})
        rows = []
        for (name, how), own in self.networks.groupby(["family", "variant"], sort=False):
            best = max(own.to_dict("records"), key=_rank)
            known = own.algorithm.mode().iloc[0]
            matches = name != UNREAD and known in NAMED and (own.algorithm == known).mean() > 0.5
            rows.append(
                {
                    "family": name,
                    "variant": how,
                    "share": len(own) / len(self.networks),
                    **{column: own[column].median() for column in ("loss", "kl", "bits")},
                    "margin": distance.get(name, math.nan),
                    "name": known if matches else "",
                    "formula": best["formula"] if name != UNREAD else "",
                    **{column: best[column] for column in ("seed", "step", "beta")},
                }
            )
        import pandas as pd

        table = pd.DataFrame(rows)
        return table.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)

    @property
    def labels(self) -> dict[str, Algorithm]:
        """Colours and markers of the most frequent families; the others share one, and unread networks have another."""
        from weightloom.figures.style import PALE, ROLES

        frequent = [name for name in self.networks.family.value_counts().index if name != UNREAD]
        labels = {
            name: Algorithm(name, shortened(name, LONGEST_NAME), colour, marker, "default", "")
            for name, colour, marker in zip(frequent, ROLES, MARKERS)
        }
        labels |= {OTHER: Algorithm(OTHER, OTHER, PALE, "p", "default", "")} if len(frequent) > len(labels) else {}
        return labels | {UNREAD: ALGORITHMS["unknown"]._replace(name=UNREAD, legend=UNREAD)}

    @property
    def measures(self) -> "xr.Dataset":
        """The family over (seed, step, beta), by its label, as `algorithm`."""
        labels = self.labels
        named = self.networks.assign(algorithm=[name if name in labels else OTHER for name in self.networks.family])
        return named.set_index(["seed", "step", "beta"])[["algorithm"]].to_xarray()

    def _repr_html_(self) -> str:
        return str(self.families.to_html(float_format="{:.3g}".format, index=False))

    def __repr__(self) -> str:
        steps = f"step {self.steps[0]}" if len(self.steps) == 1 else f"{len(self.steps)} steps"
        read = f"{len(self.networks)} of {self.total} networks"
        return f"Atlas of {steps}, {read}\n{self.families.to_string(float_format='{:.3g}'.format, index=False)}"


def atlas(
    run: Run,
    step: int | str | None = None,
    *,
    most: int | None = None,
    report: Callable[[int, int], object] | None = None,
) -> Atlas:
    """Groups the networks of a run by the programs that they run.

    A *family* is a program up to constants and sizes; a *variant* says how the weights realise it. No name that was
    known before is used to form them.

    Args:
        run: a discovery run.
        step: a measured step, or "all"; the default is the last one.
        most: the largest number of networks to read, evenly spaced over seeds, steps and β. The default reads all.
        report: called with the number of networks that were read and their total.

    Returns:
        The atlas.

    Raises:
        InputError: if the step was not measured, `most` is no positive number, or the networks have another number of
            hidden layers than one.

    Examples:
        >>> import weightloom as wl
        >>> run = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), steps=2, method="adam")
        >>> len(atlas(run).networks)
        1
    """
    import pandas as pd

    if most is not None:
        check_whole(most=most)
    steps = _steps(run, step)
    seeds, betas = list(run.measures.seed.values), list(run.measures.beta.values)
    counts = _counts(len(seeds), len(steps), len(betas), most)
    chosen = [[axis[k] for k in _even(len(axis), count)] for axis, count in zip((seeds, steps, betas), counts)]
    tables = [run.table(int(one)).assign(step=int(one)) for one in chosen[1]]
    table = pd.concat(tables, ignore_index=True)
    table = table[table.seed.isin(chosen[0]) & table.beta.isin(chosen[2])].reset_index(drop=True)
    rows: list[dict[str, object]] = []
    best: dict[str, tuple[dict[str, object], Reading, tuple[int, int, float]]] = {}
    # Matrices are small: threads of BLAS would wait for one another, and the last digits would depend on their number.
    with threadpool_limits(limits=1, user_api="blas"):
        for seed, own, beta in zip(table.seed.tolist(), table.step.tolist(), table.beta.tolist()):
            reading = run.network(seed, beta, step=own).reading
            row = _row(reading)
            rows.append(row)
            name = str(row["family"])
            if name != UNREAD and (name not in best or _rank(row) > _rank(best[name][0])):
                best[name] = row, reading, (seed, own, beta)
            if report is not None:
                report(len(rows), len(table))
    # An Adam baseline has no KL.
    stored = table.reindex(columns=["seed", "step", "beta", "loss", "kl", "algorithm"])
    return Atlas(
        stored.assign(**{name: [row[name] for row in rows] for name in rows[0]}),
        {name: reading for name, (_, reading, _) in best.items()},
        len(seeds) * len(steps) * len(betas),
        {name: place for name, (_, _, place) in best.items()},
    )


def _steps(run: Run, step: int | str | None) -> list[int]:
    measured = [int(one) for one in run.measures.step.values]
    if step == "all":
        return measured
    if step is not None and step not in measured:
        raise InputError(f'step {step} was not measured: the measured steps are {listed(measured)}, or "all".')
    return measured[-1:] if step is None else [int(step)]


def _counts(seeds: int, steps: int, betas: int, most: int | None) -> tuple[int, int, int]:
    """How many of each to read: all seeds if possible, and steps and β in proportion."""
    if most is None or seeds * steps * betas <= most:
        return seeds, steps, betas
    seeds = min(seeds, most)
    room = most // seeds
    few = min(max(1, round(math.sqrt(room * steps / betas))), steps, room)
    chosen = min(betas, room // few)
    return seeds, min(steps, room // chosen), chosen


def _even(count: int, chosen: int) -> list[int]:
    """Evenly spaced places, the last one always among them."""
    return sorted({count - 1 - round(k * (count - 1) / max(chosen - 1, 1)) for k in range(chosen)})


def _rank(network: Mapping[Any, Any]) -> tuple[bool, float]:
    """The order of representatives, from a network's row. Of two that are alike, the first is taken."""
    return network["state"] == "read", network["faithful"]


def _row(reading: Reading) -> dict[str, object]:
    verdict = reading.verdict
    return {
        "family": family(reading),
        "variant": variant(reading),
        "drawn": is_drawn(reading),
        "background": on_background(reading),
        "state": verdict.state,
        "faithful": verdict.faithful,
        "wide": verdict.wide,
        "causal": verdict.causal,
        "numbers": reading.program.numbers,
        "bits": verdict.program_bits,
        "formula": reading.formula,
    }
