"""What is left of a network when only what its algorithm explains is kept."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from weightloom.discovery.classification.rows import Rows


class Reading(NamedTuple):
    """The algorithm that each input's weights suggest, before the network is asked whether it works.

    Args:
        dense: inputs read by dense rows, as in the convexity algorithm, shape (inputs,).
        double: local inputs with strong weights of both signs, shape (inputs,).
        sign: the pudding's sign of the other local inputs, +1 for negative plums and −1 for positive
            ones, and 0 for the rest, shape (inputs,).
    """

    dense: Bool[np.ndarray, " inputs"]
    double: Bool[np.ndarray, " inputs"]
    sign: Float[np.ndarray, " inputs"]


def idealise(
    weight: Float[np.ndarray, "inputs hidden"],
    readout: Float[np.ndarray, " hidden"],
    rows: Rows,
    reading: Reading,
) -> tuple[Float[np.ndarray, "inputs hidden"], Float[np.ndarray, " hidden"]]:
    """The nearest weights that run exactly the algorithms of a reading.

    - Strong weights at local inputs stay as they are.
    - Neurons' other weights at pudding inputs become each neuron's mean over these inputs (Liao et al.
      2023, eq. 3: what is no plum reads Σxᵢ, and eq. 2: with one sign for all inputs).
    - Their other weights at double-sided inputs become 0 (eq. 1).
    - Weights at dense inputs stay, and the neurons without a strong weight at a local input then
      share one output weight, their mean (eq. 4: α is a constant).

    Args:
        weight: first-layer weights, shape (inputs, hidden).
        readout: output weights, shape (hidden,).
        rows: the reading of the hidden neurons' weights.
        reading: the algorithm that each input's weights suggest.

    Returns:
        First-layer weights and output weights of the idealised network, shapes as given.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery.classification.idealised import Reading, idealise
        >>> from weightloom.discovery.classification.rows import read_rows
        >>> weight = np.array([[-2.0, 0.1, 0.2], [0.0, -2.0, 0.3], [0.0, 0.3, 0.1]])
        >>> reading = Reading(np.zeros(3, bool), np.zeros(3, bool), np.ones(3))
        >>> idealise(weight, np.ones(3), read_rows(weight), reading)[0]
        array([[-2. ,  0.2,  0.2],
               [ 0. , -2. ,  0.2],
               [ 0. ,  0.2,  0.2]])
    """
    neurons = np.arange(weight.shape[1])
    keeps_plum = rows.has_plum & ~reading.dense[rows.strongest]
    plums = (rows.strongest[keeps_plum], neurons[keeps_plum])
    is_background = np.repeat((reading.sign != 0)[:, None], len(neurons), axis=1)
    is_background[plums] = False
    ideal = np.where(is_background, _mean_where(is_background, weight), 0.0)
    ideal[reading.dense] = weight[reading.dense]
    ideal[plums] = weight[plums]
    if reading.dense.any() and not keeps_plum.all():
        readout = np.where(keeps_plum, readout, readout[~keeps_plum].mean())
    return ideal, readout


def _mean_where(
    is_background: Bool[np.ndarray, "inputs hidden"], weight: Float[np.ndarray, "inputs hidden"]
) -> Float[np.ndarray, " hidden"]:
    count = np.maximum(is_background.sum(axis=0), 1)
    return np.where(is_background, weight, 0).sum(axis=0) / count
