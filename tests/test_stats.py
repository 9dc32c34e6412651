"""Counts as people see them: sums of deltas, map and table alike, and what the public must not learn."""

import json
from datetime import date, timedelta

import h3
import pytest

from gis_app import frames, stats
from layers.cells import cell_of, name
from tests.two_towns import EAST, LANE, MARKET, TODAY, WEST, tell, two_towns  # noqa: F401 (a fixture that every test uses)

pytestmark = pytest.mark.django_db


def week(task="六", days=7, **more):
    return frames.heat(task, TODAY - timedelta(days=days - 1), TODAY, **more)


def test_folded_and_fresh_counts_are_one_sum():
    tell(5, folded=True, voices=8)
    tell(2)
    tell(-1, voices=-2)
    cells, _towns = week()
    assert cells[["count", "voices"]].to_numpy().tolist() == [[6, 8]]


def test_the_square_that_changes_is_the_one_that_the_report_lies_in():
    tell(at=LANE)
    cells, _towns = week()
    assert cells["cell"].tolist() == [h3.latlng_to_cell(LANE[1], LANE[0], 8)]


def test_each_task_has_a_map_of_its_own_and_none_has_all():
    tell(1, category="9901")
    tell(2, category="9902")
    tell(4, category=None)
    assert week("六")[0]["count"].sum() == 1
    assert week("八")[0]["count"].sum() == 2
    assert week(None)[0]["count"].sum() == 7
    assert week(None, category="9902")[0]["count"].sum() == 2


def test_the_first_and_the_last_day_of_a_period_are_in_it():
    for days in (0, 6, 7):
        tell(day=TODAY - timedelta(days=days))
    tell(day=TODAY + timedelta(days=1))
    assert week(days=7)[0]["count"].sum() == 2


def test_a_ticket_that_was_rejected_is_on_no_map_and_in_no_table():
    tell(1)
    tell(-1)
    found = frames.heat_and_towns("六", TODAY, TODAY)
    assert (len(found.cells), found.towns, found.town_only) == (0, {}, {})


def test_a_place_known_by_its_town_is_counted_there_and_never_becomes_a_cell():
    tell(3, at=None, town=EAST)
    tell(1, at=MARKET, town=EAST)
    found = frames.heat_and_towns("六", TODAY, TODAY)
    assert found.cells["count"].tolist() == [1]
    assert found.town_only == {EAST: 3}
    assert found.towns == {EAST: (4, 4)}


def test_the_map_and_the_table_hold_the_same_tickets():
    tell(3, at=LANE)
    tell(4, at=MARKET, town=EAST)
    tell(2, at=None)
    found = frames.heat_and_towns("六", TODAY, TODAY)
    assert found.cells["count"].sum() + sum(found.town_only.values()) == found.total == 9


def test_a_cell_on_a_border_is_one_cell_with_the_tickets_of_both_towns():
    tell(1, town=WEST)
    tell(2, town=EAST)
    assert week()[0]["count"].tolist() == [3]
    assert stats.heat_counts(TODAY, TODAY) == [(cell_of(*LANE), 3, 3)]
    assert stats.town_counts(TODAY, TODAY)[0] == {WEST: (1, 1), EAST: (2, 2)}


def test_a_window_chooses_cells_and_changes_no_number():
    tell(3, at=LANE)
    tell(4, at=MARKET, town=EAST)
    cells, _towns = week(bbox=(107.7, 32.9, 107.8, 33.1))
    assert cells["count"].tolist() == [3]


@pytest.mark.parametrize("res", [5, 7, 9])
def test_at_every_resolution_there_are_as_many_tickets(res):
    tell(3, at=LANE)
    tell(4, at=MARKET, town=EAST)
    cells, _towns = week(res=res)
    assert cells["count"].sum() == 7
    assert {h3.get_resolution(cell) for cell in cells["cell"]} == {res}


def test_an_empty_period_is_an_empty_collection():
    assert frames.geojson(week()[0]) == {"type": "FeatureCollection", "features": []}


def test_geojson_is_plain_and_puts_longitude_first():
    tell(3, voices=5)
    (feature,) = json.loads(json.dumps(frames.geojson(week()[0])))["features"]
    assert feature["properties"] == {"cell": name(cell_of(*LANE, res=8)), "count": 3, "voices": 5}
    assert all(107 < lon < 109 and 32 < lat < 34 for lon, lat in feature["geometry"]["coordinates"][0])


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 11, 25), date(2026, 8, 24), date(2026, 11, 22)),
        (date(2026, 11, 29), date(2026, 8, 24), date(2026, 11, 22)),  # a Sunday: its week is not over
        (date(2026, 11, 30), date(2026, 8, 31), date(2026, 11, 29)),
    ],
)
def test_the_public_sees_thirteen_whole_weeks(today, first, last):
    assert stats.public_weeks(today) == (first, last)
    assert (last - first).days == 13 * 7 - 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_are_like_none_to_the_public(count):
    if count:
        tell(count, day=TODAY - timedelta(days=10))
    assert frames.geojson(frames.public_heat("六", TODAY)) == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize(("count", "shown"), [(3, "3–4"), (8, "5–8"), (15, "9–15"), (31, "16–31"), (32, "32+"), (900, "32+")])
def test_the_public_gets_a_class_and_no_number(count, shown):
    tell(count, day=TODAY - timedelta(days=10))
    frame = frames.public_heat("六", TODAY)
    assert sorted(set(frame.columns) - {"geometry"}) == ["cell", "class"]
    assert frame["class"].tolist() == [shown]
    assert frame["cell"].tolist() == [h3.latlng_to_cell(LANE[1], LANE[0], 7)]


def test_todays_reports_do_not_move_the_public_map():
    tell(50, day=TODAY)
    assert len(frames.public_heat("六", TODAY)) == 0


def test_the_public_map_asks_the_database_once(django_assert_num_queries):
    tell(5, day=TODAY - timedelta(days=10))
    with django_assert_num_queries(1):
        frames.public_heat("六", TODAY)


@pytest.mark.parametrize(
    ("chinese", "plain"), [("茶镇", "Chazhen"), ("城北街道", "Chengbei"), ("洋县", "Yangxian"), ("镇巴县", "Zhenba")]
)
def test_names_in_latin_letters_drop_what_kind_of_place_it_is(chinese, plain):
    assert frames.latin(chinese) == plain
