"""The inbox by hand: what is unread, opening, reading; addresses of one's own; the clerk's page and command of notices."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gis_app import notify
from gis_app.models import Act, Delivery, Reachable
from tests import other_side
from tests.test_notify import PHONE, by_day, far, hears, told

pytestmark = pytest.mark.django_db
__all__ = ["by_day", "far"]


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
    ticket = cast.dispatched()
    notify.address()
    first = Delivery.objects.get(person=cast.officer.user)
    for number in range(120):
        cast.dispatcher.takes(ticket, "comment", note=str(number))
    from_event = [event for event in first.notice.event.ticket.events.filter(step="comment")]
    notices = [type(first.notice)(event=event, audience="unit", unit=first.notice.unit) for event in from_event]
    type(first.notice).objects.bulk_create(notices)
    notify.address()
    page(cast.officer)  # signing in costs more
    with CaptureQueriesContext(connection) as asked:
        text = page(cast.officer)
    assert "99+" in text and "?tab=unread&amp;page=2" in text and len(asked) <= 8
    assert page(cast.officer, "/inbox?page=5").count('class="letter"') == 1


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
