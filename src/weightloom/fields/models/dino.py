"""DINo: each frame is an implicit neural representation with a code, and an ODE describes the codes in time."""

import dataclasses
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Integer, Key

from weightloom._settings import Whole, setting, with_former_names
from weightloom.fields.models.affine_decoder import (
    AffineField,
    affine_decoder,
    affine_field,
    prior_of,
    solved_code,
)
from weightloom.fields.models.base import FieldModel, Frame, Observed
from weightloom.fields.models.domain import Domain, domain_of
from weightloom.fields.models.latent_map import check_frames
from weightloom.fields.models.latent_ode import LatentDynamics, forcing_probability, roll_out, teacher_forced
from weightloom.fields.models.modes import find_modes
from weightloom.fields.models.optimiser import State
from weightloom.fields.models.sampling import drawn_points, drawn_trajectories, masked_mean
from weightloom.fields.trajectories import Trajectories
from weightloom.hypernetworks import Shift
from weightloom.training._descend import descend, gradient_step
from weightloom.training.optimisers import adam, adam_by_part

STARTS, FITS = ("pod", "zero"), ("solve", "descend")
SIDE = 0.5  # side of the box of the paper's coordinates, to which its scale of frequencies refers
MEMORY = 0.99  # decay of the running mean of the reconstruction error


class Trained(NamedTuple):
    """Parameters that are trained by gradient descent.

    Attributes:
        decoder: D, shared by all channels.
        codes: codes α of every training frame, one per channel.
        dynamics: f, a function of the codes of all channels.
    """

    decoder: Shift
    codes: Float[Array, "trajectory time channels code"]
    dynamics: LatentDynamics


class Parameters(NamedTuple):
    """Parameters for forecasts.

    Attributes:
        trained: decoder, dynamics, and the codes of the training frames, which define the prior of new codes.
        residual: running mean of the squared reconstruction error.
        domain: normalisation of space and time.
    """

    trained: Trained
    residual: Float[Array, ""]
    domain: Domain


@with_former_names(
    decoder_rate="decoder_learning_rate",
    code_rate="code_learning_rate",
    dynamics_rate="dynamics_learning_rate",
    fit_rate="fit_learning_rate",
)
@dataclasses.dataclass(frozen=True)
class DINo(FieldModel):
    """DINo: forecasts with implicit neural representations and a latent ODE (Yin et al., ICLR 2023).

    Every frame has one code per channel. The codes are trained together with the decoder on the observed points
    (auto-decoding). The decoder is a Fourier multiplicative filter network whose biases are shifted by the code; its
    frequencies are trained, as in the released code. An ODE dα/dt = f(α) over the codes of all channels is trained by
    scheduled teacher forcing, with one Runge–Kutta step per frame. Gradients of the ODE do not reach decoder or codes.

    Coordinates are mapped to [0, 0.5] and the median time between frames to 1, as in the paper's data. Training takes
    one Runge–Kutta step from each frame to the next, whatever the time between them. Forecasts take one step per
    median time between frames.

    Differences to the paper, all for speed:

    - Every training step uses all codes and the same `points` random points for all frames.
    - The three learning rates fall to 0 along a cosine.
    - Initial codes are the POD of the observed points. They are 0 with `start="zero"`, or if frames have different
      observed points.
    - The decoder is affine in the code, so the code of a new frame has a closed form, with the Gaussian of the
      training codes as prior. With `fit="descend"` it is fitted by Adam from 0.

    Raises:
        InputError: if a setting is invalid.

    Examples:
        >>> from weightloom.fields.models.dino import DINo
        >>> DINo(code=50).dynamics
        (512, 512, 512)
    """

    name: ClassVar[str] = "dino"
    steps: ClassVar[int] = 3_000

    code: int = setting(100, "Number of entries of a code, per channel.", ge=1)
    decoder_width: int = setting(64, "Width of the filters, even.", ge=2, multiple_of=2)
    decoder_layers: int = setting(3, "Number of filters after the first one.", ge=1)
    scale: float = setting(64.0, "Scale of the filters' initial frequencies.", gt=0)
    dynamics: tuple[Whole, ...] = setting((512, 512, 512), "Widths of the hidden layers of f.")
    points: int = setting(
        256, "Number of points per training step. Points that are observed more often are drawn more often.", ge=1
    )
    trajectories: int = setting(32, "Number of trajectories per training step of f.", ge=1)
    decoder_learning_rate: float = setting(1e-2, "Adam's learning rate of the decoder.", gt=0, le=1)
    code_learning_rate: float = setting(1e-2, "Adam's learning rate of the codes.", gt=0, le=1)
    dynamics_learning_rate: float = setting(1e-3, "Adam's learning rate of f.", gt=0, le=1)
    forcing: float = setting(
        0.5,
        "Share of the training with teacher forcing.",
        gt=0,
        le=1,
    )
    start: str = setting("pod", "Initial codes of training frames: pod or zero.", choices=STARTS)
    fit: str = setting("solve", "How the code of a new frame is computed: solve or descend.", choices=FITS)
    fit_steps: int = setting(300, "Number of steps of Adam for `fit='descend'`.", ge=1)
    fit_learning_rate: float = setting(1e-2, "Learning rate of Adam for `fit='descend'`.", gt=0, le=1)

    def with_defaults_from(self, data: Trajectories) -> "DINo":
        """Checks that trajectories have at least 2 frames.

        Args:
            data: the trajectories to fit to.

        Raises:
            InputError: if they have a single frame.
        """
        check_frames(self.name, data)
        return self

    def init(self, data: Observed, key: Key[Array, ""]) -> State:
        """Draws initial networks, and sets the initial codes."""
        decoder_key, dynamics_key, modes_key = jax.random.split(key, 3)
        trajectories, frames, _, channels = data.values.shape
        d = data.points.shape[1]
        trained = Trained(
            affine_decoder(d, self.code, self.decoder_width, self.decoder_layers, self.scale, decoder_key),
            self._pod(data, modes_key)
            if self.start == "pod"
            else jnp.zeros((trajectories, frames, channels, self.code)),
            LatentDynamics(channels * self.code, self.dynamics, key=dynamics_key),
        )
        domain = domain_of(data.points, data.times)
        return State(Parameters(trained, jnp.ones(()), domain), self._optimiser(1).init(trained))

    def step(
        self, state: State, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[State, dict[str, Array]]:
        """One step of Adam on the reconstruction error at random points and on the error of rolled-out codes."""
        trained, residual, domain = state.parameters
        point_key, trajectory_key, forcing_key = jax.random.split(key, 3)
        drawn = drawn_points(data.anywhere, self.points, point_key)
        values, seen = data.values[:, :, drawn], data.seen[:, :, drawn]
        place = SIDE * domain.unit(data.points[drawn])
        chosen = drawn_trajectories(len(data.values), self.trajectories, trajectory_key)
        probability = forcing_probability(index, steps, self.forcing)
        forced = jax.random.bernoulli(forcing_key, probability, (data.times.size - 1, len(chosen)))

        def loss(trained: Trained) -> tuple[Float[Array, ""], tuple[Float[Array, ""], Float[Array, ""]]]:
            field = affine_field(trained.decoder, place)
            errors = jnp.moveaxis(field.decode(trained.codes), 2, 3) - values
            reconstruction = masked_mean(errors**2, seen)
            states = jax.lax.stop_gradient(trained.codes)[chosen]
            states = jnp.swapaxes(states.reshape(*states.shape[:2], -1), 0, 1)
            predicted = teacher_forced(trained.dynamics, states, domain.frames(data.times), forced)
            rolled = jnp.mean((predicted - states[1:]) ** 2)
            return reconstruction + rolled, (reconstruction, rolled)

        trained, moments, (reconstruction, rolled) = gradient_step(
            self._optimiser(steps), loss, trained, state.optimiser
        )
        share = jnp.maximum(1 - MEMORY, 1 / (index + 1))  # the mean over all steps until it covers 1/(1 − MEMORY) steps
        residual = (1 - share) * residual + share * reconstruction
        scalars = {"reconstruction": reconstruction, "dynamics": rolled, "forcing": probability}
        return State(Parameters(trained, residual, domain), moments), scalars

    def parameters(self, state: State) -> Parameters:
        """The part of the state that forecasts need."""
        return state.parameters

    def forecast(
        self,
        parameters: Parameters,
        frame: Frame,
        times: Float[Array, " times"],
        points: Float[Array, "query d"],
    ) -> Float[Array, "times query channels"]:
        """Computes the codes of the frame, rolls them out, and decodes them at the points."""
        trained, residual, domain = parameters
        here = affine_field(trained.decoder, SIDE * domain.unit(frame.points))
        there = affine_field(trained.decoder, SIDE * domain.unit(points))
        codes = self._fitted(here, frame, trained.codes, residual)
        states = roll_out(trained.dynamics, codes.ravel(), domain.frames(times))
        return jnp.moveaxis(there.decode(states.reshape(-1, *codes.shape)), 1, 2)

    def _fitted(
        self,
        field: AffineField,
        frame: Frame,
        codes: Float[Array, "trajectory time channels code"],
        residual: Float[Array, ""],
    ) -> Float[Array, "channels code"]:
        seen = jnp.broadcast_to(frame.seen, frame.values.shape)
        if self.fit == "descend":
            return jax.vmap(lambda values, mask: self._descended(field, values, mask), 1)(frame.values, seen)

        def solved(values: Array, mask: Array, codes: Array) -> Array:
            return solved_code(field, values, mask, prior_of(codes.reshape(-1, self.code), residual))

        return jax.vmap(solved, (1, 1, 2))(frame.values, seen, codes)

    def _descended(
        self, field: AffineField, values: Float[Array, " points"], mask: Bool[Array, " points"]
    ) -> Float[Array, " code"]:
        def error(code: Float[Array, " code"]) -> Float[Array, ""]:
            return masked_mean((field.decode(code) - values) ** 2, mask)

        return descend(error, jnp.zeros(self.code), self.fit_steps, adam(self.fit_learning_rate))[0]

    def _pod(self, data: Observed, key: Key[Array, ""]) -> Float[Array, "trajectory time channels code"]:
        """POD coefficients of the observed points, with mean square 1. All 0 if frames have different masks."""
        snapshots = jnp.moveaxis(data.values, 3, 2)
        *batch, points = snapshots.shape
        snapshots = snapshots.reshape(-1, points)
        modes = find_modes(snapshots, min(self.code, *snapshots.shape), key)
        codes = modes.codes * modes.deviations
        codes = codes / jnp.sqrt(jnp.maximum(jnp.mean(codes**2), jnp.finfo(codes.dtype).tiny))
        codes = jnp.where((data.seen == data.seen[:1, :1, :, :1]).all(), codes, 0)
        return jnp.pad(codes, ((0, 0), (0, self.code - codes.shape[1]))).reshape(*batch, self.code)

    def _optimiser(self, steps: int) -> optax.GradientTransformation:
        rates = {
            "decoder": self.decoder_learning_rate,
            "codes": self.code_learning_rate,
            "dynamics": self.dynamics_learning_rate,
        }
        return adam_by_part(rates, steps)
