"""Held-out values that the parameters of a prior are chosen on."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from weightloom.fields.reconstruction.posterior import Seen, seen_of
from weightloom.fields.reconstruction.prior import FieldPrior, Places
from weightloom.fields.trajectories import Trajectories

COUNT = 12  # tasks
SENSORS = (10, 30, 90, 160)  # per frame
HELD_OUT, AROUND, PATCH = 50, 100, (30, 1000)
APART, QUARTER = 16, 4  # with at least 16 frames, the tasks are of the last quarter
FEWEST = 4  # observations of a frame that a patch is hidden in
MOVING = 0.02  # share of gaps away from land above which the data count as gappy


class Task(NamedTuple):
    """Observations, and held-out values to predict from them.

    Attributes:
        seen: places of the observations.
        seen_values: the observed values.
        wanted: places of the held-out values.
        values: the held-out values.
    """

    seen: Places
    seen_values: Float[np.ndarray, " n"]
    wanted: Places
    values: Float[np.ndarray, " held_out"]

    def known(self, prior: FieldPrior) -> tuple[Seen, tuple[np.ndarray, np.ndarray]]:
        """The observations, and the mean and modes at the held-out places."""
        return seen_of(prior, self.seen, self.seen_values), prior.known(self.wanted)


class HeldOut(NamedTuple):
    """Tasks, and what must not be learned from before they are solved.

    Attributes:
        tasks: the tasks.
        frames: frames to learn from, as pairs (trajectory, time).
        data: the data without the held-out values.
    """

    tasks: list[Task]
    frames: list[tuple[int, int]]
    data: Trajectories


def frames_with_values(data: Trajectories) -> list[tuple[int, int]]:
    """The frames with an observation, as pairs (trajectory, time)."""
    return [(int(one), int(time)) for one, time in np.argwhere(np.isfinite(data.at_points).any(axis=(2, 3)))]


def held_out(data: Trajectories, random: np.random.Generator) -> HeldOut:
    """Tasks from the last quarter of the frames, or from all if there are fewer than 16.

    With at least 16 frames, the frames to learn from are those before the last quarter. Else they are all frames, and
    held-out patches are hidden.

    Args:
        data: trajectories. NaN means not observed.
        random: generator of random numbers.
    """
    seen = np.isfinite(data.at_points)
    frames = frames_with_values(data)
    several = len(frames) >= APART
    late = frames[-(len(frames) // QUARTER) :] if several else frames
    early = frames[: -len(late)] if several else frames
    hidden = np.zeros(seen.shape[:3], bool)
    gappy = 1 - seen[:, :, data.ever_observed].mean() > MOVING
    tasks = []
    for number in range(COUNT):
        trajectory, time = late[number * len(late) // COUNT] if len(late) > COUNT else late[number % len(late)]
        make = _patch if gappy else _sensors
        made = make(_Frame(data, seen, trajectory, time), number, random)
        if made is not None:
            tasks.append(made[0])
            hidden[trajectory, time, made[1]] = True
    if several or not hidden.any() or not (seen & ~hidden[..., None]).any():
        return HeldOut(tasks, early, data)
    return HeldOut(tasks, early, data.masked(~hidden.reshape(*hidden.shape[:2], *data.grid)))


class _Frame(NamedTuple):
    """A frame of the data."""

    data: Trajectories
    seen: Bool[np.ndarray, "trajectory time points channels"]
    trajectory: int
    time: int

    def points(self, time: int) -> Integer[np.ndarray, " points"]:
        """Numbers of the points that have a value at another time of the trajectory."""
        return np.flatnonzero(self.seen[self.trajectory, time].any(axis=-1))

    def entries(
        self, later: Sequence[int], points: Integer[np.ndarray, " points"]
    ) -> tuple[Places, Float[np.ndarray, " n"]]:
        """The observed values of points in frames that are some frames later, where there are such frames."""
        times = [self.time + one for one in later if 0 <= self.time + one < len(self.data.times)]
        return entries(self.data, self.trajectory, np.array(times, int), points)


def _sensors(frame: _Frame, number: int, random: np.random.Generator) -> tuple[Task, np.ndarray] | None:
    """Places between random sensors, which this frame and its neighbours have."""
    here = random.permutation(frame.points(frame.time))
    count = min(SENSORS[number % len(SENSORS)], len(here) // 2)
    if count == 0:
        return None
    sensors, wanted = here[:count], here[count : count + HELD_OUT]
    parts = [frame.entries([0], sensors), frame.entries([-1, 1], sensors[: AROUND // 2])]
    return Task(*_joined(parts), *frame.entries([0], wanted)), wanted


def _patch(frame: _Frame, number: int, random: np.random.Generator) -> tuple[Task, np.ndarray] | None:
    """A round patch that is hidden in one frame, what lies around it, and what other frames show there."""
    here, data = frame.points(frame.time), frame.data
    if len(here) < FEWEST:
        return None
    middle = data.points[here[random.integers(len(here))]]
    span = np.maximum(np.ptp(data.points, axis=0), 1e-12).max()
    apart = np.linalg.norm((data.points - middle) / span, axis=1)
    size = int(np.exp(random.uniform(*np.log([min(PATCH[0], len(here) // 4 + 1), min(PATCH[1], len(here) // 3 + 1)]))))
    ordered = here[np.argsort(apart[here])]
    hidden, around = ordered[:size], ordered[size : size * 3 + 200]
    wanted, around = random.permutation(hidden)[:HELD_OUT], random.permutation(around)[:AROUND]
    parts = [frame.entries([0], around)]
    far = apart[ordered[min(2 * size, len(ordered) - 1)]]
    for later in (-1, 1, -2, 2):
        if 0 <= frame.time + later < len(data.times):
            near = frame.points(frame.time + later)
            near = near[apart[near] <= far]
            parts.append(frame.entries([later], random.permutation(near)[: AROUND // 4]))
    return Task(*_joined(parts), *frame.entries([0], wanted)), hidden


def _joined(parts: list[tuple[Places, np.ndarray]]) -> tuple[Places, np.ndarray]:
    places = Places(*(np.concatenate(arrays) for arrays in zip(*(one for one, _ in parts))))
    return places, np.concatenate([values for _, values in parts])


def entries(
    data: Trajectories, trajectory: int, times: Integer[np.ndarray, " frames"], points: Integer[np.ndarray, " points"]
) -> tuple[Places, Float[np.ndarray, " n"]]:
    """The observed values of some points at some times, and where they are.

    Args:
        data: the trajectories.
        trajectory: number of the trajectory.
        times: numbers of the frames.
        points: numbers of the points.
    """
    values = data.at_points[trajectory][times][:, points].astype(np.float64)
    frame, point, channel = np.nonzero(np.isfinite(values))
    places = Places(data.points[points[point]].astype(np.float64), data.times[times[frame]], channel)
    return places, values[frame, point, channel]
