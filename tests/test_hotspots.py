"""Leaders' hotspots: where much is told is found, named, ordered and followed; nothing looks like a finding that is none."""

import datetime as dt
import json
import re

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gis_app import frames, hotspots
from gis_app.clock import SHANGHAI
from gis_app.models import Category, CellCount, Edition, Spot, Ticket, Town, Village
from layers import clusters
from layers import hotspots as tests
from layers.cells import cell_of, centre, parents
from layers.clusters import APART_M, OFTEN
from layers.crs import from_metres, to_metres
from layers.picture import Marked, Wording, picture
from tests.conftest import TEA_TOWN
from tests.scenes import scene

pytestmark = pytest.mark.django_db
PAGE = "/lead/hotspots"
VILLAGE = "渔丰村"  # of 茶镇


def today():
    return timezone.localdate()


def tell(count, at=TEA_TOWN, days=3, category="0401", spread=0.0, state="new", town="茶镇", **more):
    """Tickets about a place, opened so many days ago, counted as intake counts them. Returns them."""
    dice = np.random.default_rng(count)
    town = Town.objects.select_related("unit").get(name=town)
    village = Village.objects.filter(name=VILLAGE, town=town).first()
    at_ = timezone.now() - dt.timedelta(days=days)
    rows = []
    for _ticket in range(count):
        lon, lat = at[0] + dice.uniform(-spread, spread), at[1] + dice.uniform(-spread, spread)
        place = {"point": Point(lon, lat), "cell": cell_of(lon, lat), "precision": "point", "place_name": f"茶镇 {VILLAGE}附近"}
        times = {"opened_at": at_, "triage_due_at": at_ + dt.timedelta(hours=2)}
        edition = Edition.objects.filter(kind="towns", active=True).get()
        kept = {"category": Category.objects.get(code=category), "town": town, "village": village, "proposed": town.unit}
        rows.append(Ticket(state=state, edition=edition, **kept, **place, **times, **more))
    Ticket.objects.bulk_create(rows)
    for ticket in rows:
        day, kind = ticket.opened_at.astimezone(SHANGHAI).date(), ticket.category_id
        CellCount.objects.create(day=day, cell=ticket.cell, town_id=ticket.town_id, category_id=kind, opened=1, voices=1)
    return rows


def other_task():
    return Category.objects.filter(task="八").earliest("code").code


@scene
def quiet_county():
    """One ticket here and there over the year, so that there is something to stand out from."""
    quietly()


def quietly():
    dice = np.random.default_rng(1)
    for days in range(1, 360, 9):
        lon, lat = dice.uniform(107.6, 107.9), dice.uniform(32.9, 33.0)
        tell(1, at=(lon, lat), days=days)


@scene
def hot():
    """Much is told at one place of 茶镇 in the last days."""
    quietly()
    return tell(25, spread=0.004)


def page_of(person, path=PAGE, **query):
    answer = person.client.get(path, query)
    assert answer.status_code == 200, answer.content.decode()
    return re.sub(r"<svg.*?</svg>", "", answer.content.decode(), flags=re.DOTALL)


def board(**more):
    return hotspots.board("六", today(), **more)


# ---- what is found


def test_a_place_where_much_is_told_is_found_and_named(hot):
    found, more = hotspots.spotted(board())
    assert len(found) == 1 and more == 0
    place = found[0]
    assert (place.name, place.town.name, place.unit.code) == (VILLAGE, "茶镇", "chazhen")
    assert [kind.code for kind in place.kinds] == ["0401"] and place.of == place.open == place.free == 25
    assert int(parents([cell_of(*TEA_TOWN)], 8)[0]) in place.cells and place.called == "hot99"
    assert place.late == 25, "triage was due two hours after it was told"


def test_what_the_map_counts_in_a_place_is_what_its_tickets_are(hot):
    found = board()
    (place,), _more = hotspots.spotted(found)
    counted = found.counts[np.isin(found.grid.cells, place.cells)].sum()
    assert counted == hotspots.tickets_in(found.grid, place.cells, found.start, found.end, "六").count() == place.of


def test_rejected_and_other_tasks_tickets_are_no_part_of_a_place(hot):
    Ticket.objects.filter(pk=hot[0].pk).update(state="rejected", ended_at=timezone.now())
    tell(9, category=other_task())
    (place,), _more = hotspots.spotted(board())
    assert place.of == 24


def test_all_cells_of_the_county_are_tested_zeros_included(hot):
    found = board()
    assert len(found.grid.cells) == 5248 and found.found.tested.all()


def test_without_tickets_nothing_is_found_and_the_page_says_so(cast):
    assert hotspots.spotted(board()) == ([], 0)
    assert "这段时间没有上报" in page_of(cast.leader)


def test_what_looks_like_chance_is_said_to(cast, quiet_county):
    said = page_of(cast.leader)
    assert "检验过了，没有一处不像偶然" in said and "件数太少" not in said


def test_with_one_ticket_it_says_that_it_could_find_nothing(cast):
    tell(1)
    said, least = page_of(cast.leader), board().found.least[0]
    assert "件数太少" in said and f"p 最小只能到 {float(f'{least:.1g}')}）" in said


def test_two_neighbours_are_unlike_chance_and_still_nothing_to_act_on(cast):
    tell(1), tell(1, at=(TEA_TOWN[0] + 0.009, TEA_TOWN[1]))
    assert board().found.hot.any() and hotspots.spotted(board()) == ([], 1)
    assert "另有 1 处没有列出" in page_of(cast.leader)


def test_change_is_not_asked_where_nothing_was_counted_before(cast):
    tell(25, spread=0.004)
    said = page_of(cast.leader, question="change")
    assert "比不了" in said
    assert not board(question="change").found.hot.any()


def test_more_than_in_the_period_before_is_found_by_the_question_of_change(hot):
    (place,), _more = hotspots.spotted(board(question="change"))
    assert place.name == VILLAGE


def test_a_share_is_large_where_little_else_is_told(quiet_county):
    tell(12, spread=0.003)
    tell(300, at=(107.75, 32.95), spread=0.05, category=other_task())
    found = hotspots.spotted(board(question="share"))[0]
    assert [place.name for place in found][:1] == [VILLAGE]


# ---- how it came about


def test_a_place_that_was_never_hot_before_is_new(hot):
    (place,), _more = hotspots.spotted(board())
    assert (place.trend, place.lasted, place.bars[-1]) == ("new", 1, 25)


def test_a_place_that_has_been_hot_all_the_time_is_persistent(quiet_county):
    for week in range(13):
        tell(12, days=2 + 7 * week, spread=0.004)
    (place,), _more = hotspots.spotted(board())
    assert (place.trend, place.lasted) == ("persistent", 12)


def test_of_a_short_past_no_trend_is_told(cast):
    tell(30, spread=0.004), tell(5, at=(107.7, 32.95), days=12, spread=0.05)
    found = board()
    (place,), _more = hotspots.spotted(found)
    assert found.hot.shape[1] == 0 and (place.trend, place.bars) == ("none", [])
    assert "看不出" in page_of(cast.leader)


# ---- the page


def test_the_page_names_the_place_its_kind_its_unit_and_its_work(cast, hot):
    said = page_of(cast.leader)
    assert "1 处热点要看，1 处有超期" in said
    assert VILLAGE in said and "路灯不亮" in said and "茶镇人民政府" in said
    assert re.search(r'data-label="超期"><b>25</b>', said)


def test_the_nearest_address_stands_beside_a_place(cast, hot, tmp_path):
    assert "附近" not in re.search(r'<th scope="row">.*?</th>', page_of(cast.leader), re.DOTALL)[0]
    (place,), _more = hotspots.spotted(board())
    lon, lat = centre(place.cells[0])
    path = tmp_path / "addresses.csv"
    path.write_text(f"town,name,lon,lat\n茶镇,供销社,{lon + 0.002},{lat}\n茶镇,小学,{lon + 0.003},{lat}\n", encoding="utf-8")
    call_command("load_places", str(path))
    assert hotspots.spotted(board())[0][0].near == "供销社"
    assert "供销社附近" in page_of(cast.leader) and "供销社附近" in page_of(cast.leader, spot_path())


def test_an_address_far_off_is_not_near(hot, tmp_path):
    path = tmp_path / "addresses.csv"
    path.write_text(f"town,name,lon,lat\n茶镇,供销社,{TEA_TOWN[0] + 0.02},{TEA_TOWN[1]}\n", encoding="utf-8")
    call_command("load_places", str(path))
    assert hotspots.spotted(board())[0][0].near == ""


def test_the_map_is_in_the_page_and_asks_for_nothing(cast, hot):
    page = cast.leader.client.get(PAGE).content.decode()
    (svg,) = re.findall(r'<svg [^>]*class="county-picture".*?</svg>', page, re.DOTALL)
    assert "示意边界，非法定界线" in svg and f"1 {VILLAGE}" in svg
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|style=|href=", svg)


def test_the_same_again_at_one_point_is_a_list_of_its_own(cast, quiet_county):
    tell(4)
    again, more = hotspots.recurring("六", today() - dt.timedelta(days=89), today(), comparable=True)
    assert [(one.of, one.before, one.open) for one in again] == [(4, 0, 4)] and more == 0
    assert again[0].q == pytest.approx(0.5**4)
    said = page_of(cast.leader)
    assert "重复发生点" in said and again[0].newest.number in said


def test_what_was_told_there_before_too_is_no_change(quiet_county):
    tell(4), tell(4, days=100)
    (one,), _more = hotspots.recurring("六", today() - dt.timedelta(days=89), today(), comparable=True)
    assert one.before == 4 and one.q > 0.5


def apart(metres, bearing=0.0):
    """TEA_TOWN moved so many metres, by EPSG:4545; bearing: degrees from east."""
    x, y = to_metres(*TEA_TOWN)
    lon, lat = from_metres(x + metres * np.cos(np.radians(bearing)), y + metres * np.sin(np.radians(bearing)))
    return float(lon), float(lat)


def test_three_that_are_50_m_from_each_other_are_one_place(cast, quiet_county):
    told = tell(1) + tell(1, at=apart(50)) + tell(1, at=apart(50, 60))
    tell(1, at=apart(130))
    (one,), _more = hotspots.recurring("六", today() - dt.timedelta(days=6), today(), comparable=True)
    assert {ticket.pk for ticket in one.tickets} == {ticket.pk for ticket in told}
    tell(1, at=apart(29, 30), days=9), tell(1, at=apart(68), days=9)  # on the circle's own ground, and beyond it
    (one,), _more = hotspots.recurring("六", today() - dt.timedelta(days=6), today(), comparable=True)
    assert (one.of, one.before) == (3, 1)


def test_page_and_help_say_what_is_counted_as_one_place(cast, hot):
    assert (APART_M, OFTEN) == (60, 3), "the numbers stand in the sentences"
    for path in (PAGE, "/help/hotspots"):
        assert "3 件以上、两两相距不超过 60 米" in page_of(cast.leader, path)
        cast.leader.client.cookies["django_language"] = "en"
        assert re.search(r"3 or more(, | of which )any two (are )?at most 60 m apart", page_of(cast.leader, path))
        del cast.leader.client.cookies["django_language"]


def test_a_ticket_that_came_back_is_marked(cast):
    codes = [cast.finished() for _ in range(3)]
    cast.dispatcher.takes(codes[0], "rework", reason="还没亮")
    (one,), _more = hotspots.recurring("六", today() - dt.timedelta(days=30), today(), comparable=False)
    assert (one.of, one.reopened, one.before, one.q) == (3, 1, None, None)


@pytest.mark.parametrize("query", ["task=五", "days=7", "question=why", "until=2026-01-01"])
def test_what_the_page_does_not_offer_is_refused(cast, query):
    assert cast.leader.client.get(f"{PAGE}?{query}").status_code in (400, 422)


@pytest.mark.parametrize("role", ["stranger", "officer", "worker"])
def test_only_those_who_see_figures_see_hotspots(cast, role, hot):
    person = cast.everyone()[role]
    assert person.client.get(PAGE).status_code in (302, 403)
    assert person.client.get("/api/v1/hotspots", {"task": "六"}).status_code in (401, 403)


def test_a_page_asks_as_often_however_much_is_told(cast, hot):
    few = asked_by(cast.leader)
    tell(60, spread=0.02)
    assert abs(asked_by(cast.leader) - few) <= 1


def asked_by(person):
    """How often the page asks the database, once it has been opened before."""
    person.client.get(PAGE)
    with CaptureQueriesContext(connection) as caught:
        person.client.get(PAGE)
    return len(caught)


# ---- an order, and what becomes of it


def spot_path(found=None):
    (place, *_more), _n = hotspots.spotted(found or board())
    return f"{PAGE}/{place.key}"


@pytest.fixture
def reported(cast, quiet_county):
    """The same place, told by people: tickets with a history, which steps can be taken on."""
    around = [(TEA_TOWN[0] + 0.006 * (n % 3), TEA_TOWN[1] + 0.006 * (n // 3)) for n in range(9)]
    codes = [cast.reporter.reports("路灯不亮", at, category="0401")["code"] for at in around]
    return list(Ticket.objects.filter(reports__code__in=codes).order_by("pk"))


def ordered(person, tickets, path=None, order="说明怎么防止再来", key="one", **query):
    sent = {"tickets": [f"{ticket.pk}:{ticket.version}" for ticket in tickets], "order": order, "key": key}
    sent["until"] = f"{today() + dt.timedelta(days=5)}T18:00"
    return person.client.post(f"{path or spot_path()}/order", sent)


def test_a_place_shows_its_open_tickets_to_those_who_may_see_them(cast, hot):
    said = page_of(cast.leader, spot_path())
    assert all(ticket.number in said for ticket in hot) and "督办勾上的" in said
    clerks = page_of(cast.clerk, spot_path())
    assert hot[0].number not in clerks and "督办勾上的" not in clerks


def test_a_leader_orders_a_place_and_it_is_followed(cast, reported):
    answer = ordered(cast.leader, reported[:5])
    assert answer.status_code == 302
    spot = Spot.objects.get()
    assert (spot.name, spot.task, spot.ordered_by.username) == (f"{hotspots.spotted(board())[0][0].name} 茶镇", "六", "leader")
    assert spot.tickets == sorted(ticket.pk for ticket in reported[:5])
    assert Ticket.objects.filter(supervised_at__isnull=False).count() == 5
    assert asked_by(cast.leader) <= 10  # with places, a list of points and a place that is followed
    said = page_of(cast.leader)
    assert "督办过" in said and "还太早" in said and "5 件" in said


def test_the_same_form_sent_twice_is_one_order(cast, reported):
    path = spot_path()
    assert ordered(cast.leader, reported[:3], path).status_code == ordered(cast.leader, reported[:3], path).status_code == 302
    assert Spot.objects.count() == 1 and Ticket.objects.get(pk=reported[0].pk).events.filter(step="supervise").count() == 1


def test_of_many_one_refusal_holds_up_no_other_and_is_told(cast, reported):
    path = spot_path()
    cast.dispatcher.takes(reported[0], "reject", reason="double")
    answer = ordered(cast.leader, reported[:3], path)
    assert answer.status_code == 200 and "—" in answer.content.decode()
    assert Spot.objects.get().tickets == sorted(ticket.pk for ticket in reported[1:3])


@pytest.mark.parametrize(("missing", "why"), [("order", "要求"), ("tickets", "哪几件")])
def test_what_is_missing_is_asked_for_and_what_was_typed_stays(cast, reported, missing, why):
    given = {"order": "" if missing == "order" else "请说明怎么防止"}
    answer = ordered(cast.leader, [] if missing == "tickets" else reported[:1], **given)
    assert answer.status_code == 422 and why in answer.content.decode() and given["order"] in answer.content.decode()
    assert not Spot.objects.exists()


def test_a_clerk_orders_nothing(cast, reported):
    assert ordered(cast.clerk, reported[:1]).status_code == 403
    assert not Spot.objects.exists()


def test_a_place_that_is_none_any_more_is_not_found(cast, quiet_county):
    assert cast.leader.client.get(f"{PAGE}/{cell_of(*TEA_TOWN, 8):x}").status_code == 404
    assert cast.leader.client.get(f"{PAGE}/nonsense").status_code == 404


def under_orders(days, leader):
    cells = [int(parents([cell_of(*TEA_TOWN)], 8)[0])]
    at = timezone.now() - dt.timedelta(days=days)
    more = {"answer_due_at": at + dt.timedelta(days=5), "tickets": [1], "ordered_by": leader.user}
    return Spot.objects.create(name="渔丰村 茶镇", task="六", cells=cells, ordered_at=at, **more)


def rest_of_the_county(before, after, ordered_days):
    tell(1, at=(107.7, 32.95), days=ordered_days + 90)  # counting began long ago
    tell(before, at=(107.7, 32.95), days=ordered_days + 10, spread=0.03)
    tell(after, at=(107.7, 32.95), days=ordered_days - 20, spread=0.03)


def test_what_fell_while_the_county_did_not_has_cooled(cast):
    under_orders(60, cast.leader)
    tell(30, days=70), tell(3, days=30)
    rest_of_the_county(100, 100, 60)
    (row,) = hotspots.followed("六", today())
    assert (row.before, row.after, row.verdict) == (30, 3, "cooled") and row.q < 0.001
    assert row.expected == pytest.approx(33 * 103 / 233)


def test_what_fell_as_the_county_did_has_not(cast):
    under_orders(60, cast.leader)
    tell(30, days=70), tell(3, days=30)
    rest_of_the_county(100, 10, 60)
    (row,) = hotspots.followed("六", today())
    assert row.verdict == "same"


def test_what_rose_is_said_to_be_worse(cast):
    under_orders(60, cast.leader)
    tell(5, days=70), tell(30, days=30)
    rest_of_the_county(100, 100, 60)
    assert hotspots.followed("六", today())[0].verdict == "worse"


def test_with_few_tickets_or_little_time_it_is_too_early(cast):
    under_orders(60, cast.leader), under_orders(2, cast.leader)
    tell(2, days=70)
    rest_of_the_county(50, 50, 60)
    assert [row.verdict for row in hotspots.followed("六", today())] == ["soon", "soon"]


# ---- the API and the command


def test_programs_are_told_each_cell_unrounded(cast, hot):
    answer = cast.leader.client.get("/api/v1/hotspots", {"task": "六"}).json()
    found = board()
    by_cell = {feature["properties"]["cell"]: feature["properties"] for feature in answer["features"]}
    shown = np.flatnonzero((found.counts > 0) | (found.found.q < 0.1))
    assert len(by_cell) == len(shown) and answer["tickets"] == found.total and answer["cells"] == 5248
    for position in shown:
        row = by_cell[f"{found.grid.cells[position]:x}"]
        assert (row["count"], row["p"], row["q"]) == (found.counts[position], found.found.p[position], found.found.q[position])
        assert row["z"] == pytest.approx(found.found.z[position], abs=1e-12) and row["class"] == found.found.classes[position]
    assert {row["trend"] for row in by_cell.values() if row["class"] == "hot99"} == {"new"}


@pytest.mark.parametrize(("asked", "told"), [("null=conditional", ("conditional", False)), ("mid=true", ("total", True))])
def test_programs_may_ask_for_the_conditional_null_and_for_mid_p(cast, hot, asked, told):
    answer = cast.leader.client.get(f"/api/v1/hotspots?task=六&{asked}").json()
    found = board()
    expected = tests.load(found.counts, found.grid, *told)
    assert (answer["null"], answer["mid"]) == told and not np.array_equal(expected.p, found.found.p)
    for feature in answer["features"]:
        position = np.searchsorted(found.grid.cells, int(feature["properties"]["cell"], 16))
        assert feature["properties"]["p"] == expected.p[position]


@pytest.mark.parametrize("question", ["share", "change"])
def test_mid_p_is_offered_for_the_other_questions_too(cast, quiet_county, question):
    tell(12, spread=0.003), tell(40, days=120, spread=0.02), tell(40, spread=0.03, category=other_task())
    usual, mid = board(question=question).found, board(question=question, chance=hotspots.Chance(mid=True)).found
    assert usual.tested.any() and (mid.p <= usual.p).all() and (mid.p < usual.p).any()


def test_of_an_empty_county_programs_are_told_nothing(cast):
    answer = cast.leader.client.get("/api/v1/hotspots", {"task": "六", "until": "2020-01-01"}).json()
    assert answer["features"] == [] and answer["least_p"] == {"hot": 1, "cold": 1}


UNFIT = ["task=六&null=none", "task=六&null=conditional&test=share"]
BEYOND = ["task=六&until=0001-01-01", "task=六&until=9999-12-31&test=change"]  # no calendar has the days before, or the sum


@pytest.mark.parametrize("query", ["", "task=五", "task=六&test=x", "task=六&days=0", "task=六&res=8", *BEYOND, *UNFIT])
def test_programs_are_refused_what_is_not_offered(cast, query):
    assert cast.leader.client.get(f"/api/v1/hotspots?{query}").status_code == 422


def test_the_command_lists_the_places(hot, capsys):
    call_command("hotspots")
    assert f"1. {VILLAGE} 茶镇" in capsys.readouterr().out
    call_command("hotspots", "--null", "conditional", "--mid")
    assert "(load, conditional null, mid-p)" in capsys.readouterr().out
    call_command("hotspots", "--json")
    (place,) = json.loads(capsys.readouterr().out)["places"]
    assert (place["of"], place["trend"]) == (25, "new")


def test_the_command_says_when_nothing_stands_out(quiet_county, capsys):
    call_command("hotspots", "--days", "30")
    assert "no place stands out from chance" in capsys.readouterr().out
    for days in ("0", "99999999"):
        with pytest.raises(CommandError, match="at least 1"):
            call_command("hotspots", "--days", days)
    with pytest.raises(CommandError, match="write it like"):
        call_command("hotspots", "--until", "yesterday")
    with pytest.raises(CommandError, match="until"):
        call_command("hotspots", "--until", "0001-01-01")


# ---- the picture


def test_a_picture_is_the_same_every_time_and_keeps_names_as_text(hot):
    found = board()
    (place,), _more = hotspots.spotted(found)
    marked = [Marked(1, np.array(place.cells), clusters.outline(place.cells))]
    wording = Wording("<b>图</b>", "&", "示意边界", "放大", "千米")
    asked = (frames.ground(), found.grid.cells[found.counts > 0], found.found.classes[found.counts > 0], marked, wording)
    once = picture(*asked)
    assert once == picture(*asked) and "&lt;b&gt;图" in once and "<b>" not in once
    assert shapely.from_wkt("POINT (0 0)").is_valid and once.count("<path") > 10


def test_a_day_is_that_of_shanghai():
    assert today() == dt.datetime.now(SHANGHAI).date()
