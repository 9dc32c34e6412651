"""The indicators of the national standard for city management, by unit, town, worker and category.

A figure and the tickets behind it come from the same facts. Who is judged, where a ticket went from one unit to another:

- 立案: the desk, which accepts. 派遣: whom it was sent to; right is what did not come back (退单) before the period's end.
- 处置: every unit that had the ticket when that unit's own time was up, or finished it before; a pause (挂账) is no fault.
- 结案: what was due in the period is judged once, by the promise that stood at its end. A finish in time is the unit's that
  made it; else it is the unit's that had the ticket when it fell due, for that one broke the promise, and whoever got it later
  only mended it. What nobody had then is the desk's.
- 返工: of what a unit reported as mended in the period, what was sent back before its end. 满意: four stars or five.

Merged tickets are judged as the other one. A closed month stays as it was: what happens later belongs to later months.
"""

from collections import Counter
from typing import NamedTuple

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from gis_app.assess.lives import lives, moments
from gis_app.errors import BadField
from gis_app.models import Category, Ticket, Town, Unit
from gis_app.words import OPEN_STATES, Counted, Indicator, State, StepName, UnitKind

SATISFIED = 4  # stars and more
RATIOS = {  # key: (part, whole), both of COUNTS
    "filed": ("filed", "reported"),
    "dispatched_right": ("right", "dispatched"),
    "handled": ("handled", "to_handle"),
    "handled_in_time": ("handled_in_time", "to_handle"),
    "closed": ("closed", "to_close"),
    "closed_in_time": ("closed_in_time", "to_close"),
    "reworked": ("reworked", "finished"),
    "satisfied": ("satisfied", "rated"),
}
NAMES = {key: Indicator(key).label for key in RATIOS}
COUNTS = tuple(Counted)  # the last three say how things stand at the period's end
BY = {  # what lines are of: (model, the column that is its code, whether it is listed without any tickets)
    "unit": (Unit, "code", True),
    "town": (Town, "code", True),
    "worker": (User, "username", False),
    "category": (Category, "code", False),
}
COUNTY = "county"
DESK = (None, None)  # no unit and no worker


class Ratio(NamedTuple):
    """part of whole. share: a float, None of nothing: that is neither 0 nor 100."""

    part: int
    whole: int

    @property
    def share(self):
        return self.part / self.whole if self.whole else None

    def __str__(self):
        return "—" if self.share is None else f"{self.share:.2%}"

    @property
    def missing(self):
        """What of the whole is not in the part."""
        return self.whole - self.part

    @property
    def percent(self):
        """As pages show it, with one place."""
        return "—" if self.share is None else f"{self.share:.1%}"


class Line(NamedTuple):
    """The figures of one unit, town, worker or category, or of the county. counts: {of COUNTS: int}; ratios: {key: Ratio}."""

    code: str
    name: str
    counts: dict
    ratios: dict


class Fact(NamedTuple):
    """Something that counts: of which ticket, in which counts, and whose (keys of rows). unit None: the desk's own doing."""

    ticket: int
    counts: tuple
    town: int
    category: int | None
    unit: int | None
    worker: int | None = None


def table(by, start, end, now=None):
    """[Line] of a period, by code: every unit or town, and every worker or category that something is said of.

    by: unit, town, worker, category or county (one line). start, end: dates in Asia/Shanghai, both included; a period that
    is not over ends now. Two statements. Raises BadField.
    """
    return lines(by, facts(start, end, now))


def cases(by, code, start, end, key, hit=None, now=None):
    """The tickets behind a figure, as a queryset.

    key: of RATIOS or COUNTS; a name that is both is the ratio. hit: of a ratio, True gives its part, False the rest of its
    whole, None the whole. by, code and period as for `table`; of the county any code. Raises BadField.
    """
    model, column, _all = kind_of(by)
    if key not in RATIOS and key not in Counted.values:
        raise BadField(field=_("指标"), why=_("只能是：%s。") % "、".join((*RATIOS, *Counted.values)))
    row = model.objects.filter(**{column: code}).first() if model else COUNTY
    return Ticket.objects.filter(pk__in=behind(facts(start, end, now), by, row, key, hit) if row else ())


def behind(facts, by, row, key, hit=None):
    """{keys of the tickets} behind a figure of a row's, or of COUNTY's; key and hit as for `cases`."""
    part, whole = RATIOS.get(key, (key, key))
    chosen = (fact for fact in facts if whole in fact.counts and hit in (None, part in fact.counts))
    return {fact.ticket for fact in chosen if row == COUNTY or is_of(fact, by, row)}


def is_of(fact, by, row):
    """Whether a Fact is told of this row; what is no unit's is the desk's."""
    return getattr(fact, by) == row.pk or (by == "unit" and fact.unit is None and row.kind == UnitKind.DESK)


def kind_of(by):
    """The row of BY for what lines are of; (None, "", True) for the county. Raises BadField."""
    if by == COUNTY:
        return None, "", True
    if by not in BY:
        raise BadField(field="by", why=_("只能是：%s。") % "、".join(BY))
    return BY[by]


def lines(by, facts):
    """[Line] of facts; as `table`."""
    model, column, listed = kind_of(by)
    sums = {}
    for fact in facts:
        sums.setdefault(getattr(fact, by) if model else COUNTY, Counter()).update(fact.counts)
    if model is None:
        return [line(COUNTY, _("全县"), sums.get(COUNTY, {}))]
    rows = model.objects.all() if listed else model.objects.filter(pk__in=[pk for pk in sums if pk])
    nobodys = sums.get(None, {}) if by == "unit" else {}
    found = {row: sums.get(row.pk, nobodys if getattr(row, "kind", "") == UnitKind.DESK else {}) for row in rows.order_by(column)}
    return [line(getattr(row, column), name_of(row), counted) for row, counted in found.items()]


def line_of(facts, by, row):
    """The Line of one unit, town, worker or category."""
    sums = Counter()
    for fact in facts:
        if is_of(fact, by, row):
            sums.update(fact.counts)
    return line(getattr(row, BY[by][1]), name_of(row), sums)


def name_of(row):
    """How a unit, town, worker or category is called."""
    if isinstance(row, User):
        return row.get_full_name() or row.username
    return getattr(row, "label", row.name)


def line(code, name, sums):
    """A Line out of what was counted."""
    counts = {count.value: sums.get(count, 0) for count in COUNTS}
    return Line(code, name, counts, {key: Ratio(counts[part], counts[whole]) for key, (part, whole) in RATIOS.items()})


# ---- facts


def facts(start, end, now=None):
    """[Fact] of a period; one statement. Every figure is a sum of these."""
    first, after = moments(start, end, now)
    return [fact for life in lives(first, after) for fact in facts_of(life, first, after)]


def facts_of(life, first, after):
    """[Fact] of one ticket. first, after: moments."""
    told = [*sent(life, first, after), *reported_mended(life, first, after), *judged_by_reporters(life, first, after)]
    if life.row["state"] != State.MERGED:
        told += [*taken_in(life, first), *tasks(life, first, after), *promise(life, first, after)]
        told += [*stands(life, after)]
    town, category = life.row["town_id"], life.row["category_id"]
    return [Fact(life.ticket, counts, town, category, unit, worker) for counts, (unit, worker) in told]


def whose(hold):
    """(unit, worker) of a Hold; the desk's where there is none."""
    return (hold.unit, hold.worker) if hold else DESK


def taken_in(life, first):
    """立案: opened in the period, and accepted by its end."""
    if life.moment("opened_at") >= first:
        yield ("reported", "filed") if life.row.get("accepted_at") else ("reported",), DESK


def sent(life, first, after):
    """派遣: each dispatch of the period, and whether it came back."""
    for hold in life.holds:
        if first <= hold.began < after:
            yield ("dispatched", "returned" if hold.left_by == StepName.RETURN else "right"), (hold.unit, None)


def tasks(life, first, after):
    """处置: for each unit, the last time that it had the ticket until its own time was up, or until it had finished."""
    last = {hold.unit: hold for hold in life.holds if hold.finished or not hold.left or hold.left >= hold.due}
    for hold in last.values():
        paused = hold.left is None and life.row["state"] == State.SUSPENDED
        if first <= hold.due < after and not paused:
            done = ("handled",) if hold.finished else ()
            in_time = ("handled_in_time",) if hold.finished and hold.finished <= hold.due else ()
            yield ("to_handle", *done, *in_time), whose(hold)


def promise(life, first, after):
    """结案: due in the period, by the promise that stood at its end."""
    due = life.moment("due_at")
    if due is None or not first <= due < after:
        return
    if life.row["state"] == State.SUSPENDED:
        yield ("due", "suspended"), whose(life.held)
        return
    finished, closed = life.moment("finished_at"), life.row["state"] == State.CLOSED
    in_time = finished is not None and finished <= due
    held = life.held if in_time else next((hold for hold in life.holds if hold.had(due)), None)
    done = (*(("closed",) if closed else ()), *(("closed_in_time",) if closed and in_time else ()))
    yield ("due", "to_close", *done), whose(held)


def reported_mended(life, first, after):
    """返工: what a unit reported as mended in the period, once for each time that it had the ticket."""
    for hold in life.holds:
        back = [again for at, again in hold.finishes if first <= at < after]
        if back:
            yield ("finished", "reworked") if any(back) else ("finished",), whose(hold)


def judged_by_reporters(life, first, after):
    """满意: each rating of the period."""
    for at, stars, hold in life.ratings:
        if first <= at < after:
            yield ("rated", "satisfied") if stars >= SATISFIED else ("rated",), whose(hold)


def stands(life, after):
    """How an open ticket stands at the period's end; the clock of a finished or suspended one stands still."""
    if life.row["state"] in OPEN_STATES:
        due, still = life.moment("due_at"), life.moment("finished_at") or life.moment("suspended_at") or after
        late = ("late",) if due and still > due else ()
        ordered = ("supervised",) if life.row.get("supervised_at") else ()
        yield ("open", *late, *ordered), whose(life.held)
