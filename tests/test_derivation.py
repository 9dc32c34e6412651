"""Due dates made up anew from what happened: they equal what was kept step by step, and every printed line adds up."""

import datetime as dt
import re

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from gis_app import clock
from gis_app.clock.derivation import GRANTED, TURNS, moments_of_many
from gis_app.models import Category, Holiday, OfficeHours, Stamp, Ticket, Unit
from gis_app.words import LimitUnit
from tests.conftest import LOTUS_LANE, TEA_TOWN, pk_of
from tests.test_clock import HOURS, at

pytestmark = pytest.mark.django_db

NEXT = {  # state: what can happen then, and where it leads
    "accepted": [("dispatch", "working"), ("suspend", "aside")],
    "working": [("return", "accepted"), ("recall", "accepted"), ("suspend", "laid"), ("grant", "working"), ("finish", "done")],
    "done": [("rework", "working"), ("recall", "accepted"), ("dispute", "accepted")],
    "aside": [("resume", "accepted"), ("recall", "accepted")],
    "laid": [("resume", "working"), ("recall", "accepted")],
}
turns = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6000), st.integers(0, 20000)), max_size=9)  # choice, minutes, grant
starts = st.datetimes(dt.datetime(2025, 9, 1), dt.datetime(2026, 10, 20), timezones=st.just(clock.SHANGHAI))
kinds = st.sampled_from(["0401", "0101", "0307"])  # 3 工作日, 4 工作时, 4 紧急工作时
MINUTE = dt.timedelta(minutes=1)


def a_life(start, turns):
    """Moments of a ticket that was accepted at `start` and then had these turns, each possible where it stands."""
    state, now, moments = "accepted", start, [("accept", start, None)]
    for choice, minutes, more in turns:
        step, state = NEXT[state][choice % len(NEXT[state])]
        now += minutes * MINUTE
        moments.append((step, now, now + more * MINUTE if step == "grant" else None))
    return moments


def kept(moments, category, unit=None):
    """(due_at, unit_due_at) as a row keeps them, step by step: never looking back at what was before the last column."""
    limit, kind = category.limit, category.limit_unit
    row, aside, done = {}, None, None
    for step, now, until in moments:
        if step in ("accept", "dispute"):
            row, aside = {"due": clock.due(now, limit, kind)}, None
        elif step == "dispatch":
            row["unit"] = min(clock.due(now, limit, kind, unit), row["due"])
        elif step == "grant":
            row = {name: max(date, until) for name, date in row.items()}
        elif step == "suspend":
            aside = now
        elif step == "resume" or (step == "recall" and aside):
            whose = {"due": None, "unit": unit}
            row = {name: clock.shifted(date, aside, now, kind, whose[name]) for name, date in row.items()}
            aside = None
        elif step == "finish":
            done = now
        elif step == "rework":
            row["unit"] = clock.shifted(row["unit"], done, now, kind, unit)
        if step in ("return", "recall"):
            row.pop("unit", None)
    return row["due"], row.get("unit")


def kind(code):
    return Category.objects.select_related("major").get(code=code)


@given(start=starts, turns=turns, code=kinds)
def test_dates_made_up_from_the_whole_story_are_those_that_were_kept_step_by_step(start, turns, code):
    moments, category = a_life(start, turns), kind(code)
    found = clock.derive(moments, category)
    assert (found.due_at, found.unit_due_at) == kept(moments, category)


@given(start=starts, turns=turns, code=kinds)
def test_the_stretches_of_a_clock_add_up_to_its_limit_and_pauses_and_end_when_it_is_due(start, turns, code):
    found = clock.derive(a_life(start, turns), kind(code))
    for track in filter(None, (found.county, found.units)):
        spans = track.spans
        granted = sum(span.minutes for span in spans if span.kind == GRANTED)
        assert spans[-1].end == track.due
        assert all(one.end <= other.start for one, other in zip(spans, spans[1:], strict=False))
        total = sum(span.minutes for span in spans)
        assert total == pytest.approx(clock.elapsed(track.start, track.due, track.kind))
        if not track.capped:
            assert total == pytest.approx(track.limit_minutes + track.paused_minutes + granted)


@given(start=starts, turns=turns, code=kinds)
def test_the_printed_minutes_add_up_to_the_printed_sum(start, turns, code):
    found = clock.derive(a_life(start, turns), kind(code))
    lines, counted, sums = clock.lines_of(found), 0, 0
    for line in lines:
        numbers = [int(number) for number in re.findall(r"(\d+) 分", line["value"])]
        if line["label"] == "计入":
            counted += numbers[-1]
        elif line["label"] == "合计":
            granted = int((re.findall(r"延 (\d+) 分", line["value"]) or [0])[0])
            assert abs(numbers[-1] - counted - granted) <= 1  # the granted stretch is rounded by itself
            counted, sums = 0, sums + 1
    assert sums == 1 + bool(found.units)


@given(start=starts, turns=turns, code=kinds)
def test_what_was_before_a_clock_began_anew_does_not_count(start, turns, code):
    moments, category = a_life(start, turns), kind(code)
    last = max(number for number, (step, _at, _until) in enumerate(moments) if step in ("accept", "dispute"))
    assert clock.derive(moments, category) == clock.derive(moments[last:], category)


@given(start=starts, turns=turns, codes=st.tuples(kinds, kinds))
def test_another_category_is_counted_as_if_it_had_been_so_from_the_start(start, turns, codes):
    moments = a_life(start, turns)
    for code in codes:  # whatever it was before
        found = clock.derive(moments, kind(code))
        assert (found.due_at, found.unit_due_at) == kept(moments, kind(code))


def derived(*moments, category="0401", unit=None):
    """A derivation of moments that are written short: step, moment, and the date of a grant."""
    told = [(step, at(when), at(until[0]) if until else None) for step, when, *until in moments]
    return clock.derive(told, kind(category), unit)


def test_before_acceptance_no_clock_runs():
    assert (derived().due_at, derived().unit_due_at) == (None, None)


def test_three_days_pass_over_the_weekend_and_a_suspension_is_added():
    accepted, sent = ("accept", "2026-11-25 09:00"), ("dispatch", "2026-11-25 10:00")
    assert derived(accepted, sent).due_at == at("2026-11-30 09:00")
    assert derived(accepted, sent).unit_due_at == at("2026-11-30 09:00")  # not 10:00: the county has promised 9:00
    aside, again = ("suspend", "2026-11-26 09:00"), ("resume", "2026-11-27 11:00")  # a day and two hours
    found = derived(accepted, sent, aside, again)
    assert found.due_at == found.unit_due_at == at("2026-12-01 11:00")
    assert derived(accepted, sent, aside).due_at == at("2026-11-30 09:00")  # while it lasts the date stands


def test_taken_back_while_it_lay_aside_the_county_is_given_that_time():
    found = derived(("accept", "2026-11-25 09:00"), ("suspend", "2026-11-26 09:00"), ("recall", "2026-11-27 09:00"))
    assert found.due_at == at("2026-12-01 09:00") and not found.county.standing


def test_granted_time_holds_for_both_clocks_and_is_moved_by_later_pauses():
    accepted, sent = ("accept", "2026-11-25 09:00"), ("dispatch", "2026-11-25 09:30")
    granted = ("grant", "2026-11-26 09:00", "2026-12-04 18:00")
    assert derived(accepted, sent, granted).due_at == derived(accepted, sent, granted).unit_due_at == at("2026-12-04 18:00")
    paused = derived(accepted, sent, granted, ("suspend", "2026-11-27 09:00"), ("resume", "2026-11-27 11:00"))
    assert paused.due_at == at("2026-12-07 10:30")


def test_granted_time_that_ends_earlier_than_the_limit_takes_nothing_away():
    accepted, sent = ("accept", "2026-11-25 09:00"), ("dispatch", "2026-11-25 09:00")
    found = derived(accepted, sent, ("grant", "2026-11-26 09:00", "2026-11-27 09:00"))
    assert found.due_at == found.unit_due_at == at("2026-11-30 09:00")


def test_a_granted_date_stands_when_the_county_takes_a_day_off_and_the_limit_moves():
    story = [("accept", "2026-11-25 09:00"), ("dispatch", "2026-11-25 09:00"), ("grant", "2026-11-26 09:00", "2026-11-30 12:00")]
    assert derived(*story).due_at == at("2026-11-30 12:00")
    Holiday.objects.create(day="2026-11-26", working=False, name="县庆")
    Stamp.bump("rules")
    assert derived(*story).due_at == at("2026-12-01 09:00")
    assert derived(*story[:2]).due_at == at("2026-12-01 09:00")


def test_a_unit_with_hours_of_its_own_is_counted_by_them_and_the_countys_promise_by_the_countys():
    unit = Unit.objects.get(code="gongdian")
    OfficeHours.objects.create(whose=unit, rule="office", opens="00:00", closes="12:00")
    Stamp.bump("rules")
    story = [("accept", "2026-11-25 08:30"), ("dispatch", "2026-11-25 08:30")]
    found = derived(*story, category="0101", unit=unit.pk)  # 4 工作时
    assert (found.due_at, found.unit_due_at) == (at("2026-11-25 14:30"), at("2026-11-25 14:30"))  # never beyond the promise
    early = [("accept", "2026-11-25 08:30"), ("dispatch", "2026-11-26 00:30")]
    assert derived(*early, unit=unit.pk).due_at == at("2026-11-27 18:00")
    assert derived(*early[:1], ("dispatch", "2026-11-25 09:00"), category="0101").unit_due_at == at("2026-11-25 14:30")
    assert clock.due(at("2026-11-25 01:00"), 4, HOURS, whose=unit.pk) == at("2026-11-25 05:00")
    assert clock.due(at("2026-11-25 01:00"), 1, "工作日", whose=unit.pk) == at("2026-11-26 01:00")
    assert clock.minutes_of(1, "工作日", unit.pk) == 720 and clock.minutes_of(1, "工作日") == 450
    assert clock.due(at("2026-11-27 11:00"), 2, HOURS, whose=unit.pk) == at("2026-11-30 01:00")  # the county's weekend


# ---- read from events


def test_every_step_that_moves_a_clock_is_read_from_the_events(cast, monkeypatch):
    times = iter(f"2026-11-{day} {hour:02d}:10" for day in (25, 26, 27, 30) for hour in (9, 11, 15, 17))

    def then(person, ticket, step, **inputs):
        now = at(next(times))
        monkeypatch.setattr(timezone, "now", lambda: now)
        person.signs_in()
        return person.takes(ticket, step, **inputs)

    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-25 08:40"))
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    told = then(cast.dispatcher, code, "accept")
    for person, step, inputs in [
        (cast.dispatcher, "dispatch", {"unit": "chazhen"}),
        (cast.officer, "return", {"reason": "不是我们的杆"}),
        (cast.dispatcher, "dispatch", {"unit": "chazhen"}),
        (cast.officer, "start", {}),
        (cast.officer, "finish", {"note": "换了灯泡"}),
        (cast.dispatcher, "rework", {"reason": "还是不亮"}),
        (cast.officer, "finish", {"note": "又换了"}),
        (cast.dispatcher, "rework", {"reason": "又灭了"}),
    ]:
        told = then(person, told, step, **inputs)
        ticket = Ticket.objects.get(pk=told["id"])
        found = clock.derive(clock.moments_of(ticket), ticket.category, ticket.unit_id)
        assert (found.due_at, found.unit_due_at) == (ticket.due_at, ticket.unit_due_at), step
    assert [step for step, _at, _until in clock.moments_of(ticket)] == [
        *("accept", "dispatch", "return", "dispatch", "finish", "rework", "finish", "rework")
    ]
    assert ticket.unit_due_at > ticket.due_at  # twice it stood in done


def test_the_moments_of_many_tickets_cost_one_query(cast, django_assert_num_queries):
    pks = [pk_of(cast.dispatched()) for _ in range(3)]
    with django_assert_num_queries(1):
        found = moments_of_many([*pks, 10**9])
    assert [[step for step, _at, _until in found[pk]] for pk in pks] == [["accept", "dispatch"]] * 3
    assert found[10**9] == []


def test_every_kind_of_limit_is_one_that_a_category_can_have():
    assert set(Category.objects.values_list("limit_unit", flat=True)) <= set(LimitUnit.values)
    assert all(step in TURNS for state in NEXT.values() for step, _to in state)


# ---- printed


@pytest.fixture
def before_national_day(cast, monkeypatch):
    """A dark lamp (3 工作日), said at 15:00 on the day before National Day, accepted at 15:30 and sent at 16:00."""
    times = iter(["15:00", "15:30", "16:00"])

    def next_step(act, *args, **inputs):
        now = at(f"2026-09-30 {next(times)}")
        monkeypatch.setattr(timezone, "now", lambda: now)
        return act(*args, **inputs)

    code = next_step(cast.reporter.reports, "路灯不亮", TEA_TOWN, category="0401")["code"]
    next_step(cast.dispatcher.takes, code, "accept")
    return next_step(cast.dispatcher.takes, code, "dispatch", unit="gongdian")


def test_the_unit_is_never_given_longer_than_the_county_has_promised(before_national_day):
    assert dt.datetime.fromisoformat(before_national_day["due_at"]) == at("2026-10-10 15:30")
    assert before_national_day["unit_due_at"] == before_national_day["due_at"]


def test_a_due_date_is_explained_line_by_line(before_national_day):
    assert [(line["label"], line["value"]) for line in before_national_day["clock"]] == [
        ("受理", "9月30日（周三）15:00"),
        ("立案期限", "9月30日（周三）17:00"),
        ("立案", "9月30日（周三）15:30"),
        ("时限", "3 工作日，合 1350 分"),
        ("计入", "9月30日（周三）15:30–18:00，150 分"),
        ("不办公", "10月1日（周四）至 10月7日（周三） 国庆节"),
        ("计入", "10月8日（周四）至 10月9日（周五） 2 个工作日，900 分"),
        ("计入", "10月10日（周六）08:30–15:30，300 分"),
        ("合计", "1350 分"),
        ("应办完", "10月10日（周六）15:30"),
        ("派遣", "9月30日（周三）16:00"),
        ("时限", "3 工作日，合 1350 分"),
        ("计入", "9月30日（周三）16:00–18:00，120 分"),
        ("不办公", "10月1日（周四）至 10月7日（周三） 国庆节"),
        ("计入", "10月8日（周四）至 10月9日（周五） 2 个工作日，900 分"),
        ("计入", "10月10日（周六）08:30–15:30，300 分"),
        ("不晚于", "答应市民的期限"),
        ("合计", "1320 分"),
        ("承办单位应办完", "10月10日（周六）15:30"),
    ]


def test_pauses_and_granted_time_stand_in_the_explanation():
    found = derived(
        ("accept", "2026-11-25 09:00"),
        ("dispatch", "2026-11-25 09:00"),
        ("suspend", "2026-11-26 09:00"),
        ("resume", "2026-11-26 11:00"),
        ("grant", "2026-11-27 09:00", "2026-12-01 10:00"),
        ("finish", "2026-11-30 10:00"),
    )
    lines = [(line["label"], line["value"]) for line in clock.lines_of(found)]
    assert ("挂账", "11月26日（周四）09:00 至 11月26日（周四）11:00，停 120 分") in lines
    assert ("延期", "准到 12月1日（周二）10:00") in lines
    assert ("合计", "时限 1350 分 + 停 120 分 + 延 390 分 = 1860 分") in lines
    assert ("待核查", "11月30日（周一）10:00 起停着") in lines
    assert lines.count(("应办完", "12月1日（周二）10:00")) == 1


def test_a_day_off_is_told_with_its_reason(before_national_day):
    Holiday.objects.create(day="2026-10-09", working=False, name="县庆")
    Stamp.bump("rules")
    lines = [(line["label"], line["value"]) for line in clock.explain(Ticket.objects.get(pk=before_national_day["id"]))]
    assert ("不办公", "10月9日（周五） 县庆") in lines
    assert ("应办完", "10月12日（周一）15:30") in lines
    assert ("不办公", "10月11日（周日） 周末") in lines
    stands = "10月10日（周六）15:30"
    assert lines[-1] == ("待重算", f"规则刚改过，现在记的还是 {stands} / {stands}")  # until it is counted anew


def test_a_citizen_is_told_in_a_few_lines(before_national_day):
    ticket = Ticket.objects.get(pk=before_national_day["id"])
    assert [(line["label"], line["value"]) for line in clock.explain(ticket, short=True)] == [
        ("从这时算起", "9月30日（周三）15:30"),
        ("时限", "3 工作日"),
        ("中间不办公", "10月1日（周四）至 10月7日（周三） 国庆节"),
        ("应办完", "10月10日（周六）15:30"),
    ]


def test_before_acceptance_a_citizen_is_told_when_an_answer_comes(cast, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-27 17:00"))
    ticket = Ticket.objects.get(pk=pk_of(cast.reporter.reports("路灯不亮", TEA_TOWN)))
    assert [(line["label"], line["value"]) for line in clock.explain(ticket, short=True)] == [
        ("收到", "11月27日（周五）17:00"),
        ("最迟答复", "11月30日（周一）09:30"),
    ]


@given(start=starts, turns=turns, code=kinds)
def test_the_explanation_is_english_for_who_reads_english(start, turns, code):
    with translation.override("en"):
        lines = clock.lines_of(clock.derive(a_life(start, turns), kind(code)))
    assert lines and not re.search("[\u4e00-\u9fff]", str(lines)), lines


def test_the_explanation_of_a_ticket_is_english_whole(before_national_day):
    ticket = Ticket.objects.get(pk=before_national_day["id"])
    with translation.override("en"):
        lines = clock.explain(ticket) + clock.explain(ticket, short=True)
    assert not re.search("[\u4e00-\u9fff]", str(lines)), lines
    assert {"label": "Office closed", "value": "Thu 1 Oct – Wed 7 Oct National Day"} in lines


def test_round_the_clock_no_day_is_closed(cast, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-28 22:00"))
    code = cast.reporter.reports("信号灯坏了", LOTUS_LANE, category="0307")["code"]
    cast.dispatcher.signs_in()
    told = cast.dispatcher.takes(code, "accept")
    assert dt.datetime.fromisoformat(told["due_at"]) == at("2026-11-29 02:00")
    assert "不办公" not in [line["label"] for line in told["clock"]]
