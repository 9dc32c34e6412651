"""Limits counted in the office's time: when something is due, and how much has passed.

Three units: 工作时 (office minutes), 工作日 (the office minutes of one day, so that sums agree), 紧急工作时 (round the clock).
`whose`: the key of the unit whose office hours count; None: the county's.
"""

from decimal import Decimal
from functools import lru_cache

import numpy as np

from gis_app.clock.calendar import A_MINUTE, MINUTE, calendar
from gis_app.models import OfficeHours, remembered
from gis_app.words import HoursRule, LimitUnit


@remembered("rules")
def allowances():
    """{rule: (amount, unit)} of the desk's own times: triage, triage_danger, no_category."""
    rows = OfficeHours.objects.exclude(rule=HoursRule.OFFICE)
    return {row.rule: (row.amount, row.unit) for row in rows}


def minutes_of(limit, unit, whose=None):
    """A limit in minutes of its own kind of time: office minutes, or plain ones for 紧急工作时."""
    if unit != LimitUnit.DAYS:
        return _times(limit, 60)
    return _times(limit, calendar(whose).day_long) / A_MINUTE


@lru_cache(maxsize=1000)
def _times(limit, many):
    """The product as people write it: 0.1 × 3 is 0.3."""
    return float(Decimal(str(limit)) * many)


def due(start, limit, unit, whose=None):
    """When a limit that starts at `start` (aware) has passed; aware, Asia/Shanghai."""
    return _after(start, minutes_of(limit, unit, whose), unit, whose)


def _after(start, minutes, unit, whose):
    if unit == LimitUnit.ROUND_THE_CLOCK:
        return start + minutes * MINUTE
    return calendar(whose).after(start, round(minutes * A_MINUTE))


def elapsed(start, end, unit, whose=None):
    """Minutes of this unit's kind of time between two aware datetimes; 0 when end is not after start."""
    if end <= start:
        return 0.0
    if unit == LimitUnit.ROUND_THE_CLOCK:
        return (end - start) / MINUTE
    return calendar(whose).between(start, end) / A_MINUTE


def elapsed_many(starts, ends, unit, whose=None):
    """(n,) float: as `elapsed`, of many pairs at once.

    starts, ends: (n,) aware datetimes, or arrays of datetime64 in UTC.
    """
    starts, ends = _ticks(starts), _ticks(ends)
    if unit == LimitUnit.ROUND_THE_CLOCK:
        return np.maximum(0, ends - starts) / A_MINUTE
    return calendar(whose).between_many(starts, ends) / A_MINUTE


def _ticks(moments):
    """(n,) int64: µs since 1970 in UTC."""
    if isinstance(moments, np.ndarray) and moments.dtype.kind == "M":
        return moments.astype("datetime64[us]").astype(np.int64)
    return np.array([round(moment.timestamp() * 1_000_000) for moment in moments], dtype=np.int64)


def shifted(moment, start, end, unit, whose=None):
    """A due date moved on by the time of its kind that lay between start and end."""
    stood = elapsed(start, end, unit, whose)
    return _after(moment, stood, unit, whose) if stood else moment  # not from 18:00 to the next morning for nothing


def triage_due(start, danger=False):
    """When the desk must have looked at a report that came in at `start`."""
    last = _last_triaged()
    asked, dangerous, found = last.get("answer", (None, None, None))
    if asked is not start or dangerous != danger:
        found = due(start, *triage_limit(danger))
        last["answer"] = start, danger, found
    return found


def triage_limit(danger=False):
    """(amount, unit) of the time that the desk has to look at a report."""
    return allowances()[HoursRule.TRIAGE_DANGER if danger else HoursRule.TRIAGE]


@remembered("rules")
def _last_triaged():
    """{"answer": (start, danger, when triage is due)}: a ticket and its forecast ask for the same, one after the other."""
    return {}


def limit_of(category):
    """(amount, unit) that a category gives; the county's general one where there is no category."""
    return (category.limit, category.limit_unit) if category else allowances()[HoursRule.NO_CATEGORY]


def forecast(start, category, danger=False):
    """The date that a sender is told: the category's limit, counted from the end of triage."""
    return due(triage_due(start, danger), *limit_of(category))
