"""Layers of PyTorch modules, recorded by forward hooks. PyTorch is imported only if the model is one of its modules."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from weightloom.similarity.layers.patterns import first_array, keep


def torch_layers(model: Any) -> list[str]:
    """Names of all modules inside a module."""
    return [name for name, _ in model.named_modules() if name]


def record_torch(model: Any, names: Sequence[str], batch: Any, call: Callable[..., Any] | None) -> dict[str, Any]:
    """Outputs of layers for one batch, in the order in which they are called.

    A layer that is called more than once has an entry `name:2` for its second call, and so on.

    Args:
        model: the module. It is in evaluation mode meanwhile, without gradients.
        names: names of the layers.
        batch: inputs as a tensor, or as a dictionary of keyword arguments.
        call: function of (model, batch) that runs the model. None to call the model itself.
    """
    import torch

    modules = dict(model.named_modules())
    found: dict[str, Any] = {}

    def hook_of(name: str) -> Callable[..., None]:
        def hook(module: Any, inputs: Any, output: Any) -> None:
            array = first_array(output)
            # A copy, because a later layer may change it in place.
            keep(found, name, None if array is None else array.detach().clone())

        return hook

    handles = [modules[name].register_forward_hook(hook_of(name)) for name in names]
    try:
        with _evaluating(model), torch.no_grad():
            moved = _moved(batch, next((one.device for one in model.parameters()), None))
            if call is not None:
                call(model, moved)
            elif isinstance(moved, Mapping):
                model(**moved)
            else:
                model(moved)
    finally:
        for handle in handles:
            handle.remove()
    return found


@contextlib.contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    trained = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in trained:
            module.training = True


def _moved(batch: Any, device: Any) -> Any:
    """The batch as tensors on the model's device."""
    import numpy as np
    import torch

    if isinstance(batch, Mapping):
        return {name: _moved(one, device) for name, one in batch.items()}
    if isinstance(batch, tuple | list):
        return type(batch)(_moved(one, device) for one in batch)
    if isinstance(batch, np.ndarray):
        batch = torch.as_tensor(batch, dtype=torch.get_default_dtype() if batch.dtype == np.float64 else None)
    return batch.to(device) if hasattr(batch, "to") and device is not None else batch
