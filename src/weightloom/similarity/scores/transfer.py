"""The two scores of a hypernetwork: does training it on one encoder help another?"""

import abc
import dataclasses
import functools
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key

from weightloom.errors import InputError
from weightloom.hypernetworks import CodedHypernetwork
from weightloom.networks import MLP
from weightloom.similarity.scores.base import RIGID, Inputs, Measured, Score, around, jackknife_error

CODES = ("learned", "random", "shared", "none")
WIDTHS = ("sliced", "relative")


@dataclasses.dataclass(frozen=True)
class TransferScore(Score):
    """What the hypernetwork's scores share: how it is made and trained.

    Attributes:
        codes: "learned" (one per encoder, trained along), "random" (one per encoder, left as drawn), "shared" (one for
            all, left as drawn), or "none" (no hypernetwork: a plain shared classifier that starts at 0).
        steps: steps of gradient descent on A.
        learning_rate: of these steps, over the largest mean squared length of any encoder's features: one rate for the
            whole table, and no step overshoots.
        width: entries of a code.
        hidden: widths of the trunk's hidden layers.
        anchors: most anchors to which features are relative, where they are.
    """

    codes: str = "learned"
    steps: int = 1
    learning_rate: float = 0.01
    width: int = 16
    hidden: tuple[int, ...] = (64,)
    anchors: int = 256
    needs_labels: ClassVar[bool] = True
    larger_is_more_similar: ClassVar[bool] = True
    metric: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.codes not in CODES:
            raise InputError(f"codes {self.codes!r} are unknown: use one of {', '.join(CODES)}.")
        if self.steps < 1 or not self.learning_rate > 0:
            raise InputError(
                f"{self.steps} steps of {self.learning_rate} train nothing: give at least one step and a rate above 0."
            )

    @abc.abstractmethod
    def measure(self, data: Inputs) -> Measured: ...

    def _relative(
        self, features: Sequence[Float[np.ndarray, "rows _"]], chosen: Int[np.ndarray, " anchors"]
    ) -> Float[np.ndarray, "encoders rows anchors"]:
        """Cosine similarities to the anchors after centring at their mean (Moschella et al., ICLR 2023, eq. 2)."""
        return np.stack([_directions(own, chosen) @ _directions(own[chosen], slice(None)).T for own in features])

    def _split(self, data: Inputs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Anchors, training rows and held-out rows: nothing is in two of them."""
        rest, train, test = data.dealt(3, "transfer")
        rest = data.generator("anchors").permutation(rest)
        return rest[: self.anchors], np.concatenate([train, rest[self.anchors :]]), test

    def _gains(
        self,
        features: Float[np.ndarray, "encoders rows d"],
        data: Inputs,
        train: Int[np.ndarray, " train"],
        test: Int[np.ndarray, " test"],
    ) -> "Gains":
        assert data.labels is not None
        features = features.astype(np.float32)
        keys = jax.random.split(jax.random.key(data.key), data.seeds)
        rate = self.learning_rate / np.square(features[:, train]).sum(-1).mean(-1).max()
        labels = data.labels[test]
        gains_of = functools.partial(
            _gains_of, self, data.classes, keys, jnp.asarray(rate),
            jnp.asarray(features[:, train]), jnp.asarray(data.labels[train]),
            jnp.asarray(features[:, test]), jnp.asarray(labels), jnp.asarray(labels[data.shuffles(len(test))]),
        )  # fmt: skip
        # A loop over encoders, not over hypernetworks or draws: XLA runs the products in a loop of its own on one core.
        found = [gains_of(number) for number in jnp.arange(len(features))]
        return Gains(*(np.stack([np.asarray(one, float) for one in part], axis=1) for part in zip(*found)))


class Gains(NamedTuple):
    """What training on A saved each encoder.

    Attributes:
        rows: loss before less loss after, per hypernetwork, A, B and row of the evaluation.
        null: its mean with B's rows out of order, per hypernetwork, A, B and draw.
    """

    rows: Float[np.ndarray, "seeds a b rows"]
    null: Float[np.ndarray, "seeds a b draws"]


@dataclasses.dataclass(frozen=True)
class HypernetworkTransfer(TransferScore):
    """The blog's score, as written: Δ = ℓ⁰_B − ℓ¹_B, what a step of the hypernetwork on A saves B, in nats.

    A hypernetwork predicts a linear classifier per encoder from a learned code. It is trained on A only, and Δ is read
    on the same inputs. To first order it is η k(c_A, c_B) ⟨G_A, G_B⟩, G the gradients by the classifiers' weights:
    it depends on the codes and on raw coordinates, so that a rotated copy scores near 0. Directed; the diagonal is
    the gain of A itself. Values are means over hypernetworks.

    Attributes:
        widths: "sliced" (the hypernetwork emits the classifier of the widest encoder, narrower ones take its first
            rows) or "relative" (features are cosine similarities to anchors, which leave the training rows).

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import HypernetworkTransfer, Inputs
        >>> a = np.random.default_rng(0).standard_normal((60, 3))
        >>> found = HypernetworkTransfer().measure(Inputs((a, 3 * a), labels=(a[:, 0] > 0).astype(int)))
        >>> bool((np.diagonal(found.value) > 0).all())
        True
    """

    widths: str = "sliced"
    symmetric: ClassVar[bool] = False
    invariances: ClassVar[frozenset[str]] = frozenset()
    self_value: ClassVar[float | None] = None
    note: ClassVar[str] = "what a hypernetwork's step on A saves B, in nats"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.widths not in WIDTHS:
            raise InputError(f"widths {self.widths!r} are unknown: use one of {', '.join(WIDTHS)}.")

    def measure(self, data: Inputs) -> Measured:
        rows = np.arange(data.rows)
        if self.widths == "relative":
            anchors, train, test = self._split(data)
            features, rows = self._relative(data.features, anchors), np.concatenate([train, test])
        else:
            widest = max(own.shape[1] for own in data.features)
            features = np.stack([np.pad(own, ((0, 0), (0, widest - own.shape[1]))) for own in data.features])
        gains = self._gains(features, data, rows, rows)
        values, moved = gains.rows.mean(-1), gains.rows.mean(0) / len(rows)
        value = values.mean(0)
        null = np.moveaxis(gains.null.mean(0), -1, 0)
        return Measured(value, null, *around(value, jackknife_error(moved)), values.std(0, ddof=1))


@dataclasses.dataclass(frozen=True)
class CalibratedTransfer(TransferScore):
    """The blog's idea made comparable: (Δ_AB + Δ_BA) / 2√(Δ_AA Δ_BB), trained on one split, read on another.

    Features are relative to anchors that are in neither split, so that a rotated, permuted, shifted or rescaled copy
    has the very same ones. All encoders share one code, which is left as drawn: then the hypernetwork's kernel
    over codes cancels, and a copy has 1. An encoder whose held-out loss its own training does not lower beyond the null
    has no scale of its own; it gets the null's 95th percentile in place of Δ_AA, and the score stays near 0.

    Examples:
        >>> import numpy as np
        >>> from weightloom.similarity.scores import CalibratedTransfer, Inputs
        >>> a = np.random.default_rng(0).standard_normal((200, 3))
        >>> found = CalibratedTransfer().measure(Inputs((a, 3 * a[:, ::-1] + 1), labels=(a[:, 0] > 0).astype(int)))
        >>> found.value.round(3).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    codes: str = "shared"
    symmetric: ClassVar[bool] = True
    invariances: ClassVar[frozenset[str]] = RIGID
    self_value: ClassVar[float | None] = 1.0
    note: ClassVar[str] = "what training on one saves the other, over what it saves itself"

    def measure(self, data: Inputs) -> Measured:
        anchors, train, test = self._split(data)
        gains = self._gains(self._relative(data.features, anchors), data, train, test)
        own_rows, own_null = (np.einsum("saax->sax", one) for one in gains)
        floors = np.quantile(own_null, 0.95, axis=-1)
        own = own_rows.mean(-1)
        has_scale = own > floors
        scale = np.sqrt(np.where(has_scale, own, np.maximum(floors, np.finfo(np.float32).tiny)))
        lengths = (scale[:, :, None] * scale[:, None, :])[..., None]
        rows, null = ((one + one.swapaxes(1, 2)) / 2 / lengths for one in gains)
        values = rows.mean(-1)
        relative = np.where(has_scale, own_rows.transpose(2, 0, 1) / np.where(has_scale, own, 1), 0).transpose(1, 2, 0)
        moved = rows - values[..., None] * (relative[:, :, None] + relative[:, None]) / 2
        value = values.mean(0)
        ends = around(value, jackknife_error(moved.mean(0) / len(test)))
        return Measured(value, np.moveaxis(null.mean(0), -1, 0), *ends, values.std(0, ddof=1))


def _directions(features: Float[np.ndarray, "rows d"], mean_of: Int[np.ndarray, " m"] | slice) -> np.ndarray:
    away = features - features[mean_of].mean(0)
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    return away / np.where(lengths > 0, lengths, 1)


@eqx.filter_jit
def _gains_of(
    score: TransferScore,
    classes: int,
    keys: Key[Array, " seeds"],
    rate: Float[Array, ""],
    train: Float[Array, "n train d"],
    train_labels: Int[Array, " train"],
    test: Float[Array, "n test d"],
    test_labels: Int[Array, " test"],
    shuffled: Int[Array, "draws test"],
    number: Int[Array, ""],
) -> tuple[Float[Array, "seeds n test"], Float[Array, "seeds n draws"]]:
    """Train all hypernetworks at once on the encoder of this number, and read all encoders before and after.

    Putting B's rows out of order is putting the labels out of order against its logits, and only the logits of the
    labels move: a draw of the null costs one sum.
    """
    n = len(train)
    target = MLP((train.shape[-1], classes))
    picked = jax.nn.one_hot(test_labels, classes)
    orders = jax.nn.one_hot(shuffled, classes).reshape(len(shuffled), -1)

    def start(key: Key[Array, ""]) -> CodedHypernetwork:
        width, hidden = (0, ()) if score.codes == "none" else (score.width, score.hidden)
        hypernetwork = CodedHypernetwork(target, n, width=width, hidden=hidden, key=key)
        if score.codes != "shared":
            return hypernetwork
        return eqx.tree_at(lambda h: h.codes, hypernetwork, jnp.broadcast_to(hypernetwork.codes[0], (n, width)))

    def logits(hypernetwork: CodedHypernetwork, number: Int[Array, ""], x: Float[Array, "b d"]) -> Float[Array, "b k"]:
        return target.apply(hypernetwork(number, keys[0]).parameters, x)

    def loss(hypernetwork: CodedHypernetwork) -> Float[Array, ""]:
        found = logits(hypernetwork, number, train[number])
        return optax.softmax_cross_entropy_with_integer_labels(found, train_labels).mean()

    def step(now: CodedHypernetwork, _: None) -> tuple[CodedHypernetwork, None]:
        moved = eqx.apply_updates(now, jax.tree.map(lambda g: -rate * g, eqx.filter_grad(loss)(now)))
        return (moved if score.codes == "learned" else eqx.tree_at(lambda h: h.codes, moved, now.codes)), None

    def read(hypernetwork: CodedHypernetwork) -> Float[Array, "n test k"]:
        return jax.vmap(logits, (None, 0, 0))(hypernetwork, jnp.arange(n), test)

    before = jax.vmap(start)(keys)
    after = jax.vmap(lambda h: jax.lax.scan(step, h, length=score.steps)[0])(before)
    old, new = jax.vmap(read)(before), jax.vmap(read)(after)
    saved = jax.nn.logsumexp(old, -1) - jax.nn.logsumexp(new, -1)
    difference = new - old
    # One flat product: a contraction over two axes at once is slow on CPUs.
    moved = difference.reshape(-1, orders.shape[-1]) @ orders.T / len(test_labels)
    null = saved.mean(-1)[..., None] + moved.reshape(len(keys), n, -1)
    return saved + (difference * picked).sum(-1), null
