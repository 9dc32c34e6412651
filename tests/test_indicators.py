"""What the indicators say, against a published example, against a slow recount, and of tickets that went strange ways."""

import datetime as dt
import random
from collections import Counter

import pytest
from django.utils import timezone

from gis_app.assess import indicators, periods
from gis_app.assess.indicators import Fact, Ratio
from gis_app.errors import BadField
from gis_app.models import Ticket
from tests import histories
from tests.conftest import LOTUS_LANE, TEA_TOWN, photo
from tests.histories import KIND, OTHER_KIND, shanghai

TEA = "610724110"  # 茶镇
SAND = (107.72, 33.05)


def test_a_published_months_figures_come_out():
    """A city's: 972 were to be closed, 911 were, 737 of them in time. Here 20 more were suspended, which changes nothing."""
    ways = {("due", "to_close", "closed", "closed_in_time"): 737, ("due", "to_close", "closed"): 911 - 737}
    ways |= {("due", "to_close"): 972 - 911, ("due", "suspended"): 20}
    facts = [Fact(1, counts, town=1, category=1, unit=1) for counts, times in ways.items() for _each in range(times)]
    [county] = indicators.lines("county", facts)
    assert (county.counts["due"], county.counts["suspended"]) == (992, 20)
    assert str(county.ratios["closed"]) == "93.72%" and str(county.ratios["closed_in_time"]) == "75.82%"


def test_of_nothing_there_is_no_share():
    assert Ratio(0, 0).share is None and str(Ratio(0, 0)) == "—"
    assert Ratio(0, 3).share == 0 and str(Ratio(0, 3)) == "0.00%"


@pytest.mark.django_db
def test_a_county_without_tickets_has_every_unit_and_town_and_no_share():
    day = dt.date(2020, 5, 1)
    for by, number in (("unit", 41), ("town", 17), ("worker", 0), ("category", 0), ("county", 1)):
        lines = indicators.table(by, day, day)
        assert len(lines) == number
        assert {ratio.share for line in lines for ratio in line.ratios.values()} <= {None}
        assert not any(any(line.counts.values()) for line in lines)


# ---- counted a second time

MOVES = {  # state: what may come next, as (who, step, given); `unit` is whoever has the ticket
    "new": [("desk", "accept", {})] * 4 + [("desk", "reject", {"reason": "not-found"})],
    "accepted": [
        *[("desk", "dispatch", {"unit": unit}) for unit in ("gongdian", "chazhen", "huanwei")],
        ("desk", "suspend", {"reason": "等", "until": "2030-01-07"}),
    ],
    "dispatched": [("unit", "start", {})] * 3 + [("unit", "return", {"reason": "不是"}), ("desk", "recall", {"reason": "错"})],
    "working": [("unit", "finish", {"note": "好了"})] * 4
    + [("unit", "return", {"reason": "不是"}), ("leader", "suspend", {"reason": "等", "until": "2030-01-07"})],
    "done": [("desk", "close", {"result": "ok"})] * 3
    + [("desk", "rework", {"reason": "没好"}), ("desk", "recall", {"reason": "错"})],
    "closed": [("citizen", "rate", {"stars": 5}), ("citizen", "rate", {"stars": 3}), ("citizen", "dispute", {"reason": "没好"})],
    "suspended": [("desk", "resume", {}), ("desk", "resume", {}), ("desk", "recall", {"reason": "错"})],
    "rejected": [],
}
BESIDE = [
    ("leader", "supervise", {"order": "快", "until": "2030-01-07"}),
    ("unit", "ask_extension", {"reason": "等料", "until": "2030-01-07"}),
]


def wander(dice, now, length):
    """A story of any steps that may follow each other, hours and days apart, up to now."""
    opened = now - dt.timedelta(days=dice.uniform(1, 25))
    state, unit, back, at, steps, extended, ordered, closed = "new", None, None, opened, [], False, False, None
    for _turn in range(length):
        at += dt.timedelta(hours=dice.choice([0.3, 2, 8, 30, 80]) * dice.random())
        who, step, given = dice.choice(MOVES[state]) if MOVES[state] else (None, None, None)
        if state in ("accepted", "working") and not ordered and dice.random() < 0.1:
            who, step, given = BESIDE[0]
        elif state == "working" and not extended and dice.random() < 0.2:
            who, step, given = BESIDE[1]
        if step is None or at >= now or (step == "dispute" and closed < timezone.now() - dt.timedelta(days=14)):
            break  # nothing more, or too late
        closed = at if step == "close" else closed
        steps.append((unit if who == "unit" else who, step, at, given))
        ordered, extended = ordered or step == "supervise", (extended or step == "ask_extension") and step != "dispute"
        if step == "ask_extension":
            steps.append(("desk", "grant", at + dt.timedelta(minutes=5), {"until": (at + dt.timedelta(days=9)).isoformat()}))
        unit = given.get("unit") if step == "dispatch" else None if step in ("return", "recall", "dispute") else unit
        if step == "suspend":
            back = state
        state = back if step == "resume" else AFTER.get(step, state)
    return histories.story(opened, steps, dice.choice([TEA_TOWN, LOTUS_LANE]), dice.choice([KIND, OTHER_KIND]))


AFTER = {"accept": "accepted", "reject": "rejected", "dispatch": "dispatched", "start": "working", "finish": "done"}
AFTER |= {"close": "closed", "rework": "working", "return": "accepted", "recall": "accepted", "suspend": "suspended"}
AFTER |= {"dispute": "accepted"}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_every_figure_is_that_of_a_slow_recount(seed):
    dice, now = random.Random(seed), timezone.now()
    histories.write(*[wander(dice, now - dt.timedelta(minutes=10), 14) for _each in range(40)])
    today = periods.today(now)
    for back, days in ((0, 30), (0, 3), (5, 7), (12, 6), (20, 1)):
        end = today - dt.timedelta(days=back)
        start = end - dt.timedelta(days=days - 1)
        wanted = histories.recounted(start, end, now)
        for by in ("unit", "town", "category", "county"):
            told = {line.code: Counter(line.counts) for line in indicators.table(by, start, end, now)}
            assert {code: +counts for code, counts in told.items() if +counts} == {
                code: counts for code, counts in wanted[by].items() if code
            }, (by, start, end)


@pytest.mark.django_db
def test_every_figure_has_its_tickets():
    """Figures that count tickets are as many as the tickets behind them; none has others' tickets."""
    dice, now = random.Random(7), timezone.now()
    histories.write(*[wander(dice, now, 14) for _each in range(14)])
    start, end = periods.period("days", periods.today(now))
    once = {"reported", "filed", "due", "suspended", "to_close", "open", "late", "supervised"}  # the others may count one twice
    for by in ("unit", "town", "worker", "category"):
        for line in indicators.table(by, start, end, now):
            for key, (part, whole) in indicators.RATIOS.items():
                found = [indicators.cases(by, line.code, start, end, key, hit, now) for hit in (None, True, False)]
                everything, hits, misses = ({ticket.pk for ticket in rows} for rows in found)
                assert hits | misses == everything and bool(hits) == bool(line.counts[part])
                if whole in once:
                    assert (len(everything), len(hits), hits & misses) == (line.counts[whole], line.counts[part], set())
            for count in once - indicators.RATIOS.keys():
                assert indicators.cases(by, line.code, start, end, count, now=now).count() == line.counts[count]


# ---- tickets that went strange ways

MONTH = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
BEGIN = shanghai("2026-10-12")  # a Monday after the holidays
LATER = dt.timedelta(days=1)


def lived(*steps, **more):
    """A ticket opened and accepted on the 12th of October, that lived these steps: (days later, who, step, given)."""
    told = [("desk", "accept", BEGIN, {})]
    for number, (days, who, step, given) in enumerate(steps):
        told.append((who, step, BEGIN + days * LATER + dt.timedelta(minutes=number), given))
    return histories.write(histories.story(BEGIN - dt.timedelta(minutes=20), told, **more))[0]


def figures(code="county", by="county", days=MONTH):
    """{count: number} of a line, without zeros."""
    line = next(line for line in indicators.table(by, *days) if line.code == code)
    return {name: number for name, number in line.counts.items() if number}


SENT, DONE = ("desk", "dispatch", {"unit": "chazhen"}), ("desk", "close", {"result": "ok"})
START, FINISH = ("chazhen", "start", {}), ("chazhen", "finish", {"note": "好了"})


@pytest.mark.django_db
def test_a_ticket_that_went_well_counts_for_its_unit():
    lived((0, *SENT), (0, *START), (0, *FINISH), (0, *DONE))
    told = figures("chazhen", "unit")
    counted = "dispatched right to_handle handled handled_in_time due to_close closed closed_in_time finished"
    assert told == dict.fromkeys(counted.split(), 1)
    assert figures("zhuanban", "unit") == {"reported": 1, "filed": 1}  # taking in is the desk's
    assert figures() == figures(TEA, "town") == told | {"reported": 1, "filed": 1}


@pytest.mark.django_db
def test_whoever_had_it_when_it_fell_due_broke_the_promise_and_not_who_mended_it_later():
    ticket = lived(
        (0, *SENT), (20, "chazhen", "return", {"reason": "不是"}), (20.1, "desk", "dispatch", {"unit": "gongdian"}),
        (20.1, "gongdian", "start", {}), (20.2, "gongdian", "finish", {"note": "好了"}), (20.3, *DONE),
    )  # fmt: skip
    assert ticket.unit.code == "gongdian" and ticket.due_at < BEGIN + 20 * LATER
    days = MONTH[0], dt.date(2026, 11, 5)
    held = {"due": 1, "to_close": 1, "closed": 1}
    assert figures("chazhen", "unit", days) == held | {"dispatched": 1, "returned": 1, "to_handle": 1}
    mended = figures("gongdian", "unit", days)
    assert "due" not in mended and mended["finished"] == mended["handled"] == 1


@pytest.mark.django_db
def test_who_gave_it_back_in_time_is_not_judged_for_it():
    ticket = lived((0, *SENT), (0.05, "chazhen", "return", {"reason": "不是"}), (0.1, "desk", "dispatch", {"unit": "gongdian"}))
    assert ticket.due_at > BEGIN + 0.2 * LATER
    assert figures("chazhen", "unit") == {"dispatched": 1, "returned": 1}
    told = figures("gongdian", "unit")
    assert told["due"] == told["to_close"] == told["late"] == told["open"] == 1 and "closed" not in told


@pytest.mark.django_db
def test_what_no_unit_had_is_the_desks():
    lived()
    assert figures("zhuanban", "unit") == {"reported": 1, "filed": 1, "due": 1, "to_close": 1, "open": 1, "late": 1}
    [ticket] = indicators.cases("unit", "zhuanban", *MONTH, "closed_in_time", hit=False)
    assert ticket == Ticket.objects.get()


@pytest.mark.django_db
def test_what_is_suspended_is_taken_off_and_is_judged_once_it_goes_on():
    lived((0, *SENT), (0.1, "leader", "suspend", {"reason": "等", "until": "2030-01-07"}), (30, "desk", "resume", {}))
    assert figures("chazhen", "unit")["due"] == figures("chazhen", "unit")["suspended"] == 1
    assert indicators.table("county", *MONTH)[0].ratios["closed"].share is None
    assert "to_handle" not in figures("chazhen", "unit") and "late" not in figures()
    november = figures("chazhen", "unit", (dt.date(2026, 11, 1), dt.date(2026, 11, 20)))
    assert november["to_close"] == november["to_handle"] == 1 and "suspended" not in november


@pytest.mark.django_db
def test_an_extension_moves_a_ticket_to_the_period_of_its_new_day():
    until = {"until": "2026-11-05"}
    lived((0, *SENT), (0.1, "chazhen", "ask_extension", {"reason": "等料"} | until), (0.1, "desk", "grant", until))
    assert "due" not in figures() and figures()["open"] == 1
    assert figures(days=(dt.date(2026, 11, 1), dt.date(2026, 11, 10)))["due"] == 1


@pytest.mark.django_db
def test_what_was_sent_back_and_mended_late_counts_as_reworked_and_not_as_in_time():
    lived((0, *SENT), (0, *START), (0, *FINISH), (6, "desk", "rework", {"reason": "没好"}), (12, *FINISH), (12, *DONE))
    told = figures("chazhen", "unit")
    assert told["reworked"] == told["finished"] == told["closed"] == 1 and "closed_in_time" not in told


@pytest.mark.django_db
def test_what_was_finished_in_time_and_closed_after_the_period_is_not_closed_in_it():
    lived((0, *SENT), (0, *START), (0, *FINISH), (30, *DONE))
    assert "closed" not in figures() and figures()["handled_in_time"] == 1
    assert figures(days=(MONTH[0], dt.date(2026, 11, 20)))["closed_in_time"] == 1


@pytest.mark.django_db
def test_what_is_rejected_was_only_reported():
    histories.write(histories.story(BEGIN, [("desk", "reject", BEGIN + LATER / 24, {"reason": "not-found"})]))
    assert figures() == {"reported": 1}
    assert str(indicators.table("county", *MONTH)[0].ratios["filed"]) == "0.00%"


def test_what_is_merged_is_judged_as_the_other_one(cast):
    kept, merged = cast.dispatched(), cast.dispatched()
    cast.dispatcher.takes(merged, "merge", other=kept["code"])
    today = periods.today(timezone.now())
    told = figures(days=(today, today))
    assert told == {"reported": 1, "filed": 1, "dispatched": 2, "right": 2, "open": 1}
    [ticket] = indicators.cases("county", "", today, today, "filed")
    assert ticket.pk == kept["id"]


def test_what_is_reopened_is_open_again_and_its_first_closing_is_gone(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    ticket = cast.dispatcher.takes(code, "accept")
    cast.dispatcher.takes(ticket, "dispatch", unit="chazhen")
    cast.officer.takes(ticket, "start")
    cast.officer.takes(ticket, "finish", note="换了", photos=[photo()])
    cast.dispatcher.takes(ticket, "close", result="ok")
    assert cast.reporter.client.post(f"/api/v1/reports/{code}/steps", {"step": "rate", "stars": 4}).status_code == 200
    assert cast.reporter.client.post(f"/api/v1/reports/{code}/steps", {"step": "dispute", "reason": "没好"}).status_code == 200
    today = periods.today(timezone.now())
    told = figures("chazhen", "unit", (today, today))
    assert told["rated"] == told["satisfied"] == told["finished"] == 1 and "open" not in told
    assert figures("zhuanban", "unit", (today, today))["open"] == 1


@pytest.mark.django_db
def test_a_month_that_is_over_stays_as_it_was(cast):
    dice, now = random.Random(3), timezone.now()
    histories.write(*[wander(dice, now - dt.timedelta(days=7), 6) for _each in range(40)])
    first = periods.today(now) - dt.timedelta(days=40)
    last = periods.today(now) - dt.timedelta(days=5)
    before = {by: indicators.table(by, first, last) for by in ("unit", "town", "worker", "category", "county")}
    behind = {key: set(indicators.cases("unit", "chazhen", first, last, key)) for key in indicators.RATIOS}
    took = Counter()
    for ticket in list(Ticket.objects.filter(state__in=["new", "accepted", "dispatched", "working", "done"])):
        turns = {
            "new": [("reject", {"reason": "not-found"}), ("relocate", {"lon": SAND[0], "lat": SAND[1]})],
            "accepted": [("dispatch", {"unit": "huanwei"}), ("reclassify", {"category": "0401"})],
            "done": [("close", {"result": "ok"}), ("rework", {"reason": "没好"})],
        }.get(ticket.state, [("recall", {"reason": "错"}), ("suspend", {"reason": "等", "until": "2030-01-07"})])
        step, given = dice.choice(turns)
        cast.dispatcher.takes(ticket, step, **given)
        took[step] += 1
    assert len(took) >= 4 and sum(took.values()) > 12, took
    assert {by: indicators.table(by, first, last) for by in before} == before
    assert {key: set(indicators.cases("unit", "chazhen", first, last, key)) for key in behind} == behind


@pytest.mark.django_db
def test_what_falls_due_tomorrow_is_nobodys_fault_today():
    lived((0, *SENT))
    ticket = Ticket.objects.get()
    early, late = ticket.due_at - dt.timedelta(minutes=1), ticket.due_at + dt.timedelta(minutes=1)
    assert [indicators.table("county", *MONTH, now=now)[0].counts["due"] for now in (early, late)] == [0, 1]


@pytest.mark.django_db
def test_a_table_asks_twice_however_much_there_is(django_assert_num_queries):
    dice, now = random.Random(1), timezone.now()
    for _more in range(2):
        histories.write(*[wander(dice, now, 10) for _each in range(20)])
        for by in ("unit", "town", "worker", "category"):
            with django_assert_num_queries(2):
                indicators.table(by, *periods.period("days", periods.today(now)))


@pytest.mark.django_db
def test_what_is_no_indicator_and_no_kind_of_line_is_said(cast):
    day = dt.date(2026, 10, 1)
    for asked in (("unit", "chazhen", day, day, "nothing"), ("moon", "", day, day, "closed")):
        with pytest.raises(BadField, match="只能是"):
            indicators.cases(*asked)
    assert indicators.cases("unit", "nobody", day, day, "closed").count() == 0
