"""The idealised network, which keeps only what the algorithms explain."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from weightloom.discovery.classification.rows import Rows


class Reading(NamedTuple):
    """The algorithm that the weights of each input suggest. The function of the network is tested later.

    Args:
        dense: whether dense weights read the input, as in the convexity algorithm, shape (inputs,).
        double: whether a local input has strong weights of both signs, shape (inputs,).
        sign: the sign of the pudding: +1 for inputs with negative plums, −1 for inputs with positive plums, and 0 for
            dense and double-sided inputs, shape (inputs,).
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
    """Replace a network's weights by the nearest weights that run exactly the suggested algorithms.

    - Strong weights at local inputs do not change.
    - All other weights at pudding inputs become the neuron's mean over these inputs (Liao et al. 2023, eqs. 2 and 3:
      all weights but the plums read Σxᵢ).
    - All other weights at double-sided inputs become 0 (eq. 1).
    - Weights at dense inputs do not change. If there are dense inputs, all neurons without a strong weight at a local
      input get their mean output weight (eq. 4: α is a constant).

    Args:
        weight: the first-layer weights, shape (inputs, hidden).
        readout: the output weights, shape (hidden,).
        rows: the decomposition of the hidden neurons' weights.
        reading: the suggested algorithm of each input.

    Returns:
        The first-layer weights and the output weights of the idealised network, with the shapes of the arguments.

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
