"""The product x₀·x₁ of the first two inputs; the others are distractors."""

from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task


def _product(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    return x[:, 0] * x[:, 1]


def _moments(inputs: int) -> tuple[float, float]:
    # The factors are independent, with zero mean and unit variance.
    return 0.0, 1.0


product = Task("product", _product, _moments, least=2)
