"""Hotspots held against people or road: what turns red, what the page says of it, and what cannot be asked."""

import json
import re
from html import unescape

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from shapely import Point

from gis_app import hotspots, loading, stats
from gis_app.locate.points import active_edition
from layers.cells import cell_of, centre, county_cells
from layers.hotspots import DRAWS, SEED
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_hotspots import PAGE, board, page_of, quiet_county, tell  # noqa: F401 (fixtures that tests use)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(tmp_path):
    """People here and there in the county, and 60,000 more at the lane."""
    dice, rows = np.random.default_rng(2), [f"{LOTUS_LANE[0]},{LOTUS_LANE[1]},60000"]
    for lon, lat in dice.uniform((107.5, 32.8), (108.1, 33.05), (4000, 2)):
        rows.append(f"{lon},{lat},20.5")
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["lon,lat,people", *rows]), encoding="utf-8")
    loading.activate(loading.load_people(path, loading.Ask(source="统计局 2025")))


@pytest.fixture
def two_piles(quiet_county):  # noqa: F811
    """As much is told where 60,000 live as where few do."""
    tell(25, at=LOTUS_LANE, spread=0.004)
    tell(25, at=TEA_TOWN, spread=0.004)


def is_hot(found, at):
    position = np.searchsorted(found.grid.cells, cell_of(*at, 8))
    return bool(found.found.hot[position])


def test_much_where_many_live_is_red_by_number_and_not_by_people(two_piles, people):
    by_number, by_people = board(), board(per="people")
    assert is_hot(by_number, LOTUS_LANE) and is_hot(by_number, TEA_TOWN)
    assert not is_hot(by_people, LOTUS_LANE) and is_hot(by_people, TEA_TOWN)


def test_the_page_says_what_it_was_held_against_how_exactly_and_what_is_an_estimate(cast, two_piles, people):
    page = unescape(page_of(cast.leader, per="people"))
    assert "照住的人数算" in page and "p 值是精确的" in page and "一圈不足 100 人的不检验" in page and "统计局 2025" in page
    assert f"打乱 {DRAWS:,} 次（种子 {SEED}）" in page and "只是估计" in page
    assert "按人口" in page and "按道路" not in page
    assert f"检验 {int(board(per='people').found.tested.sum()):,} 格" in page
    left_out = board(per="people").held.left_out
    assert left_out == 0 or f"{left_out} 件所在的格没有底数" in page


def test_without_people_or_roads_neither_is_offered(cast, two_piles):
    page = page_of(cast.leader)
    assert "按人口" not in page and "按道路" not in page and "不折算" not in page


def test_links_keep_what_it_is_held_against_and_drop_it_for_the_other_questions(cast, two_piles, people):
    page = unescape(page_of(cast.leader, per="people"))
    assert "?task=八&days=90&question=load&per=people" in page
    assert "?task=六&days=90&question=share" in page and "question=share&per" not in page
    (key,) = re.findall(r'/lead/hotspots/([0-9a-f]{15})\?[^"#]*per=people"', page)[:1]
    assert cast.leader.client.get(f"{PAGE}/{key}?per=people").status_code == 200


@pytest.mark.parametrize(
    ("query", "told"), [("per=roads", "还没有装入"), ("per=dogs", "people、roads"), ("per=people&question=share", "不用再折算")]
)
def test_what_it_cannot_be_held_against_is_said(cast, two_piles, people, query, told):
    answer = cast.leader.client.get(f"{PAGE}?{query}")
    assert answer.status_code == 422 and told in answer.content.decode()
    asked = query.replace("question", "test")
    program = cast.leader.client.get(f"/api/v1/hotspots?task=六&{asked}")
    assert program.status_code == 422 and told in json.dumps(program.json(), ensure_ascii=False)


def test_programs_are_told_the_exact_p_the_drawn_one_and_what_each_cell_has(cast, two_piles, people):
    answer, found = cast.leader.client.get("/api/v1/hotspots", {"task": "六", "per": "people"}).json(), board(per="people")
    told = (answer["per"], answer["least"], answer["source"], answer["draws"], answer["seed"])
    assert told == ("people", 100, "统计局 2025", DRAWS, SEED)
    for feature in answer["features"]:
        row = feature["properties"]
        position = np.searchsorted(found.grid.cells, int(row["cell"], 16))
        assert row["p"] == found.found.p[position] and row["exposure"] == pytest.approx(found.held.amounts[position])
        assert (row["p_drawn"] is None) == (row["exposure"] < 100)


def test_what_is_told_where_nobody_lives_is_left_out_and_said(cast, two_piles, people):
    middle = active_edition().index.outlines[0]
    held = stats.exposures()["people"].of(county_cells(middle, 8))
    nobody = county_cells(middle, 8)[np.flatnonzero(held == 0)]
    inside = next(centre(cell) for cell in nobody if middle.contains(Point(centre(cell))))
    before = board(per="people").held.left_out
    tell(3, at=inside, spread=0)
    assert board(per="people").held.left_out == before + 3
    assert f"{before + 3} 件所在的格没有底数" in unescape(page_of(cast.leader, per="people"))


def test_the_terminal_lists_them_and_says_what_is_drawn(two_piles, people, capsys):
    call_command("hotspots", "--per", "people")
    told = capsys.readouterr().out
    assert "by people, exact" in told and f"{DRAWS:,} draws, seed {SEED}" in told and "茶镇" in told
    call_command("hotspots", "--per", "people", "--json")
    assert json.loads(capsys.readouterr().out)["per"] == "people"
    with pytest.raises(CommandError, match="load_roads"):
        call_command("hotspots", "--per", "roads")


def test_the_trend_is_held_against_people_too(two_piles, people):
    found = board(per="people")
    lane = np.searchsorted(found.grid.cells, cell_of(*LOTUS_LANE, 8))
    assert board().hot[lane].any() and not found.hot[lane].any()
    assert hotspots.spotted(found)[0][0].town.name == "茶镇"
