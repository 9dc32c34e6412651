"""One step of many tickets: each answered for itself."""

import json

import pytest

from gis_app.models import Event, Ticket
from tests.conftest import LOTUS_LANE, TEA_TOWN, pk_of


def posts(person, step, tickets, key="", **given):
    """Post a step for many; the answer as it came. tickets: [(ticket, the version seen)]."""
    body = {"step": step, "tickets": [{"id": pk_of(ticket), "seen": seen} for ticket, seen in tickets], **given}
    headers = {"Idempotency-Key": key} if key else {}
    return person.client.post("/api/v1/tickets/steps", json.dumps(body), "application/json", headers=headers)


def results(person, step, tickets, key="", **given):
    answer = posts(person, step, tickets, key, **given)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()["results"]


@pytest.fixture
def three(cast):
    """Three new tickets of one kind."""
    return [cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"] for _ in range(3)]


def test_each_ticket_is_answered_for_itself_and_one_refusal_holds_up_nobody(cast, three):
    cast.dispatcher.takes(three[1], "accept")
    told = results(cast.dispatcher, "accept", [(code, 1) for code in three])
    assert [(row["ok"], row["status"]) for row in told] == [(True, 200), (False, 409), (True, 200)]
    assert told[1]["type"] == "stale-ticket" and told[1]["title"] and told[1]["next"]
    assert [row["id"] for row in told] == [pk_of(code) for code in three], "in the order asked for"
    assert told[0]["ticket"]["state"] == "accepted" and told[0]["ticket"]["version"] == 2
    assert set(Ticket.objects.values_list("state", flat=True)) == {"accepted"}


def test_a_repeat_under_the_same_key_does_nothing_twice_and_tries_again_what_was_refused(cast, three):
    tickets = [(three[0], 1), (three[1], 7)]
    first = results(cast.dispatcher, "accept", tickets, key="k1")
    again = results(cast.dispatcher, "accept", [(three[0], 1), (three[1], 1)], key="k1")
    assert [row["ok"] for row in first] == [True, False] and [row["ok"] for row in again] == [True, True]
    assert Event.objects.filter(step="accept").count() == 2
    other = results(cast.dispatcher, "reject", [(three[0], 2)], key="k1", reason="not-found")
    assert other[0]["type"] == "key-reused"


def test_a_ticket_that_one_may_not_see_does_not_exist_and_a_step_that_is_not_ones_own_is_refused(cast, three):
    far = cast.reporter.reports("路灯不亮", LOTUS_LANE, category="0401")["code"]
    told = results(cast.officer, "urge", [(three[0], None), (far, None)])
    assert [(row["status"], row["type"]) for row in told] == [(403, "not-yours"), (404, "not-found")]
    assert posts(cast.reporter, "urge", [(three[0], None)]).status_code == 401


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"step": "open", "tickets": [{"id": 1}]}, "bad-field"),
        ({"step": "urge", "tickets": []}, "bad-field"),
        ({"step": "urge", "tickets": [{"id": 1}] * 101}, "bad-field"),
        ({"step": "urge", "tickets": [{"id": 1}, {"id": 1}]}, "bad-field"),
        ({"step": "urge", "tickets": [{"id": "x"}]}, "bad-field"),
        ({"step": "urge", "tickets": [{"id": 1, "version": 3}]}, "bad-field"),
        ({"step": "urge", "tickets": [{"id": 1}], "colour": "red"}, "bad-field"),
        ({"step": "reject", "tickets": [{"id": 1, "seen": 1}], "reason": "because"}, "bad-field"),
        ({"step": "check", "tickets": [{"id": 1, "seen": 1}], "result": "ok"}, "needs-photos"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_done(cast, three, body, said):
    answer = cast.dispatcher.client.post("/api/v1/tickets/steps", json.dumps(body), "application/json")
    assert (answer.status_code, answer.json()["type"]) == (422, said)
    assert not Event.objects.exclude(step="open").exists()


def test_a_hundred_at_once_are_taken(cast):
    row = Ticket.objects.get(pk=pk_of(cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]))
    many = [(row.pk, None)] + [(row.pk + number, None) for number in range(1, 100)]
    told = results(cast.dispatcher, "comment", many, note="看过了")
    assert [row["ok"] for row in told] == [True] + [False] * 99
