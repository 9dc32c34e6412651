"""The printed derivation of a due date, one {label, value} a line."""

from django.utils.translation import gettext as _

from gis_app.clock.calendar import SHANGHAI, calendar
from gis_app.clock.derivation import GRANTED, WORKED, dates, derive, moments_among, moments_of, triage_of
from gis_app.clock.told import printed, printed_day, printed_days, span_words
from gis_app.words import LimitUnit, State


def explain(ticket, short=False, events=None):
    """The printed derivation of a ticket's due dates. short: the three to five lines that a citizen is told.

    events: the ticket's, in order, where they are at hand; that saves a query.
    """
    moments = (moments_of(ticket) if events is None else moments_among(events)) if ticket.accepted_at else ()
    found = derive(moments, ticket.category, ticket.unit_id) if ticket.accepted_at else None
    if short:
        return told_shortly(ticket, found)
    lines = [line(_("受理"), printed(ticket.opened_at))]
    if ticket.state == State.NEW:
        return lines + awaited(ticket, triage_of(ticket))
    lines.append(line(_("立案期限"), printed(ticket.triage_due_at)))
    return lines + (lines_of(found) + unsettled(ticket, found) if found else [])


def awaited(ticket, track):
    """The clock of the desk, before acceptance."""
    lines = [*counted(track), line(_("立案期限"), printed(track.due))]
    return lines + still_standing(ticket.triage_due_at) if track.due != ticket.triage_due_at else lines


def lines_of(found):
    """A whole Derivation: the county's clock, then the unit's."""
    lines = []
    if found.county:
        lines += [line(_("立案"), printed(found.county.start)), *counted(found.county)]
        lines.append(line(_("应办完"), printed(found.due_at)))
    if found.units:
        lines += [line(_("派遣"), printed(found.units.start)), *counted(found.units)]
        lines.append(line(_("承办单位应办完"), printed(found.unit_due_at)))
    return lines


def line(label, value):
    """One line, as the page and the API show it."""
    return {"label": str(label), "value": str(value)}


def counted(track):
    """How a track gets from its start to its due date."""
    limit = {"limit": limit_words(track), "minutes": whole(track.limit_minutes)}
    lines = [line(_("时限"), _("%(limit)s，合 %(minutes)s 分") % limit)]
    lines += days_of(track) if track.kind != LimitUnit.ROUND_THE_CLOCK else around(track)
    lines += [paused(pause) for pause in track.pauses]
    if track.capped:
        lines.append(line(_("不晚于"), _("答应市民的期限")))
    if track.by_grant:
        lines.append(line(_("延期"), _("准到 %s") % printed(track.by_grant)))
    return [*lines, line(_("合计"), added_up(track))]


def limit_words(track):
    """3 工作日."""
    return f"{track.amount.normalize():f} {LimitUnit(track.kind).label}"


def whole(minutes):
    """Minutes without a fraction."""
    return f"{round(minutes):d}"


def around(track):
    """The one line of a clock that knows no closed day."""
    return [line(_("计入"), _("昼夜计时，%s 分") % whole(span.minutes)) for span in track.spans if span.kind == WORKED]


def paused(pause):
    """A line for time that does not count."""
    label = {"suspend": _("挂账"), "finish": _("待核查")}[pause.why]
    if pause.end is None:
        return line(label, _("%s 起停着") % printed(pause.start))
    told = {"start": printed(pause.start), "end": printed(pause.end), "minutes": whole(pause.minutes)}
    return line(label, _("%(start)s 至 %(end)s，停 %(minutes)s 分") % told)


def added_up(track):
    """1350 分 + 停 450 分 = 1800 分, as far as there is something to add."""
    parts = [_("时限 %s 分") % whole(sum(span.minutes for span in track.spans if span.kind == WORKED) - track.paused_minutes)]
    if track.paused_minutes:
        parts.append(_("停 %s 分") % whole(track.paused_minutes))
    if more := sum(span.minutes for span in track.spans if span.kind == GRANTED):
        parts.append(_("延 %s 分") % whole(more))
    total = whole(sum(span.minutes for span in track.spans))
    return _("%(parts)s = %(total)s 分") % {"parts": " + ".join(parts), "total": total} if len(parts) > 1 else _("%s 分") % total


def days_of(track):
    """The days from start to the limit's end: what was counted on each, runs of whole days as one, and why the others are off."""
    lines, sum_before = [], 0.0
    for kind, days, spans in runs(track):
        if kind == "off":
            lines.append(line(_("不办公"), f"{printed_days(days[0], days[-1])} {calendar(track.whose).why(days[0])}"))
            continue
        total = sum_before + sum(span.minutes for span in spans)
        minutes = round(total) - round(sum_before)  # rounded as sums, so that the lines add up as they are printed
        lines.append(line(_("计入"), _("%(days)s，%(minutes)d 分") % {"days": stretch(kind, days, spans), "minutes": minutes}))
        sum_before = total
    return lines


def stretch(kind, days, spans):
    """Whole days by their number, a part of one by its hours."""
    if kind == "whole":
        return _("%(days)s %(n)d 个工作日") % {"days": printed_days(days[0], days[-1]), "n": len(days)}
    hours = (moment.astimezone(SHANGHAI) for moment in (spans[0].start, spans[0].end))
    # xgettext:no-python-format
    return _("%(day)s%(hours)s") % {"day": printed_day(days[0]), "hours": "–".join(f"{moment:%H:%M}" for moment in hours)}


def runs(track):
    """[(whole, part or off, [date], [Span])] of consecutive days that are alike; off: for the same reason."""
    spans = {span.start.astimezone(SHANGHAI).date(): span for span in track.spans if span.kind == WORKED}
    office, found, last = calendar(track.whose), [], None
    for day in dates(track.start, track.by_limit):
        span = spans.get(day)
        kind = "off" if not office.works(day) else None
        if span:
            kind = "whole" if round(span.minutes, 3) == office.day_minutes else "part"
        alike = (kind, office.why(day) if kind == "off" else "")
        if kind and kind != "part" and alike == last:
            found[-1][1].append(day)
            found[-1][2].extend([span] if span else [])
        elif kind:
            found.append((kind, [day], [span] if span else []))
        last = alike
    return found


def unsettled(ticket, found):
    """A line for dates that are not yet what the rules of now make of them: somebody has just changed those."""
    if not found.county or (found.due_at, found.unit_due_at) == (ticket.due_at, ticket.unit_due_at):
        return []
    return still_standing(ticket.due_at, ticket.unit_due_at)


def still_standing(*moments):
    """The line that says which dates the ticket has until it is counted anew."""
    return [line(_("待重算"), _("规则刚改过，现在记的还是 %s") % " / ".join(printed(moment) for moment in moments if moment))]


def told_shortly(ticket, found):
    """What a citizen wants to know of it, in plain words."""
    if not found or not found.county:
        return [line(_("收到"), printed(ticket.opened_at)), line(_("最迟答复"), printed(ticket.triage_due_at))]
    track = found.county
    lines = [line(_("从这时算起"), printed(track.start)), line(_("时限"), limit_words(track))]
    if track.kind != LimitUnit.ROUND_THE_CLOCK and (off := [each for each in runs(track) if each[0] == "off"]):
        told = (f"{printed_days(days[0], days[-1])} {calendar(track.whose).why(days[0])}" for _kind, days, _spans in off)
        lines.append(line(_("中间不办公"), _("、").join(told)))
    if said := changes(track):
        lines.append(line(_("中间有变"), _("、").join(said)))
    return [*lines, line(_("应办完"), printed(found.due_at))]


def changes(track):
    """Pauses and more time, as a citizen is told of them."""
    said = []
    if track.standing:
        said.append(_("暂时停着，还没恢复"))
    if track.paused_minutes:
        said.append(_("停了 %s") % span_words(track.paused_minutes, track.kind, track.whose))
    if track.by_grant:
        said.append(_("准许延到 %s") % printed(track.by_grant))
    return said
