"""Working time: when something is due, how much has passed, and why, line by line."""

from gis_app.clock.calendar import SHANGHAI, calendar, unknown_year
from gis_app.clock.derivation import Derivation, dates_of, derive, moments_of
from gis_app.clock.limits import (
    allowances,
    due,
    elapsed,
    elapsed_many,
    forecast,
    limit_of,
    minutes_of,
    shifted,
    triage_due,
)
from gis_app.clock.lines import explain, lines_of
from gis_app.clock.told import Standing, printed, span_words, standing

__all__ = [
    "SHANGHAI",
    "Derivation",
    "Standing",
    "allowances",
    "calendar",
    "dates_of",
    "derive",
    "due",
    "elapsed",
    "elapsed_many",
    "explain",
    "forecast",
    "limit_of",
    "lines_of",
    "minutes_of",
    "moments_of",
    "printed",
    "shifted",
    "span_words",
    "standing",
    "triage_due",
    "unknown_year",
]
