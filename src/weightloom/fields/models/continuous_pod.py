"""Continuous POD: modes that are functions of space, codes by least squares from any observed points."""

import dataclasses
import math
from collections.abc import Callable
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Integer, Key

from weightloom._settings import setting
from weightloom.errors import InputError
from weightloom.fields.models.base import Frame, Observed
from weightloom.fields.models.bases import Basis, PeriodicBasis, RandomBasis, SphereBasis
from weightloom.fields.models.latent_map import LatentMap, advanced, codes_at, fit_step, no_step
from weightloom.fields.models.modes import Modes, find_modes
from weightloom.fields.models.pod import POD
from weightloom.fields.models.ridge import fit_weights
from weightloom.fields.models.smoothness import choose_smoothness
from weightloom.fields.trajectories import Trajectories

MOST_WAVES = 5000  # the prior's rows of their 10,001 functions take 400 MB


class ContinuousModes(NamedTuple):
    """What the fit finds.

    Attributes:
        mean: weights of the mean field, in the basis.
        patterns: weights of each mode.
        deviations: of the codes.
        residual: the variance that the modes leave unexplained, at observed points or at those that were held out.
        step: from one frame's codes to the next one's.
    """

    mean: Float[Array, "functions channels"]
    patterns: Float[Array, "modes functions channels"]
    deviations: Float[Array, " modes"]
    residual: Float[Array, ""]
    step: LatentMap


@dataclasses.dataclass(frozen=True)
class ContinuousPOD(POD):
    """u(x, t) = Σ z(t) φ(x), where the φ are implicit representations with a common first layer.

    The generated network's last layer is the code: it is found in closed form from whatever points are observed, and
    the field can be asked for anywhere. The fit has four stages, each of them linear algebra. A smoothness prior is
    chosen by held-out points; every frame is reconstructed from its observed points under that prior; POD of the
    reconstructions gives the modes; and ridge regression gives the map, linear or quadratic, from one frame's codes to
    the next's.

    Its parts are known: Gaussian process regression with random features (Rahimi & Recht 2007), gappy POD (Everson &
    Sirovich 1995), a quadratic map of codes (operator inference: Peherstorfer & Willcox 2016). To put them together for
    the blog's generated last layer is ours.

    Raises:
        InputError: if a number cannot be used.

    Examples:
        >>> from weightloom.fields.models.continuous_pod import ContinuousPOD
        >>> ContinuousPOD(modes=50).quadratic
        50
    """

    name: ClassVar[str] = "continuous-pod"
    highest: int = setting(20, "The largest wavenumber of a periodic domain's basis.", ge=1)
    waves: int = setting(1000, "How many random waves other domains get.", ge=1)
    period: tuple[float, ...] | None = setting(
        None,
        "The domain's period; None where it does not repeat. Filled in from the data.",
    )
    sides: tuple[float, ...] = setting((), "The domain's extent. Filled in from the data.")
    sphere: bool = setting(False, "Whether the domain is the unit sphere. Filled in from the data.")

    def adapted(self, data: Trajectories) -> "ContinuousPOD":
        """The same model for this domain, with no more modes than the data have."""
        sides = np.ptp(data.points.astype(float), axis=0)
        waves, entry = self.waves, "waves"
        if data.period is not None:
            # Half of the lattice points in a ball: a wave and its mirror image are one.
            ball = math.pi ** (len(sides) / 2) / math.gamma(len(sides) / 2 + 1) * self.highest ** len(sides)
            waves, entry = round(ball / 2), "highest"
        if waves > MOST_WAVES:
            raise InputError(
                f"{entry} {getattr(self, entry)} means about {waves:,} waves in {len(sides)} coordinates, more than "
                f"{MOST_WAVES:,}: lower it."
            )
        return dataclasses.replace(
            super().adapted(data),
            period=data.period,
            sides=tuple(float(side) for side in sides),
            sphere=data.on_sphere,
        )

    @property
    def basis(self) -> Basis:
        """The common first layer."""
        if self.period is not None:
            return PeriodicBasis(self.period, self.highest)
        if self.sphere:
            return SphereBasis(self.waves)
        return RandomBasis(self.sides, self.waves)

    def init(self, data: Observed, key: Key[Array, ""]) -> ContinuousModes:
        """Zeros of the right shapes."""
        functions = 1 + 2 * len(self.basis.wavenumbers)
        channels = data.values.shape[-1]
        return ContinuousModes(
            jnp.zeros((functions, channels)),
            jnp.zeros((self.modes, functions, channels)),
            jnp.ones(self.modes),
            jnp.float32(1),
            no_step(self.modes, self.quadratic),
        )

    def step(
        self, state: ContinuousModes, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[ContinuousModes, dict[str, Array]]:
        """The whole fit."""
        functions = self.basis.functions(data.points)
        decay, noise, held_out = choose_smoothness(self.basis, data, key)
        weights = over_masks(
            lambda mask, columns: fit_weights(functions, mask, columns, self.basis.variance(decay), noise),
            data.mask,
            data.values,
        )
        trajectories, times, _, channels = data.values.shape
        rows = weights.reshape(trajectories * times, -1)
        fields = jnp.einsum("pf,nfc->npc", functions, weights.reshape(-1, *weights.shape[2:]))
        modes = find_modes(fields.reshape(len(rows), -1), self.modes, key)
        # The same combinations of snapshots that make a mode's values make its weights.
        mix = modes.codes / (len(rows) * modes.deviations)
        patterns = (mix.T @ (rows - rows.mean(axis=0))).reshape(self.modes, -1, channels)
        rebuilt = (modes.mean + modes.codes * modes.deviations @ modes.patterns).reshape(data.values.shape)
        seen = data.mask[None, :, :, None]
        residual = jnp.where(seen, (rebuilt - data.values) ** 2, 0).sum() / (trajectories * channels * data.mask.sum())
        # Where few points are observed the modes explain them all, and little between them.
        residual = jnp.maximum(residual, held_out)
        codes = _refined(modes, residual, data)
        step = fit_step(codes, data.times, self.quadratic)
        found = ContinuousModes(
            rows.mean(axis=0).reshape(-1, channels),
            patterns,
            modes.deviations,
            residual,
            step,
        )
        one_step = advanced(step, codes[:, :-1], self.quadratic) - codes[:, 1:]
        return found, {"residual": residual, "step_error": (one_step**2).sum(axis=-1).mean()}

    def forecast(
        self,
        parameters: ContinuousModes,
        frame: Frame,
        times: Float[Array, " times"],
        points: Float[Array, "query d"],
    ) -> Float[Array, "times query channels"]:
        """Codes from the frame's observed points, rolled out, and the modes' sum at the queried points."""
        start = self.codes(parameters, frame)
        codes = codes_at(parameters.step, start, times, self.quadratic)
        mean, patterns = _fields(parameters, self.basis.functions(points))
        return mean + jnp.einsum("tm,qmc->tqc", codes, patterns)

    def codes(self, parameters: ContinuousModes, frame: Frame) -> Float[Array, " modes"]:
        """The most probable codes of one frame, whichever points of it are observed.

        Args:
            parameters: as `parameters` returns them.
            frame: normalised values.

        Returns:
            Coefficients of the modes, in the field's normalised unit.
        """
        mean, patterns = _fields(parameters, self.basis.functions(frame.points))
        channels = mean.shape[-1]
        columns = jnp.moveaxis(patterns, -1, 1).reshape(-1, patterns.shape[1])
        mask = jnp.repeat(frame.mask, channels)
        values = (frame.values - mean).reshape(-1, 1)
        return fit_weights(columns, mask, values, parameters.deviations**2, parameters.residual)[:, 0]


def over_masks(
    fit: Callable[[Array, Array], Array],
    mask: Bool[Array, "time points"],
    values: Float[Array, "trajectory time points channels"],
) -> Array:
    """Apply `fit(mask, columns)` to all frames of the same mask at once: all frames, or frame by frame.

    Args:
        fit: from a mask and the values of fields at all points, one column each, to one column of weights each.
        mask: of each frame.
        values: of each frame.

    Returns:
        The weights, shape (trajectory, time, weights, channels).
    """
    trajectories, times, points, channels = values.shape

    def one(mask: Array, values: Array) -> Array:  # values (fields, points, channels)
        columns = jnp.moveaxis(values, 1, 0).reshape(points, -1)
        return jnp.moveaxis(fit(mask, columns).reshape(-1, len(values), channels), 0, 1)

    def together(_: None) -> Array:
        found = one(mask[0], values.reshape(-1, points, channels))
        return found.reshape(trajectories, times, -1, channels)

    def apart(_: None) -> Array:
        return jnp.moveaxis(jax.lax.map(lambda frame: one(*frame), (mask, jnp.moveaxis(values, 1, 0))), 0, 1)

    return jax.lax.cond((mask == mask[0]).all(), together, apart, None)


def _refined(modes: Modes, residual: Array, data: Observed) -> Array:
    """Codes of all frames as `forecast` finds them: under the modes' own variances, which know more than smoothness."""
    channels = data.values.shape[-1]
    mean, columns = modes.mean[:, None], modes.patterns.T

    def one(frame: tuple[Array, Array]) -> Array:
        mask, values = frame
        observed = values.reshape(len(values), -1).T - mean
        return fit_weights(columns, jnp.repeat(mask, channels), observed, modes.deviations**2, residual).T

    return jnp.moveaxis(jax.lax.map(one, (data.mask, jnp.moveaxis(data.values, 1, 0))), 0, 1)


def _fields(parameters: ContinuousModes, functions: Array) -> tuple[Array, Array]:
    """The mean and the modes at the points of the functions: (points, channels), (points, modes, channels)."""
    return functions @ parameters.mean, jnp.einsum("pf,mfc->pmc", functions, parameters.patterns)
