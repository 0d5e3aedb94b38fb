"""Continuous POD: proper orthogonal decomposition with modes that are functions of continuous space."""

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

MOST_SEEN = 1000  # observed points of a field with gaps of its own that its reconstruction uses
MOST_WAVES = 5000  # 10,001 functions; the rows of the prior in the least squares problem then take 400 MB


class ContinuousModes(NamedTuple):
    """Parameters of a fitted continuous POD.

    Attributes:
        mean: weights of the mean field in the basis.
        patterns: weights of each mode in the basis.
        deviations: standard deviations of the codes.
        residual: variance that the modes leave unexplained, at observed or held-out points.
        step: map from the codes of one frame to the codes of the next.
    """

    mean: Float[Array, "functions channels"]
    patterns: Float[Array, "modes functions channels"]
    deviations: Float[Array, " modes"]
    residual: Float[Array, ""]
    step: LatentMap


@dataclasses.dataclass(frozen=True)
class ContinuousPOD(POD):
    """A closed-form model u(x, t) = Σ z(t) φ(x) whose modes φ are continuous functions of space.

    The modes are implicit neural representations with a common first layer. The code z is the last layer of the
    generated network. It has a closed form for any set of observed points, and the field can be evaluated anywhere.
    The fit has four stages of linear algebra:

    1. Choose a smoothness prior by its error at held-out points.
    2. Reconstruct every frame from its observed points under this prior.
    3. Compute the modes by POD of the reconstructions.
    4. Fit a linear or quadratic map from the codes of one frame to the codes of the next, by ridge regression.

    The stages are known methods: Gaussian process regression with random features (Rahimi & Recht 2007), gappy POD
    (Everson & Sirovich 1995) and a quadratic map of codes (operator inference: Peherstorfer & Willcox 2016). Their
    combination for a generated last layer is new here.

    Raises:
        InputError: if a setting is invalid.

    Examples:
        >>> from weightloom.fields.models.continuous_pod import ContinuousPOD
        >>> ContinuousPOD(modes=50).quadratic
        50
    """

    name: ClassVar[str] = "continuous-pod"
    highest: int = setting(20, "Maximal wavenumber of the basis of a periodic domain.", ge=1)
    waves: int = setting(1000, "Number of random waves in the basis of any other domain.", ge=1)
    period: tuple[float, ...] | None = setting(
        None,
        "Period of the domain, or None. Set from the data.",
    )
    sides: tuple[float, ...] = setting((), "Extent of the domain. Set from the data.")
    sphere: bool = setting(False, "Whether the domain is the unit sphere. Set from the data.")

    def with_defaults_from(self, data: Trajectories) -> "ContinuousPOD":
        """Sets the domain from the data and limits the number of modes to that of the data.

        A coordinate that does not repeat, beside others that do, gets waves over twice its extent.

        Args:
            data: the trajectories to fit to.

        Raises:
            InputError: if there is a single frame, or the basis would be too large.
        """
        sides = np.ptp(data.points.astype(float), axis=0)
        waves, entry = self.waves, "waves"
        if data.period is not None:
            # Half of the lattice points in a ball, because k and −k give the same wave.
            ball = math.pi ** (len(sides) / 2) / math.gamma(len(sides) / 2 + 1) * self.highest ** len(sides)
            waves, entry = round(ball / 2), "highest"
        if waves > MOST_WAVES:
            raise InputError(
                f"{entry} {getattr(self, entry)} gives about {waves:,} waves in {len(sides)} coordinates: reduce "
                f"{entry} to get at most {MOST_WAVES:,} waves."
            )
        return dataclasses.replace(
            super().with_defaults_from(data),
            period=_whole(data.period, sides),
            sides=tuple(float(side) for side in sides),
            sphere=data.on_sphere,
        )

    @property
    def basis(self) -> Basis:
        """Basis of the modes: their common first layer."""
        if self.period is not None:
            return PeriodicBasis(self.period, self.highest)
        if self.sphere:
            return SphereBasis(self.waves)
        return RandomBasis(self.sides, self.waves)

    def init(self, data: Observed, key: Key[Array, ""]) -> ContinuousModes:
        """Placeholder parameters of the right shapes."""
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
        """Fits the model in one step."""
        functions = self.basis.functions(data.points)
        decay, noise, held_out = choose_smoothness(self.basis, data, key)
        variance = self.basis.variance(decay)
        if data.mask.ndim == 4:
            weights = _each_field(functions, data, variance, noise, key)
        else:
            weights = over_masks(
                lambda mask, columns: fit_weights(functions, mask, columns, variance, noise), data.mask, data.values
            )
        trajectories, times, _, channels = data.values.shape
        rows = weights.reshape(trajectories * times, -1)
        fields = jnp.einsum("pf,nfc->npc", functions, weights.reshape(-1, *weights.shape[2:]))
        modes = find_modes(fields.reshape(len(rows), -1), self.modes, key)
        # A mode is a linear combination of snapshots. The same combination of their weights gives its weights.
        mix = modes.codes / (len(rows) * modes.deviations)
        patterns = (mix.T @ (rows - rows.mean(axis=0))).reshape(self.modes, -1, channels)
        rebuilt = (modes.mean + modes.codes * modes.deviations @ modes.patterns).reshape(data.values.shape)
        seen = jnp.broadcast_to(data.seen, data.values.shape)
        residual = jnp.where(seen, (rebuilt - data.values) ** 2, 0).sum() / seen.sum()
        # With few observed points, the modes fit these points much better than the points between them.
        residual = jnp.maximum(residual, held_out)
        codes = _refined(modes, residual, data)
        step = fit_step(codes, data.times, self.quadratic)
        fitted = ContinuousModes(
            rows.mean(axis=0).reshape(-1, channels),
            patterns,
            modes.deviations,
            residual,
            step,
        )
        one_step = advanced(step, codes[:, :-1], self.quadratic) - codes[:, 1:]
        return fitted, {"residual": residual, "step_error": (one_step**2).sum(axis=-1).mean()}

    def forecast(
        self,
        parameters: ContinuousModes,
        frame: Frame,
        times: Float[Array, " times"],
        points: Float[Array, "query d"],
    ) -> Float[Array, "times query channels"]:
        """Computes the codes of the frame, rolls them out, and evaluates the sum of the modes."""
        start = self.codes(parameters, frame)
        codes = codes_at(parameters.step, start, times, self.quadratic)
        mean, patterns = _fields(parameters, self.basis.functions(points))
        return mean + jnp.einsum("tm,qmc->tqc", codes, patterns)

    def codes(self, parameters: ContinuousModes, frame: Frame) -> Float[Array, " modes"]:
        """The maximum a posteriori codes of a partially observed frame.

        Args:
            parameters: parameters from `parameters`.
            frame: the frame, with normalised values.

        Returns:
            Coefficients of the modes, in units of the normalised field.
        """
        mean, patterns = _fields(parameters, self.basis.functions(frame.points))
        columns = jnp.moveaxis(patterns, -1, 1).reshape(-1, patterns.shape[1])
        mask = jnp.broadcast_to(frame.seen, frame.values.shape).ravel()
        values = (frame.values - mean).reshape(-1, 1)
        return fit_weights(columns, mask, values, parameters.deviations**2, parameters.residual)[:, 0]


def _whole(period: tuple[float | None, ...] | None, sides: Float[np.ndarray, " d"]) -> tuple[float, ...] | None:
    """The period of each coordinate: twice the extent of one that does not repeat."""
    return None if period is None else tuple(length or 2 * float(side) for length, side in zip(period, sides))


def over_masks(
    fit: Callable[[Array, Array], Array],
    mask: Bool[Array, "time points"],
    values: Float[Array, "trajectory time points channels"],
) -> Array:
    """Applies `fit(mask, columns)` to all frames: in one call if all frames have the same mask, else frame by frame.

    Args:
        fit: function of a mask and of field values, one column per field. It returns one column of weights per field.
        mask: mask of each frame.
        values: values of each frame.

    Returns:
        Weights, shape (trajectory, time, weights, channels).
    """
    trajectories, times, points, channels = values.shape

    def one(mask: Array, values: Array) -> Array:  # values (fields, points, channels)
        columns = jnp.moveaxis(values, 1, 0).reshape(points, -1)
        return jnp.moveaxis(fit(mask, columns).reshape(-1, len(values), channels), 0, 1)

    def together(_: None) -> Array:
        weights = one(mask[0], values.reshape(-1, points, channels))
        return weights.reshape(trajectories, times, -1, channels)

    def apart(_: None) -> Array:
        return jnp.moveaxis(jax.lax.map(lambda frame: one(*frame), (mask, jnp.moveaxis(values, 1, 0))), 0, 1)

    return jax.lax.cond((mask == mask[0]).all(), together, apart, None)


def _each_field(
    functions: Float[Array, "points functions"],
    data: Observed,
    variance: Float[Array, " functions"],
    noise: Float[Array, ""],
    key: Key[Array, ""],
) -> Float[Array, "trajectory time functions channels"]:
    """Weights of each field from its own observed points: at most `MOST_SEEN` of them, chosen at random."""
    trajectories, times, points, channels = data.values.shape
    masks, fields = (jnp.moveaxis(array, 3, 2).reshape(-1, points) for array in (data.mask, data.values))
    lots = jax.random.uniform(key, (points,))

    def one(field: tuple[Array, Array]) -> Array:
        mask, values = field
        kept = jnp.argsort(lots + ~mask)[:MOST_SEEN]
        return fit_weights(functions[kept], mask[kept], values[kept, None], variance, noise)[:, 0]

    weights = jax.lax.map(one, (masks, fields)).reshape(trajectories, times, channels, -1)
    return jnp.moveaxis(weights, 2, 3)


def _refined(modes: Modes, residual: Array, data: Observed) -> Array:
    """Codes of all frames, as in `forecast`: with the variances of the modes as prior, in place of smoothness."""
    channels = data.values.shape[-1]
    mean, columns = modes.mean[:, None], modes.patterns.T
    if data.mask.ndim == 4:

        def of_one(frame: tuple[Array, Array]) -> Array:
            mask, values = frame
            observed = values.reshape(-1, 1) - mean
            return fit_weights(columns, mask.ravel(), observed, modes.deviations**2, residual)[:, 0]

        trajectories, times, *shape = data.values.shape
        frames = (array.reshape(-1, *shape) for array in (data.mask, data.values))
        return jax.lax.map(of_one, tuple(frames)).reshape(trajectories, times, -1)

    def one(frame: tuple[Array, Array]) -> Array:
        mask, values = frame
        observed = values.reshape(len(values), -1).T - mean
        return fit_weights(columns, jnp.repeat(mask, channels), observed, modes.deviations**2, residual).T

    return jnp.moveaxis(jax.lax.map(one, (data.mask, jnp.moveaxis(data.values, 1, 0))), 0, 1)


def _fields(parameters: ContinuousModes, functions: Array) -> tuple[Array, Array]:
    """Evaluates the mean and the modes at points: shapes (points, channels) and (points, modes, channels)."""
    return functions @ parameters.mean, jnp.einsum("pf,mfc->pmc", functions, parameters.patterns)
