"""Times of files as elapsed seconds, whatever the calendar."""

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Int, Shaped

from weightloom.errors import InputError

MONTH = 2629746.0  # seconds: a twelfth of the mean year of the Gregorian calendar
DAY = 86400.0
UNITS = {
    "second": 1.0, "sec": 1.0, "s": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0, "hr": 3600.0, "h": 3600.0,
    "day": DAY, "d": DAY, "week": 7 * DAY, "month": MONTH, "year": 12 * MONTH, "common_year": 365 * DAY,
}  # fmt: skip
STANDARD, NO_LEAP = ("standard", "gregorian", "proleptic_gregorian"), ("noleap", "365_day")
LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])  # of months without leap days
EQUAL = {  # lengths of months in calendars whose years are all alike
    **dict.fromkeys(NO_LEAP, LENGTHS),
    **dict.fromkeys(("all_leap", "366_day"), LENGTHS + (np.arange(12) == 1)),
    "360_day": np.full(12, 30),
}
SLACK = 2.5 * DAY  # months are up to 2.5 days longer or shorter than their mean
EVEN = 1e-3


def elapsed(times: xr.DataArray) -> Float[np.ndarray, " time"] | Shaped[np.ndarray, " time"]:
    """The times of an axis as numbers: seconds since the first, or the numbers themselves if they have no unit.

    Time stamps may be NumPy's, objects of cftime in any calendar, or numbers with units such as "days since
    2001-01-01". In months or years of unequal length, time is counted in months: each has a twelfth of a mean year.

    Args:
        times: the axis.

    Raises:
        InputError: if the times are objects that are not time stamps.

    Examples:
        >>> axis = xr.DataArray(np.array([0.0, 30.0, 60.0]), dims="time", attrs={"units": "days since 2001-01-01"})
        >>> (elapsed(axis) / 86400).tolist()
        [0.0, 30.0, 60.0]
        >>> stamps = np.array(["2001-01-15", "2001-02-15", "2001-03-15"], "datetime64[s]")
        >>> (elapsed(xr.DataArray(stamps, dims="time")) / MONTH).tolist()
        [0.0, 1.0, 2.0]
    """
    values = times.values
    if values.dtype.kind in "mM" and len(values):
        return _in_months((values - values[0]) / np.timedelta64(1, "s"))
    if values.dtype.kind == "O" and len(values):
        try:
            return _in_months(np.array([(one - values[0]).total_seconds() for one in values]))
        except (AttributeError, TypeError):
            raise InputError(f"{times.name} holds {type(values[0]).__name__}: give time stamps or numbers.") from None
    seconds, origin = _unit(times)
    if origin and values.dtype.kind in "iuf":
        return _in_months((values.astype(np.float64) - values.astype(np.float64)[:1]) * seconds)
    return values


def _unit(times: xr.DataArray) -> tuple[float, str]:
    """Seconds of a unit of an axis, and the time that it counts from. Empty if its times are no numbers since one."""
    unit, since, origin = str(times.attrs.get("units", "")).partition(" since ")
    unit = unit.strip().lower()
    unit = unit if unit in UNITS else unit.rstrip("s")
    return (UNITS[unit], origin) if since and unit in UNITS else (1.0, "")


def clock_of(times: xr.DataArray) -> dict[str, float] | None:
    """When an axis of time stamps begins, and how its times count.

    Args:
        times: the axis.

    Returns:
        `seconds` and `months` from the start of 2000 to the first stamp, in its calendar, the seconds of a `year`, and
        `monthly`: 1 where `elapsed` counts months, each as a twelfth of a mean year, else 0. None if the times are no
        stamps, or their calendar is not known.

    Examples:
        >>> stamps = np.array(["2001-02-01", "2001-03-01", "2001-04-01"], "datetime64[s]")
        >>> found = clock_of(xr.DataArray(stamps, dims="time"))
        >>> found["months"], found["seconds"] / DAY, found["monthly"]
        (13.0, 397.0, 1.0)
    """
    begun = _begun(times)
    if begun is None:
        return None
    months, day, seconds, year = begun
    passed = np.asarray(elapsed(times), np.float64)
    monthly = len(passed) > 1 and np.allclose((passed - passed[0]) % MONTH, 0)
    return {"seconds": seconds, "months": months + (day - 1) / 31, "year": year, "monthly": float(monthly)}


def year_of(clock: Mapping[str, float]) -> float:
    """The length of a year as the times of a clock count it, in seconds."""
    return 12 * MONTH if clock["monthly"] else clock["year"]


def time_on(
    clock: Mapping[str, float], own: Mapping[str, float], times: Float[np.ndarray, " time"]
) -> Float[np.ndarray, " time"]:
    """Times since 2000 as another clock counts them: a time of the year stays the same time of the year.

    Args:
        clock: the clock to count with.
        own: the clock of the times.
        times: times since the first stamp.

    Examples:
        >>> monthly = {"seconds": 0.0, "months": 0.0, "year": 12 * MONTH, "monthly": 1.0}
        >>> own = {"seconds": 31 * DAY, "months": 1.0, "year": 365 * DAY, "monthly": 0.0}
        >>> (time_on(monthly, own, np.array([0.0, 365 * DAY])) / MONTH).tolist()
        [1.0, 13.0]
    """
    begun = own["months"] * MONTH if clock["monthly"] else own["seconds"] * (clock["year"] / own["year"])
    return begun + times * (year_of(clock) / year_of(own))


def _begun(times: xr.DataArray) -> tuple[int, float, float, float] | None:
    """Of the first stamp: months since 2000, day of the month, seconds since 2000; and the seconds of a year."""
    if times.size == 0:
        return None
    first, kind = times.values[0], times.dtype.kind
    seconds, origin = _unit(times)
    calendar = str(times.attrs.get("calendar", "standard"))
    if kind == "O" and hasattr(first, "calendar"):
        begin = first.replace(year=2000, month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        year = EQUAL[first.calendar].sum() * DAY if first.calendar in EQUAL else 12 * MONTH
        since = (first - begin).total_seconds()
        return (first.year - 2000) * 12 + first.month - 1, first.day, since, float(year)
    if kind == "O":  # dates of Python
        first, kind = np.datetime64(first, "ms"), "M"
    if kind in "iuf" and origin:
        begin = _origin(origin)
        if begin is None:
            return None
        since = float(first) * seconds
        if calendar in EQUAL:
            lengths = EQUAL[calendar]
            days = _days(begin, lengths) + since / DAY
            months, day = _date(days, lengths)
            return int(months), float(day) + 1, days * DAY, float(lengths.sum()) * DAY
        if calendar not in STANDARD:
            return None
        if seconds % MONTH == 0:
            month = begin.astype("datetime64[M]")
            first = (month + round(since / MONTH)).astype("datetime64[ms]") + (begin - month)
        else:
            first = begin + np.round(since * 1e3).astype("timedelta64[ms]")
        kind = "M"
    if kind != "M":
        return None
    months = int(first.astype("datetime64[M]").astype(int)) - 360
    day = (first - first.astype("datetime64[M]")) / np.timedelta64(1, "s") / DAY + 1
    return months, float(day), float((first - np.datetime64("2000-01-01")) / np.timedelta64(1, "s")), 12 * MONTH


def _origin(text: str) -> np.datetime64 | None:
    """The time that numbers count from; None if it cannot be read."""
    import pandas

    try:
        return pandas.Timestamp(text).to_datetime64().astype("datetime64[ms]")
    except ValueError:
        return None


def _days(stamp: np.datetime64, lengths: Int[np.ndarray, " 12"]) -> float:
    """Days since 2000 of a date, in a calendar whose years are all alike."""
    year, month = stamp.astype("datetime64[Y]").astype(int) - 30, stamp.astype("datetime64[M]").astype(int) % 12
    into = (stamp - stamp.astype("datetime64[M]")) / np.timedelta64(1, "ms") / 1e3 / DAY
    return float(lengths.sum() * year + lengths[:month].sum() + into)


def _date(days: Any, lengths: Int[np.ndarray, " 12"]) -> tuple[Any, Any]:
    """Months since 2000, and days since the start of the month: the inverse of `_days`, also for arrays."""
    starts = np.cumsum([0, *lengths])
    year, into = np.divmod(days, starts[-1])
    month = np.searchsorted(starts, into, "right") - 1
    return (year * 12 + month).astype(int), into - starts[month]


def stamps_of(given: xr.DataArray, times: Float[np.ndarray, " time"]) -> Shaped[np.ndarray, " time"]:
    """The stamps of an axis, cut or continued to other times, in the form of the axis.

    Times in months are continued by months of the calendar. A day that a month lacks becomes its last one. Numbers in
    the Julian calendar are continued by the mean of the given months.

    Args:
        given: the axis.
        times: times since the first stamp, as `elapsed` counts them. They begin with those of the axis.

    Examples:
        >>> ends = xr.DataArray(np.array(["2001-01-31", "2001-02-28", "2001-03-31"], "datetime64[D]"), dims="time")
        >>> stamps_of(ends, np.arange(5) * MONTH)[3:].astype("datetime64[D]").astype(str).tolist()
        ['2001-04-30', '2001-05-31']
    """
    known, stamps = np.asarray(elapsed(given), np.float64), given.values
    known, later = known - known[0], times[len(known) :]
    if len(later) == 0:
        return stamps[: len(times)]
    months = np.rint(later / MONTH).astype(int)
    in_months = len(known) > 1 and np.allclose(known % MONTH, 0) and np.allclose(later, months * MONTH)
    more = _months_after(given, months) if in_months else None
    if more is None and stamps.dtype.kind in "mM":
        more = stamps[0] + np.round(later * 1e3).astype("timedelta64[ms]")
    elif more is None and stamps.dtype.kind == "O":
        more = np.array([stamps[0] + datetime.timedelta(seconds=float(one)) for one in later])
    elif more is None:
        scale = known[-1] / float(stamps[-1] - stamps[0]) if len(known) > 1 else 1.0
        more = stamps[0] + later / scale
    return np.concatenate([stamps, more])


def _months_after(given: xr.DataArray, months: Int[np.ndarray, " later"]) -> Shaped[np.ndarray, " later"] | None:
    """Stamps some months after the first one, at the latest day of month of all. None if the calendar is not known."""
    stamps = given.values
    if stamps.dtype.kind in "iuf":
        return _numbers_months_after(given, months)
    if stamps.dtype.kind == "m":
        return None
    if stamps.dtype.kind == "M":
        begins = stamps.astype("datetime64[M]")
        day = (stamps - begins).max()
        begin = begins[0] + months
        last = (begin + 1).astype("datetime64[D]") - begin.astype("datetime64[D]") - np.timedelta64(1, "D")
        whole = day.astype("timedelta64[D]")
        return begin.astype("datetime64[D]") + np.minimum(whole, last) + (day - whole)
    latest = max(stamps, key=lambda one: one.day)
    found = []
    for month in stamps[0].year * 12 + stamps[0].month - 1 + months:
        begin, after = (
            latest.replace(year=int(one) // 12, month=int(one) % 12 + 1, day=1) for one in (month, month + 1)
        )
        found.append(begin.replace(day=min(latest.day, (after - begin).days)))
    return np.array(found)


def _numbers_months_after(given: xr.DataArray, months: Int[np.ndarray, " later"]) -> Float[np.ndarray, " later"] | None:
    """As `_months_after`, for numbers since a time."""
    seconds, text = _unit(given)
    calendar, begin = given.attrs.get("calendar", "standard"), _origin(text)
    if seconds >= MONTH or begin is None:
        return None
    if calendar in STANDARD:
        stamps = begin + np.round(given.values * seconds * 1e3).astype("timedelta64[ms]")
        more = _months_after(xr.DataArray(stamps, dims="time"), months)
        return None if more is None else (more - begin) / np.timedelta64(1, "ms") / 1e3 / seconds
    if calendar not in EQUAL:
        return None
    lengths = EQUAL[calendar]
    month, day = _date(_days(begin, lengths) + given.values * (seconds / DAY), lengths)
    later, latest = month[0] + months, day.max()
    clipped = np.minimum(latest // 1, lengths[later % 12] - 1) + latest % 1
    days = later // 12 * lengths.sum() + np.cumsum([0, *lengths])[later % 12] + clipped
    return np.asarray((days - _days(begin, lengths)) / (seconds / DAY))


def _in_months(seconds: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Counts in months if the steps are whole months, or years, of unequal length."""
    steps = np.diff(seconds)
    if len(steps) == 0 or not np.isfinite(steps).all() or np.ptp(steps) <= EVEN * steps.mean():
        return seconds
    months = np.rint(steps / MONTH)
    if (months >= 1).all() and (np.abs(steps - months * MONTH) <= SLACK).all():
        return np.concatenate([[0.0], np.cumsum(months) * MONTH])
    return seconds
