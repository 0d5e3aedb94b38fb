"""POD on the points of the grid: a baseline that is strong if all points are observed."""

import dataclasses
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Integer, Key

from weightloom.fields.models.base import Frame, Observed
from weightloom.fields.models.latent_map import LatentMap, codes_at, fit_step, no_step
from weightloom.fields.models.modes import Modes, find_modes
from weightloom.fields.models.nearest import nearest, nearest_observed
from weightloom.fields.models.pod import POD
from weightloom.fields.models.ridge import fit_weights

FILLINGS = 10


class GridModes(NamedTuple):
    """Parameters of a fitted POD.

    Attributes:
        points: positions of the grid's points.
        mean: mean field at the points.
        patterns: modes at the points.
        deviations: standard deviations of the codes.
        residual: variance that the modes leave unexplained.
        step: map from the codes of one frame to the codes of the next.
    """

    points: Float[Array, "points d"]
    mean: Float[Array, "points channels"]
    patterns: Float[Array, "modes points channels"]
    deviations: Float[Array, " modes"]
    residual: Float[Array, ""]
    step: LatentMap


@dataclasses.dataclass(frozen=True)
class GridPOD(POD):
    """A closed-form baseline: POD modes on the points of the training grid, and a map of the codes between frames.

    Modes are arrays of values, not functions of space. A grid point that is never observed takes the value of the
    nearest observed point, and a point off the grid that of the nearest grid point. If frames have different observed
    points, gaps are filled from the modes and the modes are computed again, ten times (gappy POD: Everson & Sirovich
    1995).

    Examples:
        >>> from weightloom.fields.models.grid_pod import GridPOD
        >>> GridPOD(modes=50, quadratic=0).label
        'pod-linear'
    """

    name: ClassVar[str] = "grid-pod"

    @property
    def label(self) -> str:
        """Name of the model in tables."""
        return "pod-quadratic" if self.quadratic else "pod-linear"

    def init(self, data: Observed, key: Key[Array, ""]) -> GridModes:
        """Placeholder parameters of the right shapes."""
        shape = data.values.shape[2:]
        return GridModes(
            data.points,
            jnp.zeros(shape),
            jnp.zeros((self.modes, *shape)),
            jnp.ones(self.modes),
            jnp.float32(1),
            no_step(self.modes, self.quadratic),
        )

    def step(
        self, state: GridModes, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[GridModes, dict[str, Array]]:
        """Fits the model in one step."""
        trajectories, times, *shape = data.values.shape
        seen = jnp.broadcast_to(data.seen, data.values.shape).reshape(trajectories * times, -1)
        modes = self._gappy_modes(data.values.reshape(seen.shape), seen, key)
        codes = modes.codes * modes.deviations
        rebuilt = modes.mean + codes @ modes.patterns
        wrong = jnp.where(seen, rebuilt - data.values.reshape(seen.shape), 0)
        source = nearest_observed(data.points, data.anywhere.any(axis=0), data.points)
        fitted = GridModes(
            data.points,
            modes.mean.reshape(shape)[source],
            modes.patterns.reshape(-1, *shape)[:, source],
            modes.deviations,
            (wrong**2).sum() / seen.sum(),
            fit_step(codes.reshape(trajectories, times, -1), data.times, self.quadratic),
        )
        return fitted, {"residual": fitted.residual}

    def forecast(
        self, parameters: GridModes, frame: Frame, times: Float[Array, " times"], points: Float[Array, "query d"]
    ) -> Float[Array, "times query channels"]:
        """Computes the codes of the frame, rolls them out, and evaluates the sum of the modes at the nearest points."""
        here = nearest(parameters.points, frame.points)
        values = (frame.values - parameters.mean[here]).reshape(-1, 1)
        columns = parameters.patterns[:, here].reshape(self.modes, -1).T
        mask = jnp.broadcast_to(frame.seen, frame.values.shape).ravel()
        start = fit_weights(columns, mask, values, parameters.deviations**2, parameters.residual)[:, 0]
        codes = codes_at(parameters.step, start, times, self.quadratic)
        there = nearest(parameters.points, points)
        return parameters.mean[there] + jnp.einsum("tm,mqc->tqc", codes, parameters.patterns[:, there])

    def _gappy_modes(self, values: Array, seen: Array, key: Array) -> Modes:
        """Modes of snapshots with gaps. Gaps are filled iteratively only if frames have different masks."""
        mean = jnp.where(seen, values, 0).sum(axis=0) / jnp.maximum(seen.sum(axis=0), 1)
        still = (seen == seen[0]).all()

        def fill(_: Array, filled: Array) -> Array:
            modes = find_modes(filled, self.modes, key)
            return jnp.where(seen, values, modes.mean + modes.codes * modes.deviations @ modes.patterns)

        filled = jax.lax.fori_loop(0, jnp.where(still, 0, FILLINGS), fill, jnp.where(seen, values, mean))
        return find_modes(filled, self.modes, key)
