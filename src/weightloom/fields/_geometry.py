"""Positions from longitude and latitude: on the unit sphere, or in kilometres on a plane."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from weightloom.fields.trajectories import PLACEMENT, Trajectories

EARTH = 6371.0  # radius in km
WIDE, HIGH = 60.0, 40.0  # degrees; a larger region is placed on the sphere


class Placement(NamedTuple):
    """How longitude, latitude and other coordinates of a region became positions.

    Attributes:
        sphere: whether they lie on the unit sphere. Else they lie on a plane, in km from the region's centre.
        west: the westernmost longitude in degrees.
        width: degrees of longitude from west to east.
        middle: latitude of the centre in degrees.
        extent: the largest extent of the positions.
        spans: the range of each other coordinate, which is scaled to the extent.
    """

    sphere: bool
    west: float
    width: float
    middle: float
    extent: float
    spans: Sequence[float]

    def positions(self, angles: Sequence[Shaped[np.ndarray, "*grid"]]) -> Float[np.ndarray, "*grid d"]:
        """Positions of points.

        Args:
            angles: longitude and latitude in degrees, and other coordinates.
        """
        east, north = (np.asarray(angle, np.float64) for angle in angles[:2])
        if self.sphere:
            east, north = np.radians(east), np.radians(north)
            parts = [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
        else:
            away = (east - self.west) % 360
            away = np.where(away > 180 + self.width / 2, away - 360, away) - self.width / 2
            cosine = np.cos(np.radians(self.middle))
            parts = [EARTH * np.radians(away) * cosine, EARTH * np.radians(north - self.middle)]
        others = [other / span * self.extent for other, span in zip(angles[2:], self.spans)]
        return np.stack([*parts, *others], axis=-1)

    def angles(self, positions: Float[np.ndarray, "*grid d"]) -> list[Float[np.ndarray, "*grid"]]:
        """Longitude and latitude in degrees, and other coordinates. It inverts `positions`.

        Args:
            positions: positions of points.
        """
        x, y, *rest = np.moveaxis(np.asarray(positions, np.float64), -1, 0)
        if self.sphere:
            z, *rest = rest
            found = [np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))]
        else:
            away = np.degrees(x / EARTH) / np.cos(np.radians(self.middle))
            found = [self.west + self.width / 2 + away, self.middle + np.degrees(y / EARTH)]
        return found + [one / self.extent * span for one, span in zip(rest, self.spans)]


def placement_of(angles: Sequence[Shaped[np.ndarray, "*grid"]], sphere: bool | None = None) -> Placement:
    """The usual placement of a region.

    A region of more than 60° of longitude or 40° of latitude is placed on the unit sphere. A smaller one is placed on
    the plane, in km to the east and to the north of its centre. Other coordinates are scaled to its extent.

    Args:
        angles: longitude and latitude in degrees, and other coordinates. Longitudes may count from 0 to 360 or from
            −180 to 180.
        sphere: True or False to choose between the sphere and the plane.
    """
    east, north = (np.asarray(angle, np.float64) for angle in angles[:2])
    west, width = _span(east)
    if sphere is None:
        sphere = bool(width > WIDE or np.ptp(north) > HIGH)
    found = Placement(sphere, west, width, float((north.min() + north.max()) / 2), 1.0, [])
    flat = found.positions([east, north])
    extent = float(np.ptp(flat.reshape(-1, flat.shape[-1]), axis=0).max()) or 1.0
    return found._replace(extent=extent, spans=[float(np.ptp(other)) or 1.0 for other in angles[2:]])


def moved(
    positions: Float[np.ndarray, "*grid d"], own: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None
) -> Float[np.ndarray, "*grid e"]:
    """Positions of one placement as positions of another, so that the same point of the Earth has the same position.

    Args:
        positions: the positions.
        own: their placement as a dictionary. None if they were not placed on the Earth, or it is not known.
        wanted: the other placement. None as for `own`. If either is None, positions stay as they are.

    Examples:
        >>> west, both = (placement_of(np.meshgrid(lon, [40.0, 41.0])) for lon in ([2.0, 4.0], [2.0, 8.0]))
        >>> moved(np.zeros((1, 2)), west._asdict(), both._asdict()).round().tolist()  # longitude 3, the centre is 5
        [[-169.0, 0.0]]
    """
    if own is None or wanted is None or own == wanted:
        return positions
    return Placement(**wanted).positions(Placement(**own).angles(positions)).astype(np.float32)


def placed_as(data: Trajectories, wanted: Mapping[str, Any] | None) -> Trajectories:
    """Trajectories at the positions of another placement.

    Args:
        data: the trajectories.
        wanted: the placement, as for `moved`.
    """
    if data.placement is None or wanted is None or data.placement == wanted:
        return data
    coordinates = moved(data.coordinates, data.placement, wanted)
    return dataclasses.replace(
        data, coordinates=coordinates, attributes={**data.attributes, PLACEMENT: wanted}, period=None
    )


def _span(east: Float[np.ndarray, "*grid"]) -> tuple[float, float]:
    """The westernmost longitude and the width of the shortest arc that holds all longitudes."""
    around = np.unique(east % 360)
    gaps = np.diff(around, append=around[0] + 360)
    widest = int(gaps.argmax())
    return float(around[(widest + 1) % len(around)]), float(360 - gaps[widest])
