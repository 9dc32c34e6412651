"""How many: what a step or an intake changes, appended last in its transaction, and folded into few rows by a job."""

from gis_app.tally.appending import FIGURES, append, heard_there, moved, standing
from gis_app.tally.folding import DAYS_FOR, fold, forget_days, month_of, months_before, rebuild
from gis_app.tally.tickets import from_tickets, parent

__all__ = [
    "DAYS_FOR",
    "FIGURES",
    "append",
    "fold",
    "forget_days",
    "from_tickets",
    "heard_there",
    "month_of",
    "months_before",
    "moved",
    "parent",
    "rebuild",
    "standing",
]
