"""The interface of PDEs, and the simulation of trajectories."""

import abc
import dataclasses
import functools
import numbers
from collections.abc import Callable
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PyTree

from weightloom._checks import check_whole
from weightloom._deprecated import FormerName
from weightloom._keys import AnyKey, as_key, as_seed
from weightloom._settings import Settings, setting
from weightloom.errors import InputError
from weightloom.fields.trajectories import Trajectories

Progress = Callable[[int, int], None]

# Trajectories are simulated in blocks of this size; the last block is padded. With a fixed batch size, the bits of a
# trajectory do not depend on the number of trajectories: XLA's rounding depends on the batch size.
BLOCK = 8
FEWEST_POINTS = 4


@dataclasses.dataclass(frozen=True)
class PDE(Settings, abc.ABC):
    """A PDE, as a pure function from the state at one frame to the state at the next.

    A PDE is a frozen, hashable dataclass of its parameters. It holds no arrays.

    Attributes:
        name: name of the PDE in commands.
        channels: names of the fields.
        default_trajectories: default number of trajectories.
        default_frames: default number of frames.
    """

    frame: float = setting(1.0, "Time between frames, in the PDE's unit of time.", gt=0)
    burn_in: int = setting(0, "Number of frames to simulate and discard before the first frame.", ge=0)

    name: ClassVar[str]
    channels: ClassVar[tuple[str, ...]]
    default_trajectories: ClassVar[int] = 96
    default_frames: ClassVar[int] = 20
    usual_trajectories = FormerName("default_trajectories")
    usual_frames = FormerName("default_frames")

    @abc.abstractmethod
    def start(self, key: Key[Array, ""], grid: int) -> PyTree[Array]:
        """Draws an initial state. For one key it is the same function on every grid, up to the grid's resolution.

        Args:
            key: random key.
            grid: number of points along the grid's first axis.
        """

    @abc.abstractmethod
    def advance(self, state: PyTree[Array], grid: int) -> PyTree[Array]:
        """Advances a state by one frame.

        Args:
            state: a state from `start` or `advance`.
            grid: number of points along the grid's first axis.
        """

    @abc.abstractmethod
    def fields(self, state: PyTree[Array], grid: int) -> Float[Array, "y x channel"]:
        """The fields of a state on the grid.

        Args:
            state: a state from `start` or `advance`.
            grid: number of points along the grid's first axis.
        """

    @abc.abstractmethod
    def coordinates(self, grid: int) -> Float[np.ndarray, "y x d"]:
        """Positions of the grid's points.

        Args:
            grid: number of points along the grid's first axis.

        Raises:
            InputError: if the PDE cannot be solved on a grid of this size.
        """

    @property
    def period(self) -> tuple[float, ...] | None:
        """Period of the domain along each coordinate. None if the domain is not periodic."""
        return None

    def simulate(
        self,
        trajectories: int,
        frames: int,
        grid: int,
        key: AnyKey = 0,
        progress: Progress | None = None,
        first: int = 0,
    ) -> Trajectories:
        """Simulates trajectories. Trajectory n depends on the key, n and the grid only.

        Args:
            trajectories: number of trajectories.
            frames: number of frames of each trajectory.
            grid: number of points along the grid's first axis.
            key: random key, a whole number or a JAX key.
            progress: function that is called after each frame with the numbers of finished frames and of all frames.
            first: number n of the first trajectory. For example, 16 trajectories with `first=96` are the last 16 of
                112, also on another grid.

        Returns:
            The trajectories. Their attributes record the PDE, its parameters, the grid and the key.

        Raises:
            InputError: if an argument is invalid.
        """
        check_whole(trajectories=trajectories, frames=frames)
        check_whole(0, first=first)
        coordinates = self.coordinates(grid)
        key = as_seed(key)  # a number that the attributes can record
        seed = as_key(key)
        begins = range(first, first + trajectories, BLOCK)
        blocks = [_start(self, grid, seed, begin + jnp.arange(BLOCK)) for begin in begins]
        kept = np.empty((trajectories, frames, *coordinates.shape[:-1], len(self.channels)), np.float32)
        total = self.burn_in + frames
        for frame in range(total):
            if frame > 0:
                blocks = [_advance(self, grid, block) for block in blocks]
            if frame >= self.burn_in:
                fields = [_fields(self, grid, block) for block in blocks]
                kept[:, frame - self.burn_in] = np.concatenate(fields)[:trajectories]
            if progress is not None:
                jax.block_until_ready(blocks)
                progress(frame + 1, total)
        attributes = {"pde": self.name, **dataclasses.asdict(self), "grid": grid, "key": key, "first": first}
        return Trajectories(kept, self.frame * np.arange(frames), coordinates, self.channels, self.period, attributes)


class PeriodicPDE(PDE):
    """A PDE on a periodic square, with coordinates (x, y).

    Attributes:
        lower: coordinate of the square's lower left corner (lower, lower).
        extent: length of the square's sides, its period.
    """

    lower: ClassVar[float]
    extent: ClassVar[float]

    def coordinates(self, grid: int) -> Float[np.ndarray, "y x 2"]:
        """See `PDE.coordinates`."""
        check_grid(grid)
        axis = self.lower + self.extent * np.arange(grid) / grid
        return np.stack(np.meshgrid(axis, axis, indexing="xy"), -1)

    @property
    def period(self) -> tuple[float, ...]:
        """Lengths of the square's sides."""
        return (self.extent, self.extent)


def check_grid(grid: int) -> None:
    """Checks that the number of points along an axis is even and at least 4.

    Raises:
        InputError: if it is not.
    """
    if not isinstance(grid, numbers.Integral) or grid < FEWEST_POINTS or grid % 2:
        raise InputError(f"grid is {grid}: give an even number of points of at least {FEWEST_POINTS}.")


@functools.partial(jax.jit, static_argnums=(0, 1))
def _start(pde: PDE, grid: int, key: Key[Array, ""], numbers: Int[Array, " block"]) -> PyTree[Array]:
    return jax.vmap(lambda number: pde.start(jax.random.fold_in(key, number), grid))(numbers)


@functools.partial(jax.jit, static_argnums=(0, 1), donate_argnums=2)
def _advance(pde: PDE, grid: int, block: PyTree[Array]) -> PyTree[Array]:
    return jax.vmap(lambda state: pde.advance(state, grid))(block)


@functools.partial(jax.jit, static_argnums=(0, 1))
def _fields(pde: PDE, grid: int, block: PyTree[Array]) -> Float[Array, "block y x channel"]:
    return jax.vmap(lambda state: pde.fields(state, grid))(block)
