"""DINo: an implicit representation of each frame by a code, and an ODE that moves the code."""

import dataclasses
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Integer, Key

from weightloom._settings import Whole, setting
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
from weightloom.training._descend import descend, updated
from weightloom.training.optimisers import adam, adam_by_part

STARTS, FITS = ("pod", "zero"), ("solve", "descend")
SIDE = 0.5  # of the box that the paper's coordinates and its scale of frequencies belong to
MEMORY = 0.99  # of the running mean of the reconstruction error


class Trained(NamedTuple):
    """What gradients change.

    Attributes:
        decoder: D, shared by all channels.
        codes: α of every training frame, one per channel.
        dynamics: f, of the codes of all channels together.
    """

    decoder: Shift
    codes: Float[Array, "trajectory time channels code"]
    dynamics: LatentDynamics


class Parameters(NamedTuple):
    """What forecasting needs.

    Attributes:
        trained: decoder and dynamics, and the training frames' codes, whose spread is the prior of new ones.
        residual: running mean square of what the codes left unexplained.
        domain: space and time.
    """

    trained: Trained
    residual: Float[Array, ""]
    domain: Domain


@dataclasses.dataclass(frozen=True)
class DINo(FieldModel):
    """Forecasts by implicit neural representations (Yin et al., ICLR 2023).

    Every frame has a code per channel, found by auto-decoding: the code and the decoder, a shift-modulated Fourier
    multiplicative filter network, are trained together on the observed points. An ODE dα/dt = f(α) over all channels'
    codes is trained on them by scheduled teacher forcing, one Runge–Kutta step per frame. It sends no gradient to
    decoder or codes. Frequencies are trained, as in the released code.

    What differs from the paper, each for the sake of speed: all codes and `points` random points shared by them take
    part in every step; three learning rates fall to 0 along a cosine; and what the decoder's affinity in the code
    allows (`affine_decoder.py`): codes start as the POD of the observed points (`start="zero"`, and where
    sensors move from frame to frame, so that frames have too few points in common: from 0), and the code of a new frame
    is solved for, with the Gaussian of training codes as its prior (`fit="descend"`: by Adam from 0). Coordinates are
    mapped to [0, 0.5] and the median time between frames to 1, as in the paper's data.
    Training takes one step from each frame to the next however far apart they are, forecasts one per median frame.

    Raises:
        InputError: if an entry cannot be used.

    Examples:
        >>> from weightloom.fields.models.dino import DINo
        >>> DINo(code=50).dynamics
        (512, 512, 512)
    """

    name: ClassVar[str] = "dino"
    steps: ClassVar[int] = 3_000

    code: int = setting(100, "Entries of a code, per channel.", ge=1)
    decoder_width: int = setting(64, "Width of the filters, an even number.", ge=2, multiple_of=2)
    decoder_layers: int = setting(3, "How many filters multiply the first one.", ge=1)
    scale: float = setting(64.0, "Scale of the filters' frequencies at the start.", gt=0)
    dynamics: tuple[Whole, ...] = setting((512, 512, 512), "Widths of the hidden layers of f.")
    points: int = setting(256, "Points drawn in every step, more likely the more often they are observed.", ge=1)
    trajectories: int = setting(32, "Trajectories drawn in every step to train f on.", ge=1)
    decoder_rate: float = setting(1e-2, "Adam's learning rate for the decoder.", gt=0, le=1)
    code_rate: float = setting(1e-2, "Adam's learning rate for the codes.", gt=0, le=1)
    dynamics_rate: float = setting(1e-3, "Adam's learning rate for f.", gt=0, le=1)
    forcing: float = setting(
        0.5,
        "Share of the training during which frames may restart from their true codes.",
        gt=0,
        le=1,
    )
    start: str = setting("pod", "Where the training's codes start: pod or zero.", choices=STARTS)
    fit: str = setting("solve", "How a new frame's code is found: solve or descend.", choices=FITS)
    fit_steps: int = setting(300, "Steps of the descent to a new code.", ge=1)
    fit_rate: float = setting(1e-2, "Learning rate of the descent to a new code.", gt=0, le=1)

    def adapted(self, data: Trajectories) -> "DINo":
        """The same model, if there is something to learn the dynamics from."""
        check_frames(self.name, data)
        return self

    def init(self, data: Observed, key: Key[Array, ""]) -> State:
        """Untrained networks, and codes that are 0 or the POD's."""
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
        """One step of Adam on the error at random points and on that of rolled-out codes."""
        trained, residual, domain = state.parameters
        point_key, trajectory_key, forcing_key = jax.random.split(key, 3)
        drawn = drawn_points(data.mask, self.points, point_key)
        values, mask = data.values[:, :, drawn], data.mask[:, drawn]
        place = SIDE * domain.unit(data.points[drawn])
        chosen = drawn_trajectories(len(data.values), self.trajectories, trajectory_key)
        probability = forcing_probability(index, steps, self.forcing)
        forced = jax.random.bernoulli(forcing_key, probability, (data.times.size - 1, len(chosen)))

        def loss(trained: Trained) -> tuple[Float[Array, ""], tuple[Float[Array, ""], Float[Array, ""]]]:
            field = affine_field(trained.decoder, place)
            errors = jnp.moveaxis(field.decode(trained.codes), 2, 3) - values
            reconstruction = masked_mean(errors**2, mask[None, :, :, None])
            states = jax.lax.stop_gradient(trained.codes)[chosen]
            states = jnp.swapaxes(states.reshape(*states.shape[:2], -1), 0, 1)
            predicted = teacher_forced(trained.dynamics, states, domain.frames(data.times), forced)
            rolled = jnp.mean((predicted - states[1:]) ** 2)
            return reconstruction + rolled, (reconstruction, rolled)

        trained, moments, (reconstruction, rolled) = updated(self._optimiser(steps), loss, trained, state.optimiser)
        share = jnp.maximum(1 - MEMORY, 1 / (index + 1))  # at first the mean of all steps
        residual = (1 - share) * residual + share * reconstruction
        scalars = {"reconstruction": reconstruction, "dynamics": rolled, "forcing": probability}
        return State(Parameters(trained, residual, domain), moments), scalars

    def parameters(self, state: State) -> Parameters:
        """Networks, codes, their residual and the domain."""
        return state.parameters

    def forecast(
        self,
        parameters: Parameters,
        frame: Frame,
        times: Float[Array, " times"],
        points: Float[Array, "query d"],
    ) -> Float[Array, "times query channels"]:
        """Fit the frame's codes, roll them out, decode them anywhere."""
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
        if self.fit == "descend":
            return jax.vmap(lambda values: self._descended(field, values, frame.mask), 1)(frame.values)

        def solved(values: Array, codes: Array) -> Array:
            return solved_code(field, values, frame.mask, prior_of(codes.reshape(-1, self.code), residual))

        return jax.vmap(solved, (1, 2))(frame.values, codes)

    def _descended(
        self, field: AffineField, values: Float[Array, " points"], mask: Bool[Array, " points"]
    ) -> Float[Array, " code"]:
        def error(code: Float[Array, " code"]) -> Float[Array, ""]:
            return masked_mean((field.decode(code) - values) ** 2, mask)

        return descend(error, jnp.zeros(self.code), self.fit_steps, adam(self.fit_rate))[0]

    def _pod(self, data: Observed, key: Key[Array, ""]) -> Float[Array, "trajectory time channels code"]:
        """Coefficients of the observed points' POD, of mean square 1; 0 where sensors move from frame to frame."""
        snapshots = jnp.moveaxis(data.values, 3, 2)
        *batch, points = snapshots.shape
        snapshots = snapshots.reshape(-1, points)
        modes = find_modes(snapshots, min(self.code, *snapshots.shape), key)
        codes = modes.codes * modes.deviations
        codes = codes / jnp.sqrt(jnp.maximum(jnp.mean(codes**2), jnp.finfo(codes.dtype).tiny))
        codes = jnp.where((data.mask == data.mask[0]).all(), codes, 0)
        return jnp.pad(codes, ((0, 0), (0, self.code - codes.shape[1]))).reshape(*batch, self.code)

    def _optimiser(self, steps: int) -> optax.GradientTransformation:
        rates = {"decoder": self.decoder_rate, "codes": self.code_rate, "dynamics": self.dynamics_rate}
        return adam_by_part(rates, steps)
