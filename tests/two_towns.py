"""Two towns of no real county, and what was told in them: for tests of counts and maps."""

from datetime import date, datetime, time

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon

from gis_app import tally
from gis_app.clock import SHANGHAI
from gis_app.models import (
    Boundary,
    Category,
    CategoryMonth,
    CellCount,
    Edition,
    Major,
    Report,
    Stamp,
    TaskDay,
    TaskMonth,
    Ticket,
    Town,
    Unit,
    UnitDay,
    Words,
)
from layers.cells import cell_of

TODAY = date(2026, 11, 25)  # a Wednesday
LANE, MARKET = (107.7661, 32.9931), (107.9012, 33.0203)
WEST, EAST = "999999001", "999999002"  # towns of no real county, so that loaded fixtures do not matter


@pytest.fixture(autouse=True)
def two_towns(db):
    """Two towns side by side and a kind of problem for each of two tasks; nothing counted yet."""
    for model in (CellCount, TaskMonth, TaskDay, CategoryMonth, UnitDay):
        model.objects.all().delete()
    Edition.objects.filter(active=True).update(active=False)
    edition = Edition.objects.create(kind="towns", source="test", digest="two squares", active=True)
    for code, label, kind, left in ((WEST, "西街道", "街道", 107.7), (EAST, "东镇", "镇", 107.85)):
        Town.objects.create(code=code, name=label, kind=kind)
        square = MultiPolygon(Polygon.from_bbox((left, 32.9, left + 0.15, 33.1)))
        Boundary.objects.create(edition=edition, code=code, name=label, outline=square, synthetic=True)
    major = Major.objects.create(code="99", name="试验")
    for code, task in (("9901", "六"), ("9902", "八")):
        Category.objects.create(
            code=code, major=major, name=code, kind="事件", task=task, tier="B", limit=1, limit_unit="工作日", photo_after=False
        )
    for name in ("places", "rules"):  # so that no map drawn before is shown, and no kind of these is kept for others
        Stamp.bump(name)


def tell(count=1, at=LANE, town=WEST, day=TODAY, category="9901", voices=None, folded=False):
    """So many tickets more at a place, or fewer, and what a step appends of them."""
    where = {"cell": cell_of(*at) if at else None, "town": Town.objects.get(code=town)}
    where["category"] = Category.objects.filter(code=category).first()
    voices = count if voices is None else voices
    if count > 0:
        _tickets(count, voices, at, day, where)
    else:
        gone = Ticket.objects.filter(**where, state="new").values_list("pk", flat=True)[:-count]
        Ticket.objects.filter(pk__in=list(gone)).update(state="rejected", ended_at=_noon(day))
    CellCount.objects.create(day=day, opened=count, voices=voices, **where)
    if folded:
        tally.fold()


def _tickets(count, voices, at, day, where):
    """The tickets themselves; the first of them is what all further voices speak of."""
    placed = {"point": Point(*at, srid=4326) if at else None, "precision": "point" if at else "town"}
    told = placed | where | {"edition": Edition.objects.get(kind="towns", active=True)}
    unit, noon = Unit.objects.first(), _noon(day)
    row = told | {"state": "new", "proposed": unit, "opened_at": noon, "triage_due_at": noon}
    tickets = Ticket.objects.bulk_create([Ticket(**row) for _ in range(count)])
    said, told = Words.objects.create(text="路灯不亮"), {name: value for name, value in told.items() if name != "cell"}
    heard = [*tickets, *[tickets[0]] * (voices - count)]
    Report.objects.bulk_create(
        Report(source="web", source_ref=f"{ticket.pk}-{n}", ticket=ticket, said=said, due_at=noon, said_at=noon, **told)
        for n, ticket in enumerate(heard)
    )


def _noon(day):
    return datetime.combine(day, time(12), SHANGHAI)
