"""Working time: when something is due, how much has passed, and why, line by line.

Three units: 工作时 (office minutes), 工作日 (the office minutes of one day, so that sums agree), 紧急工作时 (round the clock).
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

import chinese_calendar
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gis_app.models import Holiday, OfficeHours, remembered
from gis_app.words import HoursRule, LimitUnit, State

SHANGHAI = ZoneInfo("Asia/Shanghai")  # no daylight saving since 1991: a local day has 1,440 minutes
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Office hours of a day and the days that the county itself rules. Days beyond the national calendar: weekdays work."""

    spans: tuple  # ((opens, closes), …), in order, not overlapping
    ruled: dict  # date → works or not
    known: dict = field(default_factory=dict, compare=False)  # date → its hours, as they were made up before

    @property
    def day_minutes(self):
        return sum((_minutes(closes) - _minutes(opens) for opens, closes in self.spans), 0)

    def works(self, day):
        """Whether a date is a working day: county's rule, national calendar with its 调休, else Monday to Friday."""
        if day in self.ruled:
            return self.ruled[day]
        try:
            return chinese_calendar.is_workday(day)
        except NotImplementedError:
            return day.weekday() < 5

    def hours(self, day):
        """The office hours of a date, as pairs of aware datetimes."""
        if day not in self.known:
            spans = self.spans if self.works(day) else ()
            self.known[day] = [tuple(dt.datetime.combine(day, time, SHANGHAI) for time in span) for span in spans]
        return self.known[day]


def _minutes(time):
    return time.hour * 60 + time.minute


@remembered("rules")
def calendar():
    """The county's calendar, as loaded."""
    spans = OfficeHours.objects.filter(rule=HoursRule.OFFICE).values_list("opens", "closes")
    return Calendar(tuple(spans), dict(Holiday.objects.values_list("day", "working")))


@remembered("rules")
def allowances():
    """{rule: (amount, unit)} of the desk's own times: triage, triage_danger, no_category."""
    rows = OfficeHours.objects.exclude(rule=HoursRule.OFFICE)
    return {row.rule: (row.amount, row.unit) for row in rows}


def minutes_of(limit, unit):
    """A limit in minutes of its own kind of time: office minutes, or plain ones for 紧急工作时."""
    each = calendar().day_minutes if unit == LimitUnit.DAYS else 60
    return float(Decimal(str(limit)) * each)


def due(start, limit, unit):
    """When a limit that starts at `start` (aware) has passed; aware, Asia/Shanghai."""
    return _after(start, minutes_of(limit, unit), unit)


def _after(start, minutes, unit):
    if unit == LimitUnit.ROUND_THE_CLOCK:
        return start + minutes * MINUTE
    now, day, left = start, start.astimezone(SHANGHAI).date(), minutes * MINUTE
    while True:
        for opens, closes in calendar().hours(day):
            begin = max(opens, now)
            if begin < closes:
                if begin + left <= closes:
                    return begin + left
                left -= closes - begin
        day += DAY


def elapsed(start, end, unit):
    """Minutes of this unit's kind of time between two aware datetimes; 0 when end is not after start."""
    if end <= start:
        return 0.0
    if unit == LimitUnit.ROUND_THE_CLOCK:
        return (end - start) / MINUTE
    day, last, total = start.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date(), 0 * MINUTE
    while day <= last:
        for opens, closes in calendar().hours(day):
            total += max(0 * MINUTE, min(closes, end) - max(opens, start))
        day += DAY
    return total / MINUTE


def shifted(moment, start, end, unit):
    """A due date moved on by the time of its kind that lay between start and end."""
    stood = elapsed(start, end, unit)
    return _after(moment, stood, unit) if stood else moment  # not from 18:00 to the next morning for nothing


def triage_due(start, danger=False):
    """When the desk must have looked at a report that came in at `start`."""
    return due(start, *allowances()[HoursRule.TRIAGE_DANGER if danger else HoursRule.TRIAGE])


def limit_of(category):
    """(amount, unit) that a category gives; the county's general one where there is no category."""
    return (category.limit, category.limit_unit) if category else allowances()[HoursRule.NO_CATEGORY]


def forecast(start, category, danger=False):
    """The date that a sender is told: the category's limit, counted from the end of triage."""
    return due(triage_due(start, danger), *limit_of(category))


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
        unit = LimitUnit.ROUND_THE_CLOCK if ticket.danger else LimitUnit.HOURS
    else:
        own = ticket.unit_due_at
        kind, start, until = ("unit", ticket.dispatched_at, own) if own else ("county", ticket.accepted_at, ticket.due_at)
        unit = ticket.category.limit_unit
    moment = ticket.finished_at or now
    whole = elapsed(start, until, unit) or 1.0
    late = moment > until
    span = elapsed(until, moment, unit) if late else elapsed(moment, until, unit)
    words = (_("超 %s") if late else _("剩 %s")) % span_words(span, unit)
    return Standing(kind, until, elapsed(start, moment, unit) / whole, late, words)


def span_words(minutes, unit):
    """A span in the largest fitting words; a day of office time is the office minutes of one day."""
    day = 1440 if unit == LimitUnit.ROUND_THE_CLOCK else calendar().day_minutes
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


def explain(ticket):
    """The printed derivation of the due dates, one {label, value} a line."""
    lines = [{"label": _("受理"), "value": printed(ticket.opened_at)}]
    lines.append({"label": _("立案期限"), "value": printed(ticket.triage_due_at)})
    if ticket.accepted_at:
        amount, unit = limit_of(ticket.category)
        lines.append({"label": _("立案"), "value": printed(ticket.accepted_at)})
        lines.append({"label": _("时限"), "value": f"{amount.normalize():f} {LimitUnit(unit).label}"})
        lines += [
            {"label": _("不办公"), "value": f"{day:%Y-%m-%d}"} for day in closed_days(ticket.accepted_at, ticket.due_at, unit)
        ]
        lines.append({"label": _("应办完"), "value": printed(ticket.due_at)})
    if ticket.unit_due_at:
        lines.append({"label": _("派遣"), "value": printed(ticket.dispatched_at)})
        lines.append({"label": _("承办单位应办完"), "value": printed(ticket.unit_due_at)})
    return lines


def closed_days(start, end, unit):
    """The dates between two moments on which the office is closed; none when the clock runs round."""
    if unit == LimitUnit.ROUND_THE_CLOCK:
        return []
    first, last = start.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()
    days = (first + n * DAY for n in range((last - first).days + 1))
    return [day for day in days if not calendar().works(day)]
