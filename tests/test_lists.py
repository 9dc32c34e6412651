"""Lists of tickets: how far they are counted, how far they can be leafed through, and that an index gives each its order."""

import pytest
from django.db import connection

from gis_app import access
from gis_app.models import Ticket
from gis_app.views.staff import lists
from tests.conftest import LOTUS_LANE, TEA_TOWN


def tabs(person, page="/desk/"):
    """{tab: what stands beside its name}."""
    return person.client.get(page).context["counts"]


def test_beyond_a_thousand_the_desk_says_so_instead_of_counting_on(cast, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED", 3)
    for number in range(1, 6):
        cast.reporter.reports("路灯不亮", TEA_TOWN)
        assert tabs(cast.dispatcher)["new"] == (number if number <= 3 else "3+")
    assert "3+" in cast.dispatcher.client.get("/desk/?tab=done").content.decode(), "also beside a list that is empty"


def test_who_sees_none_hears_none(cast):
    assert set(tabs(cast.dispatcher).values()) == set(tabs(cast.officer, "/work/").values()) == {0}
    cast.reporter.reports("路灯不亮", LOTUS_LANE)
    assert tabs(cast.officer, "/work/") == {"check": 0, "now": 0, "done": 0}, "it lies in another town"


def test_the_last_page_is_the_last_whatever_is_asked(cast, monkeypatch):
    monkeypatch.setattr(lists, "DEEPEST", 2)
    monkeypatch.setattr(lists, "PAGE", 2)
    for _ in range(5):
        cast.reporter.reports("路灯不亮", TEA_TOWN)
    pages = [cast.dispatcher.client.get(f"/desk/?page={number}").context for number in (1, 2, 999999)]
    assert [(page["number"], page["more"]) for page in pages] == [(1, True), (2, False), (2, False)]


def test_what_is_looked_for_at_the_desk_stands_open_first_then_as_it_ended_lately(cast):
    ended = [cast.finished() for _ in range(2)]
    for ticket in ended:
        cast.dispatcher.takes(ticket, "close", result="ok")
    fresh = cast.dispatched()
    found = cast.dispatcher.client.get("/desk/?q=路灯")
    assert [row.number for row in found.context["rows"]] == [fresh["code"], ended[1]["code"], ended[0]["code"]]
    nothing = cast.dispatcher.client.get("/desk/?q=没有这个地方").content.decode()
    assert "短一点更好找" in nothing and "新来的会出现在这里" not in nothing


@pytest.mark.parametrize("tab", lists.DESK_TABS)
def test_each_tab_of_the_desk_is_read_in_its_order_from_an_index(cast, tab):
    _label, which, order = lists.DESK_TABS[tab]
    rows = access.tickets_for(cast.dispatcher.user).filter(which).order_by(order, "pk")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        plan = rows.explain()
    assert f"using desk_{tab} " in plan and "Sort" not in plan, plan


def test_late_in_the_api_is_what_is_late_on_the_page(cast):
    now = cast.finished()
    cast.dispatched()
    cast.reporter.reports("路灯不亮", TEA_TOWN)
    late = Ticket.objects.get(pk=cast.dispatched()["id"])
    Ticket.objects.filter(pk=late.pk).update(accepted_at=late.opened_at, due_at=late.opened_at)
    was = Ticket.objects.get(pk=now["id"])
    Ticket.objects.filter(pk=was.pk).update(accepted_at=was.opened_at, due_at=was.opened_at)
    every = {row.pk: row.late(row.opened_at.now(row.opened_at.tzinfo)) for row in Ticket.objects.all()}
    assert sorted(every.values()) == [False, False, True, True]
    for asked in (True, False):
        found = cast.dispatcher.sees(late=str(asked).lower())
        assert sorted(found) == sorted(pk for pk, told in every.items() if told == asked)


def test_a_unit_or_town_that_nobody_knows_has_no_tickets(cast):
    cast.reporter.reports("路灯不亮", TEA_TOWN)
    assert cast.dispatcher.sees(unit="nobody") == cast.dispatcher.sees(town="000000000") == []
    assert len(cast.dispatcher.sees(town="610724110")) == 1
