"""One generator for networks of several architectures."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Inexact, PyTree

from weightloom._checks import check_choice
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.architectures import Architecture
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Hypernetwork
from weightloom.hypernetworks.conditioning.chunked import Chunked


class SharedHypernetwork(Hypernetwork):
    """One map from a condition to the weights of several architectures, such as a convolutional network and an MLP.

    Each target has its own base network and a learned code per chunk of its parameters, as in `Chunked`. The trunk and
    the two matrices that turn a condition and a code into a chunk are shared. So what the condition means is learned
    from all targets together, and one more target costs its base network and its codes.

    `hypernetwork[name]` is the generator of one target, a `Chunked` with the shared arrays. Use it wherever one
    hypernetwork is wanted: `wl.call(hypernetwork["mlp"], condition, x)`, `wl.audit(hypernetwork["mlp"], ...)`. Take it
    inside the function that is differentiated, so that the shared arrays get one gradient from all targets.

    Args:
        targets: architectures of the generated networks, by name.
        width: length of the condition.
        hidden: widths of the trunk's hidden layers, () for a linear trunk.
        scale: initial size of the changes, relative to the arrays that they change.
        chunk: parameters per chunk. The default, None, is the root of the largest target's number of parameters.
        code: length of a chunk's code.
        frozen: whether the base networks stay fixed in training.
        key: initialises base networks, codes and trunk, a whole number or a JAX key.

    Raises:
        InputError: if `targets` is not a dictionary of architectures with names, or another argument is invalid.

    Examples:
        >>> import equinox as eqx, jax, jax.numpy as jnp, weightloom as wl
        >>> conv = wl.ModuleNetwork(eqx.nn.Conv1d(1, 2, 3, key=jax.random.key(0)))
        >>> targets = {"mlp": wl.MLP((2, 8, 1)), "conv": conv}
        >>> hypernetwork = wl.SharedHypernetwork(targets, width=3, key=1)
        >>> [(weight, bias), _] = hypernetwork(jnp.ones(3), "mlp")
        >>> weight.shape, wl.call(hypernetwork["conv"], jnp.ones(3), jnp.ones((1, 5))).shape
        ((2, 8), (2, 3))
    """

    hidden: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]
    mixing: Float[Array, "features code"]
    emission: Float[Array, "code chunk"]
    members: dict[str, Chunked]

    def __init__(
        self,
        targets: Mapping[str, Architecture],
        *,
        width: int,
        hidden: tuple[int, ...] = (),
        scale: float = 0.3,
        chunk: int | None = None,
        code: int = 64,
        frozen: bool = False,
        key: AnyKey,
    ) -> None:
        if not isinstance(targets, Mapping) or not targets or not all(isinstance(name, str) for name in targets):
            raise InputError(
                f"targets {shown(targets)} cannot be used: give a dictionary of architectures with their names, such "
                "as {'small': wl.MLP((2, 8, 1)), 'large': wl.MLP((2, 64, 1))}."
            )
        # In the order of the names, so that the order of the dictionary does not matter.
        keys = dict(zip(sorted(targets), jax.random.split(as_key(key), len(targets))))

        def member(name: str, chunk: int | None) -> Chunked:
            return Chunked(
                targets[name], width=width, hidden=hidden, scale=scale, chunk=chunk, code=code, frozen=frozen,
                key=keys[name],
            )  # fmt: skip

        if chunk is None:
            forms = [eqx.filter_eval_shape(member, name, None) for name in targets]
            chunk = max(form.emission.shape[1] for form in forms)
        members = {name: member(name, chunk) for name in keys}
        first = next(iter(members.values()))
        self.hidden, self.mixing, self.emission = first.hidden, first.mixing, first.emission
        self.members = {name: eqx.tree_at(_shared, own, (None, None, None)) for name, own in members.items()}

    @property
    def targets(self) -> dict[str, Architecture]:
        """Architectures of the generated networks, by name."""
        return {name: member.target for name, member in self.members.items()}

    @property
    def target(self) -> Architecture:
        """There is no single target.

        Raises:
            InputError: always. It says how to choose one.
        """
        raise InputError(
            f"a SharedHypernetwork has the targets {', '.join(self.members)}: choose one, such as "
            f"hypernetwork[{next(iter(self.members))!r}]."
        )

    def __getitem__(self, target: str) -> Chunked:
        """The generator of one target.

        Args:
            target: its name.

        Returns:
            A `Chunked` with the shared arrays.

        Raises:
            InputError: if there is no such target.
        """
        check_choice("target", target, self.members)
        return eqx.tree_at(_shared, self.members[target], _shared(self), is_leaf=lambda leaf: leaf is None)

    def __call__(self, condition: Float[Array, " width"], target: str | None = None) -> PyTree[Inexact[Array, "..."]]:
        """Generates the parameters of one target for one condition.

        Args:
            condition: shape (width,).
            target: name of the target.

        Returns:
            Parameters with the target's `shapes`.

        Raises:
            InputError: if there is no such target, or the condition has another shape.
        """
        check_choice("target", target, self.members)
        assert target is not None
        return self[target](condition)


def _shared(hypernetwork: Any) -> tuple[Any, Any, Any]:
    """What all targets share, or None in its place."""
    return hypernetwork.hidden, hypernetwork.mixing, hypernetwork.emission
