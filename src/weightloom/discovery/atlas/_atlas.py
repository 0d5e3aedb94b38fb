"""The atlas of a run: which program appears where over β and seeds."""

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from weightloom.discovery.atlas.families import UNREAD, family, on_background, variant
from weightloom.discovery.reading import Reading
from weightloom.discovery.run import Run

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True, eq=False)
class Atlas:
    """The networks of one step of a run, grouped by program.

    Attributes:
        networks: a DataFrame, one row for each network: seed, beta, loss, kl, algorithm (the name from `classify`),
            family, variant, background, state, faithful, wide, causal, numbers, bits and formula.
        step: the measured step.
    """

    networks: "pd.DataFrame"
    step: int

    @functools.cached_property
    def families(self) -> "pd.DataFrame":
        """One row for each family and variant, the most frequent first.

        Columns: family, variant, share (of all networks), loss, kl and bits (medians), formula, and seed and beta of
        the representative, which has the highest R² among the read ones.
        """
        rows = []
        for (name, how), own in self.networks.groupby(["family", "variant"], sort=False):
            best = own.loc[own.faithful.idxmax()]
            rows.append(
                {
                    "family": name,
                    "variant": how,
                    "share": len(own) / len(self.networks),
                    **{column: own[column].median() for column in ("loss", "kl", "bits")},
                    "formula": best.formula if name != UNREAD else "",
                    "seed": best.seed,
                    "beta": best.beta,
                }
            )
        import pandas as pd

        table = pd.DataFrame(rows)
        return table.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)

    def _repr_html_(self) -> str:
        return str(self.families.to_html(float_format="{:.3g}".format, index=False))

    def __repr__(self) -> str:
        return f"Atlas of step {self.step}\n{self.families.to_string(float_format='{:.3g}'.format, index=False)}"


def atlas(run: Run, step: int | None = None, report: Callable[[int, int], object] | None = None) -> Atlas:
    """Groups the networks of a run by the programs that they run.

    A *family* is a program up to constants and sizes; a *variant* says how the weights realise it. No name that was
    known before is used.

    Args:
        run: a discovery run.
        step: a measured step; the default is the last one.
        report: called with the number of networks that were read and their total.

    Returns:
        The atlas.

    Raises:
        InputError: if the step was not measured, or the networks have another number of hidden layers than one.

    Examples:
        >>> import weightloom as wl
        >>> run = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), steps=2, method="adam")
        >>> len(atlas(run).networks)
        1
    """
    table = run.table(step)
    rows = []
    for done, (seed, beta) in enumerate(zip(table.seed, table.beta)):
        rows.append(_row(run.network(int(seed), float(beta), step=step).reading))
        if report is not None:
            report(done + 1, len(table))
    # An Adam baseline has no KL.
    stored = table.reindex(columns=["seed", "beta", "loss", "kl", "algorithm"]).reset_index(drop=True)
    networks = stored.assign(**{name: [row[name] for row in rows] for name in rows[0]})
    measured = run.measures.step.values[-1] if step is None else step
    return Atlas(networks, int(measured))


def _row(reading: Reading) -> dict[str, object]:
    verdict = reading.verdict
    return {
        "family": family(reading),
        "variant": variant(reading),
        "background": on_background(reading),
        "state": verdict.state,
        "faithful": verdict.faithful,
        "wide": verdict.wide,
        "causal": verdict.causal,
        "numbers": reading.program.numbers,
        "bits": verdict.program_bits,
        "formula": reading.formula,
    }
