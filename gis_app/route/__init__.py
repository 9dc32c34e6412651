"""Whose: the unit that answers for a kind of problem in a place, and why."""

from gis_app.route.in_use import answer, desk, duties_in_use, in_use
from gis_app.route.many import units_of
from gis_app.route.receipt import duty_row, receipt, why
from gis_app.route.rules import Answer, Rulebook, Where, resolve

__all__ = [
    "Answer",
    "Rulebook",
    "Where",
    "answer",
    "desk",
    "duties_in_use",
    "duty_row",
    "in_use",
    "receipt",
    "resolve",
    "units_of",
    "why",
]
