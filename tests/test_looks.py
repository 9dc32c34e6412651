"""Who may see how to reach a sender, that it is shown once and remembered, and the list of all looks."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from gis_app import audit
from gis_app.models import Act, Contact, Member
from gis_app.models.report import Fernet
from gis_app.words import ActName
from tests.conftest import TEA_TOWN, Cast, Person
from tests.scenes import scene

PHONE, BUTTON = "13912345678 王女士", "看联系方式"


@scene
def sent():
    """The id of a ticket that 茶镇 has got, whose sender left a telephone number."""
    cast = Cast()
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", contact=PHONE)["code"]
    cast.dispatcher.takes(code, "accept")
    return cast.dispatcher.takes(code, "dispatch", unit="chazhen")["id"]


def asks(person, pk):
    """Press the button; the answer as it came."""
    return person.client.post(f"/work/{pk}/contact")


def looks():
    """[(who, at which ticket, at what)] that are remembered."""
    return [(act.user.username, act.about, act.given.get("what")) for act in Act.objects.filter(act="look")]


# ---- how to reach a sender


@pytest.mark.parametrize("name", ["dispatcher", "officer"])
def test_who_works_on_a_ticket_sees_the_contact_once_and_that_is_remembered(cast, sent, name):
    person = getattr(cast, name)
    before = person.client.get(f"/work/{sent}").content.decode()
    assert BUTTON in before and PHONE not in before and looks() == []
    shown = asks(person, sent)
    assert PHONE in shown.content.decode() and "no-store" in shown["Cache-Control"]
    assert looks() == [(person.name, f"X{sent:07d}", "contact")]
    assert PHONE not in person.client.get(f"/work/{sent}").content.decode()
    asks(person, sent)
    assert len(looks()) == 2 and audit.broken_acts(Act.objects.all()) == []


def test_others_who_see_the_ticket_do_not_see_the_contact(cast, sent):
    for person in (cast.worker, cast.leader):
        assert BUTTON not in person.client.get(f"/work/{sent}").content.decode()
        assert asks(person, sent).status_code == 403
    Member.objects.create(user=User.objects.create_user("elsewhere"), role="unit", unit=cast.lamp_crew.user.posts.get().unit)
    assert asks(Person("elsewhere"), sent).status_code == 404
    assert asks(cast.reporter, sent).status_code == 302
    assert looks() == []


def test_an_officer_of_the_town_does_not_see_the_contact_of_another_units_ticket(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", contact=PHONE)["code"]
    cast.dispatcher.takes(code, "accept")
    pk = cast.dispatcher.takes(code, "dispatch", unit="gongdian")["id"]
    page = cast.officer.client.get(f"/work/{pk}")
    assert page.status_code == 200 and BUTTON not in page.content.decode() and asks(cast.officer, pk).status_code == 403


def test_a_ticket_whose_sender_left_nothing_has_no_button(cast):
    pk = cast.dispatched()["id"]
    assert BUTTON not in cast.officer.client.get(f"/work/{pk}").content.decode()
    asks(cast.officer, pk)
    assert looks() == []


def test_no_answer_of_the_api_holds_a_contact(cast, sent):
    assert "13912345678" not in cast.dispatcher.opens(sent).content.decode()
    assert "13912345678" not in cast.dispatcher.client.get(f"/api/v1/tickets/{sent}?original=true").content.decode()


def test_a_contact_that_another_key_locked_is_a_sentence_and_no_look(cast, sent):
    Contact.objects.update(cipher=Fernet(Fernet.generate_key()).encrypt(b"x"))
    answer = asks(cast.dispatcher, sent)
    assert answer.status_code == 409 and "contact.key" in answer.content.decode() and looks() == []


def test_a_look_at_a_contact_does_not_hide_the_desks_look_at_the_words(cast):
    code = cast.reporter.reports("我叫王翠娟，路灯不亮", TEA_TOWN, category="0401", contact=PHONE)["code"]
    pk = cast.dispatcher.takes(code, "accept")["id"]
    asks(cast.dispatcher, pk)
    cast.dispatcher.client.get(f"/desk/{pk}")
    cast.dispatcher.client.get(f"/desk/{pk}")
    assert [what for _who, _which, what in looks()] == ["contact", None]


# ---- the list


def rows_of(person, **query):
    """The page of looks as text."""
    return person.client.get("/clerk/looks", query).content.decode()


def test_the_leader_and_the_clerk_see_who_looked_at_what(cast, sent):
    asks(cast.officer, sent)
    for person in (cast.leader, cast.clerk):
        page = rows_of(person)
        assert cast.officer.name in page and "联系方式" in page and f"X{sent:07d}" in page
    assert f'href="/work/{sent}"' in rows_of(cast.leader) and f'href="/work/{sent}"' not in rows_of(cast.clerk)
    assert 'href="/clerk/looks"' in cast.clerk.client.get("/clerk/boundaries").content.decode()
    for person in (cast.dispatcher, cast.officer, cast.worker):
        assert person.client.get("/clerk/looks").status_code == 403
    assert cast.reporter.client.get("/clerk/looks").status_code == 302


def test_looks_are_asked_for_by_day_and_by_person(cast, sent):
    asks(cast.officer, sent), asks(cast.dispatcher, sent)
    today = timezone.localdate()
    assert cast.officer.name in rows_of(cast.clerk, day=str(today)) and "没有找到" in rows_of(
        cast.clerk, day=str(today - dt.timedelta(days=1))
    )
    one = rows_of(cast.clerk, user=cast.officer.name)
    assert one.count("<tr>") == 2 and ">dispatcher<" not in one
    wrong = cast.clerk.client.get("/clerk/looks", {"day": "昨天"})
    assert wrong.status_code == 422 and "2026-11-25" in wrong.content.decode()
    assert cast.clerk.client.get("/clerk/looks", {"day": "9999-12-31"}).status_code == 422
    assert cast.clerk.client.get("/clerk/looks", {"day": "0001-01-01", "before": "9" * 30}).status_code == 200


def test_many_looks_are_paged(cast, sent):
    for _time in range(53):
        audit.remember(ActName.LOOK, f"X{sent:07d}", cast.officer.user)
    first = rows_of(cast.clerk)
    last = Act.objects.filter(act="look").order_by("-seq")[49].seq
    assert first.count("<tr>") == 51 and f"before={last}" in first
    rest = rows_of(cast.clerk, before=last)
    assert rest.count("<tr>") == 4 and "更早的" not in rest and "最新的" in rest


def test_a_page_of_looks_asks_the_database_as_often_for_fifty_as_for_one(cast, sent, django_assert_max_num_queries):
    for _time in range(50):
        audit.remember(ActName.LOOK, f"X{sent:07d}", cast.officer.user)
    cast.leader.client.get("/clerk/looks")
    with django_assert_max_num_queries(8):
        cast.leader.client.get("/clerk/looks")
