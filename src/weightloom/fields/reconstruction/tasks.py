"""Held-out values that the parameters of a prior are chosen on."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

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
        made = make(data, seen, trajectory, time, number, random)
        if made is not None:
            tasks.append(made[0])
            hidden[trajectory, time, made[1]] = True
    if several or not hidden.any() or not (seen & ~hidden[..., None]).any():
        return HeldOut(tasks, early, data)
    return HeldOut(tasks, early, data.masked(~hidden.reshape(*hidden.shape[:2], *data.grid)))


def _sensors(
    data: Trajectories,
    seen: Bool[np.ndarray, "..."],
    trajectory: int,
    time: int,
    number: int,
    random: np.random.Generator,
) -> tuple[Task, np.ndarray] | None:
    """Places between random sensors, which this frame and its neighbours have."""
    here = random.permutation(np.flatnonzero(seen[trajectory, time].any(axis=-1)))
    count = min(SENSORS[number % len(SENSORS)], len(here) // 2)
    if count == 0:
        return None
    sensors, wanted = here[:count], here[count : count + HELD_OUT]
    now = np.array([time])
    beside = np.array([other for other in (time - 1, time + 1) if 0 <= other < len(data.times)], int)
    parts = [_entries(data, trajectory, now, sensors), _entries(data, trajectory, beside, sensors[: AROUND // 2])]
    return Task(*_joined(parts), *_entries(data, trajectory, now, wanted)), wanted


def _patch(
    data: Trajectories,
    seen: Bool[np.ndarray, "..."],
    trajectory: int,
    time: int,
    number: int,
    random: np.random.Generator,
) -> tuple[Task, np.ndarray] | None:
    """A round patch that is hidden in one frame, what lies around it, and what other frames show there."""
    here = np.flatnonzero(seen[trajectory, time].any(axis=-1))
    if len(here) < FEWEST:
        return None
    middle = data.points[here[random.integers(len(here))]]
    span = np.maximum(np.ptp(data.points, axis=0), 1e-12).max()
    apart = np.linalg.norm((data.points - middle) / span, axis=1)
    size = int(np.exp(random.uniform(*np.log([min(PATCH[0], len(here) // 4 + 1), min(PATCH[1], len(here) // 3 + 1)]))))
    ordered = here[np.argsort(apart[here])]
    hidden, around = ordered[:size], ordered[size : size * 3 + 200]
    wanted, around = random.permutation(hidden)[:HELD_OUT], random.permutation(around)[:AROUND]
    parts = [_entries(data, trajectory, np.array([time]), around)]
    for other in (time - 1, time + 1, time - 2, time + 2):
        if 0 <= other < len(data.times):
            near = np.flatnonzero(
                seen[trajectory, other].any(axis=-1) & (apart <= apart[ordered[min(2 * size, len(ordered) - 1)]])
            )
            parts.append(_entries(data, trajectory, np.array([other]), random.permutation(near)[: AROUND // 4]))
    return Task(*_joined(parts), *_entries(data, trajectory, np.array([time]), wanted)), hidden


def _joined(parts: list[tuple[Places, np.ndarray]]) -> tuple[Places, np.ndarray]:
    places = Places(*(np.concatenate(arrays) for arrays in zip(*(one for one, _ in parts))))
    return places, np.concatenate([values for _, values in parts])


def _entries(data: Trajectories, trajectory: int, times: np.ndarray, points: np.ndarray) -> tuple[Places, np.ndarray]:
    """The observed values of some points at some times."""
    values = data.at_points[trajectory][times][:, points].astype(np.float64)
    frame, point, channel = np.nonzero(np.isfinite(values))
    places = Places(data.points[points[point]].astype(np.float64), data.times[times[frame]], channel)
    return places, values[frame, point, channel]
