"""The leaders' page and its map, and the county for everybody's map, as a browser asks for them."""

import gzip
import io
import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from PIL import Image

from gis_app.models import Category, Major, Member, Stamp, Unit
from gis_app.words import Role
from layers.cells import cell_of, name
from tests.two_towns import EAST, LANE, MARKET, WEST, tell, two_towns  # noqa: F401 (a fixture that every test uses)

pytestmark = pytest.mark.django_db
SEE = [Role.LEADER, Role.DISPATCHER, Role.CLERK]


def signed_in(client, role):
    user = User.objects.create_user(f"some-{role}")
    unit = Unit.objects.filter(kind="department").first() or Unit.objects.create(code="test-unit", name="试验", kind="department")
    Member.objects.create(user=user, role=role, unit=unit if role in (Role.UNIT, Role.WORKER) else None)
    client.force_login(user)
    return client


@pytest.fixture
def leader(client):
    return signed_in(client, Role.LEADER)


def told_today(count, **more):
    tell(count, day=timezone.localdate(), **more)


@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
@pytest.mark.parametrize("role", SEE)
def test_those_who_judge_see_the_map(client, page, role):
    assert signed_in(client, role).get(page).status_code == 200


@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
@pytest.mark.parametrize("role", [Role.UNIT, Role.WORKER, Role.ANALYST])
def test_others_are_told_that_it_is_not_theirs(client, page, role):
    assert signed_in(client, role).get(page).status_code == 403


@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
def test_strangers_are_asked_to_sign_in(client, page):
    answer = client.get(page)
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


def test_the_page_says_how_many_and_where(leader):
    told_today(3)
    told_today(1, at=MARKET, town=EAST)
    told_today(1, at=None, town=EAST)
    page = leader.get("/lead/heat").content.decode()
    assert "5 件，60% 在县城" in page
    assert "另有 1 件只知道镇街" in page
    assert "这是数量图，没有检验" in page
    rows = re.findall(r'<th scope="row">(\S+)</th>.*?<td class="number">(\d+)</td>', page)
    assert rows[:2] == [("西街道", "3"), ("东镇", "2")]


def test_a_comparison_waits_until_there_is_something_to_compare_with(leader):
    told_today(3)
    assert "比上期" not in leader.get("/lead/heat?days=30").content.decode()
    tell(5, day=timezone.localdate() - timedelta(days=59))  # the first day of the thirty before
    page = leader.get("/lead/heat?days=30").content.decode()
    assert "比上期 −2 件" in page
    assert '<td class="number">−2</td>' in page


def test_nothing_in_the_period_before_is_nought_and_no_gap(leader):
    told_today(3)
    tell(5, day=timezone.localdate() - timedelta(days=200))
    assert "比上期 +3 件" in leader.get("/lead/heat?days=30").content.decode()


def test_without_reports_the_page_says_so(leader):
    assert "这段时间没有上报" in leader.get("/lead/heat?task=七").content.decode()


def test_the_switches_keep_each_others_choice(leader):
    page = leader.get("/lead/heat?task=八&days=30").content.decode()
    assert "?task=七&amp;days=30" in page and "?task=八&amp;days=365" in page
    assert "/lead/heat/map?task=八&amp;days=30" in page


@pytest.mark.parametrize("query", ["task=十", "days=31", "days=x", "TASK=六"])
@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
def test_what_the_page_does_not_offer_is_refused(leader, page, query):
    assert leader.get(f"{page}?{query}").status_code == 422


def test_the_page_asks_the_database_at_most_eight_times(leader, django_assert_max_num_queries):
    told_today(3)
    leader.get("/lead/heat")  # what is kept of the kinds and the boundaries is asked for once
    with django_assert_max_num_queries(8):
        leader.get("/lead/heat")


def test_the_map_runs_only_what_this_answer_signed(leader):
    told_today(3)
    answer = leader.get("/lead/heat/map")
    nonce = re.search(r"script-src [^;]*'nonce-([^']+)'", answer["Content-Security-Policy"])[1]
    document = answer.content.decode()
    assert set(re.findall(r"<(?:script|style)(?: nonce=\"([^\"]*)\")?>", document)) == {nonce}
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"].split("style-src-attr")[0]
    assert re.findall(r"""(?:https?:)?//[\w.-]+\.\w+""", document) == []


def test_two_answers_never_share_a_nonce(leader):
    one, two = (leader.get("/lead/heat/map")["Content-Security-Policy"] for _ in range(2))
    assert one != two


def test_the_county_is_for_everybody_and_named_in_both_languages(client):
    towns = client.get("/map/county.json").json()["towns"]
    assert [(town["name"], town["name_en"]) for town in towns] == [("西街道", "Xijiedao"), ("东镇", "Dongzhen")]


def test_the_county_travels_packed_and_only_when_it_changed(client):
    first = client.get("/map/county.json", headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip" and "public" in first["Cache-Control"]
    assert json.loads(gzip.decompress(first.content)) == client.get("/map/county.json").json()
    again = client.get("/map/county.json", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and not again.content


# ---- what else may be laid over the ground

TODAY, LONG_AGO = timezone.localdate, timedelta(days=45)  # in the thirty days before the last thirty
WORDS = {
    "count": "分级：1、2，以后逐级翻倍",
    "density": "密度图（平滑）：每平方千米件数",
    "towns": "分成镇街数大致相等的五级（分位数）",
    "people": "没有人口数据",
    "change": "Benjamini–Hochberg",
}


def seen(client, query):
    """The page of a query, as text."""
    answer = client.get(f"/lead/heat?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def overlay(client, query):
    """What the map's document lays over the ground: (areas, shades, labels)."""
    document = client.get(f"/lead/heat/map?{query}").content.decode()
    found = [re.search(rf"\b{name} = (.*?)[,;]( \w+ = |\n)", document)[1] for name in ("packs", "shades", "labels")]
    packs, shades, labels = map(json.loads, found)
    return packs["8"], shades, labels


@pytest.mark.parametrize("show", WORDS)
def test_every_map_says_how_its_classes_were_made_and_what_it_is_not(leader, show):
    told_today(5)
    tell(3, day=TODAY() - timedelta(days=200))
    page = seen(leader, f"show={show}&days=30")
    assert WORDS[show] in page and 'class="legend' in page
    assert ("没有检验" in page) == (show != "change")
    chart = page[page.index('class="chart"') : page.index('class="towns"')]
    assert "hotspot" not in chart and "热点" not in chart


@pytest.mark.parametrize("show", WORDS)
@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map", "/lead/heat.png"])
def test_every_map_of_a_county_without_reports_is_still_drawn(leader, show, page):
    assert leader.get(f"{page}?show={show}").status_code == 200


def test_a_town_is_coloured_for_what_is_known_by_its_name_only(leader):
    told_today(4, at=None, town=EAST)
    areas, _shades, labels = overlay(leader, "show=towns")
    assert areas["facts"] == [["东镇", "4"]] and labels == ["镇街", "件数"]


def test_more_in_one_place_and_chance_in_another_are_told_apart(leader):
    told_today(40)
    told_today(3, at=MARKET, town=EAST)
    tell(4, day=TODAY() - LONG_AGO)
    tell(2, at=MARKET, town=EAST, day=TODAY() - LONG_AGO)
    tell(1, category="9902", day=TODAY() - timedelta(days=300))
    tell(1, day=TODAY() - timedelta(days=300))
    page = seen(leader, "show=change&days=30")
    assert "1 格的差别不像偶然" in page
    assert re.findall(r"(西街道|东镇).*?(明显多了|明显少了|说不准)", page) == [("西街道", "明显多了"), ("东镇", "说不准")]
    areas, shades, _labels = overlay(leader, "show=change&days=30")
    assert dict(zip(map(tuple, (fact[:2] for fact in areas["facts"])), areas["shade"], strict=True)) == {(40, 4): 0, (3, 2): 3}
    assert shades[4]["colour"].startswith("url(#hatch")


def test_as_many_a_day_is_no_change_when_the_other_period_is_longer(leader):
    told_today(10)
    first, last = TODAY() - timedelta(days=130), TODAY() - timedelta(days=31)
    tell(100, day=last)
    tell(1, day=TODAY() - timedelta(days=300))
    start = TODAY() - timedelta(days=9)
    query = f"show=change&from={start}&to={TODAY()}&than_from={first}&than_to={last}"
    assert "没有一格的差别大到不像偶然" in seen(leader, query)
    told_today(15)
    assert "1 格的差别不像偶然" in seen(leader, query)


def test_a_period_before_there_were_counts_is_not_compared(leader):
    told_today(9)
    assert "那一期还没有数据，比不了" in seen(leader, "show=change&days=30")
    assert overlay(leader, "show=change&days=30")[0]["at"] == []


def test_a_major_narrows_map_and_table(leader, two_towns):  # noqa: F811
    told_today(3)
    major = Major.objects.create(code="98", name="另一类")
    kind = Category.objects.get(code="9901")
    kind.pk, kind.code, kind.name, kind.major = None, "9801", "另一种", major
    kind.save()
    Stamp.bump("rules")
    told_today(2, category="9801")
    assert "5 件" in seen(leader, "days=30") and "2 件" in seen(leader, "major=98&days=30")
    assert overlay(leader, "major=98")[0]["facts"] == [[2, 2]]
    assert leader.get("/lead/heat?task=八&major=98").status_code == 422


def test_dates_go_before_a_number_of_days(leader):
    tell(7, day=TODAY() - LONG_AGO)
    day = TODAY() - LONG_AGO
    assert "7 件" in seen(leader, f"days=30&from={day}&to={day}")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("show=heatmap", "show"),
        ("band=500", "band"),
        ("major=77", "major"),
        ("from=2026-11-02&to=2026-11-01", "from"),
        ("from=2026-11-02", "to"),
        ("from=yesterday&to=2026-11-01", "from"),
        ("from=1026-11-01&to=2026-11-01", "from"),
        ("than_from=2026-01-01&than_to=2099-01-01", "than_to"),
        ("from=2000-01-01&to=9999-12-31", "to"),
    ],
)
@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map", "/lead/heat.png", "/lead/heat/weeks"])
def test_what_cannot_be_read_is_told_with_its_name(leader, page, query, field):
    answer = leader.get(f"{page}?{query}")
    assert answer.status_code == 422 and field in answer.content.decode()


def test_without_people_the_page_says_how_they_are_loaded_and_with_them_it_counts_by_thousand(leader, settings, tmp_path):
    told_today(6)
    page = seen(leader, "show=people")
    assert "population.csv" in page and "load_fixtures" in page
    settings.FIXTURES = tmp_path
    (tmp_path / "population.csv").write_text(
        f"town,people,source,year\n{WEST},3000,统计年鉴,2025\n{EAST},500,统计年鉴,2025\n", encoding="utf-8"
    )
    Stamp.bump("places")
    page = seen(leader, "show=people")
    assert "没有人口数据" not in page and "统计年鉴，2025" in page
    assert re.search(r"西街道.*?2\.00", page) and re.search(r"东镇.*?0\.00", page)
    assert overlay(leader, "show=people")[0]["facts"] == [["西街道", "2.00", 6]]


@pytest.mark.parametrize("show", WORDS)
def test_the_sheet_is_a_picture_of_a4_and_the_same_bytes_each_time(leader, show):
    told_today(5)
    tell(3, day=TODAY() - timedelta(days=200))
    one, two = (leader.get(f"/lead/heat.png?show={show}&days=30") for _ in range(2))
    assert one["Content-Type"] == "image/png" and one.content == two.content
    assert Image.open(io.BytesIO(one.content)).size == (1753, 1240)


def test_a_year_is_played_week_by_week_and_adds_up(leader):
    told_today(3, voices=4)
    tell(2, day=TODAY() - timedelta(weeks=3))
    tell(5, at=None, day=TODAY() - timedelta(weeks=3))
    tell(9, day=TODAY() - timedelta(weeks=60))
    told = leader.get("/lead/heat/weeks?task=六&days=30").json()
    monday = TODAY() - timedelta(days=TODAY().weekday())
    assert told["weeks"] == {str(monday - timedelta(weeks=3)): [[0, 1, 2, 2]], str(monday): [[0, 2, 3, 4]]}
    assert told["cell"] == [name(cell_of(*LANE, 8))]
    bars = re.findall(r'data-said="([^"]*)"', seen(leader, "days=30"))
    assert len(bars) == 53 and bars[-1].endswith("3 件") and bars[-4].endswith("7 件")


def test_the_map_asks_the_api_for_finer_cells_of_what_is_in_view(leader):
    told_today(3)
    told_today(1, at=MARKET, town=EAST)
    document = leader.get("/lead/heat/map?days=30&major=99").content.decode()
    fine = json.loads(re.search(r'fine = (".*?"), sizes', document)[1].replace("\\u0026", "&"))
    told = leader.get(f"{fine}107.7,32.9,107.85,33.1").json()
    assert told["cell"] == [name(cell_of(*LANE, 9))] and told["facts"] == [[3, 3]] and told["shade"] == [2]


@pytest.mark.parametrize("query", ["major=77", "major=99&category=9901", "format=parquet"])
def test_the_api_refuses_what_it_cannot_narrow_by(leader, query):
    assert leader.get(f"/api/v1/heat?{query}").status_code == 422
