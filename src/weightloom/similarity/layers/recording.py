"""Features of the layers of any model, batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from weightloom._words import listed, shown
from weightloom.errors import InputError
from weightloom.similarity.arrays import is_a
from weightloom.similarity.files import LABEL
from weightloom.similarity.layers.equinox_modules import equinox_layers, equinox_recorder
from weightloom.similarity.layers.patterns import chosen
from weightloom.similarity.layers.pooling import TOKENS, pool as pooled
from weightloom.similarity.layers.torch_modules import record_torch, torch_layers

ROWS = 256  # inputs of a batch, of an array that is given in place of batches
MASK = "attention_mask"
TORCH, PIPELINE = ("torch", "nn.Module"), ("sklearn.pipeline", "Pipeline")
WAYS = ("transform", "predict_proba", "decision_function", "predict")


def layer_names(model: Any) -> list[str]:
    """Names of the layers that can be chosen.

    Args:
        model: a PyTorch module, an Equinox module, or a scikit-learn pipeline.

    Returns:
        The names: paths with dots for modules, names of steps for a pipeline.

    Raises:
        InputError: if the model is a plain function, whose layers are what it returns.

    Examples:
        >>> import equinox as eqx, jax
        >>> layer_names(eqx.nn.MLP(2, 2, 4, depth=1, key=jax.random.key(0)))
        ['layers.0', 'layers.1']
    """
    if is_a(model, *TORCH):
        return torch_layers(model)
    if isinstance(model, eqx.Module):
        return equinox_layers(model)
    if is_a(model, *PIPELINE):
        return [name for name, step in model.steps if step not in (None, "passthrough")]
    raise InputError(
        f"{shown(model)} has no layers with names: give a PyTorch or Equinox module, a scikit-learn pipeline, or a "
        "function that returns a dictionary of features."
    )


def layer_features(
    model: Any,
    loader: Any,
    layers: str | Sequence[str] = "*",
    *,
    pool: str = "mean",
    mask: str | Callable[[Any], Any] | None = MASK,
    call: Callable[..., Any] | None = None,
) -> dict[str, Float[np.ndarray, "rows d"]]:
    """Features of a model's layers, for all batches of a loader.

    - A PyTorch module is called with each batch in evaluation mode, and its layers are recorded by hooks. Modules of
      torchvision, timm and transformers are PyTorch modules.
    - An Equinox module is called for each input, with `jax.vmap`.
    - A scikit-learn pipeline is run step by step.
    - Any other function is called with each batch. It returns features, a dictionary of features by name, or several.

    Args:
        model: the model.
        loader: batches of inputs, such as a PyTorch DataLoader, or one array or table of all inputs. Of a batch that is
            a tuple or a list, the first entry is the inputs. A dictionary is keyword arguments of a PyTorch module.
        layers: names of layers, or patterns in which `*` stands for one part of a name, as in "layer*" or
            "encoder.layer.*"; `**` stands for all layers. `layer_names` lists the names.
        pool: how features with more axes become rows, see `pool`.
        mask: name of the entry of a batch that says which positions are real, or a function of the batch. Batches
            without the entry have no mask.
        call: a function that runs the model, if it is not called with the batch alone: of (model, batch) for PyTorch,
            of (model, input) for Equinox.

    Returns:
        For each layer, in the order in which they are called, features in single precision.

    Raises:
        InputError: if no layer matches, there are no batches, or features of a layer cannot be pooled or joined.

    Examples:
        >>> import equinox as eqx, jax, numpy as np
        >>> model = eqx.nn.MLP(2, 2, 4, depth=1, key=jax.random.key(0))
        >>> {name: one.shape for name, one in layer_features(model, np.ones((3, 2)), "layers.*").items()}
        {'layers.0': (3, 4), 'layers.1': (3, 2)}
    """
    [features], _ = collected([recorder(model, layers, call)], loader, pool, mask)
    return features


def collected(
    recorders: Sequence[Callable[[Any], dict[str, Any]]],
    loader: Any,
    pool: str,
    mask: str | Callable[[Any], Any] | None,
    labelled: bool = False,
) -> tuple[list[dict[str, Float[np.ndarray, "rows d"]]], list[Any]]:
    """Features of the layers of several models for the same batches, which are read once, and the batches' labels.

    Args:
        recorders: for each model, what `recorder` returns.
        loader: as for `layer_features`.
        pool: as for `layer_features`.
        mask: as for `layer_features`.
        labelled: whether batches have labels, which are no inputs.
    """
    parts: list[dict[str, list[Float[np.ndarray, "rows d"]]]] = [{} for _ in recorders]
    labels = []
    for batch in batches(loader):
        real = mask(batch) if callable(mask) else batch.get(mask) if isinstance(batch, Mapping) else None
        labels.append(_labels(batch))
        for record, own in zip(recorders, parts):
            for name, features in record(_inputs(batch, labelled)).items():
                axes = getattr(features, "ndim", 0)
                own.setdefault(name, []).append(pooled(features, pool, real if axes == TOKENS else None))
    if not all(parts):
        raise InputError("there are no features: give at least one batch, and layers that the model calls.")
    return [{name: _joined(name, one, pool) for name, one in own.items()} for own in parts], labels


def batches(loader: Any) -> Iterator[Any]:
    """The batches of a loader, or portions of an array or a pandas table.

    Raises:
        InputError: if a loader cannot be iterated over.
    """
    if hasattr(loader, "shape") and not isinstance(loader, Mapping):
        rows = loader.iloc if is_a(loader, "pandas", "DataFrame") else loader
        for start in range(0, loader.shape[0], ROWS):
            yield rows[start : start + ROWS]
    elif isinstance(loader, Iterable) and not isinstance(loader, str | Mapping):
        yield from loader
    else:
        raise InputError(f"loader {shown(loader)} cannot be used: give batches, such as a DataLoader, or an array.")


def _inputs(batch: Any, labelled: bool) -> Any:
    if labelled and isinstance(batch, Mapping):
        return {name: one for name, one in batch.items() if name not in LABEL}
    return batch[0] if isinstance(batch, tuple | list) and batch else batch


def _labels(batch: Any) -> Any:
    """The labels in a batch. None if there are none."""
    if isinstance(batch, Mapping):
        return next((batch[name] for name in LABEL if name in batch), None)
    return batch[1] if isinstance(batch, tuple | list) and len(batch) > 1 else None


def _joined(name: str, parts: list[Float[np.ndarray, "_ _"]], how: str) -> Float[np.ndarray, "rows d"]:
    widths = {one.shape[1] for one in parts}
    if len(widths) > 1:
        raise InputError(
            f"features of layer {name} have {min(widths)} to {max(widths)} numbers in different batches, pooled by "
            f"{how!r}: use pool='mean', or pad all batches to one length."
        )
    return np.concatenate(parts)


def recorder(
    model: Any, layers: str | Sequence[str], call: Callable[..., Any] | None
) -> Callable[[Any], dict[str, Any]]:
    """A function from the inputs of a batch to features by layer.

    Args:
        model: as for `layer_features`.
        layers: as for `layer_features`.
        call: as for `layer_features`.

    Raises:
        InputError: if the model is of no known kind, or no layer matches.
    """
    if is_a(model, *TORCH):
        names = chosen(torch_layers(model), layers)
        return lambda inputs: record_torch(model, names, inputs, call)
    if isinstance(model, eqx.Module):
        names = chosen(equinox_layers(model), layers)
        record = equinox_recorder(model, names, call)
        return lambda inputs: record(_numpy(inputs))
    if is_a(model, *PIPELINE):
        names = chosen(layer_names(model), layers)
        return lambda inputs: {name: one for name, one in _steps(model, inputs) if name in names}
    if callable(model):
        return lambda inputs: _returned(model(inputs), layers)
    raise InputError(
        f"model {shown(model)} cannot be used: give a PyTorch or Equinox module, a scikit-learn pipeline, or a "
        "function."
    )


def _numpy(inputs: Any) -> Any:
    """Tensors as NumPy arrays, and everything else as it is."""
    if isinstance(inputs, Mapping):
        return {name: _numpy(one) for name, one in inputs.items()}
    return inputs.detach().cpu().numpy() if hasattr(inputs, "detach") else inputs


def _steps(pipeline: Any, inputs: Any) -> Iterator[tuple[str, Any]]:
    """The output of each step: transformed features, or what the last step predicts."""
    inputs = _numpy(inputs)
    for name, step in pipeline.steps:
        if step in (None, "passthrough"):
            continue
        way = next((way for way in WAYS if hasattr(step, way)), None)
        if way is None:
            raise InputError(f"step {name} of the pipeline has none of {listed(WAYS)}: give the pipeline without it.")
        inputs = getattr(step, way)(inputs)
        yield name, inputs.reshape(inputs.shape[0], -1) if inputs.ndim == 1 else inputs


def _returned(output: Any, layers: str | Sequence[str]) -> dict[str, Any]:
    if isinstance(output, Mapping):
        found = {str(name): one for name, one in output.items()}
    elif isinstance(output, tuple | list):
        found = {str(number): one for number, one in enumerate(output)}
    else:
        found = {"output": output}
    return {name: found[name] for name in (list(found) if layers == "*" else chosen(found, layers))}
