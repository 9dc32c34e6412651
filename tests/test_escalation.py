"""Time that runs out: who hears at which share, the step that is taken by itself; told once, by any number of sweeps."""

import datetime as dt
import threading

import numpy as np
import pytest
from django.db import connections, transaction
from django.utils import timezone

from gis_app import audit, clock, escalation, notify, workflow
from gis_app.access import SYSTEM
from gis_app.escalation import reached, running, shares, sweep
from gis_app.models import Category, Escalation, EscalationRule, Event, Holiday, Notice, OfficeHours, Stamp, Ticket, Unit
from gis_app.words import Clock
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast, photo

pytestmark = pytest.mark.django_db
UTC8 = dt.timezone(dt.timedelta(hours=8))


def until(ticket, share):
    """When so much of a ticket's time (in per cent) is used, and a minute more."""
    row = Ticket.objects.select_related("category").get(pk=ticket["id"])
    name, began = escalation.run_of(row)
    due = getattr(row, escalation.UNTILS[name])
    unit = row.category.limit_unit
    whole = clock.elapsed(began, due, unit)
    return clock.limits._after(began, whole * share / 100 + 1, unit, None)


def told():
    """[(share, [who hears], the step that was taken)] in the order in which it happened."""
    rows = Escalation.objects.filter(told=True).order_by("pk").select_related("event")
    heard = lambda row: sorted(row.notices.values_list("audience", flat=True))  # noqa: E731
    return [(row.share, heard(row), row.event.step if row.event else None) for row in rows]


def steps(ticket):
    return list(Event.objects.filter(ticket=ticket["id"]).order_by("seq").values_list("step", flat=True))


@pytest.fixture
def lamp(cast):
    """A dispatched ticket."""
    return cast.dispatched()


# ---- one ticket's way


def test_nothing_is_told_before_half_of_the_time_is_used(lamp):
    assert sweep(until(lamp, 49))["told"] == 0 and told() == []


def test_the_shipped_rules_tell_the_unit_urge_and_in_the_end_order(cast, lamp):
    cast.officer.takes(lamp, "assign", worker=cast.worker.name)
    for share in (50, 60, 80, 100, 120, 150, 200):
        sweep(until(lamp, share))
    assert told() == [
        (50, ["unit", "worker"], None),
        (80, ["desk"], "urge"),  # the unit hears of the urging itself
        (100, ["desk", "leader", "unit"], None),
        (150, ["leader"], "supervise"),  # and of the order, as the desk does
    ]
    assert steps(lamp)[-2:] == ["urge", "supervise"]
    row = Ticket.objects.get(pk=lamp["id"])
    assert row.supervised and row.supervised_by is None and row.version == lamp["version"] + 1
    assert row.answer_due_at == clock.due(until(lamp, 150), 1, "工作日")
    event = Event.objects.get(ticket=row, step="supervise")
    assert event.said.text.startswith("超期已过时限的一半") and event.actor_kind == "system"
    events = list(Event.objects.filter(ticket=row).select_related("said").order_by("seq"))
    assert audit.unbroken(events) and audit.adds_up(events, row)


def test_who_hears_finds_it_in_the_inbox(cast, lamp):
    cast.officer.takes(lamp, "assign", worker=cast.worker.name)
    sweep(until(lamp, 50))
    sweep(until(lamp, 100))
    notify.address()
    staff = {who: person for who, person in vars(cast).items() if person.name}
    lines = {who: [notify.line(row.notice) for row in notify.inbox_of(person.user)] for who, person in staff.items()}
    assert any(line.startswith("时限用了 50%：路灯不亮") for line in lines["officer"])
    assert [line[:10] for line in lines["worker"]] == ["时限用了 50%：路", "指派给您：路灯不亮，"]
    assert [line[:7] for line in lines["leader"]] == ["超期了：路灯不"]
    assert not (lines["lamp_crew"] or lines["far_worker"] or lines["clerk"])


def test_of_several_shares_at_once_the_highest_is_told_and_all_hear_it_once(cast, lamp):
    sweep(until(lamp, 110))
    assert told() == [(100, ["desk", "leader", "unit"], None)]
    assert "urge" not in steps(lamp)
    assert sweep(until(lamp, 120))["told"] == 0


def test_the_desks_own_clock_runs_before_anything_else(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    ticket = cast.dispatcher.opens(code).json()
    row = Ticket.objects.get(pk=ticket["id"])
    sweep(row.triage_due_at - dt.timedelta(minutes=5))
    sweep(row.triage_due_at + dt.timedelta(minutes=1))
    assert told() == [(80, ["desk"], None), (100, ["desk", "leader"], None)]


def test_danger_is_counted_round_the_clock(cast):
    ticket = Ticket.objects.get(reports__code=cast.reporter.reports("楼道里闻到煤气味，很浓", LOTUS_LANE)["code"])
    assert ticket.danger
    sweep(ticket.opened_at + dt.timedelta(minutes=25))
    assert [share for share, _hears, _step in told()] == [80]


def test_a_ticket_that_goes_back_and_out_again_begins_anew(cast, lamp):
    sweep(until(lamp, 50))
    back = cast.officer.takes(lamp, "return", reason="不归我们")
    cast.dispatcher.takes(back, "dispatch", unit="chazhen")
    sweep(until(lamp, 50))
    assert [(row.share, row.clock) for row in Escalation.objects.order_by("pk")] == [(50, "unit"), (50, "unit")]


@pytest.mark.parametrize("how", ["finish", "suspend", "close"])
def test_a_clock_that_stands_still_tells_nothing(cast, lamp, how):
    late = until(lamp, 160)
    ticket = cast.officer.takes(lamp, "start")
    if how == "suspend":
        until_then = (timezone.now() + dt.timedelta(days=60)).date().isoformat()
        cast.dispatcher.takes(ticket, "suspend", reason="等材料", until=until_then)
    else:
        ticket = cast.officer.takes(ticket, "finish", note="换了灯泡", photos=[photo()])
        if how == "close":
            cast.dispatcher.takes(ticket, "close", result="ok")
    assert sweep(late) == {"looked": 0, "told": 0, "silent": 0} and told() == []


def test_what_was_over_long_before_anybody_looked_is_written_down_and_not_told(cast, lamp):
    late = until(lamp, 150) + escalation.LONG_AGO + dt.timedelta(days=4)
    assert sweep(late) == {"looked": 1, "told": 0, "silent": 1}
    assert list(Escalation.objects.values_list("share", "told")) == [(150, False)]
    assert not Notice.objects.exclude(escalation=None).exists() and steps(lamp)[-1] == "dispatch"
    assert sweep(late) == {"looked": 1, "told": 0, "silent": 0}


def test_where_somebody_supervises_already_no_second_order_is_given(cast, lamp):
    soon = (timezone.now() + dt.timedelta(days=3)).isoformat()
    cast.dispatcher.takes(lamp, "supervise", order="本周办完", until=soon)
    sweep(until(lamp, 150))
    assert told()[-1] == (150, ["desk", "leader", "unit"], None)
    assert Ticket.objects.get(pk=lamp["id"]).supervised_by == cast.dispatcher.user


def test_a_ticket_that_fails_leaves_the_others_be(cast, lamp, monkeypatch, caplog):
    other = cast.dispatched()
    real = escalation.take
    broken = lambda ticket, *more: 1 / 0 if ticket.pk == lamp["id"] else real(ticket, *more)  # noqa: E731
    monkeypatch.setattr(escalation, "take", broken)
    sweep(max(until(lamp, 80), until(other, 80)))
    assert list(Escalation.objects.values_list("ticket", flat=True)) == [other["id"]] and "X00" in caplog.text
    monkeypatch.setattr(escalation, "take", real)
    sweep(max(until(lamp, 80), until(other, 80)))
    assert Escalation.objects.filter(ticket=lamp["id"]).count() == 1


def test_a_clerk_changes_who_hears(cast, lamp):
    EscalationRule.objects.all().delete()
    EscalationRule.objects.create(clock="unit", share=30, hears=["leader"])
    Stamp.bump("rules")
    sweep(until(lamp, 30))
    assert told() == [(30, ["leader"], None)]


# ---- the figures


def open_clocks(cast):
    """Tickets on every clock: limits of each kind, units with hours of their own, danger, returned, and what is not running."""
    OfficeHours.objects.create(whose=Unit.objects.get(code="chazhen"), rule="office", opens="06:00", closes="23:00")
    Holiday.objects.create(day=timezone.localdate() + dt.timedelta(days=2), working=False)
    Stamp.bump("rules")
    for kind in Category.objects.order_by("limit_unit").distinct("limit_unit"):
        cast.dispatched(category=kind.code)
        cast.dispatched(at=LOTUS_LANE, category=kind.code)
        cast.dispatcher.takes(cast.reporter.reports("路灯不亮", TEA_TOWN, category=kind.code)["code"], "accept")
    cast.officer.takes(cast.dispatched(), "return", reason="不归我们")
    cast.reporter.reports("路灯不亮", TEA_TOWN), cast.reporter.reports("楼道里闻到煤气味，很浓", LOTUS_LANE)
    cast.finished()


def test_the_shares_of_all_at_once_are_those_of_each_alone(cast):
    open_clocks(cast)
    rows = running()
    tickets = Ticket.objects.select_related("category").in_bulk(rows["pk"].tolist())
    assert len(rows) == 12 and {Clock(escalation.CLOCKS[number]) for number in rows["clock"]} == set(Clock)
    for hours in (0, 1, 7, 31, 100, 500, 2000):
        now = timezone.now() + dt.timedelta(hours=hours)
        alone = [clock.standing(tickets[pk], now).share for pk in rows["pk"].tolist()]
        assert np.allclose(shares(rows, now), alone, rtol=1e-9, atol=1e-9)
        limit = {name: [0] + [rule.share for rule in escalation.rules()[name]] for name in Clock}
        names = [clock.standing(tickets[pk], now).kind for pk in rows["pk"].tolist()]
        expected = [max(step for step in limit[name] if step <= share * 100) for name, share in zip(names, alone, strict=True)]
        assert reached(rows, now).tolist() == expected


# ---- many at once, and restarts


@pytest.fixture
def lamps(county):
    """Twenty dispatched tickets in a database where things really commit, and when 80 % of their time are used."""
    cast = Cast()
    tickets = [cast.dispatched() for _ in range(20)]
    return tickets, max(until(ticket, 80) for ticket in tickets)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_and_urge_once(lamps):
    tickets, late = lamps
    gate = threading.Barrier(3)

    def run():
        try:
            gate.wait(30)
            sweep(late)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep(late)
    urged = Event.objects.filter(step="urge")
    assert urged.count() == urged.values("ticket").distinct().count() == Escalation.objects.count() == len(tickets)
    assert Notice.objects.filter(escalation__isnull=False).count() == len(tickets)


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_dies_on_its_way_is_finished_by_the_next_and_nothing_is_told_twice(lamps, monkeypatch):
    tickets, late = lamps
    monkeypatch.setattr(escalation, "BATCH", 6)
    real, done = escalation.tell, []

    def dies(ticket, now):
        done.append(ticket.pk)
        if len(done) == 9:  # in the middle of the second batch
            raise KeyboardInterrupt
        return real(ticket, now)

    monkeypatch.setattr(escalation, "tell", dies)
    with pytest.raises(KeyboardInterrupt):
        sweep(late)
    assert Escalation.objects.count() == Event.objects.filter(step="urge").count() == 6  # the first batch, whole
    monkeypatch.setattr(escalation, "tell", real)
    assert sweep(late)["told"] == len(tickets) - 6 and sweep(late)["told"] == 0
    assert Event.objects.filter(step="urge").count() == len(tickets)


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_is_working_on_is_told_of_at_the_next_sweep(lamps):
    tickets, late = lamps
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=tickets[0]["id"])
            held.set()
            go_on.wait(30)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    assert sweep(late)["told"] == len(tickets) - 1
    go_on.set()
    thread.join()
    assert sweep(late)["told"] == 1
    assert workflow.may(Ticket.objects.get(pk=tickets[0]["id"]), SYSTEM)
