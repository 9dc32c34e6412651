"""How many: tickets and voices by place, task, unit and time, out of the counts that tally keeps. Reads only.

Tickets are problems; voices are the reports behind them. Rejected ones were taken back by a delta and are in neither. Every
answer is one statement, so one moment: rows that are folded, deltas that are not, and tickets where no row is kept.
"""

from gis_app.stats.checking import check
from gis_app.stats.exposures import LEAST, PER, Exposed, exposures
from gis_app.stats.places import Row, by_town, counts, first_day, heat_counts, known_since, public_weeks, town_counts
from gis_app.stats.series import Series, late_now, series, unit_days

__all__ = [
    "LEAST",
    "PER",
    "Exposed",
    "Row",
    "Series",
    "by_town",
    "check",
    "counts",
    "exposures",
    "first_day",
    "heat_counts",
    "known_since",
    "late_now",
    "public_weeks",
    "series",
    "town_counts",
    "unit_days",
]
