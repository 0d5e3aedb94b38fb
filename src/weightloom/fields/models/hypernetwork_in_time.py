"""A hypernetwork H(t, α) → θ that generates the representation of each frame from time and a trajectory's code."""

import dataclasses
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Integer, Key

from weightloom._settings import Whole, setting, with_former_names
from weightloom.architectures import SIREN
from weightloom.fields.models.base import FieldModel, Frame, Observed
from weightloom.fields.models.domain import Domain, domain_of
from weightloom.fields.models.optimiser import State
from weightloom.fields.models.sampling import drawn_points, drawn_trajectories, masked_mean
from weightloom.hypernetworks import CONDITIONINGS, Conditioning, concatenate, time_features
from weightloom.training._descend import descend, gradient_step
from weightloom.training.optimisers import adam, adam_by_part


class Trained(NamedTuple):
    """Parameters that are trained by gradient descent.

    Attributes:
        hypernetwork: H.
        codes: code α of every training trajectory.
    """

    hypernetwork: Conditioning
    codes: Float[Array, "trajectory code"]


class Parameters(NamedTuple):
    """Parameters for forecasts.

    Attributes:
        trained: H and the codes of the training trajectories.
        domain: normalisation of space and time.
    """

    trained: Trained
    domain: Domain


@with_former_names(
    rate="learning_rate",
    code_rate="code_learning_rate",
    fit_rate="fit_learning_rate",
)
@dataclasses.dataclass(frozen=True)
class HypernetworkInTime(FieldModel):
    """A model u(x, t) = g_θ(x) with θ = H(t, α): the hypernetwork takes time as a condition; no ODE is integrated.

    g is a SIREN with one output per channel. Each trajectory has a code α, which is trained together with the
    hypernetwork (auto-decoding). The model interpolates in time. It is not constrained at times after the training
    frames. The code of a new trajectory is fitted to at most `points` observed points of its first frame, by Adam
    from 0.

    Raises:
        InputError: if a setting is invalid.

    Examples:
        >>> from weightloom.fields.models.hypernetwork_in_time import HypernetworkInTime
        >>> HypernetworkInTime(conditioning="shift").conditioning
        'shift'
    """

    name: ClassVar[str] = "hypernetwork-in-time"
    steps: ClassVar[int] = 2_000

    conditioning: str = setting(
        "all-weights",
        "How H generates θ, a name from `weightloom.hypernetworks.CONDITIONINGS`.",
        choices=CONDITIONINGS,
    )
    code: int = setting(64, "Number of entries of α.", ge=1)
    features: int = setting(9, "Number of time features, odd.", ge=1)
    period: float = setting(40.0, "Period of the slowest time feature, in frames.", gt=0)
    hidden: tuple[Whole, ...] = setting((128,), "Widths of H's hidden layers.")
    widths: tuple[Whole, ...] = setting((32, 32, 32, 32), "Widths of the SIREN's hidden layers.")
    frequency: float = setting(15.0, "ω₀ of the SIREN.", gt=0)
    points: int = setting(128, "Number of points per training step.", ge=1)
    trajectories: int = setting(16, "Number of trajectories per training step, each with all frames.", ge=1)
    learning_rate: float = setting(
        1e-3,
        "Adam's learning rate of the hypernetwork. It falls to 0 along a cosine.",
        gt=0,
        le=1,
    )
    code_learning_rate: float = setting(
        1e-2, "Adam's learning rate of the codes. It falls to 0 along a cosine.", gt=0, le=1
    )
    fit_steps: int = setting(300, "Number of steps of Adam for the code of a new trajectory.", ge=1)
    fit_learning_rate: float = setting(1e-2, "Learning rate of Adam for the code of a new trajectory.", gt=0, le=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        time_features(jnp.zeros(()), self.features, self.period)

    @property
    def label(self) -> str:
        """Name of the model in tables, with its conditioning."""
        return f"{self.name}, {self.conditioning}"

    def init(self, data: Observed, key: Key[Array, ""]) -> State:
        """Draws an initial hypernetwork. Initial codes are 0."""
        target = SIREN((data.points.shape[1], *self.widths, data.values.shape[3]), frequency=self.frequency)
        hypernetwork = CONDITIONINGS[self.conditioning](
            target, width=self.features + self.code, hidden=self.hidden, key=key
        )
        trained = Trained(hypernetwork, jnp.zeros((data.values.shape[0], self.code)))
        return State(Parameters(trained, domain_of(data.points, data.times)), self._optimiser(1).init(trained))

    def step(
        self, state: State, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[State, dict[str, Array]]:
        """One step of Adam on the error of random trajectories at random points and all frames."""
        trained, domain = state.parameters
        point_key, trajectory_key = jax.random.split(key)
        drawn = drawn_points(data.anywhere, self.points, point_key)
        chosen = drawn_trajectories(len(data.values), self.trajectories, trajectory_key)
        values = data.values[chosen][:, :, drawn]
        mask = jnp.broadcast_to(data.seen, data.values.shape)[chosen][:, :, drawn]
        points, times = data.points[drawn], data.times - data.times[0]

        def loss(trained: Trained) -> tuple[Float[Array, ""], Float[Array, ""]]:
            def decode(code: Array) -> Array:
                return self._fields(trained.hypernetwork, domain, code, times, points)

            error = masked_mean((jax.vmap(decode)(trained.codes[chosen]) - values) ** 2, mask)
            return error, error

        trained, moments, error = gradient_step(self._optimiser(steps), loss, trained, state.optimiser)
        return State(Parameters(trained, domain), moments), {"reconstruction": error}

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
        """Fits the trajectory's code to the frame, then generates a network for every time."""
        trained, domain = parameters
        # A fixed key, so that forecasts are deterministic.
        drawn = drawn_points(frame.seen.any(axis=1)[None], self.points, jax.random.key(0))

        def error(code: Float[Array, " code"]) -> Float[Array, ""]:
            [now] = self._fields(trained.hypernetwork, domain, code, jnp.zeros(1), frame.points[drawn])
            return masked_mean((now - frame.values[drawn]) ** 2, frame.seen[drawn])

        code, _ = descend(error, jnp.zeros(self.code), self.fit_steps, adam(self.fit_learning_rate))
        return self._fields(trained.hypernetwork, domain, code, times, points)

    def _fields(
        self,
        hypernetwork: Conditioning,
        domain: Domain,
        code: Float[Array, " code"],
        times: Float[Array, " times"],
        points: Float[Array, "points d"],
    ) -> Float[Array, "times points channels"]:
        place = 2 * domain.unit(points) - 1

        def at(condition: Array) -> Array:
            return hypernetwork.target.apply(hypernetwork(condition), place)

        return jax.vmap(at)(concatenate(time_features(domain.frames(times), self.features, self.period), code))

    def _optimiser(self, steps: int) -> optax.GradientTransformation:
        return adam_by_part({"hypernetwork": self.learning_rate, "codes": self.code_learning_rate}, steps)
