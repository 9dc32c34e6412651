"""The list for the weekly meeting: what stands on it, for whom, on the page, in the spreadsheet and on the terminal."""

import datetime as dt
import io
import json
import random

import pytest
import python_calamine as calamine
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from gis_app import clock, meeting
from gis_app.models import Ticket
from gis_app.words import OPEN_STATES
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast
from tests.scenes import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def earlier(days, **which):
    """Everything in these tickets' rows happened so many days before."""
    names = [field.name for field in Ticket._meta.fields if field.name.endswith(("_at", "_until"))]
    Ticket.objects.filter(**which).update(**{name: F(name) - days * DAY for name in names})


@scene
def county_at_work():
    """Two late tickets of 茶镇, one of them supervised and not answered in time; a late new one; one in time; a late finish."""
    cast = Cast()
    late, asked, fresh = cast.dispatched(), cast.dispatched(), cast.dispatched(at=LOTUS_LANE)
    soon = (timezone.now() + DAY).isoformat()
    cast.dispatcher.takes(asked, "supervise", order="说明原因", until=soon)
    new = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    done = cast.finished()
    earlier(60, pk__in=[late["id"], asked["id"]])
    earlier(30, reports__code=new["code"])
    Ticket.objects.filter(pk=done["id"]).update(unit_due_at=timezone.now() - DAY / 2, dispatched_at=timezone.now() - DAY)
    told = {"late": late, "asked": asked, "fresh": fresh, "done": done}
    return {name: ticket["id"] for name, ticket in told.items()} | {"new": Ticket.objects.get(reports__code=new["code"]).pk}


def test_what_is_late_is_what_each_tickets_own_clock_says(cast, county_at_work):
    now = timezone.now()
    told = {ticket.pk for ticket in meeting.agenda(now).late}
    each = Ticket.objects.filter(state__in=OPEN_STATES).select_related("category")
    assert told == {ticket.pk for ticket in each if clock.standing(ticket, now).late}
    assert told == {county_at_work[name] for name in ("late", "asked", "new", "done")}


def test_at_any_moment_the_list_is_that_of_the_clocks(cast, county_at_work):
    rng = random.Random(7)
    ticket = cast.officer.takes(cast.dispatched(), "start")
    cast.dispatcher.takes(ticket, "suspend", reason="等材料", until=(timezone.now() + 30 * DAY).isoformat())
    each = list(Ticket.objects.filter(state__in=OPEN_STATES).select_related("category"))
    for _ in range(20):
        now = timezone.now() + dt.timedelta(hours=rng.uniform(-24 * 70, 24 * 70))
        assert {row.pk for row in meeting.agenda(now).late} == {row.pk for row in each if clock.standing(row, now).late}


def test_units_add_up_and_the_one_with_most_late_ones_stands_first(cast, county_at_work):
    agenda = meeting.agenda()
    assert agenda.open == 5 and agenda.late_number == 4
    assert agenda.units[0]["unit"].code == "chazhen"
    assert {name: agenda.units[0][name] for name in ("open", "late", "supervised", "overdue")} == {
        "open": 3,
        "late": 3,
        "supervised": 1,
        "overdue": 1,
    }
    assert {row["unit"].code if row["unit"] else None for row in agenda.units} == {"chazhen", None, "shizheng"}
    assert [ticket.pk for ticket in agenda.longest][:2] == [county_at_work["late"], county_at_work["asked"]]


def test_leaders_and_dispatchers_read_it_and_print_it(cast, county_at_work):
    for who in (cast.leader, cast.dispatcher):
        text = who.client.get("/lead/meeting").content.decode()
        assert "超期 4 件，督办 1 件，其中 1 件到期没有回复" in text.replace("\n", "")
        assert text.count("回复，没有") == 3  # on each list it is on
        assert "data-print" in text and "它随时在变" in text
        assert all(Ticket.objects.get(pk=pk).number in text for pk in county_at_work.values())


def test_an_answer_takes_it_off_the_unanswered(cast, county_at_work):
    cast.officer.takes(county_at_work["asked"], "answer", note="缺材料，周五办完", seen=None)
    text = cast.leader.client.get("/lead/meeting").content.decode()
    assert "到期没有回复" not in text and "回复了" in text


def test_nothing_is_said_in_a_sentence(cast):
    text = cast.leader.client.get("/lead/meeting").content.decode()
    assert "没有超期的" in text and "没有督办的" in text and "没有在办的" in text


def test_the_spreadsheet_holds_the_same(cast, county_at_work):
    answer = cast.leader.client.get("/lead/meeting.xlsx")
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["督办", "超期", "最久未结", "各单位"]
    late = book.get_sheet_by_name("超期").to_python()
    assert late[0][:3] == ["编号", "小类", "镇街"]
    assert {row[0] for row in late[1:]} == {ticket.number for ticket in meeting.agenda().late}
    assert book.get_sheet_by_name("各单位").to_python()[1][1:5] == [3, 3, 1, 1]


def test_the_command_tells_the_same(cast, county_at_work):
    out = io.StringIO()
    call_command("meeting", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["open"], told["late_number"], len(told["late"]), told["supervised"][0]["answer"]) == (5, 4, 4, "overdue")
    out = io.StringIO()
    call_command("meeting", stdout=out)
    assert "5 open, 4 late" in out.getvalue() and "chazhen: 3 open, 3 late, 1 supervised, 1 not answered" in out.getvalue()
