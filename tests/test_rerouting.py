"""What other duties would have done with past tickets, and what units that return tickets teach."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.utils import timezone

from gis_app import rerouting, route
from gis_app.loading import duties
from gis_app.models import Duty, Edition, Event, Ticket
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_duties import DAY, LAMP, TEA, a_row, told, written

pytestmark = pytest.mark.django_db


def to_the_department(tmp_path):
    """A file that gives the lamps of 茶镇 to the county's department."""
    return written(tmp_path / "lamps.csv", [a_row(unit="shizheng", category=LAMP)])


def tried(path, **more):
    """The Outcome of adding a file's rows to the duties in use."""
    return rerouting.what_if(route.Rulebook(duties.read(path) + duties.duties_of_use(), route.desk()), DAY, **more)


def test_the_tickets_that_would_go_elsewhere_are_counted_from_whom_to_whom(cast, tmp_path):
    for _ in range(3):
        cast.dispatched()
    cast.reporter.reports("路灯不亮", LOTUS_LANE, category=LAMP)
    found = tried(to_the_department(tmp_path))
    assert (found.tickets, found.moved) == (4, 3)
    assert [(was.code, now.code, number) for was, now, number in found.moves] == [("chazhen", "shizheng", 3)]
    loads = {load.unit.code: (load.before, load.after) for load in found.loads}
    assert loads == {"chazhen": (3, 0), "shizheng": (1, 4)}


def test_nothing_is_changed_by_trying(cast, tmp_path):
    cast.dispatched()
    before = list(Ticket.objects.values()), Event.objects.count(), Edition.objects.count(), Duty.objects.count()
    tried(to_the_department(tmp_path))
    told("reroute", what_if=to_the_department(tmp_path), add=True)
    assert (list(Ticket.objects.values()), Event.objects.count(), Edition.objects.count(), Duty.objects.count()) == before


def test_the_table_in_use_moves_nothing(cast):
    cast.dispatched()
    found = rerouting.what_if(route.in_use(), DAY)
    assert found.moved == 0 and found.tickets == 1 and found.loads[0].before == found.loads[0].after


def test_what_was_rejected_and_what_is_older_do_not_count(cast, tmp_path):
    old = cast.dispatched()
    Ticket.objects.filter(pk=old["id"]).update(opened_at=timezone.now() - timedelta(days=91))
    refused = cast.reporter.reports("路灯不亮", TEA_TOWN, category=LAMP)
    cast.dispatcher.takes(refused, "reject", reason="not-found")
    assert tried(to_the_department(tmp_path)).tickets == 0
    assert tried(to_the_department(tmp_path), days=100).tickets == 1


def test_a_unit_keeps_its_share_of_late_ones_drawn_to_the_countys(cast, tmp_path):
    late = [cast.dispatched()["id"] for _ in range(4)]
    Ticket.objects.filter(pk__in=late).update(
        accepted_at=timezone.now() - timedelta(days=30), due_at=timezone.now() - timedelta(days=20)
    )
    crew = cast.dispatched(at=LOTUS_LANE)  # in time
    found = {load.unit.code: load for load in tried(to_the_department(tmp_path)).loads}
    county = 4 / 5
    assert crew["unit"]["code"] == "shizheng"
    assert found["chazhen"].late_before == pytest.approx(4 * (4 + 10 * county) / (4 + 10))
    assert found["chazhen"].late_after == 0
    assert found["shizheng"].late_after == pytest.approx(5 * (0 + 10 * county) / (1 + 10))


def test_the_command_tells_the_same_as_json(cast, tmp_path):
    cast.dispatched()
    path = to_the_department(tmp_path)
    said = json.loads(told("reroute", what_if=path, add=True, json=True))
    assert said["moved"] == 1 and said["moves"] == [{"from": "chazhen", "to": "shizheng", "tickets": 1}]
    assert "1 of 1 tickets" in told("reroute", what_if=path, add=True)


def test_without_add_the_file_is_the_whole_table(cast, tmp_path):
    cast.dispatched()
    cast.reporter.reports("垃圾桶满了", TEA_TOWN, category="0101")
    said = json.loads(told("reroute", what_if=to_the_department(tmp_path), json=True))
    assert {move["to"] for move in said["moves"]} == {"shizheng", route.desk().code}


@pytest.mark.parametrize("days", [0, -3, 10**6])
def test_a_period_that_is_none_is_refused(tmp_path, days):
    with pytest.raises(CommandError):
        told("reroute", what_if=to_the_department(tmp_path), days=days)


def test_the_work_follows_kinds_and_areas_not_tickets(cast, tmp_path, django_assert_max_num_queries):
    for _ in range(6):
        cast.reporter.reports("路灯不亮", TEA_TOWN, category=LAMP)
    start, end = rerouting.period(90)
    assert [(kind.code, where.town, number) for kind, where, number in rerouting.groups(start, end)] == [(LAMP, TEA, 6)]
    with django_assert_max_num_queries(3):
        rerouting.what_if(route.in_use(), DAY)


# ---- returns


def returned(cast, suggested, times=1):
    """Lamps of 茶镇 that its officer sends back, naming a unit."""
    for _ in range(times):
        cast.officer.takes(cast.dispatched(), "return", reason="不归我们", **({"suggested": suggested} if suggested else {}))


def test_what_a_unit_keeps_returning_is_listed_with_the_unit_it_names(cast):
    returned(cast, "gongdian", 3)
    returned(cast, "shizheng")
    (row,) = rerouting.returns()
    assert (row.category.code, row.town, row.unit.code, row.times) == (LAMP, TEA, "chazhen", 4)
    assert (row.suggested.code, row.agreed) == ("gongdian", 3)


def test_the_suggested_row_is_one_that_a_clerk_can_load(cast, tmp_path):
    returned(cast, "gongdian", 3)
    row = rerouting.returns()[0].as_duty(DAY)
    duty = duties.read(written(tmp_path / "taught.csv", [a_row(**row, document="退单会商纪要")]))[0]
    assert (duty.unit.code, duty.category.code, duty.area_codes, duty.valid_from) == ("gongdian", LAMP, [TEA], DAY)


def test_a_return_or_two_teach_nothing(cast):
    returned(cast, "gongdian", 2)
    assert rerouting.returns() == []


def test_returns_that_name_nobody_are_listed_without_a_suggestion(cast):
    returned(cast, None, 3)
    (row,) = rerouting.returns()
    assert row.suggested is None and row.as_duty(DAY) is None


# ---- coverage by API


def test_a_leader_sees_every_field_and_an_officer_the_own_ones(cast):
    everything = cast.leader.client.get("/api/v1/coverage").json()
    assert everything["counts"] == {"fields": 1853, "ending": 0, "empty": 0, "one": 1853, "double": 0}
    own = cast.officer.client.get("/api/v1/coverage").json()
    assert {field["unit"]["code"] for field in own["fields"]} == {"chazhen"} and 0 < own["counts"]["fields"] < 109 + 1


def test_coverage_is_asked_for_a_day_a_town_a_kind_a_unit_and_a_claim(cast):
    asked = cast.clerk.client.get("/api/v1/coverage", {"category": LAMP, "town": TEA}).json()
    (field,) = asked["fields"]
    assert field["unit"]["code"] == field["duty"]["unit"] == "chazhen" and field["claim"] == "one"
    assert cast.clerk.client.get("/api/v1/coverage", {"on": "2025-12-31", "claim": "empty"}).json()["counts"]["empty"] == 1853
    assert cast.clerk.client.get("/api/v1/coverage", {"unit": "gongdian", "category": LAMP}).json()["fields"] == []


@pytest.mark.parametrize("query", [{"claim": "lost"}, {"town": "1"}, {"category": "9999"}, {"on": "yesterday"}, {"when": "now"}])
def test_a_strange_question_about_coverage_is_refused(cast, query):
    assert cast.clerk.client.get("/api/v1/coverage", query).status_code == 422
