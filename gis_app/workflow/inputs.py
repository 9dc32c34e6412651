"""What a step may be given: one name for each input, with how it is asked for and how it is read."""

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.clock import SHANGHAI
from gis_app.errors import BadField
from gis_app.models import Blank, Category, Handoff, Spelled, Ticket, Unit
from gis_app.words import Result, Role, UnitKind
from layers import crs

LONGEST_NOTE = 2000
END_OF_WORK = dt.time(18)  # what a day without an hour means
MOST_PARTS = 5
FAR = 100  # metres between a ticket and where it was looked at, beyond which that is flagged


def _row_of(model, label):
    coded = Spelled(model.objects.filter(code=Blank("code")))

    def read(value):
        for row in coded.ask(code=str(value)):
            return row
        raise BadField(field=label, why=_("没有编号为 %s 的一项。") % value)

    return read


_unit = _row_of(Unit, gettext_lazy("承办单位"))


def _working_unit(value):
    unit = _unit(value)
    if unit.kind == UnitKind.DESK:
        raise BadField(field=_("承办单位"), why=_("%s只派遣，不承办。") % unit)
    return unit


def _worker(value):
    worker = User.objects.filter(username=str(value), is_active=True, posts__role=Role.WORKER).first()
    if worker is None:
        raise BadField(field=_("网格员"), why=_("没有叫 %s 的网格员。") % value)
    return worker


def choice_of(choices, label):
    """A reader of one of some choices, which raises BadField for anything else."""
    def read(value):
        if value not in choices.values:
            raise BadField(field=label, why=_("只能是：%s。") % "、".join(choices.values))
        return value

    return read


def _degrees(limit, label):
    def read(value):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not abs(number) <= limit:
            raise BadField(field=label, why=_("要 ±%d 以内的度数。") % limit)
        return number

    return read


def _text(value):
    value = str(value).replace("\x00", "").strip()
    if len(value) > LONGEST_NOTE:
        raise BadField(field=_("说明"), why=_("最多 %d 字。") % LONGEST_NOTE)
    return value


def _moment(value):
    """A day (its end of work) or a day and an hour, in the county's time unless it says otherwise."""
    text = str(value).strip()
    try:
        day = parse_date(text)
        moment = dt.datetime.combine(day, END_OF_WORK) if day else parse_datetime(text)
    except ValueError:  # the 30th of February
        moment = None
    if moment is None:
        raise BadField(field=_("到什么时候"), why=_("要写成 2026-12-01 或者 2026-12-01 17:00 这样的日期。"))
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _stars(value):
    if str(value) not in {"1", "2", "3", "4", "5"}:
        raise BadField(field=_("几颗星"), why=_("要 1 到 5。"))
    return int(value)


def _ticket(value):
    number = str(value).strip().upper().lstrip("X0")
    found = Ticket.objects.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 12 else None
    if found is None:
        raise BadField(field=_("另一件"), why=_("没有编号为 %s 的工单。") % value)
    return found


@dataclass(frozen=True)
class Part:
    """One of several problems that a report speaks of. lon, lat: degrees, WGS84, or None for the same place."""

    category: Category
    words: str = ""
    lon: float | None = None
    lat: float | None = None

    @property
    def code(self):
        """For the event's row: no words."""
        place = {} if self.lon is None else {"lon": self.lon, "lat": self.lat}
        return {"category": self.category.code, **place}


def _parts(value):
    """A list of {category, words?, lon?, lat?}, or the JSON of one."""
    label = _("拆成几件")
    try:
        rows = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise BadField(field=label, why=_("要 JSON。")) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not 1 <= len(rows) <= MOST_PARTS:
        raise BadField(field=label, why=_("要 1 到 %d 件。") % MOST_PARTS)
    return tuple(map(_part, rows))


def _part(row):
    if unknown := sorted(set(row) - {"category", "words", "lon", "lat"}):
        raise BadField(field=unknown[0], why=_("“%s”这一步不收这一项。") % "split")
    place = {name: INPUTS[name].read(row[name]) for name in ("lon", "lat") if row.get(name) not in (None, "")}
    if len(place) == 1:
        raise BadField(field="lon, lat", why=_("经度和纬度要一起给。"))
    return Part(INPUTS["category"].read(row.get("category", "")), _text(row.get("words") or ""), **place)


def metres_off(ticket, given):
    """How far from the ticket somebody stood who looked at it; far ones are flagged, and not refused."""
    if ticket.point is None:
        return {}
    (east, north), (x, y) = crs.to_metres(given["lon"], given["lat"]), crs.to_metres(ticket.point.x, ticket.point.y)
    metres = round(math.hypot(east - x, north - y))
    return {"metres_off": metres, "far": metres > FAR}


@dataclass(frozen=True)
class Input:
    """label: for people. kind: how a form asks. read: from what was sent to what a step is given; raises BadField."""

    label: str
    kind: str
    read: Callable
    free: bool = False  # free text: kept apart from the event's row


INPUTS = {
    "category": Input(gettext_lazy("小类"), "category", _row_of(Category, gettext_lazy("小类"))),
    "unit": Input(gettext_lazy("承办单位"), "unit", _working_unit),
    "worker": Input(gettext_lazy("网格员"), "worker", _worker),
    "suggested": Input(gettext_lazy("建议单位"), "unit", _working_unit),
    "reason": Input(gettext_lazy("原因"), "text", _text, free=True),
    "handoff": Input(gettext_lazy("请市民找谁"), "handoff", _row_of(Handoff, gettext_lazy("请市民找谁"))),
    "note": Input(gettext_lazy("说明"), "text", _text, free=True),
    "result": Input(gettext_lazy("核查结果"), "result", choice_of(Result, gettext_lazy("核查结果"))),
    "until": Input(gettext_lazy("到什么时候"), "day", _moment),
    "order": Input(gettext_lazy("要求"), "text", _text, free=True),
    "other": Input(gettext_lazy("并到哪一件"), "ticket", _ticket),
    "parts": Input(gettext_lazy("拆成几件"), "parts", _parts),
    "stars": Input(gettext_lazy("几颗星"), "stars", _stars),
    "lon": Input(gettext_lazy("经度"), "degrees", _degrees(180, gettext_lazy("经度"))),
    "lat": Input(gettext_lazy("纬度"), "degrees", _degrees(90, gettext_lazy("纬度"))),
    "photos": Input(gettext_lazy("照片"), "photos", list),
    "after_photo": Input(gettext_lazy("处置后照片"), "photos", list),  # a need, never sent: met by photos
}


def read_given(step, rule, raw, known=None):
    """What was sent for a step, read: {input: value}. Empty values are left out. Raises BadField for what the step does not take.

    known: a dict that keeps rows read before, for many steps at once.
    """
    given = {}
    for name, value in raw.items():
        value = value.strip() if isinstance(value, str) else value
        if value in (None, "", [], ()):
            continue
        if name not in rule.accepts:
            raise BadField(field=name, why=_("“%s”这一步不收这一项。") % step)
        read = rule.reads.get(name) or INPUTS[name].read
        if known is None or not isinstance(value, str):
            given[name] = read(value)
        else:
            given[name] = known[read, value] if (read, value) in known else known.setdefault((read, value), read(value))
    return given
