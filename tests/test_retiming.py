"""When the calendar changes, open tickets get their due dates counted anew: one step each, and none the second time."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from gis_app import audit, clock, retiming, tasks
from gis_app.models import Category, Holiday, Notice, OfficeHours, Stamp, Ticket, Unit
from tests.conftest import TEA_TOWN, pk_of
from tests.test_clock import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def wednesday(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-25 09:00"))


@pytest.fixture
def sent(cast, wednesday):
    """A dark lamp, accepted and sent on Wednesday at nine: due on Monday at nine."""
    return Ticket.objects.get(pk=pk_of(cast.dispatched()))


def rules(day="2026-11-26", working=False, name="县庆"):
    Holiday.objects.update_or_create(day=day, defaults={"working": working, "name": name})
    Stamp.bump("rules")


def steps(ticket):
    return list(ticket.events.order_by("seq").values_list("step", flat=True))


def test_a_day_off_moves_the_due_dates_of_open_tickets_by_one_step_that_says_from_where_to_where(cast, sent):
    rules()
    assert retiming.settle() == (1, None)
    now = Ticket.objects.get(pk=sent.pk)
    assert (sent.due_at, now.due_at, now.unit_due_at) == (at("2026-11-30 09:00"), *[at("2026-12-01 09:00")] * 2)
    assert (now.version, now.state) == (sent.version + 1, sent.state)
    event = now.events.order_by("seq").last()
    assert (event.step, event.actor_kind) == ("retime", "system")
    assert event.given["was"]["due_at"] == event.given["was"]["unit_due_at"] == "2026-11-30T01:00:00+00:00"
    assert event.change == {"due_at": "2026-12-01T01:00:00+00:00", "unit_due_at": "2026-12-01T01:00:00+00:00"}
    assert retiming.told(event) == (
        "应办完 11月30日（周一）09:00 → 12月1日（周二）09:00，承办单位应办完 11月30日（周一）09:00 → 12月1日（周二）09:00"
    )
    assert list(Notice.objects.filter(event=event).values_list("audience", "unit__code")) == [("unit", now.unit.code)]
    events = list(now.events.order_by("seq"))
    assert audit.unbroken(events) and audit.adds_up(events, now)


def test_the_second_time_there_is_nothing_to_do(sent):
    rules()
    assert [retiming.settle()[0] for _ in range(3)] == [1, 0, 0]
    assert steps(sent).count("retime") == 1
    rules(working=True)  # and back
    assert retiming.settle()[0] == 1
    assert Ticket.objects.get(pk=sent.pk).due_at == sent.due_at


def test_before_dispatch_there_is_no_unit_to_be_told(cast, wednesday):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    cast.dispatcher.takes(code, "accept")
    rules()
    assert retiming.settle()[0] == 1
    assert not Notice.objects.filter(event__step="retime").exists()


def test_a_ticket_that_was_merged_meanwhile_comes_back_with_the_dates_of_the_calendar_as_it_is(cast, sent):
    other = cast.dispatched()
    cast.dispatcher.takes(sent.pk, "merge", other=str(other["id"]))
    rules()
    assert retiming.settle() == (1, None), "the other one alone"
    cast.dispatcher.takes(sent.pk, "unmerge")
    now = Ticket.objects.get(pk=sent.pk)
    assert (now.due_at, now.unit_due_at) == (at("2026-12-01 09:00"),) * 2
    counted = clock.derive(clock.moments_of(now), now.category, now.unit_id)  # as its page prints it
    assert (counted.due_at, counted.unit_due_at) == (now.due_at, now.unit_due_at)
    assert retiming.settle()[0] == 0
    events = list(now.events.order_by("seq"))
    assert audit.unbroken(events) and audit.adds_up(events, now)


def test_ended_tickets_and_those_of_other_days_are_left_alone(cast, wednesday):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]  # to be looked at the same day
    double = cast.reporter.reports("垃圾桶满了", TEA_TOWN, category="0101")["code"]
    gone = cast.dispatcher.takes(double, "reject", reason="double")
    cast.dispatched(category="0101")  # 4 工作时: due the same day
    rules()
    assert retiming.settle()[0] == 0
    assert "retime" not in steps(Ticket.objects.get(pk=gone["id"]))
    assert steps(Ticket.objects.get(reports__code=code)) == ["open"]


@pytest.fixture
def late_on_wednesday(monkeypatch):
    """An hour before the office closes: what comes in now is looked at by Thursday at half past nine."""
    monkeypatch.setattr(timezone, "now", lambda: at("2026-11-25 17:00"))


def test_the_desk_looks_at_a_new_ticket_a_day_later_when_that_day_is_taken_off_and_the_sender_reads_so(cast, late_on_wednesday):
    said = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    was = Ticket.objects.get(reports__code=said["code"])
    assert was.triage_due_at == at("2026-11-26 09:30")
    rules()
    assert [retiming.settle()[0] for _ in range(3)] == [1, 0, 0]
    now = Ticket.objects.get(pk=was.pk)
    assert (now.triage_due_at, now.due_at, now.state, now.version) == (at("2026-11-27 09:30"), None, "new", was.version + 1)
    event = now.events.order_by("seq").last()
    assert (event.step, event.actor_kind) == ("retime", "system")
    assert event.given["was"] == {"triage_due_at": "2026-11-26T01:30:00+00:00"}
    assert event.change == {"triage_due_at": "2026-11-27T01:30:00+00:00"}
    assert retiming.told(event) == "立案期限 11月26日（周四）09:30 → 11月27日（周五）09:30"
    assert not Notice.objects.filter(event=event).exists()
    events = list(now.events.order_by("seq"))
    assert audit.unbroken(events) and audit.adds_up(events, now)
    page = cast.reporter.client.get(f"/r/{said['code']}").content.decode()
    assert "最迟 11月27日（周五）09:30" in page and "11月26日（周四）09:30" not in page
    assert cast.reporter.follows(said["code"])["due_at"] == said["due_at"]  # what the sender was told, stays


def test_the_desks_date_is_explained_line_by_line_before_and_after_it_is_counted_anew(cast, late_on_wednesday):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    rules()
    lines = lambda: [(line["label"], line["value"]) for line in clock.explain(Ticket.objects.get(reports__code=code))]  # noqa: E731
    counted = [
        ("受理", "11月25日（周三）17:00"),
        ("时限", "2 工作时，合 120 分"),
        ("计入", "11月25日（周三）17:00–18:00，60 分"),
        ("不办公", "11月26日（周四） 县庆"),
        ("计入", "11月27日（周五）08:30–09:30，60 分"),
        ("合计", "120 分"),
        ("立案期限", "11月27日（周五）09:30"),
    ]
    assert lines() == [*counted, ("待重算", "规则刚改过，现在记的还是 11月26日（周四）09:30")]
    retiming.settle()
    assert lines() == counted


def test_where_life_is_in_danger_no_day_off_moves_the_desks_date_and_who_was_refused_is_left_alone(cast, late_on_wednesday):
    code = cast.reporter.reports("煤气泄漏，味道很大", TEA_TOWN)["code"]
    assert Ticket.objects.get(reports__code=code).danger
    double = cast.reporter.reports("垃圾桶满了", TEA_TOWN, category="0101")["code"]
    gone = Ticket.objects.get(pk=cast.dispatcher.takes(double, "reject", reason="double")["id"])
    assert gone.triage_due_at == at("2026-11-26 09:30")
    rules()
    assert retiming.settle() == (0, None)
    assert Ticket.objects.get(pk=gone.pk).triage_due_at == gone.triage_due_at


def test_a_finish_that_stood_through_a_new_day_off_is_counted_without_it(cast, monkeypatch):
    def now(text):
        monkeypatch.setattr(timezone, "now", lambda: at(text))
        for person in (cast.dispatcher, cast.officer):
            person.signs_in()

    now("2026-11-25 09:00")
    ticket = cast.dispatched()
    cast.officer.takes(ticket, "start")
    now("2026-11-25 11:00")
    cast.officer.takes(ticket, "finish", note="换了灯泡")
    now("2026-11-27 11:00")
    again = cast.dispatcher.takes(ticket, "rework", reason="还是不亮")
    assert dt.datetime.fromisoformat(again["unit_due_at"]) == at("2026-12-02 09:00")  # two days stood
    rules()
    retiming.settle()
    found = Ticket.objects.get(pk=again["id"])
    assert (found.due_at, found.unit_due_at) == (at("2026-12-01 09:00"), at("2026-12-02 09:00"))  # one stood, one was off


def test_hours_of_a_units_own_move_its_own_date_alone(sent):
    OfficeHours.objects.create(whose=sent.unit, rule="office", opens="08:00", closes="10:00")
    Stamp.bump("rules")
    assert retiming.settle()[0] == 0  # two hours a day: three such days end with the county's promise
    OfficeHours.objects.filter(whose=sent.unit).update(opens="08:30", closes="20:30")
    Stamp.bump("rules")
    retiming.settle()
    assert Ticket.objects.get(pk=sent.pk).due_at == sent.due_at


def test_who_had_the_ticket_on_screen_is_told_that_it_has_changed(cast, sent):
    rules()
    retiming.settle()
    answer = cast.officer.tries(sent, "start", seen=sent.version)
    assert answer.status_code == 409 and answer.json()["type"] == "stale-ticket"
    assert "重算时限" in answer.json()["detail"]
    assert cast.officer.tries(sent, "start").status_code == 200


def test_nobody_takes_this_step_and_nobody_is_offered_it(cast, sent):
    assert cast.dispatcher.tries(sent, "retime").status_code == 403
    wrong = cast.dispatcher.tries(sent, "accept").json()
    assert wrong["type"] == "wrong-state" and "retime" not in wrong["allowed"] and "重算" not in wrong["detail"]
    assert "retime" not in cast.dispatcher.opens(sent).json()["may"]


def test_where_somebody_is_faster_the_ticket_is_looked_at_again_later(cast, sent):
    rules()
    [each] = retiming.moved()
    cast.officer.takes(sent, "start")
    assert not retiming.put_right(each)
    assert retiming.settle()[0] == 1


def test_many_are_put_right_a_part_at_a_time(cast, wednesday):
    pks = [pk_of(cast.dispatched()) for _ in range(5)]
    rules()
    done, (after, stamp) = retiming.settle(most=2)
    assert (done, after < pks[2], retiming.needed()) == (2, True, True)
    done, (after, stamp) = retiming.settle(2, after, stamp)
    assert retiming.settle(2, after, stamp) == (1, None)
    assert not retiming.needed()
    assert [steps(Ticket.objects.get(pk=pk)).count("retime") for pk in pks] == [1] * 5


def test_a_rule_that_changes_while_the_work_goes_on_is_worked_off_afterwards(cast, wednesday):
    for _ in range(2):
        cast.dispatched()
    rules()
    done, rest = retiming.settle(most=1)
    rules("2026-11-27")
    retiming.settle(None, *rest)
    assert retiming.needed()
    assert retiming.settle() == (1, None) and not retiming.needed()


def test_the_job_goes_on_until_all_is_right_and_does_nothing_when_no_rule_has_changed(cast, wednesday, monkeypatch):
    monkeypatch.setattr(tasks, "RETIMED", 2)
    pks = [pk_of(cast.dispatched()) for _ in range(3)]
    rules()
    assert tasks.retime.func() == 2
    [job] = DBTaskResult.objects.all()
    assert tasks.retime.func(*job.args_kwargs["args"]) == 1
    assert {Ticket.objects.get(pk=pk).due_at for pk in pks} == {at("2026-12-01 09:00")}
    monkeypatch.setattr(retiming, "settle", None)
    assert tasks.retime.func() == 0


def test_a_limit_that_is_made_longer_holds_for_what_is_open(sent):
    Category.objects.filter(code="0401").update(limit=4)
    Stamp.bump("rules")
    retiming.settle()
    assert Ticket.objects.get(pk=sent.pk).due_at == at("2026-12-01 09:00")


def test_after_it_every_open_date_is_the_one_that_is_derived(cast, sent):
    other = Unit.objects.exclude(pk=sent.unit_id).filter(kind="department").first()
    OfficeHours.objects.create(whose=other, rule="office", opens="00:00", closes="23:59")
    rules()
    rules("2026-11-28", True, "调休")
    retiming.settle()
    assert list(retiming.moved()) == []
    now = Ticket.objects.select_related("category").get(pk=sent.pk)
    assert clock.explain(now)[-1]["label"] == "承办单位应办完"  # and no line says that it is still to be counted


def load(path, *options):
    out = io.StringIO()
    call_command("load_holidays", path, *options, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def test_loading_holidays_says_how_many_dates_would_move_then_moves_them(sent, tmp_path):
    path = tmp_path / "holidays.csv"
    path.write_text("day,working,name\n2026-11-26,no,县庆", encoding="utf-8")
    assert load(path, "--dry-run") == "would load 1 from holidays.csv; due dates that move: 1"
    assert not Holiday.objects.exists() and "retime" not in steps(sent)
    assert clock.due(at("2026-11-25 09:00"), 2, "工作日") == at("2026-11-27 09:00")  # the dry run's day is forgotten
    assert load(path) == "loaded 1 from holidays.csv; due dates that move: 1"
    assert load(path) == "loaded 1 from holidays.csv; due dates that move: 0"
    assert steps(sent).count("retime") == 1


def test_the_tickets_page_says_from_where_to_where(cast, sent):
    rules()
    retiming.settle()
    page = cast.officer.client.get(f"/work/{sent.pk}").content.decode()
    assert "重算时限" in page and "应办完 11月30日（周一）09:00 → 12月1日（周二）09:00" in page
