"""The inbox by hand: what is unread, opening, reading; addresses of one's own; the clerk's page and command of notices."""

import datetime as dt
import importlib
import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gis_app import notify
from gis_app.models import Act, Delivery, Notice, Reachable, Token
from tests import other_side
from tests.conftest import Person
from tests.test_notify import PHONE, by_day, far, hears, told, with_an_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_day")]
__all__ = ["by_day", "far", "with_an_address"]


def page(person, path="/inbox"):
    answer = person.client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def manage(*args):
    out = io.StringIO()
    call_command("notices", *map(str, args), stdout=out)
    return out.getvalue()


# ---- reading


def test_what_is_unread_is_counted_in_the_head_of_every_page_and_opened_from_the_inbox(cast):
    assert "件没看过" not in page(cast.officer, "/work/") and "没有没看过的" in page(cast.officer)
    ticket = cast.dispatched()
    notify.address()
    assert "1<span" in page(cast.officer, "/work/") and "派来一件：路灯不亮" in page(cast.officer)
    letter = Delivery.objects.get(person=cast.officer.user)
    opened = cast.officer.client.post(reverse("inbox_opened", args=[letter.pk]))
    assert opened["Location"] == reverse("ticket", args=[ticket["id"]])
    assert "件没看过" not in page(cast.officer, "/work/")
    assert "派来一件" not in page(cast.officer) and "派来一件" in page(cast.officer, "/inbox?tab=all")


def test_all_are_read_at_once_and_only_ones_own(cast):
    for _ in range(3):
        cast.officer.takes(cast.dispatched(), "return", reason="不归我们")
    notify.address()
    cast.officer.client.post("/inbox/read")
    read = [[row.read_at is not None for row in notify.inbox_of(who.user)] for who in (cast.officer, cast.dispatcher)]
    assert read == [[True] * 3, [False] * 3]


def test_what_is_no_longer_ones_own_is_told_without_a_way_to_it(cast):
    ticket = cast.finished(cast.lamp_crew, at=(107.7612, 32.98996))
    cast.dispatcher.takes(ticket, "recall", reason="派错了")
    notify.address()
    text = page(cast.lamp_crew)
    assert "收回了：路灯不亮" in text and "打开案件" not in text
    letter = notify.inbox_of(cast.lamp_crew.user)[0]
    assert cast.lamp_crew.client.post(f"/inbox/{letter.pk}")["Location"] == "/inbox"


def test_pages_turn_and_a_hundred_unread_are_told_as_more(cast):
    many_told(cast, 120)
    page(cast.officer)  # signing in costs more
    with CaptureQueriesContext(connection) as asked:
        text = page(cast.officer)
    assert "99+" in text and "?tab=unread&amp;page=2" in text and len(asked) <= 8
    assert page(cast.officer, "/inbox?page=5").count('class="letter"') == 1


# ---- for programs


def told_to(person, query="", status=200):
    answer = person.client.get("/api/v1/inbox" + query)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def many_told(cast, number):
    """The officer is told of a ticket, and so many times more."""
    ticket = cast.dispatched()
    notify.address()
    first = Delivery.objects.get(person=cast.officer.user)
    for each in range(number):
        cast.dispatcher.takes(ticket, "comment", note=str(each))
    comments = first.notice.event.ticket.events.filter(step="comment")
    Notice.objects.bulk_create([Notice(event=event, audience="unit", unit=first.notice.unit) for event in comments])
    notify.address()


def test_a_program_reads_what_its_person_was_told_newest_first(cast):
    ticket = cast.dispatched()
    cast.officer.takes(ticket, "return", reason="不归我们")
    cast.dispatcher.takes(ticket, "dispatch", unit="chazhen")
    notify.address()
    told = told_to(cast.officer)
    assert set(told) == {"count", "unread", "next", "results"}
    assert (told["count"], told["unread"], told["next"]) == (2, 2, None)
    newest, first = told["results"]
    assert newest["id"] > first["id"] and first["text"].startswith("派来一件：路灯不亮")
    assert (first["event"], first["audience"], first["ticket"], first["read_at"]) == ("dispatch", "unit", ticket["code"], None)
    assert dt.datetime.fromisoformat(first["due_at"]).utcoffset() == dt.timedelta(hours=8)
    assert cast.officer.client.get(first["ticket_url"]).json()["id"] == ticket["id"]
    english = cast.officer.client.get("/api/v1/inbox", headers={"Accept-Language": "en"}).json()["results"][1]["text"]
    assert english.startswith("Sent to you: Street light out")


def test_what_a_program_marks_as_read_is_read_on_the_page_too_and_keeps_its_moment(cast):
    cast.dispatched()
    cast.dispatched()
    notify.address()
    pk = told_to(cast.officer)["results"][0]["id"]
    once, twice = (cast.officer.client.post(f"/api/v1/inbox/{pk}/read").json() for _ in range(2))
    assert once["read_at"] and once == twice and once["id"] == pk
    assert told_to(cast.officer)["unread"] == 1
    assert [row["id"] for row in told_to(cast.officer, "?unread=0")["results"]] == [pk]
    left = told_to(cast.officer, "?unread=1")
    assert left["count"] == 1 and [row["read_at"] for row in left["results"]] == [None]
    assert page(cast.officer).count('class="letter"') == 1
    assert cast.officer.client.post("/api/v1/inbox/read").json() == {"read": 1}
    assert cast.officer.client.post("/api/v1/inbox/read").json() == {"read": 0}
    assert "没有没看过的" in page(cast.officer)


def test_a_program_neither_reads_nor_marks_what_another_was_told(cast):
    cast.dispatched()
    notify.address()
    pk = told_to(cast.officer)["results"][0]["id"]
    answer = cast.dispatcher.client.post(f"/api/v1/inbox/{pk}/read")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
    assert told_to(cast.dispatcher)["results"] == [] and cast.dispatcher.client.post("/api/v1/inbox/read").json() == {"read": 0}
    assert told_to(cast.officer)["unread"] == 1


def test_strangers_have_no_inbox_and_neither_has_somebody_without_a_post(cast):
    User.objects.create_user("nobody")
    for person, status, kind in ((cast.reporter, 401, "not-signed-in"), (Person("nobody"), 403, "not-yours")):
        assert told_to(person, status=status)["type"] == kind
        for path in ("read", "1/read"):
            answer = person.client.post(f"/api/v1/inbox/{path}")
            assert (answer.status_code, answer.json()["type"]) == (status, kind)


def test_a_token_reads_and_marks_and_a_session_marks_with_the_pages_own_token_alone(cast):
    cast.dispatched()
    notify.address()
    secret = Token.issue(cast.officer.user)
    program = Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)
    pk = program.get("/api/v1/inbox").json()["results"][0]["id"]
    assert program.post(f"/api/v1/inbox/{pk}/read").status_code == 200
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.officer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post("/api/v1/inbox/read").status_code == 403


def test_a_program_is_told_of_what_is_no_longer_its_persons_without_a_way_to_it(cast):
    ticket = cast.finished(cast.lamp_crew, at=(107.7612, 32.98996))
    cast.dispatcher.takes(ticket, "recall", reason="派错了")
    notify.address()
    told = told_to(cast.lamp_crew)["results"]
    assert told[0]["text"].startswith("收回了：路灯不亮") and {row["ticket_url"] for row in told} == {None}


def test_pages_of_the_inbox_hold_everything_once_at_the_same_cost(cast):
    many_told(cast, 119)
    told_to(cast.officer)  # signing in costs more
    pages, query = [], ""
    while query is not None:
        with CaptureQueriesContext(connection) as asked:
            pages.append(told_to(cast.officer, query))
        assert len(asked) <= 7, [each["sql"] for each in asked]  # who it is, two of them; posts, page, two counts, reach
        query = pages[-1]["next"] and "?" + pages[-1]["next"].partition("?")[2]
    assert [len(each["results"]) for each in pages] == [50, 50, 20]
    assert {(each["count"], each["unread"]) for each in pages} == {(120, 120)}
    ids = [row["id"] for each in pages for row in each["results"]]
    assert ids == sorted(ids, reverse=True) and len(set(ids)) == 120


def test_a_count_of_the_inbox_that_is_too_large_to_be_exact_is_null(cast, monkeypatch):
    cast.dispatched()
    notify.address()
    monkeypatch.setattr(importlib.import_module("gis_app.api.inbox"), "COUNTED", 0)
    told = told_to(cast.officer)
    assert (told["count"], told["unread"], len(told["results"])) == (None, None, 1)


# ---- addresses of one's own


def test_a_person_adds_an_address_switches_it_off_and_removes_it(cast):
    person = cast.officer
    assert person.client.post("/inbox/addresses", {"channel": "sms", "to": PHONE}).status_code == 302
    person.client.post("/inbox/addresses", {"channel": "sms", "to": PHONE})
    row = Reachable.objects.get(user=person.user)
    assert row.on and PHONE in page(person)
    person.client.post(f"/inbox/addresses/{row.pk}", {"act": "off"})
    row.refresh_from_db()
    assert not row.on
    person.client.post(f"/inbox/addresses/{row.pk}", {"act": "remove"})
    assert not Reachable.objects.exists()


@pytest.mark.parametrize(
    ("channel", "to"), [("sms", "12345"), ("email", "nobody"), ("webhook", "http://10.0.0.1/"), ("inbox", "1"), ("", "")]
)
def test_what_is_no_address_is_refused_in_a_sentence_and_a_person_enters_no_program(cast, channel, to):
    answer = cast.officer.client.post("/inbox/addresses", {"channel": channel, "to": to})
    assert answer.status_code == 422 and "有一项填得不对" in answer.content.decode()
    assert not Reachable.objects.exists()


def test_nobody_touches_anothers_address(cast):
    row = hears(cast.officer.user, "sms", PHONE)
    assert cast.worker.client.post(f"/inbox/addresses/{row.pk}", {"act": "remove"}).status_code == 404
    assert Reachable.objects.exists()


# ---- the clerk's page, and the command


def test_the_clerk_sees_what_was_given_up_and_why_and_sends_it_again(cast, far):
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    far.answers = [(404, b"", {}), (200, b"", {})]
    told()
    text = page(cast.clerk, "/clerk/notices")
    assert "1 件没有发出去" in text and "answered 404" in text and far.url in text
    cast.clerk.client.post("/clerk/notices/resend", {"pk": notify.given_up().get().pk})
    assert notify.deliver() == {"sent": 1}
    assert "没有发出去的" in (text := page(cast.clerk, "/clerk/notices")) and "answered 404" not in text
    assert Act.objects.get(act="reach").user == cast.clerk.user


def test_the_clerk_tries_a_way_out_on_herself(cast, settings):
    with other_side.http() as provider:
        settings.SMS_URL = provider.url
        mine = hears(cast.clerk.user, "sms", PHONE)
        answer = cast.clerk.client.post("/clerk/notices/try", {"pk": mine.pk}, follow=True)
        assert "发出去了" in answer.content.decode() and json.loads(provider.got[0][1])["phone"] == PHONE
        provider.answers = [(500, b"", {})]
        answer = cast.clerk.client.post("/clerk/notices/try", {"pk": mine.pk})
        assert answer.status_code == 422 and "answered 500" in answer.content.decode()
        theirs = hears(cast.officer.user, "sms", PHONE)
        assert cast.clerk.client.post("/clerk/notices/try", {"pk": theirs.pk}).status_code == 404


def test_the_command_lists_and_sends_again(cast, far):
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    far.answers = [(404, b"", {}), (200, b"", {})]
    assert "nothing was given up" in manage()
    told()
    row = notify.given_up().get()
    assert f"{row.pk} failed webhook {row.notice.ticket.number} after 1 tries: answered 404" in manage()
    said = json.loads(manage("--json"))
    assert said["ways"]["webhook"]["failed"] == 1 and said["given_up"][0]["id"] == row.pk
    assert manage("--all-dead") == "0 are sent again within a minute\n"  # a refusal is no death
    assert manage("--resend", row.pk, "--dry-run") == "would send 1 again\n" and notify.deliver() == {}
    assert manage("--resend", row.pk) == "1 are sent again within a minute\n" and notify.deliver() == {"sent": 1}


def test_the_command_refuses_a_number_that_it_does_not_know():
    with pytest.raises(CommandError, match="99 is no delivery that was given up"):
        manage("--resend", 99)
