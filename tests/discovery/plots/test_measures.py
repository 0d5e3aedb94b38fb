import numpy as np
import pytest

from weightloom.discovery.algorithms.names import ALGORITHMS
from weightloom.discovery.plots.measures import algorithm_handles, over_seed_step_beta, running
from weightloom.errors import InputError


def test_order_of_dimensions_and_coordinates_does_not_matter(measures):
    shuffled = measures.transpose("beta", "seed", "step").isel(seed=[1, 0], step=[2, 0, 1], beta=[3, 1, 0, 2])
    one, other = (over_seed_step_beta(m, "loss", "algorithm") for m in (measures, shuffled))
    assert one.identical(other)
    assert (np.diff(one.beta) > 0).all()
    assert one.loss.dims == ("seed", "step", "beta")


@pytest.mark.parametrize("kind", ["U20", "O", np.dtypes.StringDType()], ids=str)
def test_names_may_be_strings_of_any_kind(measures, kind):
    measures["algorithm"] = measures.algorithm.astype(kind)
    chosen = over_seed_step_beta(measures, "algorithm").algorithm.values
    assert sum(running(chosen, name).sum() for name in ALGORITHMS) == chosen.size
    assert len(algorithm_handles(chosen)) == len(set(measures.algorithm.values.ravel().tolist()))


@pytest.mark.parametrize(
    ("break_measures", "complaint"),
    [
        (lambda m: m.drop_vars("kl"), "no 'kl', .* their variables are loss, algorithm"),
        (lambda m: m.drop_vars("seed"), "no seed"),
        (lambda m: m.isel(step=[]), "no step"),
        (lambda m: m.isel(beta=0), "no beta"),
        (lambda m: m.assign(kl=m.kl.isel(beta=0, drop=True)), "'kl' over seed, step"),
        (lambda m: m.assign_coords(beta=[1.0, 0.1, 0.01, 0.0]), "not positive"),
        (lambda m: m.assign_coords(beta=[1.0, 0.1, 0.01, np.nan]), "not positive"),
        (
            lambda m: m.assign(algorithm=m.algorithm.astype(object).where(m.kl < 0, "puding")),
            "'puding' is unknown",
        ),
    ],
)
def test_measures_that_cannot_be_drawn_are_refused(measures, break_measures, complaint):
    with pytest.raises(InputError, match=complaint):
        over_seed_step_beta(break_measures(measures), "loss", "kl", "algorithm")
