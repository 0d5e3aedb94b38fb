"""A latent ODE dα/dt = f(α) with an MLP f, solved with fixed steps and trained by scheduled teacher forcing."""

import math
from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Integer, Key, PyTree

Dynamics: TypeAlias = Callable[[Float[Array, "*batch width"]], Float[Array, "*batch width"]]

FIRST_FORCING, LAST_FORCING = 0.99, 1e-3


class RungeKutta4(diffrax.AbstractERK):
    """The classical Runge–Kutta method of order 4 (Kutta 1901), which Diffrax does not include.

    It has no error estimate, so it needs a fixed step size.
    """

    tableau: ClassVar[diffrax.ButcherTableau] = diffrax.ButcherTableau(
        c=np.array([1 / 2, 1 / 2, 1.0]),
        a_lower=(np.array([1 / 2]), np.array([0.0, 1 / 2]), np.array([0.0, 0.0, 1.0])),
        b_sol=np.array([1 / 6, 1 / 3, 1 / 3, 1 / 6]),
        b_error=np.zeros(4),
    )
    interpolation_cls: ClassVar = diffrax.ThirdOrderHermitePolynomialInterpolation.from_k

    def order(self, terms: PyTree[diffrax.AbstractTerm]) -> int:
        """Order of convergence: 4."""
        return 4


class LatentDynamics(eqx.Module):
    """The right-hand side f of dα/dt = f(α): an MLP with a trainable swish (Yin et al., ICLR 2023, appendix E).

    The activation is a·σ(softplus(β) a)/1.1, with one trainable β per hidden layer. Initial weights and biases are
    uniform on ±1/√inputs.

    Args:
        width: number of entries of a state α.
        hidden: widths of the hidden layers.
        key: random key of the initial parameters.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> LatentDynamics(3, (8, 8), key=jax.random.key(0))(jnp.zeros((5, 3))).shape
        (5, 3)
    """

    layers: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]
    steepness: Float[Array, " hidden"]

    def __init__(self, width: int, hidden: tuple[int, ...], *, key: Key[Array, ""]) -> None:
        sizes = (width, *hidden, width)
        self.layers = tuple(
            _uniform_layer(one, inputs, outputs)
            for one, inputs, outputs in zip(jax.random.split(key, len(sizes) - 1), sizes, sizes[1:])
        )
        self.steepness = jnp.full(len(hidden), 0.5, jnp.float32)

    def __call__(self, state: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        """The time derivative of a state."""
        *hidden, (weight, bias) = self.layers
        for (hidden_weight, hidden_bias), steepness in zip(hidden, self.steepness):
            state = state @ hidden_weight + hidden_bias
            state = state * jax.nn.sigmoid(jax.nn.softplus(steepness) * state) / 1.1
        return state @ weight + bias


def advance(
    dynamics: Dynamics, states: Float[Array, "*batch width"], duration: Float[Array, ""]
) -> Float[Array, "*batch width"]:
    """One Runge–Kutta step. With duration 1 it is the step of `roll_out`.

    Args:
        dynamics: f.
        states: states before the step.
        duration: duration of the step, in f's unit of time.

    Returns:
        States after the step.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> bool(jnp.allclose(advance(lambda state: -state, jnp.ones(1), jnp.array(0.1)), jnp.exp(-0.1), atol=1e-6))
        True
    """
    # Diffrax's step cannot be used: its loop over stages cannot be differentiated inside `shard_map`, in which the
    # training loop runs.
    tableau = RungeKutta4.tableau
    slopes = [dynamics(states)]
    for row in tableau.a_lower:
        slopes.append(dynamics(states + duration * _weighted(row, slopes)))
    return states + duration * _weighted(tableau.b_sol, slopes)


def roll_out(
    dynamics: Dynamics, start: Float[Array, " width"], times: Float[Array, " times"]
) -> Float[Array, "times width"]:
    """Solves the ODE with one Runge–Kutta step per unit of time and cubic Hermite interpolation in between.

    Args:
        dynamics: f.
        start: the state at time 0.
        times: increasing times of at least 0, in f's unit of time.

    Returns:
        States at the times.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> roll_out(lambda state: -state, jnp.ones(1), jnp.array([0.0, 1.0, 2.0])).ravel().round(1)
        Array([1. , 0.4, 0.1], dtype=float32)
    """
    return diffrax.diffeqsolve(
        diffrax.ODETerm(lambda time, state, args: dynamics(state)),
        RungeKutta4(),
        t0=jnp.zeros_like(times[-1]),
        t1=times[-1],
        dt0=jnp.ones_like(times[-1]),
        y0=start,
        saveat=diffrax.SaveAt(ts=times),
        adjoint=diffrax.ForwardMode(),
        max_steps=None,
    ).ys


def teacher_forced(
    dynamics: Dynamics,
    states: Float[Array, "time batch width"],
    times: Float[Array, " time"],
    forced: Bool[Array, "starts batch"],
) -> Float[Array, "starts batch width"]:
    """Rolls out states with teacher forcing: some steps start from the true state in place of the predicted state.

    Args:
        dynamics: f.
        states: true states of all frames.
        times: times of the frames, in f's unit of time. There is one step between successive frames.
        forced: whether the step from each frame, except the last, starts from the true state. The first step always
            does.

    Returns:
        Predicted states of all frames except the first.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> states, never = jnp.array([1.0, 5.0, 5.0]).reshape(3, 1, 1), jnp.zeros((2, 1), bool)
        >>> teacher_forced(lambda state: -state, states, jnp.array([0.0, 0.1, 0.2]), never).ravel().round(2)
        Array([0.9 , 0.82], dtype=float32)
    """

    def follow(reached: Array, frame: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        true, restart, duration = frame
        reached = advance(dynamics, jnp.where(restart[:, None], true, reached), duration)
        return reached, reached

    return jax.lax.scan(follow, states[0], (states[:-1], forced.at[0].set(True), jnp.diff(times)))[1]


def forcing_probability(index: Integer[Array, ""], steps: int, share: float) -> Float[Array, ""]:
    """The probability of teacher forcing: it decays exponentially from 0.99 to 1e-3 and is 0 afterwards.

    Yin et al., ICLR 2023, appendix E, multiply it by 0.99 every 100 minibatches. Here the rate of decay depends on the
    length of the training.

    Args:
        index: number of the training step, starting at 0.
        steps: number of training steps.
        share: share of the training with teacher forcing.

    Examples:
        >>> import jax.numpy as jnp
        >>> [round(float(forcing_probability(jnp.array(index), 100, 0.5)), 3) for index in (0, 25, 50)]
        [0.99, 0.031, 0.0]
    """
    fallen = index / (share * steps)
    return jnp.where(fallen < 1, FIRST_FORCING * (LAST_FORCING / FIRST_FORCING) ** fallen, 0.0)


def _uniform_layer(
    key: Key[Array, ""], inputs: int, outputs: int
) -> tuple[Float[Array, "inputs outputs"], Float[Array, " outputs"]]:
    weight_key, bias_key = jax.random.split(key)
    bound = 1 / math.sqrt(inputs)
    return (
        jax.random.uniform(weight_key, (inputs, outputs), minval=-bound, maxval=bound),
        jax.random.uniform(bias_key, (outputs,), minval=-bound, maxval=bound),
    )


def _weighted(weights: Float[np.ndarray, " stages"], slopes: list[Float[Array, "*batch width"]]) -> Any:
    return sum(float(weight) * slope for weight, slope in zip(weights, slopes) if weight)
