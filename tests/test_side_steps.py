"""What happens beside the straight way: one story for each side step, told as the design tells it."""

import datetime as dt

import pytest
from django.utils import timezone

from gis_app import access, clock, retiming, workflow
from gis_app.errors import NotNow, NotYours
from gis_app.models import Event, Notice, Report, Ticket
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast, Person, photo
from tests.ledger import counted, problems, recounted
from tests.scenes import scene
from tests.test_workflow import later, refusal  # noqa: F401

NEXT_WEEK = "2026-12-01"


@pytest.fixture(autouse=True)
def every_clock_adds_up(db):
    """Whatever happened in a story: each ticket's due dates are what can be derived from its events."""
    yield
    for ticket in Ticket.objects.exclude(accepted_at=None).select_related("category"):
        told = clock.derive(clock.moments_of(ticket), ticket.category, ticket.unit_id)
        kept = (told.due_at, told.unit_due_at if ticket.unit_id else None)
        assert kept == (ticket.due_at, ticket.unit_due_at), ticket


def due(ticket):
    return Ticket.objects.get(pk=ticket["id"]).due_at


def told(code):
    """The steps that the holder of this code has been told of, oldest first."""
    report = Report.objects.get(code=code)
    return list(Notice.objects.filter(report=report).order_by("event__at", "event").values_list("event__step", flat=True))


def citizen(code, step, **given):
    """Take a step as the one who holds a report's code."""
    ticket, by = access.ticket_of_code(code)
    rule = workflow.STEPS[step]
    return workflow.advance(ticket, step, by, ticket.version, **workflow.read_given(step, rule, given))


# ---- 并案: two people report the same lamp


def test_two_reports_of_one_lamp_become_one_problem_and_each_still_follows_their_own_code(cast):
    first = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    second = cast.reporter.reports("这边路灯也不亮", TEA_TOWN, category="0401")["code"]
    kept = cast.dispatcher.takes(first, "accept")
    merged = cast.dispatcher.takes(second, "merge", other=kept["code"])
    assert (merged["state"], merged["may"]) == ("merged", ["unmerge", "release", "comment"])
    assert cast.leader.counts(TEA_TOWN) == 1, "one problem"
    assert set(problems().values()) == {(1, 2)} and counted() == recounted(), "of two voices"

    cast.dispatcher.takes(first, "dispatch", unit="chazhen")
    cast.officer.takes(first, "start")
    cast.officer.takes(first, "finish", note="换了灯泡")
    cast.dispatcher.takes(first, "close", result="ok")
    assert cast.reporter.follows(second)["state"] == "closed", "the code of the second leads to the work on the first"
    assert told(second) == ["merge", "dispatch", "start", "finish", "close"]
    assert cast.reporter.follows(second)["code"] == second


def test_a_ticket_is_not_merged_into_itself_and_is_told_so(cast):
    ticket = cast.dispatched()
    answer = cast.dispatcher.tries(ticket, "merge", other=ticket["code"])
    assert refusal(answer) == (422, "bad-field") and f"{ticket['code']} 就是这一件" in answer.json()["detail"]


def test_what_was_merged_by_mistake_stands_again_where_it_was_with_the_promise_that_it_had(cast):
    one, other = cast.dispatched(), cast.dispatched(text="另一盏灯不亮")
    cast.dispatcher.takes(one, "merge", other=other["code"])
    back = cast.dispatcher.takes(one, "unmerge")
    assert (back["state"], back["unit"], back["due_at"], back["unit_due_at"]) == (
        *(one["state"], one["unit"], one["due_at"], one["unit_due_at"]),
    )
    assert counted() == recounted() and sum(voices for _tickets, voices in problems().values()) == 2


def test_a_chain_of_merged_tickets_is_heard_at_its_end(cast):
    codes = [cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"] for _ in range(3)]
    numbers = [f"X{Report.objects.get(code=code).ticket_id:07d}" for code in codes]
    cast.dispatcher.takes(codes[0], "merge", other=numbers[1])
    cast.dispatcher.takes(codes[1], "merge", other=numbers[2])
    assert set(problems().values()) == {(1, 3)} and counted() == recounted()
    cast.dispatcher.takes(codes[2], "reject", reason="not-found")
    assert [cast.reporter.follows(code)["state"] for code in codes] == ["rejected"] * 3
    assert [told(code)[-1] for code in codes] == ["reject"] * 3 and counted() == recounted() and not problems()
    cast.dispatcher.takes(codes[1], "unmerge")
    assert set(problems().values()) == {(1, 2)} and counted() == recounted()


@pytest.mark.parametrize("which", ["itself", "one that is rejected", "no number", "one merged already"])
def test_nothing_is_merged_into_what_is_not_open(cast, which):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    gone = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    number = {"itself": code, "no number": None}.get(which, gone)
    if which == "one that is rejected":
        cast.dispatcher.takes(gone, "reject", reason="not-found")
    if which == "one merged already":
        cast.dispatcher.takes(gone, "merge", other=str(Report.objects.get(code=code).ticket_id))
    other = str(Report.objects.get(code=number).ticket_id) if number else "X9999999"
    assert refusal(cast.dispatcher.tries(code, "merge", other=other)) == (422, "bad-field")
    assert Ticket.objects.get(reports__code=code).state == "new"


# ---- 拆分: two problems in one report


def test_two_problems_in_one_report_become_two_tickets_each_with_its_own_clock(cast):
    code = cast.reporter.reports("路灯不亮，垃圾桶也满了", TEA_TOWN, category="0401")["code"]
    whole = cast.dispatcher.takes(code, "split", parts='[{"category": "0101", "words": "垃圾桶也满了"}]')
    part = Ticket.objects.get(split_from=whole["id"])
    assert (part.state, part.category.code, part.town.name, part.version) == ("new", "0101", "茶镇", 1)
    assert part.events.get().said.text == "垃圾桶也满了" and "垃圾桶" not in str(part.events.get().change)
    assert (whole["state"], whole["version"]) == ("new", 1), "the report's own ticket goes on as it was"
    cast.dispatcher.takes(part, "accept")
    assert told(code) == ["split", "accept"], "who reported hears of both"
    assert counted() == recounted() and sorted(problems().values()) == [(1, 1), (1, 1)]
    assert cast.reporter.follows(code)["state"] == "new"


def test_a_part_may_lie_elsewhere_and_is_not_split_off_twice(cast):
    code = cast.reporter.reports("路灯不亮，莲花社区垃圾也满了", TEA_TOWN, category="0401")["code"]
    lon, lat = LOTUS_LANE
    cast.dispatcher.takes(code, "split", parts=f'[{{"category": "0101", "lon": {lon}, "lat": {lat}}}]')
    assert Ticket.objects.get(split_from__reports__code=code).town.name == "城北街道"
    cast.dispatcher.takes(code, "split", parts='[{"category": "0102"}]')
    assert refusal(cast.dispatcher.tries(code, "split", parts='[{"category": "0102"}]')) == (422, "bad-field")
    assert Ticket.objects.filter(split_from__reports__code=code).count() == 2


@pytest.mark.parametrize(
    "parts", ["[]", "no JSON", "[1]", '[{"category": "9999"}]', '[{"category": "0101", "lon": 107}]', '[{"colour": "red"}]',
              "[" + ",".join(['{"category": "0101"}'] * 6) + "]"]
)  # fmt: skip
def test_parts_that_cannot_be_read_split_nothing(cast, parts):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    assert refusal(cast.dispatcher.tries(code, "split", parts=parts))[1] in ("bad-field", "needs-parts")
    assert Ticket.objects.count() == 1


# ---- 申请延期


def test_more_time_is_asked_for_granted_once_and_stays_visible(cast, later):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched()
    promised = due(ticket)
    asked = cast.officer.takes(ticket, "ask_extension", reason="灯杆要订", until="2026-12-04")
    assert asked["version"] == ticket["version"] and due(ticket) == promised, "nothing has moved yet"
    assert refusal(cast.officer.tries(ticket, "ask_extension", reason="还要", until="2026-12-05")) == (409, "wrong-state")
    granted = cast.dispatcher.takes(ticket, "grant")
    assert granted["due_at"] == granted["unit_due_at"] == "2026-12-04T18:00:00+08:00"
    assert refusal(cast.officer.tries(ticket, "ask_extension", reason="还要", until="2026-12-09")) == (409, "wrong-state")
    assert any("12月4日" in line["value"] for line in granted["clock"])


def test_an_extension_that_is_refused_may_be_asked_for_again(cast, later):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched()
    promised = due(ticket)
    cast.officer.takes(ticket, "ask_extension", reason="灯杆要订", until="2026-12-04")
    cast.dispatcher.takes(ticket, "refuse", reason="库里有灯杆")
    assert due(ticket) == promised
    cast.officer.takes(ticket, "ask_extension", reason="库里的不合用", until="2026-12-03")
    assert cast.dispatcher.takes(ticket, "grant", until="2026-12-02")["due_at"] == "2026-12-02T18:00:00+08:00"


@pytest.mark.parametrize("until", ["2026-11-24", "yesterday", "2026-02-30"])
def test_an_extension_moves_a_date_on_and_never_back(cast, later, until):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched()
    assert refusal(cast.officer.tries(ticket, "ask_extension", reason="等灯杆", until=until)) == (422, "bad-field")


def test_who_is_late_already_asks_for_a_day_that_still_comes(cast, later):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched()
    later(days=30)  # long after the day that was promised
    assert refusal(cast.officer.tries(ticket, "ask_extension", reason="等灯杆", until="2026-12-09")) == (422, "bad-field")
    cast.officer.takes(ticket, "ask_extension", reason="等灯杆", until="2027-01-08")


# ---- 挂账


def test_while_it_is_suspended_both_clocks_stand_still(cast, later):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched(category="0307")  # 4 紧急工作时
    before = due(ticket)
    held = cast.leader.takes(ticket, "suspend", reason="等修路", until=NEXT_WEEK)
    assert (held["state"], held["unit"], set(held["may"])) == (
        *("suspended", ticket["unit"]),
        {"resume", "supervise", "comment"},
    )
    later(hours=30)
    cast.dispatcher.signs_in()
    back = cast.dispatcher.takes(ticket, "resume")
    assert (back["state"], back["late"]) == ("dispatched", False)
    assert due(ticket) - before == dt.timedelta(hours=30)
    row = Ticket.objects.get(pk=ticket["id"])
    assert row.unit_due_at == row.due_at and row.suspended_at is None


def test_a_suspended_ticket_may_be_recalled_and_the_pause_counts(cast, later):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched(category="0307")
    before = due(ticket)
    cast.dispatcher.takes(ticket, "suspend", reason="等修路", until=NEXT_WEEK)
    later(hours=2)
    assert cast.dispatcher.takes(ticket, "recall", reason="换单位")["unit"] is None
    assert due(ticket) - before == dt.timedelta(hours=2)


def test_what_was_put_on_hold_until_a_day_comes_back_by_itself(cast, later):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched()
    cast.leader.takes(ticket, "suspend", reason="等修路", until="2026-11-24")
    assert retiming.resume(later(hours=32)) == 0, "not before that hour"
    assert retiming.resume(later(hours=1)) == 1 == Ticket.objects.filter(state="dispatched").count()
    assert retiming.resume(later(hours=1)) == 0


# ---- 督办


def test_an_order_is_given_answered_and_lifted_by_the_one_who_gave_it(cast):
    ticket = cast.dispatched()
    ordered = cast.leader.takes(ticket, "supervise", order="本周五前修好", until="2030-01-07")
    assert ordered["supervised"] and ordered["version"] == ticket["version"], "no worker's step is stale by it"
    assert refusal(cast.dispatcher.tries(ticket, "supervise", order="快", until="2030-01-07")) == (409, "wrong-state")
    assert refusal(cast.dispatcher.tries(ticket, "lift")) == (403, "not-yours")
    assert "answer" not in cast.dispatcher.opens(ticket).json()["may"]
    cast.officer.takes(ticket, "answer", note="灯杆周三到")
    assert Ticket.objects.get(pk=ticket["id"]).answered_at
    assert cast.leader.takes(ticket, "lift")["supervised"] is False
    assert refusal(cast.officer.tries(ticket, "answer", note="好")) == (409, "wrong-state")


def test_an_order_outlives_the_closing_until_it_is_lifted(cast):
    ticket = cast.finished()
    cast.leader.takes(ticket, "supervise", order="讲清楚为什么拖", until="2030-01-07")
    closed = cast.dispatcher.takes(ticket, "close", result="ok")
    assert closed["supervised"]
    cast.officer.takes(ticket, "answer", note="灯杆缺货")
    assert cast.leader.takes(ticket, "lift")["supervised"] is False


def test_the_systems_order_gives_way_to_a_persons(cast):
    ticket = Ticket.objects.get(pk=cast.dispatched()["id"])
    given = workflow.read_given("supervise", workflow.STEPS["supervise"], {"order": "超期", "until": "2030-01-07"})
    workflow.advance(ticket, "supervise", access.SYSTEM, **given)
    cast.leader.takes(ticket, "supervise", order="我来盯", until="2030-01-08")
    assert refusal(cast.dispatcher.tries(ticket, "lift")) == (403, "not-yours")
    assert cast.leader.takes(ticket, "lift")["supervised"] is False


def test_what_is_under_an_order_is_not_merged_away_or_rejected(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    other = cast.dispatched()
    cast.leader.takes(code, "supervise", order="查清楚", until="2030-01-07")
    assert refusal(cast.dispatcher.tries(code, "merge", other=other["code"])) == (409, "wrong-state")
    assert refusal(cast.dispatcher.tries(code, "reject", reason="double")) == (409, "wrong-state")


# ---- 派核, 核实, 核查


def test_a_worker_is_sent_to_look_before_acceptance(cast):
    code = cast.reporter.reports("路灯不亮", LOTUS_LANE, category="0401")["code"]
    sent = cast.dispatcher.takes(code, "send_check", worker=cast.far_worker.name)
    assert Notice.objects.get(event__step="send_check").person == cast.far_worker.user
    assert refusal(cast.dispatcher.tries(code, "send_check", worker=cast.worker.name)) == (409, "wrong-state")
    assert sent["id"] in cast.far_worker.sees(), "who is sent to look sees the ticket, wherever it is"
    lon, lat = LOTUS_LANE
    looked = cast.far_worker.takes(code, "check", result="ok", lon=lon, lat=lat + 0.002, photos=[photo()])
    assert (looked["state"], looked["version"]) == ("new", sent["version"] + 1)
    assert looked["events"][-1]["given"] | {"far": True} == looked["events"][-1]["given"], "222 m away: flagged, not refused"
    assert 210 < looked["events"][-1]["given"]["metres_off"] < 235
    assert cast.far_worker.opens(code).status_code == 404, "the task is done"


def test_a_check_needs_what_was_seen_a_picture_and_a_position(cast):
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "send_check", worker=cast.worker.name)
    all_of_it = {"result": "ok", "lon": TEA_TOWN[0], "lat": TEA_TOWN[1]}
    for missing in all_of_it:
        rest = {name: value for name, value in all_of_it.items() if name != missing}
        assert refusal(cast.worker.tries(ticket, "check", **rest, photos=[photo()])) == (422, f"needs-{missing}")
    assert refusal(cast.worker.tries(ticket, "check", **all_of_it)) == (422, "needs-photos")


def test_who_was_sent_to_look_may_close_or_send_back_but_never_their_own_work(cast):
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "send_check", worker=cast.worker.name)
    assert {"check", "close", "rework"} <= set(cast.worker.opens(ticket).json()["may"])
    assert cast.worker.takes(ticket, "close", result="ok")["state"] == "closed"
    own = cast.finished(by=cast.worker)
    assert refusal(cast.dispatcher.tries(own, "send_check", worker=cast.worker.name)) == (422, "bad-field")


# ---- 改类


def test_another_kind_counts_its_limit_from_acceptance_and_goes_to_its_unit(cast, later):  # noqa: F811
    later(minutes=0)
    ticket = cast.dispatched()
    accepted = Ticket.objects.get(pk=ticket["id"]).accepted_at
    later(minutes=30)
    moved = cast.dispatcher.takes(ticket, "reclassify", category="0307")
    assert (moved["category"]["code"], moved["proposed"]["code"]) == ("0307", "jiaojing")
    assert (moved["state"], moved["unit"]) == ("accepted", None), "it does not stay with a unit whose it is not"
    assert due(ticket) == accepted + dt.timedelta(hours=4)
    assert [event["step"] for event in moved["events"]][-2:] == ["reclassify", "recall"]
    assert counted() == recounted()


def test_a_kind_that_it_has_already_is_no_other_kind(cast):
    assert refusal(cast.dispatcher.tries(cast.dispatched(), "reclassify", category="0401")) == (422, "bad-field")


# ---- 公开


def test_words_are_public_only_once_the_desk_says_so_and_may_be_taken_back(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    assert not Ticket.objects.get(reports__code=code).released
    first = cast.dispatcher.takes(code, "release")
    assert Ticket.objects.get(reports__code=code).released and first["version"] == 1
    assert refusal(cast.dispatcher.tries(code, "release")) == (409, "wrong-state")
    cast.dispatcher.takes(code, "withhold")
    assert not Ticket.objects.get(reports__code=code).released


# ---- the citizen has the last word


@scene
def closed():
    """The code of a report that was mended and closed."""
    cast = Cast()
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "close", result="ok")
    return Report.objects.get(ticket=ticket["id"]).code


def test_who_reported_confirms_and_rates_once_each(closed):
    citizen(closed, "confirm")
    citizen(closed, "rate", stars="5")
    for step, given in (("confirm", {}), ("rate", {"stars": "1"})):
        with pytest.raises(NotNow):
            citizen(closed, step, **given)
    assert Event.objects.get(step="rate").given["stars"] == 5
    assert Event.objects.get(step="rate").actor_kind == "citizen"


def test_within_fifteen_days_a_dispute_reopens_it_with_a_new_clock(cast, closed, later):  # noqa: F811
    Ticket.objects.filter(reports__code=closed).update(ended_at=later(minutes=0) - dt.timedelta(days=15))
    event = citizen(closed, "dispute", reason="晚上还是黑的")
    row = Ticket.objects.get(reports__code=closed)
    assert (row.state, row.unit, row.finished_at, row.ended_at) == ("accepted", None, None, None)
    assert row.accepted_at == event.at and row.due_at > event.at
    assert event.said.text == "晚上还是黑的" and Notice.objects.filter(event=event, audience="desk").exists()


def test_after_fifteen_days_it_is_a_new_report(cast, closed, later):  # noqa: F811
    Ticket.objects.filter(reports__code=closed).update(ended_at=later(minutes=0) - dt.timedelta(days=15, seconds=1))
    with pytest.raises(NotNow, match="15"):
        citizen(closed, "dispute", reason="晚上还是黑的")
    assert Ticket.objects.get(reports__code=closed).state == "closed"


def test_two_who_reported_one_problem_each_have_their_say(cast):
    first = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    second = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    kept = cast.dispatcher.takes(first, "accept")
    cast.dispatcher.takes(second, "merge", other=kept["code"])
    cast.dispatcher.takes(first, "dispatch", unit="chazhen")
    cast.officer.takes(first, "start")
    cast.officer.takes(first, "finish", note="换了灯泡")
    cast.dispatcher.takes(first, "close", result="ok")
    citizen(first, "rate", stars="5")
    citizen(second, "rate", stars="2")
    assert sorted(event.given["stars"] for event in Event.objects.filter(step="rate")) == [2, 5]
    citizen(second, "dispute", reason="那一盏没修")
    assert cast.reporter.follows(first)["state"] == "accepted"


def test_a_citizen_does_nothing_else(cast):
    code = Report.objects.get(ticket=cast.finished()["id"]).code
    order = {"order": "快", "until": NEXT_WEEK}
    for step, given in (("close", {"result": "ok"}), ("rework", {"reason": "没修"}), ("supervise", order)):
        with pytest.raises(NotYours):
            citizen(code, step, **given)


def test_an_urge_tells_the_unit_and_makes_nothing_stale(cast):
    ticket = cast.dispatched()
    assert cast.dispatcher.takes(ticket, "urge")["version"] == ticket["version"]
    assert Notice.objects.get(event__step="urge").unit.code == "chazhen"
    assert Person("unit-chazhen").takes(ticket, "start")["state"] == "working"
    assert timezone.now() > Ticket.objects.get(pk=ticket["id"]).opened_at
