"""How a ticket stands against its clock, in words."""

import datetime as dt
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gis_app.clock.calendar import SHANGHAI, calendar
from gis_app.clock.limits import elapsed
from gis_app.words import LimitUnit, State


@dataclass(frozen=True)
class Standing:
    """How a ticket stands against its clock."""

    kind: str  # triage, unit or county
    due: dt.datetime
    share: float  # of the limit used; above 1 when late
    late: bool
    words: str  # 剩 40 分, 超 2 天


def standing(ticket, now):
    """The clock that matters for this ticket now, or None when it has ended."""
    if ticket.ended_at:
        return None
    if ticket.state == State.NEW:
        kind, start, until = "triage", ticket.opened_at, ticket.triage_due_at
        unit, whose = LimitUnit.ROUND_THE_CLOCK if ticket.danger else LimitUnit.HOURS, None
    else:
        own = ticket.unit_due_at
        kind, start, until = ("unit", ticket.dispatched_at, own) if own else ("county", ticket.accepted_at, ticket.due_at)
        unit, whose = ticket.category.limit_unit, ticket.unit_id if own else None
    moment = ticket.finished_at or ticket.suspended_at or now
    whole = elapsed(start, until, unit, whose) or 1.0
    late = moment > until
    span = elapsed(*((until, moment) if late else (moment, until)), unit, whose)
    words = (_("超 %s") if late else _("剩 %s")) % span_words(span, unit, whose)
    return Standing(kind, until, elapsed(start, moment, unit, whose) / whole, late, words)


def span_words(minutes, unit, whose=None):
    """A span in the largest fitting words; a day of office time is the office minutes of one day."""
    day = 1440 if unit == LimitUnit.ROUND_THE_CLOCK else calendar(whose).day_minutes
    if minutes >= 2 * day:
        return _("%d 天") % (minutes // day)
    hours, rest = divmod(int(minutes), 60)
    if hours >= 3 or (hours and not rest):
        return _("%d 小时") % hours
    return (_("%(hours)d 小时 %(rest)d 分") % {"hours": hours, "rest": rest}) if hours else _("%d 分") % rest


def printed(moment):
    """11月27日（周五）09:20, or the English of it."""
    told = date_format(moment.astimezone(SHANGHAI), _("n月j日（D）H:i"), use_l10n=False)
    return told.replace("星期", "周")  # Django has no shorter weekday in Chinese


def printed_day(day):
    """11月27日（周五）, or the English of it."""
    return date_format(day, _("n月j日（D）"), use_l10n=False).replace("星期", "周")


def printed_days(first, last):
    """11月28日（周六）至 11月29日（周日）, or the one day."""
    days = {"first": printed_day(first), "last": printed_day(last)}
    return days["first"] if first == last else _("%(first)s至 %(last)s") % days
