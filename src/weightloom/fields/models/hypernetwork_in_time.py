"""H(t, α) → θ: one hypernetwork turns time and a trajectory's code into the representation of each frame."""

import dataclasses
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Integer, Key

from weightloom._settings import Whole, setting
from weightloom.architectures import SIREN
from weightloom.fields.models.base import FieldModel, Frame, Observed
from weightloom.fields.models.domain import Domain, domain_of
from weightloom.fields.models.optimiser import State
from weightloom.fields.models.sampling import drawn_points, drawn_trajectories, masked_mean
from weightloom.hypernetworks import CONDITIONINGS, Conditioning, concatenate, time_features
from weightloom.training._descend import descend, updated
from weightloom.training.optimisers import adam, adam_by_part


class Trained(NamedTuple):
    """What gradients change.

    Attributes:
        hypernetwork: H.
        codes: α of every training trajectory.
    """

    hypernetwork: Conditioning
    codes: Float[Array, "trajectory code"]


class Parameters(NamedTuple):
    """What forecasting needs.

    Attributes:
        trained: H, and the training trajectories' codes.
        domain: space and time.
    """

    trained: Trained
    domain: Domain


@dataclasses.dataclass(frozen=True)
class HypernetworkInTime(FieldModel):
    """u(x, t) = g_θ(x) with θ = H(t, α): time is a condition, and nothing is integrated.

    The reading of time-dependent fields as generated representations, H(t) = θ_t, with a code α per trajectory, which
    is auto-decoded. The representation g is a SIREN with all channels as its outputs. It interpolates in time; beyond
    the frames that it was trained on nothing holds it. A new trajectory's code is fitted to its first frame by Adam,
    from 0, on at most `points` of its observed points.

    Raises:
        InputError: if an entry cannot be used.

    Examples:
        >>> from weightloom.fields.models.hypernetwork_in_time import HypernetworkInTime
        >>> HypernetworkInTime(conditioning="shift").conditioning
        'shift'
    """

    name: ClassVar[str] = "hypernetwork-in-time"
    steps: ClassVar[int] = 2_000

    conditioning: str = setting(
        "all-weights",
        "What H generates, a name from `weightloom.hypernetworks.CONDITIONINGS`.",
        choices=CONDITIONINGS,
    )
    code: int = setting(64, "Entries of α.", ge=1)
    features: int = setting(9, "Features of time, an odd number.", ge=1)
    period: float = setting(40.0, "Period of the slowest of these features, in frames.", gt=0)
    hidden: tuple[Whole, ...] = setting((128,), "Widths of H's hidden layers.")
    widths: tuple[Whole, ...] = setting((32, 32, 32, 32), "Widths of the SIREN's hidden layers.")
    frequency: float = setting(15.0, "ω₀ of the SIREN.", gt=0)
    points: int = setting(128, "Points drawn in every step.", ge=1)
    trajectories: int = setting(16, "Trajectories drawn in every step; all of their frames take part.", ge=1)
    rate: float = setting(
        1e-3,
        "Adam's learning rate for the hypernetwork, which falls to 0 along a cosine.",
        gt=0,
        le=1,
    )
    code_rate: float = setting(1e-2, "Adam's learning rate for the codes.", gt=0, le=1)
    fit_steps: int = setting(300, "Steps of the descent that finds a new code.", ge=1)
    fit_rate: float = setting(1e-2, "Learning rate of the descent that finds a new code.", gt=0, le=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        time_features(jnp.zeros(()), self.features, self.period)

    @property
    def label(self) -> str:
        """What a table calls the model: with what it generates."""
        return f"{self.name}, {self.conditioning}"

    def init(self, data: Observed, key: Key[Array, ""]) -> State:
        """An untrained hypernetwork, and codes of 0."""
        target = SIREN((data.points.shape[1], *self.widths, data.values.shape[3]), frequency=self.frequency)
        hypernetwork = CONDITIONINGS[self.conditioning](
            target, width=self.features + self.code, hidden=self.hidden, key=key
        )
        trained = Trained(hypernetwork, jnp.zeros((data.values.shape[0], self.code)))
        return State(Parameters(trained, domain_of(data.points, data.times)), self._optimiser(1).init(trained))

    def step(
        self, state: State, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[State, dict[str, Array]]:
        """One step of Adam on the error at random points of all frames of random trajectories."""
        trained, domain = state.parameters
        point_key, trajectory_key = jax.random.split(key)
        drawn = drawn_points(data.mask, self.points, point_key)
        chosen = drawn_trajectories(len(data.values), self.trajectories, trajectory_key)
        values, mask = data.values[chosen][:, :, drawn], data.mask[:, drawn, None]
        points, times = data.points[drawn], data.times - data.times[0]

        def loss(trained: Trained) -> tuple[Float[Array, ""], Float[Array, ""]]:
            def decode(code: Array) -> Array:
                return self._fields(trained.hypernetwork, domain, code, times, points)

            error = masked_mean((jax.vmap(decode)(trained.codes[chosen]) - values) ** 2, mask)
            return error, error

        trained, moments, error = updated(self._optimiser(steps), loss, trained, state.optimiser)
        return State(Parameters(trained, domain), moments), {"reconstruction": error}

    def parameters(self, state: State) -> Parameters:
        """The hypernetwork, codes and the domain."""
        return state.parameters

    def forecast(
        self,
        parameters: Parameters,
        frame: Frame,
        times: Float[Array, " times"],
        points: Float[Array, "query d"],
    ) -> Float[Array, "times query channels"]:
        """Fit the trajectory's code to the frame, then generate a network for every time."""
        trained, domain = parameters
        # The draw is the same for every frame: forecasts depend on nothing but their arguments.
        drawn = drawn_points(frame.mask[None], self.points, jax.random.key(0))

        def error(code: Float[Array, " code"]) -> Float[Array, ""]:
            [now] = self._fields(trained.hypernetwork, domain, code, jnp.zeros(1), frame.points[drawn])
            return masked_mean((now - frame.values[drawn]) ** 2, frame.mask[drawn, None])

        code, _ = descend(error, jnp.zeros(self.code), self.fit_steps, adam(self.fit_rate))
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
        return adam_by_part({"hypernetwork": self.rate, "codes": self.code_rate}, steps)
