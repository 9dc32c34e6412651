"""Tables and their invariants."""

from gis_app.models.appeal import Appeal, AppealRule
from gis_app.models.bulletin import Bulletin
from gis_app.models.count import CategoryMonth, CellCount, TaskDay, TaskMonth, UnitDay
from gis_app.models.draw import Draw, DrawChecker, DrawnCheck
from gis_app.models.escalation import Escalation, EscalationRule
from gis_app.models.hotline import HotlineFile, RefusedRow
from gis_app.models.judging import BoardRule, ScoreRule
from gis_app.models.memory import Leaf, Retention, Root
from gis_app.models.notice import Delivery, Notice, QuietHours, Reachable
from gis_app.models.place import Address, Boundary, Cell, Edition, Exposure, Grid, Town, Village, Zone
from gis_app.models.report import Contact, Photo, Report, Submission, Visit, Words
from gis_app.models.spelled import Blank, Spelled, SpelledUpdate, store_together
from gis_app.models.spot import Spot
from gis_app.models.spot_check import SpotCheck
from gis_app.models.stamp import Stamp, read_ahead, remembered
from gis_app.models.ticket import Act, Event, Ticket
from gis_app.models.unit import (
    Automatic,
    Category,
    Danger,
    Duty,
    Handoff,
    Holiday,
    Major,
    Member,
    OfficeHours,
    Token,
    Training,
    Unit,
)

__all__ = [
    "Act",
    "Address",
    "Appeal",
    "AppealRule",
    "Automatic",
    "BoardRule",
    "Blank",
    "Boundary",
    "Bulletin",
    "Category",
    "CategoryMonth",
    "Cell",
    "CellCount",
    "Contact",
    "Danger",
    "Delivery",
    "Draw",
    "DrawChecker",
    "DrawnCheck",
    "Duty",
    "Edition",
    "Escalation",
    "EscalationRule",
    "Event",
    "Exposure",
    "Grid",
    "Handoff",
    "Holiday",
    "HotlineFile",
    "Leaf",
    "Major",
    "Member",
    "Notice",
    "OfficeHours",
    "Photo",
    "QuietHours",
    "Reachable",
    "RefusedRow",
    "Report",
    "Retention",
    "Root",
    "ScoreRule",
    "Spelled",
    "SpelledUpdate",
    "Spot",
    "SpotCheck",
    "Stamp",
    "Submission",
    "TaskDay",
    "TaskMonth",
    "Ticket",
    "Token",
    "Town",
    "Training",
    "Unit",
    "UnitDay",
    "Village",
    "Visit",
    "Words",
    "Zone",
    "read_ahead",
    "remembered",
    "store_together",
]
