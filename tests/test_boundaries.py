"""Boundaries that can be trusted: a file becomes an edition with an honest report; using one can be refused, and undone."""

import io
import json
import re

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from django.conf import settings
from django.core.management import CommandError, call_command

from gis_app import loading, locate
from gis_app.errors import BadField, BadFile, EditionUnfit, EditionUnsure, NothingToUndo, OutsideArea
from gis_app.loading import told
from gis_app.loading.cutting import cut_unit_grids
from gis_app.locate.points import outlines_of
from gis_app.models import Act, Address, Boundary, CellCount, Edition, Event, Grid, Stamp, Ticket, Town, Village, Zone
from gis_app.words import EditionKind
from layers.crs import METRES, wgs84_to_bd09, wgs84_to_gcj02
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.edited_towns import swapped

pytestmark = pytest.mark.django_db
TOWNS, CODES = EditionKind.TOWNS, "code"
TEA, GORGE = "610724110", "610724108"  # 茶镇 and 峡口镇
NEAR_THE_BORDER = (107.7715, 32.9816)


@pytest.fixture(scope="module")
def towns():
    """The county's seventeen towns as a frame."""
    return geopandas.read_file(settings.FIXTURES / "towns.geojson")[["code", "name", "geometry"]]


@pytest.fixture
def file(tmp_path):
    """A function that writes a frame as a GeoJSON file without a word about its system."""

    def write(frame, name="towns.geojson"):
        path = tmp_path / name
        plain = json.loads(frame.to_json(drop_id=True))
        plain.pop("crs", None)
        path.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def manage(command, *words):
    """What a command says on stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, words), stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def moved(frame, code, east=0.0, north=0.0):
    """A frame in which one area lies elsewhere, in metres."""
    flat = frame.to_crs(METRES)
    flat.loc[flat["code"] == code, "geometry"] = flat.loc[flat["code"] == code].translate(east, north)
    return flat.to_crs(4326)


def shrunk(frame, code, metres):
    """A frame in which one area is smaller all around."""
    flat = frame.to_crs(METRES)
    flat.loc[flat["code"] == code, "geometry"] = flat.loc[flat["code"] == code].buffer(-metres)
    return flat.to_crs(4326)


def merged(frame, into, gone):
    """A frame in which some areas have become part of one."""
    codes = frame["code"].replace(dict.fromkeys(gone, into))
    names = dict(zip(frame["code"], frame["name"], strict=True))
    return frame.assign(code=codes, name=codes.map(names)).dissolve("code", as_index=False)[["code", "name", "geometry"]]


def in_use():
    return Edition.objects.get(kind=TOWNS, active=True)


def town_at(point):
    Stamp.forget()
    return locate.town_of(*point).code


# ---- reading


def test_the_countys_own_file_has_nothing_to_report(towns, file):
    edition = loading.load(TOWNS, file(towns))
    assert [row["how"] for row in edition.report["rows"]] == ["code"] * 17
    assert (edition.report["repairs"], edition.report["faults"], edition.report["closed"]) == ([], [], {})
    assert loading.hard_faults(edition) == loading.doubts(edition) == []
    assert loading.change_of(edition).land == []


@pytest.mark.parametrize(("crs", "to"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
@pytest.mark.parametrize("said", [True, False])
def test_a_shifted_file_lands_on_the_same_places_said_or_found_out(towns, file, crs, to, said):
    shapes = shapely.transform(towns.geometry.to_numpy(), lambda at: np.column_stack(to(*at.T)))
    path = file(towns.set_geometry(list(shapes), crs=None).set_crs(4326))
    edition = loading.load(TOWNS, path, loading.Ask(crs=crs if said else None))
    assert (edition.report["crs"], edition.report["crs_from"]) == (crs, "given" if said else "tried")
    assert said or max(edition.report["fits"], key=edition.report["fits"].get) == crs
    assert loading.change_of(edition).land == []


@pytest.mark.parametrize("crs", ["4490", "EPSG:4545", "4544", "4546", "32648"])
def test_metres_and_degrees_of_other_systems_are_what_the_clerk_says(towns, file, crs):
    metres = towns.to_crs(int(crs.removeprefix("EPSG:"))).set_crs(4326, allow_override=True)
    assert loading.change_of(loading.load(TOWNS, file(metres), loading.Ask(crs=crs))).land == []


def test_names_in_any_spelling_are_matched_and_the_rest_is_told(towns, file):
    called = {TEA: "Chazhen", GORGE: "西乡县峡口镇人民政府", "610724101": "楊河鎮", "610724001": "城关镇", "610724118": "新设镇"}
    names = [called.get(code, name) for code, name in zip(towns["code"], towns["name"], strict=True)]
    edition = loading.load(TOWNS, file(towns.drop(columns="code").assign(乡镇=names).drop(columns="name")))
    rows = {row["name"]: row for row in edition.report["rows"]}
    heard = {name: (rows[name]["code"], rows[name]["how"]) for name in ("Chazhen", "楊河鎮")}
    assert heard == {"Chazhen": (TEA, "pinyin"), "楊河鎮": ("610724101", "pinyin")}
    assert rows["西乡县峡口镇"]["code"] == GORGE
    assert (rows["城关镇"]["how"], rows["城关镇"]["others"]) == ("provisional", ["610724001", "610724002"])
    assert re.fullmatch("6107249[0-9]{2}", rows["新设镇"]["code"]) and rows["新设镇"]["how"] == "provisional"
    assert "新设镇" in loading.doubts(edition)[0] and not Town.objects.filter(name="新设镇").exists()


def test_two_outlines_that_claim_one_town_are_both_told(towns, file):
    claimed = towns.assign(code=None, name=towns["name"].replace({"茶镇": "杨河"}))  # beside 杨河镇 itself
    rows = {row["name"]: row for row in loading.load(TOWNS, file(claimed)).report["rows"]}
    assert (rows["杨河镇"]["how"], rows["杨河"]["how"], rows["杨河"]["others"]) == ("name", "doubled", ["610724101"])


def test_a_code_that_contradicts_its_name_needs_somebody_who_insists(towns, file):
    names = towns["name"].replace({"茶镇": "峡口镇", "峡口镇": "茶镇"})
    said = manage("load_towns", file(towns.assign(name=names)))
    edition = Edition.objects.latest("pk")
    assert not edition.active and "编号和名称说的不是一处" in said
    loading.activate(edition, insist=True)
    assert Town.objects.get(code=TEA).name == "茶镇"


def test_a_file_of_another_place_is_loaded_to_be_looked_at_and_cannot_be_used(towns, file):
    far = towns.set_geometry(towns.translate(5, 3))
    said = manage("load_towns", file(far))
    edition = Edition.objects.latest("pk")
    assert (edition.report["crs_from"], edition.active) == ("none", False)
    assert "system" in edition.report["hard"] and "gap" in edition.report["hard"] and "对不上县界" in said


def test_columns_can_be_named_and_a_wrong_name_lists_those_that_are_there(towns, file):
    odd = towns.rename(columns={"code": "f1", "name": "f2"})
    edition = loading.load(TOWNS, file(odd), loading.Ask(code_field="F1", name_field="f2"))
    assert {row["how"] for row in edition.report["rows"]} == {"code"}
    by_content = loading.load(TOWNS, file(odd, "b.geojson"))
    assert {row["how"] for row in by_content.report["rows"]} == {"name"}
    with pytest.raises(BadFile, match="f9.*f1.*f2"):
        loading.load(TOWNS, file(odd, "c.geojson"), loading.Ask(code_field="f9"))


BROKEN = {
    "metres in one": lambda features: features[3].update(
        geometry={"type": "Polygon", "coordinates": [[[5e5, 36e5], [6e5, 36e5], [6e5, 37e5], [5e5, 36e5]]]}
    ),
    "a point": lambda features: features[3].update(geometry={"type": "Point", "coordinates": [107, 33]}),
    "nothing": lambda features: features.clear(),
    "neither code nor name": lambda features: features[3]["properties"].update(code=None, name=None),
    "a line folded onto itself": lambda features: features[3].update(
        geometry={"type": "Polygon", "coordinates": [[[107.7, 33], [107.8, 33], [107.7, 33], [107.7, 33]]]}
    ),
    "one point four times": lambda features: features[3].update(
        geometry={"type": "Polygon", "coordinates": [[[107.7, 33]] * 4]}
    ),
    "a name too long": lambda features: features[3]["properties"].update(code=None, name="长" * 61),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence_and_leaves_nothing(what, towns, file):
    path = file(towns)
    whole = json.loads(path.read_text(encoding="utf-8"))
    BROKEN[what](whole["features"])
    path.write_text(json.dumps(whole), encoding="utf-8")
    before = Edition.objects.count(), Act.objects.count()
    with pytest.raises(CommandError) as refused:
        manage("load_towns", path, "--crs", "4326")
    assert path.name in str(refused.value) and "Traceback" not in str(refused.value)
    assert (Edition.objects.count(), Act.objects.count()) == before


RUNS = '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read %s ! write --of stream streamed"}'
OPENS = '<OGRVRTDataSource><OGRVRTLayer name="towns"><SrcDataSource>%s</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize(("name", "trap"), [("a.geojson", RUNS), ("a.json", RUNS), ("a.kml", OPENS), ("a.geojson", OPENS)])
def test_a_file_that_would_open_another_is_no_map(tmp_path, name, trap):
    (tmp_path / name).write_text(trap % (settings.FIXTURES / "towns.geojson"), encoding="utf-8")
    with pytest.raises(BadFile):
        loading.load(TOWNS, tmp_path / name, loading.Ask(crs="4326"))
    assert {"GDALG", "OGR_VRT", "HTTP", "WFS"} & set(pyogrio.list_drivers()) == set()


# ---- the report


def test_a_seam_of_a_metre_is_closed_and_one_of_a_hundred_is_not(towns, file):
    small = loading.load(TOWNS, file(shrunk(towns, TEA, 0.5)))
    assert small.report["closed"]["gap"][0] >= 1 and small.report["hard"] == []
    wide = loading.load(TOWNS, file(shrunk(towns, TEA, 50), "wide.geojson"))
    assert wide.report["hard"] == ["gap"] and wide.report["faults"][0]["kind"] == "gap"
    measured = towns.to_crs(METRES).set_index("code").geometry[TEA]
    assert wide.report["sums"]["gap"][1] == pytest.approx(measured.area - measured.buffer(-50).area, rel=0.02)


def test_closed_seams_are_one_shared_edge_and_every_place_still_has_its_town(towns, file):
    edition = loading.load(TOWNS, file(moved(shrunk(towns, TEA, 0.4), GORGE, 0.7, 0.3)))
    shapes = outlines_of(Boundary.objects.filter(edition=edition))
    assert shapely.coverage_is_valid(shapes)
    assert loading.hard_faults(edition) == []


def test_an_overlap_is_measured_and_keeps_the_edition_from_use(towns, file):
    path = file(moved(towns, TEA, 300))
    assert "重叠" in manage("load_towns", path)
    edition = Edition.objects.latest("pk")
    assert not edition.active and {"gap", "overlap"} <= set(edition.report["hard"])
    with pytest.raises(EditionUnfit):
        loading.activate(edition, insist=True)
    biggest = next(fault for fault in edition.report["faults"] if fault["kind"] == "overlap")
    assert TEA in biggest["codes"] and biggest["m2"] > 10_000 and 107 < biggest["lon"] < 109


def test_the_report_is_told_as_text_as_json_and_as_shapes(towns, file):
    path = file(moved(towns, TEA, 300))
    answer = json.loads(manage("load_towns", path, "--json", "--draft"))
    edition = Edition.objects.get(pk=answer["edition"])
    assert answer["cannot"] and answer["change"]["land"] and answer["rows"][0]["how"] == "code"
    features = told.on_a_map(edition, loading.change_of(edition))["features"]
    assert {feature["properties"]["layer"] for feature in features} == {"area", "fault", "land"}
    assert all(shapely.geometry.shape(feature["geometry"]).is_valid for feature in features)


def test_a_dry_run_reports_and_keeps_nothing(towns, file):
    before = Edition.objects.count(), in_use().pk, Act.objects.count()
    said = manage("load_towns", file(swapped(towns, TEA, GORGE)), "--dry-run")
    assert "换手的地" in said and "would load 17" in said
    assert (Edition.objects.count(), in_use().pk, Act.objects.count()) == before


# ---- using one


def test_a_sound_file_is_in_use_at_once_and_every_place_follows(towns, file):
    was = in_use()
    assert town_at(TEA_TOWN) == TEA
    assert "in use" in manage("load_towns", file(swapped(towns, TEA, GORGE)))
    assert town_at(TEA_TOWN) == GORGE
    loading.roll_back(TOWNS)
    assert in_use() == was and town_at(TEA_TOWN) == TEA


def test_a_draft_waits_until_somebody_uses_it(towns, file):
    manage("load_towns", file(swapped(towns, TEA, GORGE)), "--draft")
    draft = Edition.objects.latest("pk")
    assert town_at(TEA_TOWN) == TEA
    assert "茶镇" in manage("editions", "--show", draft.pk) and str(draft.pk) in manage("editions")
    manage("editions", "--activate", draft.pk)
    assert town_at(TEA_TOWN) == GORGE
    manage("editions", "--undo", "towns")
    assert town_at(TEA_TOWN) == TEA


def test_more_than_two_fifths_may_not_vanish_unless_a_clerk_insists_and_the_log_says_so(towns, file, cast):
    codes = list(towns["code"])
    path = file(merged(towns, codes[0], codes[1:9]))  # nine become one: eight of seventeen are gone
    assert "要坚持才能启用" in manage("load_towns", path)
    edition = Edition.objects.latest("pk")
    assert not edition.active
    with pytest.raises(EditionUnsure):
        loading.activate(edition, cast.clerk.user)
    loading.activate(edition, cast.clerk.user, insist=True)
    assert in_use() == edition and town_at(LOTUS_LANE) == codes[0]
    act = Act.objects.latest("seq")
    assert (act.act, act.user, bool(act.given["insisted"])) == ("activate", cast.clerk.user, True)


def test_seven_of_seventeen_may_vanish_without_a_word(towns, file):
    codes = list(towns["code"])
    assert "in use" in manage("load_towns", file(merged(towns, codes[0], codes[1:7])))


def test_undoing_goes_back_step_by_step_and_then_says_that_there_is_nothing(towns, file):
    first = in_use()
    manage("load_towns", file(swapped(towns, TEA, GORGE), "one.geojson"))
    second = in_use()
    manage("load_towns", file(swapped(towns, TEA, "610724101"), "two.geojson"))
    assert [loading.roll_back(TOWNS), loading.roll_back(TOWNS)] == [second, first]
    Edition.objects.filter(pk=first.pk).update(before=None)
    with pytest.raises(NothingToUndo):
        loading.roll_back(TOWNS)


def test_provisional_towns_become_rows_when_they_come_into_use_and_keep_their_codes(towns, file, cast):
    new = towns.assign(code=towns["code"].replace({TEA: None}), name=towns["name"].replace({"茶镇": "新茶乡"}))
    edition = loading.load(TOWNS, file(new))
    code = next(row["code"] for row in edition.report["rows"] if row["name"] == "新茶乡")
    again = loading.load(TOWNS, file(new, "again.geojson"), loading.Ask(snap=1.0))
    assert next(row["code"] for row in again.report["rows"] if row["name"] == "新茶乡") == code
    loading.activate(edition, insist=True)
    answer = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    assert answer["place"]["town"] == {"code": code, "name": "新茶乡"} and answer["unit"]["code"]


def test_the_log_of_acts_is_one_chain(towns, file, cast):
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    loading.roll_back(TOWNS, cast.clerk.user)
    assert [act.act for act in Act.objects.order_by("-seq")[:3]] == ["roll_back", "activate", "load"]
    assert "unbroken" in manage("verify_audit")


# ---- open tickets


def test_open_tickets_move_only_when_somebody_says_so_and_each_has_an_event(cast, towns, file):
    pk = Ticket.objects.get(reports__code=cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]).pk
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    assert Ticket.objects.get(pk=pk).town.code == TEA
    said = manage("relocate", "--dry-run")
    assert f"X{pk:07d}" in said and "茶镇 → 峡口镇" in said
    assert Ticket.objects.get(pk=pk).town.code == TEA
    manage("relocate")
    ticket = Ticket.objects.get(pk=pk)
    assert (ticket.town.code, ticket.edition) == (GORGE, in_use())
    event = Event.objects.filter(ticket=pk).latest("seq")
    assert (event.step, event.actor_kind, event.from_state, event.to_state) == ("relocate", "system", "new", "new")
    assert loading.moves() == [] and "unbroken" in manage("verify_audit")


def test_what_is_closed_stays_where_it_was_counted(cast, towns, file):
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "close", result="ok")
    was, counted = Ticket.objects.get(pk=ticket["id"]), set(CellCount.objects.values_list("day", "cell", "town__code", "opened"))
    manage("load_towns", file(swapped(towns, was.town.code, GORGE if was.town.code == TEA else TEA)))
    manage("relocate")
    now = Ticket.objects.get(pk=was.pk)
    assert (now.town, now.edition, now.version) == (was.town, was.edition, was.version)
    assert set(CellCount.objects.values_list("day", "cell", "town__code", "opened")) == counted


def test_a_dispatched_ticket_whose_unit_changes_is_recalled_in_the_same_moment(cast, towns, file):
    code = cast.reporter.reports("村里垃圾没人收", TEA_TOWN, category="0302")["code"]
    cast.dispatcher.takes(code, "accept")
    sent = cast.dispatcher.takes(code, "dispatch", unit="chazhen")
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    move = next(move for move in loading.moves() if move.ticket.pk == sent["id"])
    assert move.changes_unit is (move.unit_now.code != move.unit_was.code)
    loading.relocate([move], cast.clerk.user)
    ticket = Ticket.objects.get(pk=sent["id"])
    steps = list(Event.objects.filter(ticket=ticket).order_by("seq").values_list("step", flat=True))
    if move.changes_unit:
        assert (ticket.state, ticket.unit, ticket.proposed) == ("accepted", None, move.unit_now)
        assert steps[-2:] == ["relocate", "recall"]
        told_unit = Event.objects.get(ticket=ticket, step="recall").notices.filter(audience="unit").get()
        assert told_unit.unit.code == "chazhen"
    assert cast.reporter.follows(code)["state"]
    assert "unbroken" in manage("verify_audit")


def test_a_closed_ticket_and_one_known_by_name_stay_where_they_were(cast, towns, file):
    named = cast.reporter.reports("茶镇路灯不亮", category="0401")["code"]
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    assert Ticket.objects.get(reports__code=named).pk not in [move.ticket.pk for move in loading.moves()]


def test_a_ticket_that_somebody_works_on_meanwhile_is_left_and_told(cast, towns, file):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    seen = loading.moves()
    cast.dispatcher.takes(code, "accept")
    moved_ones, left = loading.relocate(seen)
    assert [move.ticket.reports.get().code for move in left] == [code] and moved_ones == []


def test_a_dispatcher_moves_a_pin_and_the_ticket_follows(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    ticket = cast.dispatcher.takes(code, "relocate", lon=LOTUS_LANE[0], lat=LOTUS_LANE[1])
    assert ticket["town"]["code"] == "610724001" and ticket["place"]["lon"] == LOTUS_LANE[0]
    refused = cast.dispatcher.tries(code, "relocate", lon=107.0, lat=32.0)
    assert (refused.status_code, refused.json()["type"]) == (422, "outside-area")
    refused = cast.dispatcher.tries(code, "relocate", lon="east", lat=32.0)
    assert (refused.status_code, refused.json()["type"]) == (422, "bad-field")


def test_a_towns_end_takes_its_villages_and_their_tickets_along_and_undoing_brings_them_back(cast, towns, file):
    village = Village.objects.filter(town__code=TEA).first()
    named = Ticket.objects.get(reports__code=cast.reporter.reports(f"茶镇{village.name}路灯不亮", category="0401")["code"])
    assert (named.town.code, named.precision) == (TEA, "village")
    manage("load_towns", file(merged(towns, GORGE, [TEA])))
    assert {row.town.code for row in Village.objects.filter(code__startswith=TEA)} == {GORGE}
    fresh = cast.reporter.reports(f"{village.name}路灯不亮", category="0401")
    assert fresh["place"]["town"]["code"] == GORGE and fresh["unit"]["code"] != "chazhen"
    assert [move.ticket.pk for move in loading.moves()] == [named.pk]
    loading.relocate(loading.moves())
    named.refresh_from_db()
    assert (named.town.code, named.precision, named.village) == (GORGE, "village", village) and loading.moves() == []
    loading.roll_back(TOWNS)
    assert {row.town.code for row in Village.objects.filter(code__startswith=TEA)} == {TEA}


def test_relocating_once_is_enough(cast, towns, file):
    cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    Ticket.objects.update(village=Village.objects.filter(town__code=TEA).first())
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    manage("relocate")
    assert loading.moves() == []


def test_whoever_chose_a_side_of_a_border_stays_there(cast):
    Ticket.objects.filter(reports__code=cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]).update(
        town=Town.objects.get(code=GORGE), receipt={"side": GORGE, "where": {"town": GORGE, "zones": []}}
    )
    assert loading.moves() == []


def test_a_batch_that_was_reviewed_under_other_boundaries_moves_nothing(cast, towns, file):
    cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    seen = loading.moves()
    manage("load_towns", file(swapped(towns, TEA, "610724101"), "other.geojson"))
    moved_ones, left = loading.relocate(seen, cast.clerk.user)
    assert moved_ones == [] and len(left) == 1
    act = Act.objects.latest("seq")
    assert (act.act, act.user, act.given["moved"]) == ("relocate", cast.clerk.user, [])


def test_undoing_never_goes_in_a_circle(towns, file):
    first = in_use()
    manage("load_towns", file(swapped(towns, TEA, GORGE), "one.geojson"))
    second = in_use()
    manage("load_towns", file(swapped(towns, TEA, "610724101"), "two.geojson"))
    loading.activate(second)
    assert loading.roll_back(TOWNS) == first
    with pytest.raises(NothingToUndo):
        [loading.roll_back(TOWNS) for _ in range(5)]


def test_the_countys_folder_does_not_override_a_clerk(towns, file):
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    clerks = in_use()
    manage("load_fixtures", "--again")
    assert in_use() == clerks


def test_a_file_is_read_again_when_the_names_it_was_matched_by_have_changed(towns, file):
    path = file(towns.assign(code=""))
    first = loading.load(TOWNS, path)
    assert loading.load(TOWNS, path) == first
    Town.objects.filter(code=TEA).update(name="新茶镇", aliases=["茶镇"])
    second = loading.load(TOWNS, path)
    assert second != first and second.boundaries.get(code=TEA).name == "新茶镇"
    assert [row["known"] for row in second.report["rows"] if row["code"] == TEA] == ["新茶镇"]
    assert loading.load(TOWNS, path) == second and first.boundaries.get(code=TEA).name == "茶镇"


def test_a_file_that_comes_to_the_same_is_the_edition_that_it_was_with_todays_report(towns, file):
    path = file(towns.assign(code="", name=towns["name"].replace("茶镇", "远方镇")))
    first = loading.load(TOWNS, path)
    assert loading.doubts(first)  # a name that nobody knows
    loading.activate(first, insist=True)
    again = loading.load(TOWNS, path)  # the town is there now, and so is its name
    assert again == first and loading.doubts(again) == []
    assert Act.objects.filter(act="load", about=f"edition {first.pk} of towns").count() == 1


def test_villages_are_read_again_under_other_towns(towns, file):
    path = file(geopandas.GeoDataFrame({"name": ["新村"]}, geometry=squares(TEA, 1, towns), crs=4326), "villages.geojson")
    first = loading.load("villages", path)
    manage("load_towns", file(swapped(towns, TEA, GORGE)))
    second = loading.load("villages", path)
    assert [row.boundaries.get().given["in_town"] for row in (first, second)] == [TEA, GORGE]
    loading.roll_back(TOWNS)
    assert loading.load("villages", path) == first


def test_an_edition_that_was_never_used_is_forgotten_by_its_number(towns, file):
    draft = loading.load(TOWNS, file(swapped(towns, TEA, GORGE)))
    assert "would be deleted" in manage("editions", "--forget", draft.pk, "--dry-run")
    assert Edition.objects.filter(pk=draft.pk).exists()
    assert "deleted" in manage("editions", "--forget", draft.pk) and not Edition.objects.filter(pk=draft.pk).exists()
    for more in ((), ("--dry-run",)):
        with pytest.raises(CommandError, match="正在用"):
            manage("editions", "--forget", in_use().pk, *more)
    act = Act.objects.latest("seq")
    assert (act.act, act.about, act.user) == ("forget", f"edition {draft.pk} of towns", None)


# ---- the other kinds


def squares(town, n, towns):
    """n strips of a town, west to east, that fill it."""
    whole = towns.set_index("code").geometry[town]
    west, south, east, north = whole.bounds
    cuts = np.linspace(west, east, n + 1)
    return [shapely.intersection(whole, shapely.box(a, south, b, north)) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def test_responsibility_grids_have_a_town_and_a_worker_and_tickets_fall_into_them(towns, file, cast):
    named = {"code": ["G1", "G2"], "name": ["东格", "西格"], "worker": [cast.worker.user.username, "nobody"]}
    path = file(geopandas.GeoDataFrame(named, geometry=squares(TEA, 2, towns), crs=4326), "grids.geojson")
    assert "in use" in manage("load_grids", path)
    assert {grid.town.code for grid in Grid.objects.all()} == {TEA}
    assert Grid.objects.get(code="G1").worker == cast.worker.user and Grid.objects.get(code="G2").worker is None
    Stamp.forget()
    pk = Ticket.objects.get(reports__code=cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]).pk
    assert Ticket.objects.get(pk=pk).grid.code in ("G1", "G2")


def test_grids_of_one_name_in_two_towns_are_two(towns, file):
    shapes = [shape for town in (TEA, GORGE) for shape in squares(town, 1, towns)]
    path = file(geopandas.GeoDataFrame({"name": ["第一网格"] * 2}, geometry=shapes, crs=4326), "grids.geojson")
    manage("load_grids", path)
    assert {(grid.code[:9], grid.town.code) for grid in Grid.objects.all()} == {(TEA, TEA), (GORGE, GORGE)}


def test_a_file_without_workers_takes_none_away_and_a_grid_in_no_town_is_a_doubt(towns, file, cast):
    named = {"code": ["G1"], "name": ["东格"], "worker": [cast.worker.user.username]}
    manage("load_grids", file(geopandas.GeoDataFrame(named, geometry=squares(TEA, 1, towns), crs=4326), "one.geojson"))
    named = {"code": ["G1", "G2"], "name": ["东格", "远格"]}
    shapes = [*squares(TEA, 1, towns), shapely.box(100, 30, 100.1, 30.1)]
    said = manage("load_grids", file(geopandas.GeoDataFrame(named, geometry=shapes, crs=4326), "two.geojson"))
    assert "远格" in said and "坚持" in said
    loading.activate(Edition.objects.latest("pk"), insist=True)
    assert Grid.objects.get().worker == cast.worker.user


def test_a_street_given_as_a_line_is_as_wide_as_it_says(tmp_path):
    line = shapely.LineString([LOTUS_LANE, (LOTUS_LANE[0] + 0.01, LOTUS_LANE[1])])
    streets = {"code": ["Z1", "Z2"], "name": ["莲花路", "宽街"], "width": [None, 60]}
    shapes = [line, shapely.transform(line, lambda at: at + (0, 0.01))]
    geopandas.GeoDataFrame(streets, geometry=shapes, crs=4326).to_file(tmp_path / "streets.gpkg")
    manage("load_zones", tmp_path / "streets.gpkg")
    areas = Edition.objects.get(kind="zones", active=True).report["areas"]
    assert areas["Z2"] / areas["Z1"] == pytest.approx(2, rel=0.01) and Zone.objects.filter(code="Z1").exists()
    Stamp.forget()
    assert locate.at_point(*LOTUS_LANE).zones == ("Z1",)
    geopandas.GeoDataFrame(streets | {"width": [5000, 1]}, geometry=shapes, crs=4326).to_file(tmp_path / "wide.gpkg")
    with pytest.raises(CommandError, match="1000"):
        manage("load_zones", tmp_path / "wide.gpkg")


def test_village_outlines_are_matched_and_places_know_their_village(towns, file):
    of_town = list(Village.objects.filter(town__code=TEA).order_by("code"))
    shapes = squares(TEA, len(of_town), towns)
    path = file(geopandas.GeoDataFrame({"name": [v.name for v in of_town]}, geometry=shapes, crs=4326), "villages.geojson")
    assert "in use" in manage("load_places", path)
    Stamp.forget()
    held = locate.at_point(*TEA_TOWN).village
    index = next(i for i, shape in enumerate(shapes) if shapely.intersects_xy(shape, *TEA_TOWN))
    assert held == of_town[index]


def test_unit_grids_need_fifteen_digits(towns, file):
    shapes = squares(TEA, 2, towns)
    known = Village.objects.filter(town__code=TEA).first().code
    bad = geopandas.GeoDataFrame({"code": [f"{known}001", "77"]}, geometry=shapes, crs=4326)
    assert "15" in manage("load_grids", file(bad, "bad.geojson"), "--unit")
    assert not Edition.objects.filter(kind="unit_grids", active=True).exists()
    good = bad.assign(code=[f"{known}001", f"{known}002"])
    assert "in use" in manage("load_grids", file(good, "good.geojson"), "--unit")
    Stamp.forget()
    assert locate.at_point(*TEA_TOWN).unit_grid in (f"{known}001", f"{known}002")


def test_unit_grids_are_cut_around_the_villages_with_the_same_codes_every_time(tmp_path):
    assert "would cut" in manage("make_grids", tmp_path / "one.geojson", "--radius", 80, "--dry-run")
    assert not (tmp_path / "one.geojson").exists()
    assert "in use" in manage("make_grids", tmp_path / "one.geojson", "--radius", 80, "--use")
    rows = Boundary.objects.filter(edition__kind="unit_grids", edition__active=True)
    assert rows.count() >= 215 and all(re.fullmatch(r"610724\d{9}", row.code) for row in rows)
    assert set(rows.values_list("code", flat=True)) == set(geopandas.read_file(tmp_path / "one.geojson")["code"])
    again = cut_unit_grids(radius_m=80)
    assert set(again["code"]) == set(rows.values_list("code", flat=True))
    village = Village.objects.first()
    Stamp.forget()
    assert locate.at_point(village.point.x, village.point.y).unit_grid.startswith(village.code)


def test_unit_grids_are_cut_from_a_drawn_town_and_nonsense_is_refused(towns, file, tmp_path):
    inside = towns.set_index("code").geometry[TEA].representative_point()
    built_up = geopandas.GeoDataFrame({"name": ["街"]}, geometry=[inside.buffer(0.003)], crs=4326)
    said = manage("make_grids", tmp_path / "grids.geojson", "--built-up", file(built_up, "street.geojson"))
    grids = geopandas.read_file(tmp_path / "grids.geojson")
    assert f"cut {len(grids)} unit grids" in said and set(grids["code"].str[:9]) == {TEA}
    with pytest.raises(CommandError, match="radius"):
        manage("make_grids", tmp_path / "none.geojson", "--radius", 0)
    with pytest.raises(CommandError):
        manage("make_grids", tmp_path / "none.geojson", "--built-up", tmp_path / "nowhere.geojson")


def test_addresses_come_in_any_system_and_bad_rows_are_told(tmp_path):
    lon, lat = wgs84_to_gcj02(*TEA_TOWN)
    rows = ["名称,经度,纬度", f"老码头茶馆,{lon},{lat}", f"老码头茶馆,{lon},{lat}", ",107.7,33", "太远了,100,30", "没有数,x,y"]
    path = tmp_path / "addresses.csv"
    path.write_bytes("\n".join(rows).encode("gb18030"))
    said = manage("load_places", path, "--crs", "gcj02")
    assert "4" in said and "in use" in said
    address = Address.objects.get()
    assert (address.town.code, address.point.x) == (TEA, pytest.approx(TEA_TOWN[0], abs=1e-8))
    Stamp.forget()
    assert locate.in_words("老码头茶馆门口路灯坏了").precision == "address"
    with pytest.raises(CommandError, match="经度|lon"):
        (tmp_path / "no.csv").write_text("name\n茶馆\n", encoding="utf-8")
        manage("load_places", tmp_path / "no.csv")


NOT_KEPT = ({"snap": float("nan")}, {"snap": -1}, {"snap": 500}, {"source": "长" * 201}, {"licence": "长" * 101})


@pytest.mark.parametrize("more", NOT_KEPT)
def test_what_cannot_be_kept_of_an_asking_is_refused(more):
    with pytest.raises(BadField):
        loading.Ask(**more)


def test_a_table_with_an_open_quote_and_one_before_any_town_are_told(tmp_path):
    path = tmp_path / "addresses.csv"
    path.write_text(f'name,lon,lat\n"茶馆,{TEA_TOWN[0]},{TEA_TOWN[1]}\n' + "x" * 200_000, encoding="utf-8")
    with pytest.raises(BadFile):
        loading.load_addresses(path)
    Edition.objects.filter(kind=TOWNS).update(active=False)
    path.write_text(f"name,lon,lat\n茶馆,{TEA_TOWN[0]},{TEA_TOWN[1]}\n", encoding="utf-8")
    with pytest.raises(BadFile, match="镇街边界"):
        loading.load_addresses(path)


def test_nothing_of_an_edition_that_is_not_in_use_is_found(tmp_path):
    path = tmp_path / "addresses.csv"
    path.write_text(f"name,lon,lat\n老码头茶馆,{TEA_TOWN[0]},{TEA_TOWN[1]}\n", encoding="utf-8")
    manage("load_places", path, "--draft")
    Stamp.forget()
    assert locate.in_words("老码头茶馆门口路灯坏了").precision != "address"


def test_outside_stays_outside(towns, file):
    manage("load_towns", file(towns[towns["code"] != TEA]), "--insist")  # a hole where a town was: it cannot be used
    assert town_at(TEA_TOWN) == TEA
    with pytest.raises(OutsideArea):
        locate.town_of(107.55, 33.22)
