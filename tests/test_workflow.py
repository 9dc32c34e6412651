"""A ticket's life, step by step, against a table written from the design and not from the code."""

import datetime as dt
import itertools
import json

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_app import access, workflow
from gis_app.access import Actor
from gis_app.errors import NotNow, NotYours
from gis_app.models import Event, Member, Photo, Submission, Ticket, Unit, Words
from gis_app.words import ActorKind
from tests.conftest import TEA_TOWN, Person, photo

LAMP, BIN, SIGNAL = "0401", "0101", "0307"  # no after-photo, 3 工作日; after-photo, 4 工作时; none, 4 紧急工作时
STATES = ("new", "accepted", "dispatched", "working", "done", "closed", "rejected", "suspended", "merged")
OPEN = {"new", "accepted", "dispatched", "working", "done", "suspended"}
SEES_ALL = {"dispatcher", "leader"}
ONLOOKERS = {"town officer", "town worker"}  # of the town where it lies, while another unit has it
THE_UNIT = {"officer", "crew"}
BACK = "back"  # to where it was before: here both ways lead through "dispatched"
STEPS = {  # step: from, to, by whom
    "accept": ({"new"}, "accepted", {"dispatcher"}),
    "reject": ({"new"}, "rejected", {"dispatcher"}),
    "merge": ({"new", "accepted", "dispatched"}, "merged", {"dispatcher"}),
    "unmerge": ({"merged"}, BACK, {"dispatcher"}),
    "split": ({"new", "accepted"}, None, {"dispatcher"}),
    "release": (set(STATES), None, {"dispatcher"}),
    "withhold": (set(STATES), None, {"dispatcher"}),
    "dispatch": ({"accepted"}, "dispatched", {"dispatcher"}),
    "assign": ({"dispatched", "working"}, None, {"officer"}),
    "return": ({"dispatched", "working"}, "accepted", {"officer"}),
    "start": ({"dispatched"}, "working", {"officer", "crew"}),
    "finish": ({"working"}, "done", {"officer", "crew"}),
    "send_check": ({"new", "done"}, None, {"dispatcher"}),
    "check": ({"new", "done"}, None, set()),  # whoever was sent; here nobody is
    "close": ({"done"}, "closed", {"dispatcher"}),
    "rework": ({"done"}, "working", {"dispatcher"}),
    "recall": ({"dispatched", "working", "done", "suspended"}, "accepted", {"dispatcher"}),
    "ask_extension": ({"dispatched", "working"}, None, {"officer"}),
    "grant": ({"dispatched", "working"}, None, {"dispatcher"}),
    "refuse": ({"dispatched", "working"}, None, {"dispatcher"}),
    "suspend": ({"accepted", "dispatched", "working"}, "suspended", {"dispatcher", "leader"}),
    "resume": ({"suspended"}, BACK, {"dispatcher", "leader"}),
    "supervise": (OPEN, None, {"dispatcher", "leader"}),
    "answer": (OPEN | {"closed"}, None, {"officer"}),
    "lift": (OPEN | {"closed"}, None, {"dispatcher", "leader"}),
    "urge": (OPEN, None, {"dispatcher"}),
    "reclassify": (OPEN, None, {"dispatcher"}),
    "relocate": (OPEN, None, {"dispatcher"}),
    "confirm": ({"closed"}, None, set()),  # the citizen's
    "dispute": ({"closed"}, "accepted", set()),
    "rate": ({"closed"}, None, set()),
    "comment": (set(STATES), None, SEES_ALL | ONLOOKERS | THE_UNIT),
}
WAIT = {"withhold", "grant", "refuse", "answer", "lift"}  # for something that has not happened to these tickets
BESIDE = {"split", "release", "ask_extension", "supervise", "urge", "comment"}  # make nobody's step stale
GIVEN = {  # all that a step needs
    "reject": {"reason": "not-found"},
    "split": {"parts": '[{"category": "0101", "words": "还有垃圾"}]'},
    "dispatch": {"unit": "gongdian"},
    "assign": {"worker": "crew-gongdian"},
    "return": {"reason": "灯是市政的"},
    "finish": {"note": "换了灯泡"},
    "send_check": {"worker": "worker-610724110"},
    "close": {"result": "ok"},
    "rework": {"reason": "晚上还是不亮"},
    "recall": {"reason": "派错了"},
    "ask_extension": {"reason": "等灯杆", "until": "2030-01-07"},
    "suspend": {"reason": "等修路", "until": "2030-01-07"},
    "supervise": {"order": "本周修好", "until": "2030-01-07"},
    "reclassify": {"category": "0307"},
    "dispute": {"reason": "晚上还是黑的"},
    "rate": {"stars": 4},
    "comment": {"note": "去看过了"},
}
WAY = {  # state: how a ticket gets there, as (who, step)
    "new": [],
    "accepted": [("dispatcher", "accept")],
    "dispatched": [("dispatcher", "accept"), ("dispatcher", "dispatch")],
    "rejected": [("dispatcher", "reject")],
}
WAY["suspended"] = [*WAY["dispatched"], ("dispatcher", "suspend")]
WAY["merged"] = [*WAY["dispatched"], ("dispatcher", "merge")]
WAY["working"] = [*WAY["dispatched"], ("officer", "start")]
WAY["done"] = [*WAY["working"], ("officer", "finish")]
WAY["closed"] = [*WAY["done"], ("dispatcher", "close")]


def with_post(name, role, unit=None):
    """Somebody with a post, made when not there yet."""
    user, _made = User.objects.get_or_create(username=name)
    Member.objects.get_or_create(user=user, role=role, unit=Unit.objects.get(code=unit) if unit else None)
    return Person(name)


@pytest.fixture
def people(cast):
    """{kind of actor: Person} around a ticket that lies in 茶镇 and is sent to the county's power company."""
    return {
        "stranger": cast.reporter,
        "dispatcher": cast.dispatcher,
        "leader": cast.leader,
        "clerk": cast.clerk,
        "analyst": with_post("analyst", "analyst"),
        "officer": Person("unit-gongdian"),
        "crew": with_post("crew-gongdian", "worker", "gongdian"),
        "town officer": cast.officer,
        "town worker": cast.worker,
        "far worker": cast.far_worker,
    }


@pytest.fixture
def ticket_in(people):
    """A function that makes a ticket in a state; its id."""

    def make(state, category=LAMP, **inputs):
        pk = access.report_of_code(people["stranger"].reports("路灯不亮", TEA_TOWN, category=category)["code"]).ticket_id
        for who, step in WAY[state]:
            people[who].takes(pk, step, **given_to(step), **inputs.get(step, {}))
        return pk

    return make


def given_to(step):
    """All that a step needs; a merge needs another ticket, the newest that is open."""
    if step != "merge":
        return GIVEN.get(step, {})
    ours = Ticket.objects.order_by("-pk")[0]
    row = Ticket(town=ours.town, edition=ours.edition, proposed=ours.proposed, precision="town", receipt=ours.receipt)
    row.opened_at = row.triage_due_at = ours.opened_at
    workflow.open_ticket(row, row.opened_at)
    return {"other": row.number}


def sees(who, state):
    """Whether this kind of actor sees a ticket in this state at all."""
    has_unit = state in {"dispatched", "working", "done", "closed", "suspended", "merged"}
    return who in SEES_ALL | ONLOOKERS or (who in THE_UNIT and has_unit)


def expected(who, step, state):
    """What the design lets come of it: an HTTP status and, for a refusal, its slug."""
    sources, _target, by = STEPS[step]
    if who == "stranger":
        return 401, "not-signed-in"
    if not sees(who, state):
        return 404, "not-found"
    if state not in sources:
        return 409, "wrong-state"
    if who not in by:
        return 403, "not-yours"
    return (409, "wrong-state") if step in WAIT else (200, None)


def attempt(person, pk, step):
    """What comes of a step, undone again: (status, slug), the ticket's row and how many events it has afterwards."""
    with transaction.atomic():
        answer = person.tries(pk, step, **given_to(step))
        row, events = Ticket.objects.get(pk=pk), Event.objects.filter(ticket=pk).count()
        transaction.set_rollback(True)
    return (answer.status_code, answer.json().get("type")), row, events


@pytest.mark.parametrize("state", STATES)
def test_a_step_is_taken_by_those_and_from_there_only(people, ticket_in, state):
    pk = ticket_in(state)
    before, events = Ticket.objects.get(pk=pk), Event.objects.filter(ticket=pk).count()
    assert all(person.client for person in people.values()), "signed in before what is undone"
    for step, (who, person) in itertools.product(STEPS, people.items()):
        outcome, after, written = attempt(person, pk, step)
        assert outcome == expected(who, step, state), (step, who)
        taken = outcome[0] == 200
        recalled = taken and step == "reclassify" and state in STEPS["recall"][0]  # another kind, another unit
        assert written == events + taken + recalled, (step, who)
        came_to = {None: state, BACK: "dispatched"}.get(STEPS[step][1], STEPS[step][1])
        assert after.state == ("accepted" if recalled else came_to if taken else state), (step, who)
        assert after.version == before.version + (taken and step not in BESIDE) + recalled, (step, who)


@pytest.mark.parametrize("state", STATES)
def test_a_ticket_offers_each_person_exactly_the_steps_of_the_table(people, ticket_in, state):
    pk = ticket_in(state)
    for who in people:
        if sees(who, state):
            able = {step for step in STEPS if expected(who, step, state)[0] == 200}
            assert set(people[who].opens(pk).json()["may"]) == able, who


def actor_takes(actor, pk, step):
    """Take a step as somebody who is no member, undone again; whether it was allowed."""
    ticket, rule = Ticket.objects.get(pk=pk), workflow.STEPS[step]
    try:
        with transaction.atomic():
            inputs = workflow.read_given(step, rule, given_to(step))
            event = workflow.advance(ticket, step, by := actor(ticket), ticket.version, **inputs)
            transaction.set_rollback(True)
    except (NotYours, NotNow):
        return False
    assert (event.actor_kind, event.user) == (by.kind, None)
    return True


@pytest.mark.parametrize(
    ("actor", "able"),
    [
        (
            lambda ticket: access.SYSTEM,
            {"accept", "assign", "dispatch", "recall", "relocate", "send_check", "resume", "supervise", "urge", "comment"},
        ),
        (
            lambda ticket: Actor(ActorKind.CITIZEN, report=ticket.reports.get()),
            {"confirm", "dispute", "rate", "comment"},
        ),
    ],
)
def test_the_system_sends_on_and_the_citizen_has_the_last_word(ticket_in, actor, able):
    tickets = {state: ticket_in(state) for state in STATES}
    tried = {(step, state) for step, (sources, _to, _by) in STEPS.items() for state in sources}
    assert {step for step, state in tried if actor_takes(actor, tickets[state], step)} == able


def test_a_ticket_cannot_be_opened_twice(people, ticket_in):
    answer = people["dispatcher"].tries(ticket_in("new"), "open")
    assert (answer.status_code, answer.json()["type"]) == (422, "bad-field")


def test_a_worker_named_on_a_ticket_works_it_though_of_another_unit(people, ticket_in):
    pk = ticket_in("dispatched")
    Ticket.objects.filter(pk=pk).update(worker=people["far worker"].user)
    assert people["far worker"].takes(pk, "start")["state"] == "working"
    assert people["far worker"].tries(pk, "return", reason="不是我的").status_code == 403


# ---- the order of refusals


def refusal(answer):
    return answer.status_code, answer.json()["type"]


def test_who_is_not_signed_in_hears_nothing_else(people, ticket_in):
    assert refusal(people["stranger"].tries(ticket_in("new"), "no-such-step", seen=99)) == (401, "not-signed-in")


@pytest.mark.parametrize(
    ("step", "inputs"),
    [
        ("no-such-step", {}),
        ("start", {"unit": "chazhen"}),
        ("dispatch", {"unit": "no-such-unit"}),
        ("accept", {"category": "9999"}),
        ("close", {"result": "maybe"}),
        ("start", {"colour": "red"}),
        ("start", {"seen": "yesterday"}),
        ("start", {"seen": None}),
    ],
)
def test_what_cannot_be_read_is_said_even_of_a_ticket_that_one_does_not_see(people, ticket_in, step, inputs):
    assert refusal(people["far worker"].tries(ticket_in("dispatched"), step, **inputs)) == (422, "bad-field")


def test_a_known_key_of_a_ticket_that_one_no_longer_sees_is_not_answered(people, ticket_in):
    pk = ticket_in("dispatched")
    sent = {"key": "k-1", "seen": 3, "reason": "不是我的"}
    people["officer"].tries(pk, "return", **sent)
    assert refusal(people["officer"].tries(pk, "return", **sent)) == (404, "not-found")


def test_a_known_key_is_answered_though_others_have_gone_on(people, ticket_in):
    pk = ticket_in("dispatched")
    people["crew"].tries(pk, "start", key="k-1", seen=3)
    people["officer"].takes(pk, "finish", note="换了灯泡")
    again = people["crew"].tries(pk, "start", key="k-1", seen=3)
    assert again.status_code == 200 and again.json()["state"] == "done"


def test_who_looked_at_an_old_version_hears_that_before_anything_about_states(people, ticket_in):
    assert refusal(people["leader"].tries(ticket_in("done"), "start", seen=1)) == (409, "stale-ticket")


@pytest.mark.parametrize("state", STATES)
def test_a_wrong_state_is_said_before_whose_step_it_is_with_the_steps_that_are_possible(people, ticket_in, state):
    step = next(step for step, (sources, _to, _by) in STEPS.items() if state not in sources)
    answer = people["leader"].tries(ticket_in(state), step)
    assert refusal(answer) == (409, "wrong-state")
    assert set(answer.json()["allowed"]) == {step for step, (sources, _to, _by) in STEPS.items() if state in sources}


def test_who_may_not_or_not_now_is_told_what_why_and_what_next(people, ticket_in):
    pk = ticket_in("working")
    for who, step in (("leader", "finish"), ("leader", "close"), ("dispatcher", "finish")):
        told = people[who].tries(pk, step, **given_to(step)).json()
        assert told["title"] and told["detail"] and told["detail"] != told["title"] and told["next"], told


def test_whose_step_it_is_comes_before_what_it_needs(people, ticket_in):
    assert refusal(people["town officer"].tries(ticket_in("working"), "finish")) == (403, "not-yours")


@pytest.mark.parametrize(
    ("state", "who", "step", "need"),
    [
        ("new", "dispatcher", "reject", "reason"),
        ("accepted", "dispatcher", "dispatch", "unit"),
        ("dispatched", "officer", "return", "reason"),
        ("working", "crew", "finish", "note"),
        ("done", "dispatcher", "close", "result"),
        ("done", "dispatcher", "rework", "reason"),
        ("closed", "leader", "comment", "note"),
    ],
)
def test_a_step_says_what_it_still_needs(people, ticket_in, state, who, step, need):
    assert refusal(people[who].tries(ticket_in(state), step, **{need: "  "})) == (422, f"needs-{need}")


def test_a_report_of_no_known_kind_needs_one_to_be_accepted(people):
    code = people["stranger"].reports("唔", TEA_TOWN)["code"]
    assert refusal(people["dispatcher"].tries(code, "accept")) == (422, "needs-category")
    assert people["dispatcher"].takes(code, "accept", category=LAMP)["category"]["code"] == LAMP


def test_nothing_is_dispatched_to_the_desk_itself(people, ticket_in):
    assert refusal(people["dispatcher"].tries(ticket_in("accepted"), "dispatch", unit="zhuanban")) == (422, "bad-field")


# ---- nobody checks their own work


@pytest.fixture
def both(people):
    """A dispatcher who is also the power company's officer."""
    return with_post("both", "dispatcher") and with_post("both", "unit", "gongdian")


def test_who_finished_a_ticket_does_not_close_it(people, ticket_in, both):
    pk = ticket_in("working")
    done = both.takes(pk, "finish", note="换了灯泡")
    assert "close" not in done["may"]
    assert refusal(both.tries(pk, "close", result="ok")) == (403, "not-yours")
    assert people["dispatcher"].takes(pk, "close", result="ok")["state"] == "closed"


def test_after_rework_by_another_the_first_finisher_may_close(people, ticket_in, both):
    pk = ticket_in("working")
    both.takes(pk, "finish", note="换了灯泡")
    people["dispatcher"].takes(pk, "rework", reason="还是不亮")
    people["crew"].takes(pk, "finish", note="换了镇流器")
    assert both.takes(pk, "close", result="ok")["state"] == "closed"


# ---- the picture from after the mending


def test_a_finish_needs_its_picture_where_the_kind_asks_for_one(people, ticket_in):
    pk = ticket_in("working", BIN)
    assert refusal(people["crew"].tries(pk, "finish", note="清了")) == (422, "needs-after_photo")
    assert people["crew"].takes(pk, "finish", note="清了", photos=[photo()])["state"] == "done"
    assert Photo.objects.get(event__ticket=pk).kind == "after"


def test_the_reporters_picture_does_not_stand_for_the_mended_place(people):
    code = people["stranger"].reports("垃圾桶满了", TEA_TOWN, category=BIN, photos=[photo()])["code"]
    people["dispatcher"].takes(code, "accept")
    people["dispatcher"].takes(code, "dispatch", unit="gongdian")
    people["officer"].takes(code, "start")
    assert refusal(people["officer"].tries(code, "finish", note="清了")) == (422, "needs-after_photo")


def test_after_rework_a_new_picture_is_needed(people, ticket_in):
    pk = ticket_in("done", BIN, finish={"photos": [photo()]})
    people["dispatcher"].takes(pk, "rework", reason="还是满的", photos=[photo(color=(1, 2, 3))])
    assert refusal(people["crew"].tries(pk, "finish", note="又清了")) == (422, "needs-after_photo")
    assert people["crew"].takes(pk, "finish", note="又清了", photos=[photo(color=(9, 9, 9))])["state"] == "done"


def test_a_picture_sent_ahead_while_working_is_on_the_ticket_already(people, ticket_in):
    pk = ticket_in("working", BIN)
    people["crew"].takes(pk, "comment", note="照片先传", photos=[photo()])
    assert people["crew"].takes(pk, "finish", note="清了")["state"] == "done"


# ---- versions


def test_a_comment_does_not_ask_what_was_seen_and_makes_nobodys_step_stale(people, ticket_in):
    pk = ticket_in("working")
    seen = Ticket.objects.get(pk=pk).version
    assert people["leader"].tries(pk, "comment", seen=1, note="请快一点").status_code == 200
    assert people["town worker"].tries(pk, "comment", seen=None, note="路过，还黑着").status_code == 200
    assert people["crew"].tries(pk, "finish", seen=seen, note="换了灯泡").json()["version"] == seen + 1


# ---- reasons and words


def test_a_rejection_takes_its_reason_from_the_list(people, ticket_in):
    pk = ticket_in("new")
    assert refusal(people["dispatcher"].tries(pk, "reject", reason="没空")) == (422, "bad-field")
    assert refusal(people["dispatcher"].tries(pk, "reject", reason="not-ours", handoff="H99")) == (422, "bad-field")
    people["dispatcher"].takes(pk, "reject", reason="double")
    assert Event.objects.get(ticket=pk, step="reject").given == {"reason": "double"}


def test_free_text_stays_out_of_the_rows_of_events(people, ticket_in):
    pk, spoken = ticket_in("new"), "张三 13912345678"
    steps = ["accept", "dispatch", "return", "dispatch", "start", "finish", "rework", "finish", "close", "comment"]
    for step in steps:
        who = "officer" if "officer" in STEPS[step][2] else "dispatcher"
        free = {"note": spoken} | ({"reason": spoken} if step in ("return", "rework") else {})
        people[who].takes(pk, step, **GIVEN.get(step, {}) | free)
    rows = json.dumps(list(Event.objects.filter(ticket=pk).values("given", "change")), ensure_ascii=False)
    assert "张三" not in rows and "13912345678" not in rows  # not 139: a moment has microseconds
    said = Event.objects.filter(ticket=pk).exclude(step="open").values_list("said__text", flat=True)
    assert len(said) == len(steps) and all(spoken in text for text in said)


def test_a_note_that_is_too_long_is_refused(people, ticket_in):
    pk, kept = ticket_in("new"), Words.objects.count()
    assert refusal(people["dispatcher"].tries(pk, "comment", note="长" * 2001)) == (422, "bad-field")
    assert Words.objects.count() == kept


# ---- the two clocks


@pytest.fixture
def later(monkeypatch):
    """A function that lets time pass for everybody. The clock starts on a Monday morning, so that runs are alike."""
    now = {"at": dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)}  # 09:00 in Shanghai
    monkeypatch.setattr(timezone, "now", lambda: now["at"])

    def wait(**span):
        now["at"] += dt.timedelta(**span)
        return now["at"]

    return wait


@settings(max_examples=25)
@given(hours=st.integers(0, 24 * 20), category=st.sampled_from([LAMP, BIN, SIGNAL]))
def test_a_unit_never_has_longer_than_the_county_promised(people, hours, category):
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        now = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
        patch.setattr(timezone, "now", lambda: now)
        code = people["stranger"].reports("路灯不亮", TEA_TOWN, category=category)["code"]
        people["dispatcher"].signs_in()
        people["dispatcher"].takes(code, "accept")
        now += dt.timedelta(hours=hours)
        people["dispatcher"].signs_in()
        sent = people["dispatcher"].tries(code, "dispatch", unit="gongdian").json()
        row = Ticket.objects.get(pk=sent["id"])
        assert row.unit_due_at <= row.due_at and row.due_at >= row.accepted_at
        assert hours or row.unit_due_at == row.due_at, "sent at once, the unit has all of it"
        transaction.set_rollback(True)


def test_a_limit_round_the_clock_runs_from_acceptance(people, later):
    code = people["stranger"].reports("红绿灯坏了", TEA_TOWN, category=SIGNAL)["code"]
    accepted = later(minutes=7)
    people["dispatcher"].takes(code, "accept")
    later(minutes=20)
    ticket = people["dispatcher"].takes(code, "dispatch", unit="gongdian")
    promised = accepted + dt.timedelta(hours=4)
    assert Ticket.objects.filter(pk=ticket["id"], due_at=promised, unit_due_at=promised).exists()


def test_the_units_time_stands_still_while_its_work_is_checked(people, ticket_in, later):
    pk = ticket_in("done", SIGNAL)
    before = Ticket.objects.get(pk=pk)
    later(minutes=50)
    people["dispatcher"].takes(pk, "rework", reason="又闪了")
    after = Ticket.objects.get(pk=pk)
    assert after.unit_due_at - before.unit_due_at == dt.timedelta(minutes=50)
    assert after.due_at == before.due_at, "the county's promise does not move"
    assert after.finished_at is None and after.finished_by is None


def test_a_return_stops_the_units_time_and_the_countys_runs_on(people, ticket_in, later):
    pk = ticket_in("working", SIGNAL)
    promised = Ticket.objects.get(pk=pk).due_at
    later(hours=1)
    people["officer"].takes(pk, "return", reason="是公安的")
    row = Ticket.objects.get(pk=pk)
    assert (row.unit, row.dispatched_at, row.unit_due_at, row.due_at) == (None, None, None, promised)
    later(hours=1)
    people["dispatcher"].takes(pk, "dispatch", unit="gongan")
    assert Ticket.objects.get(pk=pk).unit_due_at == promised


@pytest.mark.parametrize(("minutes", "late"), [(239, False), (241, True)])
def test_late_is_decided_by_the_finish_and_not_by_the_closing(people, ticket_in, later, minutes, late):
    pk = ticket_in("working", SIGNAL)
    later(minutes=minutes)
    people["officer"].takes(pk, "finish", note="换了灯泡")
    later(days=3)
    people["dispatcher"].signs_in()
    assert people["dispatcher"].takes(pk, "close", result="ok")["late"] is late


# ---- keys


def test_a_step_sent_twice_under_one_key_is_taken_once(people, ticket_in):
    pk = ticket_in("working")
    sent = {"key": "k-1", "seen": 4, "note": "换了灯泡", "photos": [photo()]}
    first = people["crew"].tries(pk, "finish", **sent)
    sent["photos"] = [photo()]
    again = people["crew"].tries(pk, "finish", **sent)
    assert first.status_code == again.status_code == 200 and first.json()["events"] == again.json()["events"]
    assert Event.objects.filter(ticket=pk, step="finish").count() == 1
    assert Photo.objects.filter(event__ticket=pk).count() == 1


def test_a_comment_under_one_key_is_kept_once_though_it_asks_no_version(people, ticket_in):
    pk = ticket_in("working")
    for _ in range(3):
        assert people["leader"].tries(pk, "comment", key="k-1", seen=None, note="请快一点").status_code == 200
    assert Event.objects.filter(ticket=pk, step="comment").count() == 1


@pytest.mark.parametrize("other", [{"note": "别的话"}, {"seen": 5}, {"photos": [photo()]}])
def test_one_key_for_something_else_is_refused(people, ticket_in, other):
    pk = ticket_in("working")
    sent = {"key": "k-1", "seen": 4, "note": "换了灯泡"}
    people["crew"].tries(pk, "finish", **sent)
    assert refusal(people["crew"].tries(pk, "finish", **sent | other)) == (409, "key-reused")
    assert refusal(people["crew"].tries(pk, "comment", **sent)) == (409, "key-reused")


def test_a_key_is_its_senders_own(people, ticket_in):
    pk = ticket_in("dispatched")
    people["crew"].tries(pk, "start", key="k-1", seen=3)
    assert refusal(people["officer"].tries(pk, "start", key="k-1", seen=3)) == (409, "stale-ticket")


def test_a_refused_step_does_not_use_up_its_key(people, ticket_in):
    pk = ticket_in("working")
    assert people["crew"].tries(pk, "finish", key="k-1", seen=4).status_code == 422
    assert not Submission.objects.filter(key="k-1").exists()
    assert people["crew"].tries(pk, "finish", key="k-1", seen=4, note="换了灯泡").status_code == 200
