"""Positions from longitude and latitude: on the unit sphere, or in kilometres on a plane."""

import numpy as np
from jaxtyping import Float, Shaped

EARTH = 6371.0  # radius in km
WIDE, HIGH = 60.0, 40.0  # degrees; a larger region is placed on the sphere


def placed(
    longitude: Shaped[np.ndarray, "*grid"], latitude: Shaped[np.ndarray, "*grid"], sphere: bool | None = None
) -> Float[np.ndarray, "*grid d"]:
    """Positions of points on the Earth, from degrees. Longitudes may count from 0 to 360 or from −180 to 180.

    A region of more than 60° of longitude or 40° of latitude is placed on the unit sphere. A smaller one is placed on
    the plane, in km to the east and to the north of its centre.

    Args:
        longitude: degrees east.
        latitude: degrees north.
        sphere: True or False to choose between the sphere and the plane.

    Returns:
        (x, y, z) on the unit sphere, or (east, north) in km.

    Examples:
        >>> placed(np.array([0.0, 90.0]), np.zeros(2)).round(6).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
        >>> placed(np.array([359.0, 1.0]), np.zeros(2)).round(1).tolist()
        [[-111.2, 0.0], [111.2, 0.0]]
    """
    east, north = (np.asarray(angle, np.float64) for angle in (longitude, latitude))
    west, width = _span(east)
    if sphere is None:
        sphere = bool(width > WIDE or np.ptp(north) > HIGH)
    if sphere:
        east, north = np.radians(east), np.radians(north)
        return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)
    middle = (north.min() + north.max()) / 2
    away = (east - west) % 360 - width / 2
    along = EARTH * np.radians(away) * np.cos(np.radians(middle))
    return np.stack([along, EARTH * np.radians(north - middle)], axis=-1)


def _span(east: Float[np.ndarray, "*grid"]) -> tuple[float, float]:
    """The westernmost longitude and the width of the shortest arc that holds all longitudes."""
    around = np.unique(east % 360)
    gaps = np.diff(around, append=around[0] + 360)
    widest = int(gaps.argmax())
    return float(around[(widest + 1) % len(around)]), float(360 - gaps[widest])
