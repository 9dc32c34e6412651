"""Tables and their invariants."""

from gis_app.models.draw import Draw, DrawChecker, DrawnCheck
from gis_app.models.notice import Notice
from gis_app.models.place import Address, Boundary, Edition, Grid, Town, Village, Zone
from gis_app.models.report import Contact, Photo, Report, Submission, Visit, Words
from gis_app.models.stamp import Stamp, remembered
from gis_app.models.ticket import Act, CellCount, Event, SpotCheck, Ticket
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
    "Automatic",
    "Boundary",
    "Category",
    "CellCount",
    "Contact",
    "Danger",
    "Draw",
    "DrawChecker",
    "DrawnCheck",
    "Duty",
    "Edition",
    "Event",
    "Grid",
    "Handoff",
    "Holiday",
    "Major",
    "Member",
    "Notice",
    "OfficeHours",
    "Photo",
    "Report",
    "SpotCheck",
    "Stamp",
    "Submission",
    "Ticket",
    "Token",
    "Town",
    "Training",
    "Unit",
    "Village",
    "Visit",
    "Words",
    "Zone",
    "remembered",
]
