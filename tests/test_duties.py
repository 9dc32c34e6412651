"""Tables of duties: read as a clerk writes them, looked at before they are used, undone; and what they leave empty."""

import csv
from datetime import date, datetime
from io import StringIO

import pytest
import xlsxwriter
from django.conf import settings
from django.core.management import CommandError, call_command

from gis_app import coverage, loading, route
from gis_app.classify import categories
from gis_app.errors import BadFile
from gis_app.loading import duties
from gis_app.models import Act, Duty, Edition, Stamp, Ticket, Zone
from gis_app.words import AreaKind, Claim, EditionKind
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_fixtures import answer, rows

pytestmark = pytest.mark.django_db
COLUMNS = list(rows("duties.csv")[0])
LAMP, TEA, DAY = "0401", "610724110", date(2026, 11, 25)


def written(path, table):
    """A duties file with these rows."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    return path


def a_row(**said):
    """One row as a clerk writes it."""
    plain = {"area_kind": "town", "area_codes": TEA, "document": "试行办法", "clause": "第2条", "document_date": "2026-10-01"}
    return dict.fromkeys(COLUMNS, "") | plain | said


def told(command, *args, **options):
    """What a command says."""
    out = StringIO()
    call_command(command, *args, stdout=out, stderr=out, **options)
    return out.getvalue()


def unit_of(category, town=TEA, **more):
    return route.answer(categories()[category], route.Where(town, **more), DAY).unit.code


# ---- reading


def test_one_row_changes_one_field_and_the_dry_run_says_which_and_keeps_nothing(tmp_path):
    path = written(tmp_path / "more.csv", [a_row(unit="shizheng", category=LAMP)])
    said = told("load_duties", path, add=True, dry_run=True)
    assert "1 格换单位，0 格变成没人管" in said and "0401" in said and "茶镇" in said
    assert Edition.objects.filter(kind="duties").count() == 1 and unit_of(LAMP) == "chazhen"


def test_what_was_tried_is_used_and_undone(tmp_path):
    path = written(tmp_path / "more.csv", [a_row(unit="shizheng", category=LAMP)])
    told("load_duties", path, add=True)
    assert unit_of(LAMP) == "shizheng" and unit_of(LAMP, "610724111") != "shizheng"
    told("editions", undo="duties")
    assert unit_of(LAMP) == "chazhen"
    assert [act.act for act in Act.objects.order_by("seq")][-3:] == ["load", "activate", "roll_back"]


def test_the_same_table_again_is_the_edition_that_it_was(tmp_path):
    table = rows("duties.csv")
    path = written(tmp_path / "again.csv", list(reversed(table)) + table[:5])
    before = Edition.objects.filter(kind="duties").get()
    assert duties.load(path) == before and Duty.objects.count() == len(table)


def test_a_spreadsheet_with_names_and_numbers_is_read_like_the_csv(tmp_path):
    path = tmp_path / "职责.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 5, "西乡县城市管理职责一览")
    sheet.write_row(1, 0, ["责任单位", "小类", "范围", "地区", "文件", "文件日期"])
    sheet.write_row(2, 0, ["茶镇人民政府", 401, "镇街", 610724110, "试行办法"])
    sheet.write_datetime(2, 5, datetime(2026, 10, 1), book.add_format({"num_format": "yyyy/m/d"}))
    sheet.write_row(3, 0, ["茶镇人民政府", "路灯不亮", "镇街", "茶镇", "试行办法", "2026-10-01"])
    book.close()
    by_code, by_name = duties.read(path)
    assert by_code.unit.code == by_name.unit.code == "chazhen"
    assert by_code.category.code == LAMP and by_code.area_codes == by_name.area_codes == [TEA]
    assert by_code.document_date == date(2026, 10, 1)


def test_every_bad_row_is_named_and_nothing_is_half_applied(tmp_path):
    wrong = [a_row(unit="shizheng", category=LAMP), a_row(unit="nobody", category=LAMP), a_row(unit="shizheng", category="0499")]
    before = Duty.objects.count()
    with pytest.raises(CommandError) as problem:
        told("load_duties", written(tmp_path / "bad.csv", wrong), add=True)
    said = str(problem.value)
    assert "第 3 行" in said and "nobody" in said and "第 4 行" in said and "0499" in said
    assert Duty.objects.count() == before and unit_of(LAMP) == "chazhen"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"area_kind": "planet"}, "planet"),
        ({"area_codes": ""}, "area_codes"),
        ({"area_kind": "county"}, "county"),
        ({"area_codes": "610724999"}, "610724999"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "2026-01-01"),
        ({"from": "2026-13-01"}, "2026-13-01"),
        ({"document_date": ""}, "document_date"),
        ({"category": ""}, ""),
        ({"category": "401"}, "401"),
        ({"document": ""}, ""),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused(tmp_path, said, why):
    row = a_row(unit="shizheng", category=LAMP) | said
    with pytest.raises(BadFile) as problem:
        duties.read(written(tmp_path / "bad.csv", [row]))
    assert problem.value.facts["line"] == 2 and why in problem.value.facts["why"]


@pytest.mark.parametrize("text", ["", "unit,category\n", "a,b\n1,2\n", ",".join(COLUMNS) + "\n"])
def test_a_file_without_duties_is_refused(tmp_path, text):
    path = tmp_path / "none.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile):
        duties.read(path)


# ---- what using a table would change


def without(category, town):
    """The county's rows without those for a category in a town."""
    kept = []
    for row in rows("duties.csv"):
        codes = [code for code in row["area_codes"].split("|") if row["category"] != category or code != town]
        kept += [row | {"area_codes": "|".join(codes)}] if codes else []
    return kept


def test_a_field_that_nobody_has_any_more_is_told(tmp_path):
    edition = duties.load(written(tmp_path / "less.csv", without(LAMP, TEA)))
    change = duties.change_of(edition)
    assert [(now.category.code, now.spot.town.code) for _was, now in change.emptied] == [(LAMP, TEA)]
    assert not change.changed and not change.doubled
    said = told("editions", show=edition.pk)
    assert "1 格变成没人管" in said


def test_a_field_that_two_claim_is_told(tmp_path):
    row = next(row for row in rows("duties.csv") if row["category"] == LAMP and TEA in row["area_codes"])
    edition = duties.load(written(tmp_path / "two.csv", [row | {"unit": "shizheng", "area_codes": TEA}]), add=True)
    change = duties.change_of(edition)
    assert [(now.category.code, now.spot.town.code) for _was, now in change.doubled] == [(LAMP, TEA)]
    assert duties.as_json(edition, change)["counts"]["doubled"] == 1


def test_the_change_is_what_a_second_reading_of_the_rules_finds(tmp_path):
    table = without(LAMP, TEA) + [a_row(unit="shizheng", category="01", area_codes="610724001|610724111")]
    change = duties.change_of(duties.load(written(tmp_path / "other.csv", table)))
    wanted = {"changed": set(), "emptied": set()}
    for category in rows("categories.csv"):
        for town in rows("towns.csv"):
            was, now = (answer(category["code"], each, town=town["code"])[0] for each in (rows("duties.csv"), table))
            if was != now:
                wanted["emptied" if now is None else "changed"].add((category["code"], town["code"]))
    for name, pairs in wanted.items():
        assert {(now.category.code, now.spot.town.code) for _was, now in getattr(change, name)} == pairs


def test_a_part_of_a_table_is_not_used_by_accident(tmp_path):
    path = written(tmp_path / "part.csv", [a_row(unit="shizheng", category=LAMP)])
    said = told("load_duties", path)
    assert "坚持" in said and unit_of("0102", "610724001") == "huanwei"
    told("load_duties", path, insist=True)
    assert unit_of("0102", "610724001") == route.desk().code and unit_of(LAMP) == "shizheng"


def test_the_folder_never_overrides_a_clerk(tmp_path):
    told("load_duties", written(tmp_path / "mine.csv", without(LAMP, TEA)))
    loading.load_everything(settings.FIXTURES, again=True)
    assert unit_of(LAMP) == route.desk().code


# ---- dates


def test_a_report_of_last_month_is_judged_by_last_months_duties(cast, tmp_path):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    ticket = Ticket.objects.get()
    Ticket.objects.filter(pk=ticket.pk).update(opened_at="2026-10-20T09:00:00+08:00")
    row = a_row(unit="shizheng", category="0404", **{"from": "2026-11-01"})
    loading.activate(duties.load(written(tmp_path / "later.csv", [row]), add=True))
    seen = cast.dispatcher.takes(code, "accept", category="0404")
    assert seen["proposed"]["code"] != "shizheng"
    assert route.answer(categories()["0404"], route.Where(TEA), DAY).unit.code == "shizheng"


# ---- coverage


def test_the_countys_own_duties_leave_no_field_empty_and_none_double():
    found = coverage.fields(route.in_use(), DAY)
    assert len(found) == 109 * 17 and {each.claim for each in found} == {Claim.ONE}
    for each in found:
        wanted, _tie = answer(each.category.code, rows("duties.csv"), town=each.spot.town.code)
        assert each.answer.unit.code == wanted


def test_before_the_duties_begin_every_field_is_empty():
    assert {each.claim for each in coverage.fields(route.in_use(), date(2025, 12, 31))} == {Claim.EMPTY}


def test_a_duty_that_ends_soon_is_said_to(tmp_path):
    row = a_row(unit="shizheng", category=LAMP, to="2026-12-31")
    loading.activate(duties.load(written(tmp_path / "ends.csv", [row]), add=True))
    ending = [each for each in coverage.fields(route.in_use(), DAY) if each.ends]
    assert [(each.category.code, each.spot.town.code, each.ends) for each in ending] == [(LAMP, TEA, date(2026, 12, 31))]
    assert not [each for each in coverage.fields(route.in_use(), date(2026, 9, 1)) if each.ends]


def test_a_stretch_that_two_adopt_is_double_in_its_town_and_nowhere_else(tmp_path):
    loading.put_in_use(EditionKind.ZONES, settings.FIXTURES / "demo" / "zones.geojson")
    pair = [a_row(unit=unit, category="01", area_kind="zone", area_codes="610724Z01") for unit in ("wenlv", "minzheng")]
    loading.activate(duties.load(written(tmp_path / "zones.csv", pair), add=True))
    doubled = [each for each in coverage.fields(route.in_use(), DAY) if each.claim == Claim.DOUBLE]
    assert {each.spot.town.code for each in doubled} == {"610724001"}
    assert {each.category.major.code for each in doubled} == {"01"}
    assert all(part.spot.kind == AreaKind.ZONE and part.claim == Claim.DOUBLE for each in doubled for part in each.parts)


def test_a_duty_for_an_area_that_lies_nowhere_is_found(tmp_path):
    loading.put_in_use(EditionKind.ZONES, settings.FIXTURES / "demo" / "zones.geojson")
    zone = a_row(unit="wenlv", category="01", area_kind="zone", area_codes="610724Z01")
    loading.activate(duties.load(written(tmp_path / "zones.csv", [zone]), add=True))
    assert coverage.idle(route.in_use().duties) == []
    Edition.objects.filter(kind="zones").update(active=False)
    Stamp.bump("places")
    assert [duty.unit.code for duty in coverage.idle(route.in_use().duties)] == ["wenlv"]


# ---- why


def test_the_reason_names_the_stretch_whose_owner_has_no_duty_for_it(cast):
    loading.put_in_use(EditionKind.ZONES, settings.FIXTURES / "demo" / "zones.geojson")
    loading.activate(duties.load(settings.FIXTURES / "demo" / "duties.csv", add=True))
    where = route.Where("610724001", zones=("610724Z01",))
    found = route.answer(categories()["0404"], where, DAY)
    zone = Zone.objects.get(code="610724Z01").name
    receipt = route.receipt(found, categories()["0404"], "城北街道", 1)
    assert zone in receipt["why_zh"] and "包联" in receipt["why_zh"] and zone in receipt["why_en"]
    swept = route.answer(categories()["0102"], where, DAY)
    assert swept.unit.code == "wenlv" and zone not in route.receipt(swept, categories()["0102"], "城北街道", 1)["why_zh"]
    assert route.answer(categories()["0404"], route.Where("610724001"), DAY).silent_zones == ()


def test_the_seat_is_where_the_lane_is(client):
    told = client.get("/api/v1/route", {"category": "0404", "lon": LOTUS_LANE[0], "lat": LOTUS_LANE[1]}).json()
    assert "包联" not in told["why"]
