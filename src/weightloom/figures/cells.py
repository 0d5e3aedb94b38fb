"""Edges of the cells of a heat map."""

import numpy as np
from jaxtyping import Float
from matplotlib.axis import Axis


def cell_edges(centres: Float[np.ndarray, " cells"], axis: Axis) -> Float[np.ndarray, " edges"]:
    """The edges of cells, halfway between their centres in the axis's scale.

    Args:
        centres: centres of the cells in ascending order, shape (cells,).
        axis: the axis of the cells. Its scale must be set.

    Returns:
        Edges in ascending order, shape (cells + 1,).

    Examples:
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> axes = Figure().subplots()
        >>> axes.set_xscale("log")
        >>> cell_edges(np.array([1.0, 100.0]), axes.xaxis).round(3).tolist()
        [0.1, 10.0, 1000.0]
    """
    to_page = axis.get_transform()
    places = to_page.transform(centres)
    between = (places[:-1] + places[1:]) / 2
    first, last = (between[0], between[-1]) if len(between) else (places[0] + 0.5, places[0] - 0.5)
    edges = np.array([2 * places[0] - first, *between, 2 * places[-1] - last])
    return to_page.inverted().transform(edges)
