"""Times of files as elapsed seconds, whatever the calendar."""

import datetime
from collections.abc import Mapping

import numpy as np
import xarray as xr
from jaxtyping import Float, Int, Shaped

from weightloom.errors import InputError

MONTH = 2629746.0  # seconds: a twelfth of the mean year of the Gregorian calendar
UNITS = {
    "second": 1.0, "sec": 1.0, "s": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0, "hr": 3600.0, "h": 3600.0,
    "day": 86400.0, "d": 86400.0, "week": 604800.0, "month": MONTH, "year": 12 * MONTH, "common_year": 365 * 86400.0,
}  # fmt: skip
DAY = 86400.0
STANDARD, NO_LEAP = ("standard", "gregorian", "proleptic_gregorian"), ("noleap", "365_day")
LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])  # of months without leap days
SLACK = 2.5 * 86400  # months are up to 2.5 days longer or shorter than their mean
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
        since = (first - begin).total_seconds()
        years = {"360_day": 360 * DAY, "all_leap": 366 * DAY, "366_day": 366 * DAY, "julian": 365.25 * DAY}
        years |= dict.fromkeys(NO_LEAP, 365 * DAY)
        return (first.year - 2000) * 12 + first.month - 1, first.day, since, years.get(first.calendar, 12 * MONTH)
    if kind in "iuf" and origin:
        import pandas

        try:
            begin = pandas.Timestamp(origin).to_datetime64().astype("datetime64[ms]")
        except ValueError:
            return None
        since = float(first) * seconds
        if calendar in NO_LEAP or calendar == "360_day":
            return _without_leap_days(begin, since, 30 if calendar == "360_day" else None)
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


def _without_leap_days(begin: np.datetime64, since: float, length: int | None) -> tuple[int, float, float, float]:
    """As `_begun`, in a calendar with months of one length, or without leap days."""
    starts = np.cumsum([0, *(LENGTHS if length is None else np.full(12, length))])
    year, month = begin.astype("datetime64[Y]").astype(int) - 30, begin.astype("datetime64[M]").astype(int) % 12
    into = (begin - begin.astype("datetime64[M]")) / np.timedelta64(1, "s") / DAY
    days = float(starts[-1] * year + starts[month] + into + since / DAY)  # since 2000
    month = int(np.searchsorted(starts, days % starts[-1], "right") - 1)
    day = days % starts[-1] - starts[month] + 1
    return int(days // starts[-1]) * 12 + month, float(day), days * DAY, float(starts[-1]) * DAY


def continued(given: xr.DataArray, times: Float[np.ndarray, " time"]) -> Shaped[np.ndarray, " time"]:
    """The stamps of an axis, cut or continued to other times, in the form of the axis.

    Times in months are continued by months of the calendar. A day that a month lacks becomes its last one. Numbers in
    other calendars than the standard one and that without leap days are continued by the mean of the given months.

    Args:
        given: the axis.
        times: times since the first stamp, as `elapsed` counts them. They begin with those of the axis.

    Examples:
        >>> ends = xr.DataArray(np.array(["2001-01-31", "2001-02-28", "2001-03-31"], "datetime64[D]"), dims="time")
        >>> continued(ends, np.arange(5) * MONTH)[3:].astype("datetime64[D]").astype(str).tolist()
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
    import pandas

    seconds, origin = _unit(given)
    calendar = given.attrs.get("calendar", "standard")
    if seconds >= MONTH:
        return None
    try:
        begin = pandas.Timestamp(origin).to_datetime64()
    except ValueError:
        return None
    if calendar in STANDARD:
        stamps = begin + np.round(given.values * seconds * 1e3).astype("timedelta64[ms]")
        more = _months_after(xr.DataArray(stamps, dims="time"), months)
        return None if more is None else (more - begin) / np.timedelta64(1, "ms") / 1e3 / seconds
    if calendar not in NO_LEAP:
        return None
    starts = np.cumsum([0, *LENGTHS])
    year, month = begin.astype("datetime64[Y]").astype(int), begin.astype("datetime64[M]").astype(int) % 12
    into = (begin - begin.astype("datetime64[M]")) / np.timedelta64(1, "D")
    first = 365 * year + starts[month] + into  # days since year 0 without leap days
    days = first + given.values * (seconds / DAY)
    month = np.searchsorted(starts, days % 365, "right") - 1
    day = (days % 365 - starts[month]).max()
    month = int(days[0] // 365) * 12 + month[0] + months
    clipped = np.minimum(day // 1, LENGTHS[month % 12] - 1) + day % 1
    return np.asarray((month // 12 * 365 + starts[month % 12] + clipped - first) / (seconds / DAY))


def _in_months(seconds: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Counts in months if the steps are whole months, or years, of unequal length."""
    steps = np.diff(seconds)
    if len(steps) == 0 or not np.isfinite(steps).all() or np.ptp(steps) <= EVEN * steps.mean():
        return seconds
    months = np.rint(steps / MONTH)
    if (months >= 1).all() and (np.abs(steps - months * MONTH) <= SLACK).all():
        return np.concatenate([[0.0], np.cumsum(months) * MONTH])
    return seconds
