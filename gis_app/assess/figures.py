"""What a bulletin freezes: every figure of a week or a month, as plain values that have one spelling in JSON.

Whole numbers, texts and days alone: shares are worked out from counts when they are told, so that no rounding is frozen.
Everything is as it stood at the period's end, told by events (see assess.lives); the places of hotspots are those of the days up
to it. Names stand in both languages, for they may change later.
"""

from collections import Counter
from typing import NamedTuple

from django.utils.translation import override

from gis_app import frames
from gis_app.assess import indicators, maps, ranking, scores
from gis_app.assess.lives import lives, moments
from gis_app.clock import SHANGHAI
from gis_app.draws import results
from gis_app.locate.points import county
from gis_app.models import BoardRule, Category, Ticket, Town
from gis_app.words import ENDED, OPEN_STATES, State, Task
from layers import funnel

FORM = 1  # of what is frozen; another one when its parts change


class Seen(NamedTuple):
    """What the lives of a period add up to. facts: as `indicators.facts`; told: Counter of (task, name); orders: {ticket: Life}.

    open, late: {keys of tickets} at the end. left_out: Counter of what no table counts, or a map cannot show.
    """

    facts: list
    told: Counter
    orders: dict
    open: set
    late: set
    left_out: Counter


def figures(kind, start, end, now=None):
    """All that a bulletin says, as a dict of plain values. kind: of BulletinKind; start, end: dates, both included."""
    with override("zh-hans"):
        tasks = dict(Category.objects.values_list("pk", "task"))
        before = ranking.before(start, end)
        seen, earlier = look(start, end, tasks, now), look(*before, tasks, now) if counted_since(before[0]) else None
        rules = list(BoardRule.objects.all())
        [total] = indicators.lines(indicators.COUNTY, seen.facts)
        units = indicators.lines("unit", seen.facts)
        spots, followed = maps.hotspots_of(end, seen.open, seen.late)
        return {
            "form": FORM,
            "county": named_county(),
            "kind": str(kind),
            "days": [start.isoformat(), end.isoformat()],
            "before": [day.isoformat() for day in before] if earlier else None,
            "total": {"counts": total.counts, "before": counts_before(earlier)},
            "tasks": [task_row(task, seen.told, earlier) for task in ("", *Task.values)],
            "units": rows_of("unit", units, total, earlier),
            "towns": rows_of("town", indicators.lines("town", seen.facts), total, earlier),
            "scores": scores_of(units, start, end),
            "hotspots": spots,
            "followed": followed,
            "orders": orders_of(seen.orders),
            "draws": draws_of(start, end),
            "boards": boards_of(units, total, rules),
            "left_out": dict(seen.left_out),
            "changes": None,
        }


def named_county():
    """{code, name, short}: 西乡县 is 西乡 where an office cites its papers."""
    name = county()["name"]
    return {"code": county()["code"], "name": name, "short": name[:-1] if name[-1] in "县区市" and len(name) > 2 else name}


def counted_since(day):
    """Whether tickets were taken in on this day or before: else a comparison with that time would mean nothing."""
    first = Ticket.objects.order_by("opened_at").values_list("opened_at", flat=True).first()
    return first is not None and first.astimezone(SHANGHAI).date() <= day


def look(start, end, tasks, now=None):
    """The Seen of a period. tasks: {key of a category: task}."""
    first, after = moments(start, end, now)
    seen = Seen([], Counter(), {}, set(), set(), Counter({"merged": 0, "unsorted": 0, "town_only": 0}))
    for life in lives(first, after):
        facts = indicators.facts_of(life, first, after)
        seen.facts.extend(facts)
        names = {name for fact in facts for name in fact.counts}
        task = tasks.get(life.row["category_id"], "")
        seen.told.update((task, name) for name in outcome(life, first, names))
        for name, keys in (("open", seen.open), ("late", seen.late)):
            if name in names:
                keys.add(life.ticket)
        if "supervised" in names:
            seen.orders[life.ticket] = life
        seen.left_out.update(left_out(life, first, names))
    return seen


def outcome(life, first, names):
    """What a task's row counts of one ticket: of those reported in the period what became of them; and how all stand."""
    yield from names & {"open", "late"}
    if "reported" in names:
        yield "reported"
        state = life.row["state"]
        yield "ended" if state == State.CLOSED else "rejected" if state == State.REJECTED else "underway"
    if life.row["state"] in ENDED and life.row["state"] == State.CLOSED and life.moment("ended_at") >= first:
        yield "closed"


def left_out(life, first, names):
    """What of one ticket no table counts, or no map shows."""
    opened = life.moment("opened_at") >= first
    if opened and life.row["state"] == State.MERGED:
        yield "merged"
    if "reported" in names and not life.row["category_id"]:
        yield "unsorted"
    if "reported" in names and life.row.get("cell") is None and life.row["state"] in (*OPEN_STATES, State.CLOSED):
        yield "town_only"


def task_row(task, told, earlier):
    """The figures of one task; of "" those that have no kind yet."""
    names = ("reported", "ended", "underway", "rejected", "closed", "open", "late")
    before = earlier.told[task, "reported"] if earlier else None
    return {"task": task, "before": before} | {name: told[task, name] for name in names}


def counts_before(earlier):
    """The county's counts of the period before, or None where it is not known whole."""
    return indicators.lines(indicators.COUNTY, earlier.facts)[0].counts if earlier else None


def rows_of(by, lines, total, earlier):
    """Units or towns: counts now and before, and where each share stands in the funnel."""
    before = {line.code: line.counts for line in indicators.lines(by, earlier.facts)} if earlier else {}
    english = names_of(by)
    return [
        {
            "code": line.code,
            "name": english[line.code][0],
            "name_en": english[line.code][1],
            "counts": line.counts,
            "before": before.get(line.code),
            "verdicts": {key: verdict_of(line, key, total) for key in indicators.RATIOS},
        }
        for line in lines
    ]


def names_of(by):
    """{code: (name, English name)} of all units or towns."""
    model = indicators.BY[by][0]
    if model is Town:
        return {town.code: (town.name, frames.latin(town.name)) for town in model.objects.all()}
    return {row.code: (row.name, row.name_en or row.name) for row in model.objects.all()}


def verdict_of(line, key, total):
    """[where a share lies, the limit that it lies outside of in tenths of a per cent, or 0]."""
    found = funnel.verdict(*line.ratios[key], total.ratios[key].share)
    return [found.name, round(1000 * found.level) if found.level else 0]


def scores_of(units, start, end):
    """{version, rules, units: {code: {total, asked, parts}}}: points in hundredths; None where there is nothing to go by."""
    rules = scores.rules_on(end)
    looked = {unit.code: found for unit, found in results.scores(start, end)}
    told = {line.code: scores.score(line, rules, looked.get(line.code)) for line in units}
    return {
        "version": rules[0].version if rules else "",
        "rules": [[rule.indicator, hundredths(rule.weight)] for rule in rules],
        "units": {code: score_row(score) for code, score in told.items()},
    }


def score_row(score):
    """One unit's score, with what each rule gave and of how many."""
    parts = {part.rule.indicator: [*part.ratio, hundredths(part.points)] for part in score.parts}
    return {"total": hundredths(score.total), "asked": hundredths(score.asked), "parts": parts}


def hundredths(number):
    """A number in whole hundredths, None as it is."""
    return None if number is None else round(100 * number)


def orders_of(orders):
    """What was under order (督办) at the end, those to be answered first."""
    kept = Ticket.objects.filter(pk__in=orders).select_related("category", "town", "unit")
    rows = (order_row(ticket, orders[ticket.pk]) for ticket in kept)
    return sorted(rows, key=lambda row: (row["due"] or "", row["number"]))


def order_row(ticket, life):
    """One ticket under order, without anybody's words."""
    unit, kind = ticket.unit or ticket.proposed, ticket.category
    return {
        "number": ticket.number,
        "category": [kind.name, kind.name_en] if kind else ["", ""],
        "town": [ticket.town.name, frames.latin(ticket.town.name)],
        "unit": [unit.name, unit.name_en or unit.name] if unit else ["", ""],
        "since": day_of(life, "supervised_at"),
        "due": day_of(life, "answer_due_at"),
        "answered": day_of(life, "answered_at"),
    }


def day_of(life, column):
    """The day in Shanghai of a moment of a ticket's, or None."""
    moment = life.moment(column)
    return moment.astimezone(SHANGHAI).date().isoformat() if moment else None


def draws_of(start, end):
    """What drawn re-checks (双随机) found of each unit's work in the period, by code."""
    found = sorted(results.scores(start, end), key=lambda pair: pair[0].code)
    numbers = [{"looked": score.looked, "ok": score.ok, "unsure": score.unsure} for _unit, score in found]
    rows = zip(found, numbers, strict=True)
    return [{"code": unit.code, "name": unit.name, "name_en": unit.name_en or unit.name} | told for (unit, _s), told in rows]


def boards_of(units, total, rules):
    """The rules of the lists (红黑榜), whom they propose, and who is to be printed: None until somebody has decided it."""
    english = names_of("unit")
    proposed = [
        {
            "board": str(found.board),
            "code": found.line.code,
            "name": english[found.line.code][0],
            "name_en": english[found.line.code][1],
            "met": [[rule.indicator, *ratio] for rule, ratio in found.met],
        }
        for found in ranking.proposals(units, total, rules)
    ]
    told = [[rule.board, rule.indicator, rule.side, round(10 * rule.level), rule.cases] for rule in rules]
    return {"rules": told, "proposed": proposed, "printed": None}
