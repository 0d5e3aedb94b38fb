"""Transfer scores: how much training a hypernetwork on one encoder reduces the loss of another."""

import abc
import dataclasses
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key, PyTree

from weightloom._keys import as_key
from weightloom._settings import Whole, setting
from weightloom.architectures import MLP
from weightloom.hypernetworks import CodedHypernetwork
from weightloom.similarity.scores.base import RIGID, Inputs, Measured, Score, around, jackknife_error
from weightloom.training._descend import descend

CODES = ("learned", "random", "shared", "none")
WIDTHS = ("sliced", "relative")
MOST_WEIGHTS = 2**26  # of all hypernetworks that are trained together: 256 MB
MANY_WEIGHTS = 2**22


@dataclasses.dataclass(frozen=True)
class TransferScore(Score):
    """Base class of the transfer scores: the hypernetwork and its training."""

    codes: str = setting(
        "learned",
        "Codes of the encoders. 'learned': one trained code per encoder. 'random': one fixed random code per encoder. "
        "'shared': one fixed random code for all encoders. 'none': no hypernetwork, but one classifier for all "
        "encoders that is initially 0.",
        choices=CODES,
    )
    steps: int = setting(1, "Number of steps of gradient descent on A.", ge=1)
    learning_rate: float = setting(
        0.01,
        "Learning rate, relative to the inverse of the largest mean squared length of any encoder's features. All "
        "pairs thus have the same rate, and steps do not overshoot.",
        gt=0,
    )
    width: int = setting(16, "Number of entries of a code.", ge=1)
    hidden: tuple[Whole, ...] = setting((64,), "Widths of the trunk's hidden layers.")
    anchors: int = setting(256, "Maximal number of anchors, for scores with relative features.", ge=1)
    needs_labels: ClassVar[bool] = True
    larger_is_more_similar: ClassVar[bool] = True
    metric: ClassVar[bool] = False

    @abc.abstractmethod
    def measure(self, data: Inputs) -> Measured: ...

    def _relative(
        self, features: Sequence[Float[np.ndarray, "rows _"]], chosen: Int[np.ndarray, " anchors"]
    ) -> Float[np.ndarray, "encoders rows anchors"]:
        """Cosine similarities to the anchors, after centring at their mean (Moschella et al., ICLR 2023, eq. 2)."""
        return np.stack([_directions(one, chosen) @ _directions(one[chosen], slice(None)).T for one in features])

    def _split(self, data: Inputs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Splits the rows into anchors, training rows and held-out rows, without overlap."""
        rest, train, test = data.dealt(3, "transfer")
        rest = data.generator("anchors").permutation(rest)
        return rest[: self.anchors], np.concatenate([train, rest[self.anchors :]]), test

    def _gains(
        self,
        features: Float[np.ndarray, "encoders rows d"],
        data: Inputs,
        train: Int[np.ndarray, " train"],
        test: Int[np.ndarray, " test"],
        sources: range,
    ) -> "Gains":
        """Gains by training on each encoder in `sources`, of all encoders."""
        assert data.labels is not None
        features = features.astype(np.float32)
        rate = self.learning_rate / np.square(features[:, train]).sum(-1).mean(-1).max()
        labels = data.labels[test]
        trained = jnp.asarray(data.labels[train])
        read = jnp.asarray(features[:, test])
        orders = jax.nn.one_hot(labels[data.shuffles(len(test), test)], data.classes).reshape(data.nulls, -1)
        shape = MLP((features.shape[-1], data.classes))
        keys = jax.random.split(as_key(data.key), data.seeds)
        weights = (features.shape[-1] + 1) * data.classes * (self.hidden[-1] if self.hidden else self.width)
        together = max(1, MOST_WEIGHTS // max(1, weights))
        parts = []
        # Python loops, because XLA would run the products of a compiled loop on one core only.
        for first in range(0, data.seeds, together):
            start = _start(self, shape, len(features), keys[first : first + together])
            old = _logits(start, read)
            for number in sources:
                inputs = jnp.asarray(features[number, train])
                moved = _descended(self, start, inputs, trained, jnp.asarray(rate), jnp.asarray(number))
                parts.append(tuple(np.asarray(one, float) for one in _saved(old, _logits(moved, read), labels, orders)))
        rows, null = (
            np.concatenate([np.stack(one[at : at + len(sources)], 1) for at in range(0, len(one), len(sources))])
            for one in zip(*parts)
        )
        return Gains(rows, null)


class Gains(NamedTuple):
    """The reduction of each encoder's loss by training on A.

    Attributes:
        rows: loss before training minus loss after, for each hypernetwork, A, B and evaluated row.
        null: mean reduction with permuted rows of B, for each hypernetwork, A, B and draw.
    """

    rows: Float[np.ndarray, "seeds a b rows"]
    null: Float[np.ndarray, "seeds a b draws"]


@dataclasses.dataclass(frozen=True)
class HypernetworkTransfer(TransferScore):
    """The transfer score of the blog: Δ = ℓ⁰_B − ℓ¹_B, the reduction of B's loss by one step on A, in nats.

    A hypernetwork generates one linear classifier per encoder from a code. It is trained on A only. Δ is measured on
    the training inputs. To first order Δ = η k(c_A, c_B) ⟨G_A, G_B⟩, where G are the gradients by the classifiers'
    weights. It depends on the codes and on the coordinates of the features: a rotated copy of an encoder scores about
    0. The score is directed. The diagonal is the reduction of A's own loss. Values are means over hypernetworks.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import HypernetworkTransfer, Inputs
        >>> a = np.random.default_rng(0).standard_normal((60, 3))
        >>> measured = HypernetworkTransfer().measure(Inputs((a, 3 * a), labels=(a[:, 0] > 0).astype(int)))
        >>> bool((np.diagonal(measured.value) > 0).all())
        True
    """

    widths: str = setting(
        "sliced",
        "Treatment of encoders with different widths. 'sliced': the hypernetwork generates the classifier of the "
        "widest encoder, and narrower encoders use its first rows. 'relative': features are cosine similarities to "
        "anchors, which are excluded from the training rows.",
        choices=WIDTHS,
    )
    symmetric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = frozenset()
    self_value: ClassVar[float | None] = None
    note: ClassVar[str] = "reduction of B's loss by a hypernetwork's step on A, in nats"

    def measure(self, data: Inputs) -> Measured:
        rows = np.arange(data.rows)
        if self.widths == "relative":
            anchors, train, test = self._split(data)
            features, rows = self._relative(data.compact, anchors), np.concatenate([train, test])
        else:
            widest = max(one.shape[1] for one in data.features)
            features = np.stack([np.pad(one, ((0, 0), (0, widest - one.shape[1]))) for one in data.features])
        gains = self._gains(features, data, rows, rows, data.left)
        gains = Gains(*(one[:, :, list(data.right)] for one in gains))
        values, moved = gains.rows.mean(-1), gains.rows.mean(0) / len(rows)
        value = values.mean(0)
        null = np.moveaxis(gains.null.mean(0), -1, 0)
        return Measured(value, null, *around(value, jackknife_error(moved)), values.std(0, ddof=1))


@dataclasses.dataclass(frozen=True)
class CalibratedTransfer(TransferScore):
    """A normalised transfer score: (Δ_AB + Δ_BA) / 2√(Δ_AA Δ_BB), trained on one split and measured on another.

    Features are cosine similarities to anchors outside both splits, so a rotated, permuted, shifted or rescaled copy
    of an encoder has the same features. All encoders share one fixed code, so the hypernetwork's kernel over codes
    cancels, and a copy scores 1. If training on an encoder does not reduce its own held-out loss beyond the null, the
    95th percentile of the null replaces Δ_AA, and the score is near 0.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import CalibratedTransfer, Inputs
        >>> a = np.random.default_rng(0).standard_normal((200, 3))
        >>> labels = (a[:, 0] > 0).astype(int)
        >>> CalibratedTransfer().measure(Inputs((a, 3 * a[:, ::-1] + 1), labels)).value.round(3).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    codes: str = "shared"
    symmetric: ClassVar[bool] = True
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    note: ClassVar[str] = "reduction of one encoder's loss by training on the other, relative to training on itself"

    def measure(self, data: Inputs) -> Measured:
        anchors, train, test = self._split(data)
        gains = self._gains(self._relative(data.compact, anchors), data, train, test, range(len(data.features)))
        own_rows, own_null = (np.einsum("saax->sax", one) for one in gains)
        floors = np.quantile(own_null, 0.95, axis=-1)
        own = own_rows.mean(-1)
        has_scale = own > np.maximum(floors, 0)
        scale = np.sqrt(np.where(has_scale, own, np.maximum(floors, np.finfo(np.float32).tiny)))
        lengths = (scale[:, :, None] * scale[:, None, :])[..., None]
        rows, null = ((one + one.swapaxes(1, 2)) / 2 / lengths for one in gains)
        values = rows.mean(-1)
        relative = np.where(has_scale, own_rows.transpose(2, 0, 1) / np.where(has_scale, own, 1), 0).transpose(1, 2, 0)
        moved = rows - values[..., None] * (relative[:, :, None] + relative[:, None]) / 2
        value = values.mean(0)
        ends = around(value, jackknife_error(moved.mean(0) / len(test)))
        spread = values.std(0, ddof=1)
        block = np.ix_(data.left, data.right)
        value, low, high, spread = (one[block] for one in (value, *ends, spread))
        return Measured(value, np.moveaxis(null.mean(0)[block], -1, 0), low, high, spread)


def _directions(features: Float[np.ndarray, "rows d"], mean_of: Int[np.ndarray, " m"] | slice) -> np.ndarray:
    away = features - features[mean_of].mean(0, dtype=np.float64)
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    return away / np.where(lengths > 0, lengths, 1)


def _start(score: TransferScore, shape: MLP, encoders: int, keys: Key[Array, " seeds"]) -> CodedHypernetwork:
    """Initial hypernetworks. Every array has a leading axis of seeds."""
    weights = shape.sizes[0] * shape.sizes[-1] * (score.hidden[-1] if score.hidden else score.width)
    # The function runs once. Optimising it takes longer than it saves, unless there are many weights.
    options = {} if weights > MANY_WEIGHTS else {"xla_backend_optimization_level": 0}
    compiled = jax.jit(_started, static_argnums=(0, 1, 2), compiler_options=options)
    return compiled(score, shape, encoders, keys)


def _started(score: TransferScore, shape: MLP, encoders: int, keys: Key[Array, " seeds"]) -> CodedHypernetwork:
    def start(key: Key[Array, ""]) -> CodedHypernetwork:
        width, hidden = (0, ()) if score.codes == "none" else (score.width, score.hidden)
        hypernetwork = CodedHypernetwork(shape, encoders, width=width, hidden=hidden, key=key)
        if score.codes != "shared":
            return hypernetwork
        return eqx.tree_at(lambda h: h.codes, hypernetwork, jnp.broadcast_to(hypernetwork.codes[0], (encoders, width)))

    return jax.vmap(start)(keys)


@eqx.filter_jit
def _descended(
    score: TransferScore,
    start: CodedHypernetwork,
    x: Float[Array, "train d"],
    labels: Int[Array, " train"],
    rate: Float[Array, ""],
    number: Int[Array, ""],
) -> CodedHypernetwork:
    """Hypernetworks after gradient descent on one encoder, given by its index `number`."""

    def loss(hypernetwork: CodedHypernetwork) -> Float[Array, ""]:
        logits = hypernetwork.target.apply(hypernetwork(number), x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    trainable = eqx.tree_at(lambda h: h.codes, jax.tree.map(lambda _: True, start), score.codes == "learned")
    return jax.vmap(lambda one: descend(loss, one, score.steps, optax.sgd(rate), trainable=trainable)[0])(start)


def _logits(hypernetworks: CodedHypernetwork, x: Float[Array, "n test d"]) -> Float[Array, "seeds n test k"]:
    """Logits of all hypernetworks for the rows of all encoders, with one matrix product per encoder."""
    weight, bias = _classifiers(hypernetworks, len(x))
    return jnp.stack([_product(one, w, b) for one, w, b in zip(x, weight, bias)], axis=1)


@eqx.filter_jit
def _classifiers(
    hypernetworks: CodedHypernetwork, encoders: int
) -> tuple[Float[Array, "n seeds d k"], Float[Array, "n seeds k"]]:
    """Weights and biases of the classifiers of all encoders, generated by all hypernetworks."""

    def classifier(number: Array, hypernetwork: CodedHypernetwork) -> PyTree[Array]:
        return hypernetwork(number)

    of_one = jax.vmap(classifier, (None, 0))
    (classifiers,) = jax.vmap(of_one, (0, None))(jnp.arange(encoders), hypernetworks)
    return classifiers


@jax.jit
def _product(
    x: Float[Array, "test d"], weight: Float[Array, "seeds d k"], bias: Float[Array, "seeds k"]
) -> Float[Array, "seeds test k"]:
    flat = x @ jnp.moveaxis(weight, 0, 1).reshape(x.shape[1], -1)
    return jnp.moveaxis(flat.reshape(len(x), *bias.shape), 0, 1) + bias[:, None]


@jax.jit
def _saved(
    old: Float[Array, "seeds n test k"],
    new: Float[Array, "seeds n test k"],
    labels: Int[Array, " test"],
    orders: Float[Array, "draws entries"],
) -> tuple[Float[Array, "seeds n test"], Float[Array, "seeds n draws"]]:
    """The loss before minus the loss after training, for every row, and its mean for every draw of the null.

    Permuting the rows is the same as permuting the labels. Only the logit at the label changes, so a draw of the null
    needs one sum.
    """
    saved = jax.nn.logsumexp(old, -1) - jax.nn.logsumexp(new, -1)
    difference = new - old
    # Flatten to a matrix product, because a contraction over two axes is slow on CPUs.
    moved = difference.reshape(-1, orders.shape[-1]) @ orders.T / len(labels)
    null = saved.mean(-1)[..., None] + moved.reshape(*saved.shape[:2], -1)
    return saved + jnp.take_along_axis(difference, labels[None, None, :, None], -1)[..., 0], null
