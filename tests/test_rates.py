"""Tickets held against people and road: on the leaders' map, its legend and sheet, for programs; and where neither is loaded."""

import io
import json
import re
from html import unescape

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gis_app import frames, loading, stats
from gis_app.locate.points import active_edition
from gis_app.words import Role
from layers.cells import cell_of, centre, name
from layers.heat import PER_PEOPLE_FROM, class_in, rate_class_of, rates
from layers.metres import flat
from tests.test_exposures import county, lines_file
from tests.test_maps import signed_in
from tests.two_towns import EAST, LANE, MARKET, WEST, tell, two_towns  # noqa: F401 (a fixture that every test uses)

pytestmark = pytest.mark.django_db
ROADS = [shapely.LineString(way) for way in ([(107.70, 32.99), (107.78, 32.995)], [(107.89, 33.0), (107.91, 33.04)])]


@pytest.fixture
def leader(client):
    return signed_in(client, Role.LEADER)


@pytest.fixture
def people(tmp_path):
    """400 people at the lane, 40 at the market: too few for a rate."""
    path = tmp_path / "people.csv"
    path.write_text(f"lon,lat,people\n{LANE[0]},{LANE[1]},400\n{MARKET[0]},{MARKET[1]},40\n", encoding="utf-8")
    loading.activate(loading.load_people(path, loading.Ask(source="统计局 2025")))


@pytest.fixture
def roads(tmp_path):
    loading.activate(loading.load_roads(lines_file(tmp_path, lines=ROADS), loading.Ask(source="交通局 2025")))


def told():
    for count, at in ((6, LANE), (2, MARKET)):
        tell(count, at=at, day=timezone.localdate(), **({"town": EAST} if at is MARKET else {}))


def test_a_county_that_has_loaded_neither_is_offered_neither(leader):
    page = leader.get("/lead/heat").content.decode()
    assert "每格每千人" not in page and "每格每千米路" not in page
    for show, command in (("per-people", "load_population"), ("per-road", "load_roads")):
        asked = leader.get(f"/lead/heat?show={show}")
        assert asked.status_code == 200 and command in asked.content.decode()
        assert leader.get(f"/lead/heat/map?show={show}").status_code == 200
    answer = leader.get("/api/v1/heat?task=六&per=people")
    assert answer.status_code == 422 and "load_population" in answer.json()["detail"]


def test_what_is_loaded_is_offered_with_its_source_and_its_least(leader, people):
    told()
    assert "show=per-people" in leader.get("/lead/heat").content.decode()
    page = leader.get("/lead/heat?show=per-people").content.decode()
    assert "人口出处：统计局 2025；灰格不足 100 人，不折算" in page
    assert "show=per-road" not in page
    legend = re.sub(r"<[^>]*>", " ", re.search(r"<ol>(.*?)</ol>", page, re.DOTALL)[1])
    assert unescape(legend).split() == ["<1", "1–2", "2–4", "4–8", "8–16", "16+", "不足", "100", "人"]


def town_rows(page):
    """[(town, tickets, rate)] of the table."""
    row = r'<th scope="row">(\S+)</th>.*?<td class="number">([\d,]+)</td><td class="number">([^<]+)</td>'
    return re.findall(row, page[page.index('class="towns"') :])


def test_towns_stand_beside_the_cells_with_their_own_rate(leader, people):
    told()
    tell(2, at=None, town=WEST, day=timezone.localdate())  # known by its town only: it counts there
    page = leader.get("/lead/heat?show=per-people").content.decode()
    assert '<th scope="col" class="number">每千人</th>' in page
    assert town_rows(page)[:2] == [("西街道", "8", "20.00"), ("东镇", "2", "—")]  # 8 by 400; 40 are too few
    assert "每千人</th>" not in leader.get("/lead/heat").content.decode()


def test_a_towns_road_is_that_of_its_cells(leader, roads):
    told()
    held = frames.held_by_town()["roads"]
    assert sum(held.values()) == pytest.approx(stats.exposures()["roads"].total) and set(held) == {WEST, EAST}
    page = leader.get("/lead/heat?show=per-road").content.decode()
    expected = [("西街道", "6", f"{6000 / held[WEST]:.2f}"), ("东镇", "2", f"{2000 / held[EAST]:.2f}")]
    assert town_rows(page)[:2] == expected and '<th scope="col" class="number">每千米路</th>' in page


def test_what_lies_at_the_countys_edge_goes_with_the_nearest_town(tmp_path):
    path = tmp_path / "people.csv"  # 50 m inside the south edge: a cell's middle may lie outside
    rows = [f"{lon:.4f},32.9005,10" for lon in np.arange(107.702, 107.998, 0.004)]
    path.write_text("\n".join(["lon,lat,people", *rows]), encoding="utf-8")
    loading.activate(loading.load_people(path, loading.Ask(source="统计局 2025")))
    held, cells = frames.held_by_town()["people"], stats.exposures()["people"].cells
    assert (active_edition().index.rows_at(*np.array([centre(cell) for cell in cells]).T) < 0).any(), "else this shows nothing"
    assert sum(held.values()) == pytest.approx(10 * len(rows)) and set(held) == {WEST, EAST}


@pytest.mark.parametrize("res", [7, 8, 9])
def test_a_program_gets_the_rate_of_each_cell_and_none_where_too_few_live(leader, people, res):
    told()
    answer = leader.get(f"/api/v1/heat?task=六&per=people&res={res}").json()
    found = {feature["id"]: feature["properties"] for feature in answer["features"]}
    lane, market = (found[name(cell_of(*at, res))] for at in (LANE, MARKET))
    assert (lane["count"], lane["exposure"], lane["rate"]) == (6, 400, 15)
    assert (market["count"], market["exposure"], market["rate"]) == (2, 40, None)
    assert (answer["per"], answer["least"], answer["source"]) == ("people", 100, "统计局 2025")


def test_a_rate_by_road_is_tickets_per_kilometre_in_the_cell(leader, roads):
    told()
    held, answer = stats.exposures()["roads"], leader.get("/api/v1/heat?task=六&per=roads&res=8").json()
    found = {feature["id"]: feature for feature in answer["features"]}
    for at, count in ((LANE, 6), (MARKET, 2)):
        cell = found[name(cell_of(*at, 8))]
        whole = {name(child): n for child, n in zip(held.cells.tolist(), held.amounts.tolist(), strict=True)}
        metres = sum(whole.get(name(child), 0) for child in h3.cell_to_children(cell_of(*at, 8), 9))
        assert cell["properties"]["exposure"] == pytest.approx(metres)
        assert cell["properties"]["rate"] == (pytest.approx(1000 * count / metres) if metres >= 500 else None)


def test_the_map_near_by_is_asked_for_with_what_it_is_held_against(leader, people):
    told()
    document = leader.get("/lead/heat/map?show=per-people").content.decode()
    assert "per=people" in document
    box = f"{LANE[0] - 0.05},{LANE[1] - 0.05},{LANE[0] + 0.05},{LANE[1] + 0.05}"
    packed = leader.get(f"/api/v1/heat?task=六&per=people&res=9&format=packed&bbox={box}").json()
    assert packed["shade"] == [4] and packed["facts"] == [["15.00", 6, "400"]]  # 8–16


def test_the_sheet_for_print_is_a_picture(leader, people, roads):
    told()
    for show in ("per-people", "per-road"):
        answer = leader.get(f"/lead/heat.png?show={show}")
        assert Image.open(io.BytesIO(answer.content)).size == (1753, 1240)


@pytest.mark.parametrize(
    ("query", "told_so"),
    [("per=dogs", "people、roads"), ("per=people&format=counts", "geojson 或 packed"), ("pre=people", "pre")],
)
def test_what_cannot_be_asked_is_said(leader, people, query, told_so):
    answer = leader.get(f"/api/v1/heat?task=六&{query}")
    assert answer.status_code == 422 and told_so in json.dumps(answer.json(), ensure_ascii=False)


def test_the_public_cannot_ask_for_rates(client, people):
    told()
    assert client.get("/api/v1/heat?task=六&per=people").status_code == 422


def test_what_a_coarser_cell_has_is_what_lies_in_it(roads):
    held = stats.exposures()["roads"]
    inside = sum(flat(line).intersection(flat(county())).length for line in ROADS)
    for res in (9, 8, 7):
        cells, amounts = held.at(res)
        assert amounts.sum() == pytest.approx(inside, rel=1e-6)
        assert np.array_equal(held.of(cells), amounts)
    assert held.of([cell_of(107.75, 32.92)]).tolist() == [0] and held.of([]).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 5000)), min_size=1, max_size=30))
def test_a_rate_is_what_division_gives_where_there_is_enough_and_has_the_class_of_its_size(pairs):
    counts, held = np.array(pairs, dtype=float).T
    found = rates(counts, held, 1000, 100)
    for count, amount, rate, shade in zip(counts, held, found, rate_class_of(PER_PEOPLE_FROM, found), strict=True):
        if amount < 100:
            assert np.isnan(rate) and shade == len(PER_PEOPLE_FROM)
        else:
            assert rate == pytest.approx(1000 * count / amount) and shade == class_in(PER_PEOPLE_FROM, rate)
