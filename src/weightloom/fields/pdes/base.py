"""What PDEs share: seeded starts, one compiled call per frame, and trajectories at the end."""

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
from weightloom._keys import AnyKey, as_key, as_seed
from weightloom._settings import Settings, setting
from weightloom.errors import InputError
from weightloom.fields.trajectories import Trajectories

Progress = Callable[[int, int], None]

# One compiled program serves every block of this many trajectories, and the last one is filled up. How XLA rounds
# depends on the size of a batch, and the first trajectories must not depend, to the last bit, on how many there are.
BLOCK = 8
FEWEST_POINTS = 4


@dataclasses.dataclass(frozen=True)
class PDE(Settings, abc.ABC):
    """A law of fields, as a pure map from the state at one frame to the state at the next.

    Its dataclass fields are its parameters; it is hashable and holds no arrays.

    Attributes:
        name: as commands call it.
        channels: names of the fields.
        usual_trajectories: how many are simulated unless told otherwise.
        usual_frames: how many frames are kept unless told otherwise.
    """

    frame: float = setting(1.0, "Time between frames, in the law's unit of time.", gt=0)
    burn_in: int = setting(0, "Frames that are simulated first and dropped.", ge=0)

    name: ClassVar[str]
    channels: ClassVar[tuple[str, ...]]
    usual_trajectories: ClassVar[int] = 96
    usual_frames: ClassVar[int] = 20

    @abc.abstractmethod
    def start(self, key: Key[Array, ""], grid: int) -> PyTree[Array]:
        """A random state to start from; it is the same function on every grid, as far as a grid resolves it.

        Args:
            key: all randomness comes from it.
            grid: points along the grid's first axis.
        """

    @abc.abstractmethod
    def advance(self, state: PyTree[Array], grid: int) -> PyTree[Array]:
        """The state one frame later.

        Args:
            state: what `start` or `advance` returned.
            grid: points along the grid's first axis.
        """

    @abc.abstractmethod
    def fields(self, state: PyTree[Array], grid: int) -> Float[Array, "y x channel"]:
        """The fields of a state.

        Args:
            state: what `start` or `advance` returned.
            grid: points along the grid's first axis.
        """

    @abc.abstractmethod
    def coordinates(self, grid: int) -> Float[np.ndarray, "y x d"]:
        """Where the grid's points lie.

        Args:
            grid: points along the grid's first axis.

        Raises:
            InputError: if there is no such grid.
        """

    @property
    def period(self) -> tuple[float, ...] | None:
        """For each coordinate, the length after which the domain repeats; None where it does not."""
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
        """Simulates trajectories; the n-th depends on the key, n and the grid, and not on how many there are.

        Args:
            trajectories: how many.
            frames: how many frames are kept.
            grid: points along the grid's first axis.
            key: all randomness comes from it, a whole number or a JAX key.
            progress: told after each frame how many frames there are and how many there will be.
            first: the number of the first one: on another grid, the last 16 of 112 are 16 from 96 on.

        Raises:
            InputError: if a number cannot be used.
        """
        check_whole(trajectories=trajectories, frames=frames)
        check_whole(0, first=first)
        coordinates = self.coordinates(grid)
        key = as_seed(key)  # what the attributes record can be given again
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
    """A law on a periodic square, with coordinates (x, y).

    Attributes:
        lower: the square's lower left corner is (lower, lower).
        extent: the length of its sides, which is its period.
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
        """The square's sides."""
        return (self.extent, self.extent)


def check_grid(grid: int) -> None:
    """Checks that a grid has an even number of points along an axis, and not too few.

    Raises:
        InputError: if it has not.
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
