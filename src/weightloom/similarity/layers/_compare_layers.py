"""`compare_layers`: scores of the layers of one model against those of another."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from weightloom._keys import AnyKey
from weightloom.errors import InputError
from weightloom.similarity._compare import compare
from weightloom.similarity.arrays import as_array
from weightloom.similarity.layers.recording import MASK, collected, recorder
from weightloom.similarity.scores import Score


def compare_layers(
    model_a: Any,
    model_b: Any,
    loader: Any,
    layers_a: str | Sequence[str] = "*",
    layers_b: str | Sequence[str] | None = None,
    scores: str | Sequence[str] | Mapping[str, Score] = ("cka-debiased", "mutual-knn"),
    *,
    labels: Any = None,
    blocks: Any = None,
    loader_b: Any = None,
    pool: str = "mean",
    mask: str | Callable[[Any], Any] | None = MASK,
    call: Callable[..., Any] | None = None,
    key: AnyKey = 0,
    nulls: int = 200,
    seeds: int = 10,
) -> xr.Dataset:
    """Measures the similarity of each layer of a model with each layer of another model, on the same inputs.

    `wl.plot(table)` draws the map, with the first layers at the bottom left.

    Args:
        model_a: a PyTorch or Equinox module, a scikit-learn pipeline, or a function, as for `layer_features`. It gives
            the rows of the table.
        model_b: the same for the columns. None to compare the layers of `model_a` with each other.
        loader: batches of inputs, or one array of all inputs, as for `layer_features`.
        layers_a: names or patterns of the layers of `model_a`, such as "layer*".
        layers_b: the same for `model_b`. None to use `layers_a`.
        scores: as for `compare`.
        labels: one label per row, for the scores that need them. "loader" for those in the batches: the second entry of
            a tuple, or the entry "labels", "label" or "y" of a dictionary, which the models do not get.
        blocks: the block of each row, as for `compare`.
        loader_b: batches of the same inputs for `model_b`, if it needs others, for example of another tokenizer. The
            inputs must have the same order, so neither loader may shuffle. None to use the batches of `loader`.
        pool: how features with more axes become rows, see `pool`.
        mask: as for `layer_features`.
        call: as for `layer_features`.
        key: random key, a whole number or a JAX key.
        nulls: as for `compare`.
        seeds: as for `compare`.

    Returns:
        The table of `compare` over (score, a, b), with the layers of `model_a` along a and those of `model_b` along b.

    Raises:
        InputError: if no layer matches, or the features or settings cannot be used.

    Examples:
        >>> import equinox as eqx, jax, numpy as np, weightloom as wl
        >>> one, two = (eqx.nn.MLP(2, 2, 4, depth=1, key=jax.random.key(seed)) for seed in (0, 1))
        >>> inputs = np.random.default_rng(0).standard_normal((60, 2))
        >>> table = wl.similarity.compare_layers(one, two, inputs, "layers.*", scores=["cka"])
        >>> dict(table.value.sizes)
        {'score': 1, 'a': 2, 'b': 2}
    """
    if loader_b is not None and model_b is None:
        raise InputError("loader_b is given without model_b: give both, or leave out loader_b.")
    labelled = isinstance(labels, str) and labels == "loader"
    records = [recorder(model_a, layers_a, call)]
    if model_b is not None:
        records.append(recorder(model_b, layers_a if layers_b is None else layers_b, call))
    if loader_b is None:
        features, found = collected(records, loader, pool, mask, labelled)
    else:
        features, found = collected(records[:1], loader, pool, mask, labelled)
        features += collected(records[1:], loader_b, pool, mask, labelled)[0]
    if labelled:
        if any(one is None for one in found):
            raise InputError("the batches have no labels: give batches (inputs, labels), or an array of labels.")
        labels = np.concatenate([as_array("labels", one) for one in found])
    against = features[1] if model_b is not None else None
    table = compare(features[0], labels, scores, against=against, blocks=blocks, key=key, nulls=nulls, seeds=seeds)
    return table.assign_attrs(layers=1)
