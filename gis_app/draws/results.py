"""What the drawn checkers found, and what that says of each unit's work."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from gis_app import audit, clock, photos, workflow
from gis_app.access import SYSTEM
from gis_app.errors import BadField, CheckedAlready, StepNeeds
from gis_app.models import DrawnCheck, Notice, Unit
from gis_app.words import ActName, Audience, PhotoKind, Recheck
from gis_app.workflow.inputs import metres_off
from layers.shares import wilson


@dataclass(frozen=True)
class Finding:
    """What a checker found. place: (lon, lat) in degrees where they stood, or None. pictures: as photos.prepare() gives them."""

    result: str
    note: str = ""
    place: tuple | None = None
    pictures: tuple = ()

    def check(self):
        """Raises BadField, StepNeeds."""
        if self.result not in Recheck.values:
            raise BadField(field=_("复查结果"), why=_("只能是：%s。") % "、".join(str(one.label) for one in Recheck))
        if self.result == Recheck.UNSURE and not self.note:
            raise StepNeeds("note", _("说明：为什么看不出来"))
        if self.result != Recheck.UNSURE and not self.pictures:
            raise StepNeeds("photos", _("现场照片"))


def record(check, finding, by):
    """Keep what a checker found, once. check: a row from access.checks_for(by). by: a User.

    The ticket tells it as a remark of the system's, with the pictures; the log of acts keeps it; what is not mended is told
    to the desk. The ticket's state stays. Raises BadField, StepNeeds, CheckedAlready; then nothing is written.
    """
    finding.check()
    with transaction.atomic():
        held = DrawnCheck.objects.select_for_update(of=("self",)).select_related("ticket", "draw").get(pk=check.pk)
        if held.result:
            raise CheckedAlready
        found = metres_off(held.ticket, dict(zip(("lon", "lat"), finding.place, strict=True))) if finding.place else {}
        event = workflow.advance(held.ticket, "comment", SYSTEM, note=told(held, finding, found))
        photos.keep(finding.pictures, PhotoKind.CHECK, event=event)
        if finding.result == Recheck.NOT_OK:
            Notice.objects.create(event=event, audience=Audience.DESK)
        held.result, held.at, held.event = finding.result, event.at, event
        held.metres_off, held.far = found.get("metres_off"), found.get("far")
        held.save()
        kept = {"draw": held.draw_id, "result": held.result} | found
        audit.remember(ActName.RECHECK, held.ticket.number, by, **kept)
    return held


def told(check, finding, found):
    """A finding as the ticket tells it, without the checker's name."""
    where = _("离现场 %d 米。") % found["metres_off"] if found else _("没有留下位置。")
    asked = {"draw": check.draw_id, "result": Recheck(finding.result).label, "where": where, "note": finding.note}
    return (_("双随机第 %(draw)s 次复查：%(result)s。%(where)s%(note)s") % asked).strip()


@dataclass(frozen=True)
class Score:
    """Of a unit's closed tickets `looked` were found mended or not, `ok` of them mended; `unsure` could not be told.

    far: of all these with a known place, how many were looked at from far away, or from nobody knows where.
    """

    looked: int = 0
    ok: int = 0
    unsure: int = 0
    far: int = 0

    @property
    def share(self):
        return self.ok / self.looked if self.looked else None

    @property
    def interval(self):
        """(low, high) of the share, 95 %; None of nothing."""
        return wilson(self.ok, self.looked)


def scores_in(checks):
    """[(Unit, Score)] of checks that have a result, the worst share first."""
    sure = Q(result__in=(Recheck.OK, Recheck.NOT_OK))
    sums = {
        "looked": Count("pk", filter=sure),
        "ok": Count("pk", filter=Q(result=Recheck.OK)),
        "unsure": Count("pk", filter=Q(result=Recheck.UNSURE)),
        "away": Count("pk", filter=Q(ticket__point__isnull=False) & ~Q(far=False)),
    }
    rows = checks.exclude(result="").order_by().values("unit").annotate(**sums)
    found = {row["unit"]: Score(row["looked"], row["ok"], row["unsure"], row["away"]) for row in rows}
    units = Unit.objects.filter(pk__in=found)
    return sorted(((unit, found[unit.pk]) for unit in units), key=lambda pair: (pair[1].share is None, pair[1].share or 0))


def within(start, end):
    """The checks that were looked at from one day to another, both included."""
    first = dt.datetime.combine(start, dt.time(), clock.SHANGHAI)
    return DrawnCheck.objects.filter(at__gte=first, at__lt=dt.datetime.combine(end, dt.time(), clock.SHANGHAI) + dt.timedelta(1))


def scores(start, end):
    """[(Unit, Score)] of everything that was looked at from one day to another, both included, the worst share first."""
    return scores_in(within(start, end))


def score_of(unit, start, end):
    """The Score of one unit from one day to another, both included; an empty one where nobody looked."""
    found = scores_in(within(start, end).filter(unit=unit))
    return found[0][1] if found else Score()
