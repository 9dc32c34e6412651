"""The pages of duties and coverage: what they say, whom they say it to, what they cost, and the spreadsheets they give."""

import csv
import datetime as dt
import io
import re
from html import unescape

import pytest
import python_calamine as calamine
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gis_app import coverage, loading, route
from gis_app.classify import categories
from gis_app.loading import duties
from gis_app.models import Duty, Edition, Member, Stamp, Ticket, Unit
from gis_app.words import Claim, EditionKind, LostBy
from tests.conftest import TEA_TOWN, Person
from tests.scenes import scene
from tests.test_duties import LAMP, TEA, a_row, without, written
from tests.test_english import chinese_of

pytestmark = pytest.mark.django_db
MOST_QUERIES = 8
LAMP_IN_TEA = f"{LAMP}x{TEA}"
SOON = (duties.today() + dt.timedelta(days=30)).isoformat()


def page(person, **query):
    """The coverage page as this person gets it."""
    answer = person.client.get("/clerk/coverage", query)
    assert answer.status_code == 200
    return answer


def said(answer):
    """A page's words without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def h1(answer):
    return re.search(r"<h1>(.*?)</h1>", answer.content.decode())[1]


def field_part(answer):
    """What is said of the field that is looked at."""
    found = re.search(r'<section class="side field-facts".*?</section>', answer.content.decode(), re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found[0])))


def unit_of(category, town=TEA):
    """Who answers today."""
    return route.answer(categories()[category], route.Where(town), duties.today()).unit.code


def used(path, add=False):
    """A table of duties that is put in use whatever it leaves empty."""
    return loading.activate(duties.load(path, add=add), insist=True)


def sends(person, name, content, **typed):
    return person.client.post("/clerk/duties", {"file": SimpleUploadedFile(name, content)} | typed)


def edition_at(answer):
    """The table that an answer leads to."""
    assert answer.status_code == 302, said(answer)
    return Edition.objects.get(pk=answer["Location"].rsplit("/", 1)[1])


def sheets_of(answer):
    """{name of a sheet: its rows} of an XLSX answer, as another program reads it."""
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@scene
def troubled(folder):
    """Lamps in 茶镇 have nobody; 0402 there is claimed by two; 0501 in 城北街道 ends soon; three kinds of field at once."""
    table = without(LAMP, TEA)
    row = next(row for row in table if row["category"] == "0402" and TEA in row["area_codes"])
    table += [row | {"unit": "shizheng", "area_codes": TEA}]
    table += [a_row(unit="yuanlin", category="0501", area_codes="610724001", to=SOON)]
    return used(written(folder / "troubled.csv", table))


def returned_three_times(cast):
    """茶镇's government sends fallen trees back, and names 园林所 twice."""
    for suggested in ("yuanlin", "yuanlin", None):
        ticket = cast.dispatched("树倒了", category="0501")
        cast.officer.takes(ticket, "return", reason="不归我们", **({"suggested": suggested} if suggested else {}))


# ---- what the page says


def test_a_county_without_gaps_is_told_so_calmly(cast):
    seen = page(cast.clerk)
    assert h1(seen) == "1,853 格都有人管，没有重复" and "m-empty" not in seen.content.decode().split("<table")[1]
    assert "没有有问题的大类" in said(page(cast.clerk, claim="problems"))


def test_the_heading_and_the_matrix_count_what_is_empty_and_doubled(cast, troubled):
    seen = page(cast.clerk)
    assert h1(seen) == "1,853 格中，1 格没人管，1 格重复"
    assert seen.context["counts"] == {"all": 1853, "empty": 1, "double": 1, "ending": 1}
    lines = {line.major.code: {each["town"].code: each for each in line.sums} for line in seen.context["lines"]}
    assert (lines["04"][TEA]["empty"], lines["04"][TEA]["double"], lines["05"]["610724001"]["ending"]) == (1, 1, 1)
    assert len(lines) == 14 and all(len(line) == 17 for line in lines.values())


def test_only_the_troubled_are_shown_when_asked_for(cast, troubled):
    seen = page(cast.clerk, claim="problems", major="04")
    assert [line.major.code for line in seen.context["lines"]] == ["04", "05"]
    assert [kind.code for kind, _cells in seen.context["lines"][0].rows] == [LAMP, "0402"]


@pytest.mark.parametrize(
    ("claim", "major", "kind"),
    [("empty", "04", LAMP), ("double", "04", "0402"), ("ending", "05", "0501"), ("nonsense", "04", None)],
)
def test_empty_doubled_and_ending_fields_can_be_asked_for_alone(cast, troubled, claim, major, kind):
    seen = page(cast.clerk, claim=claim, major=major)
    shown = {line.major.code: [kind.code for kind, _cells in line.rows] for line in seen.context["lines"]}
    listed = {cell.field.category.code for cell in (*seen.context["gaps"], *seen.context["ending"])}
    sheet = sheets_of(cast.clerk.client.get("/clerk/coverage.xlsx", {"claim": claim}))["明细"][1:]
    asked = cast.clerk.client.get("/api/v1/coverage", {"claim": claim})
    if kind:
        assert shown == {major: [kind]} and listed == {kind} and f'<option value="{claim}" selected>' in seen.content.decode()
        assert [row[0] for row in sheet] == [kind]
        assert [field["category"]["code"] for field in asked.json()["fields"]] == [kind]
    else:
        assert len(shown) == 14 and listed == {LAMP, "0402", "0501"} and len(sheet) == 1853 and asked.status_code == 422


def test_where_nothing_is_so_the_page_says_it(cast):
    assert "这样的格子一个也没有" in said(page(cast.clerk, claim="ending"))


def test_an_open_major_marks_each_field_by_whose_it_is(cast, troubled):
    rows = {kind.code: cells for kind, cells in page(cast.clerk, major="04").context["lines"][3].rows}
    marks = {code: cells[[cell.field.spot.town.code for cell in cells].index(TEA)].mark for code, cells in rows.items()}
    for code, mark in marks.items():
        found = route.answer(categories()[code], route.Where(TEA), duties.today())
        wanted = "own" if found.unit.code == "chazhen" else "county"
        assert mark == ("empty" if not found.duty else "double" if found.doubly_claimed else wanted), code
    assert marks[LAMP] == "empty" and marks["0402"] == "double" and {"own", "county"} & set(marks.values())


def test_an_empty_field_says_who_might_take_it_and_the_row_to_add_does_it(cast, troubled):
    told = field_part(page(cast.clerk, at=LAMP_IN_TEA))
    assert "没人管" in told and "茶镇人民政府" in told and "还没有写明由谁管" in told
    row = page(cast.clerk, at=LAMP_IN_TEA).context["chosen"]["row"]
    head, line = csv.reader(io.StringIO(row))
    assert dict(zip(head, line, strict=True))["document"] == ""
    assert sends(cast.clerk, "one.csv", row.encode(), add="yes").status_code == 422  # its document is still to be named
    line[head.index("document")] = "补充通知"
    edition = edition_at(sends(cast.clerk, "one.csv", f"{','.join(head)}\n{','.join(line)}\n".encode(), add="yes"))
    loading.activate(edition)
    assert unit_of(LAMP) == "chazhen" and h1(page(cast.clerk)) == "1,853 格中，1 格重复"


def test_trying_a_taker_tells_how_many_tickets_would_move_and_keeps_nothing(cast, troubled):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category=LAMP)["code"]
    before = Duty.objects.count()
    told = field_part(page(cast.clerk, at=LAMP_IN_TEA, **{"try": "chazhen"}))
    assert "近 90 天的 1 件里，1 件会改派给茶镇人民政府" in told and "从 0 件到 1 件" in told
    assert Duty.objects.count() == before and unit_of(LAMP) == route.desk().code and code
    assert "会改派" not in field_part(page(cast.clerk, at=LAMP_IN_TEA, **{"try": "nobody"}))


def test_a_doubled_field_names_the_loser_and_why_it_lost(cast, troubled):
    told = field_part(page(cast.leader, at=f"0402x{TEA}"))
    assert "2 家都写着管" in told and str(LostBy.UNIT_CODE.label) in told
    assert "职责表由管理员改" in told and "试算" not in told


def test_a_row_that_would_only_double_a_field_is_not_offered_as_an_addition(cast, troubled):
    assert page(cast.clerk, at=LAMP_IN_TEA).context["chosen"]["adds"]
    told = field_part(page(cast.clerk, at=f"0402x{TEA}"))
    assert "加到现有的" not in told and f"去掉地区 {TEA}" in told


def test_every_word_for_losing_is_one_that_the_rules_know():
    assert tuple(LostBy.values) == ("any-category", "larger-area", "wider-category", "older-document", "unit-code", "row")


def test_a_field_that_is_not_there_is_no_error(cast):
    for at in ("0401x999999999", "x", "0401", "<script>"):
        assert page(cast.clerk, at=at).context["chosen"] is None


def test_what_ends_soon_is_listed_with_its_last_day(cast, troubled):
    told = said(page(cast.leader))
    assert "60 天内到期 1 格" in told and SOON in told


def test_a_duty_that_holds_nowhere_is_shown_to_the_clerk_alone(cast, tmp_path, settings):
    zone = a_row(unit="wenlv", category="01", area_kind="zone", area_codes="610724Z01", document="路段表")
    loading.put_in_use(EditionKind.ZONES, settings.FIXTURES / "demo" / "zones.geojson")
    used(written(tmp_path / "zone.csv", [zone]), add=True)
    Edition.objects.filter(kind="zones").update(active=False)
    Stamp.bump("places")
    assert "用不上的职责 1 行" in said(page(cast.clerk)) and "路段表" in said(page(cast.clerk))
    assert "用不上" not in said(page(cast.leader))


def test_what_a_unit_keeps_returning_comes_with_the_row_that_would_mend_it(cast):
    returned_three_times(cast)
    told = said(page(cast.clerk))
    assert "单位老是退回的" in told and "0501 树木倒伏 × 茶镇" in told and "茶镇人民政府" in told
    assert f"yuanlin,0501,town,{TEA},,," in told
    assert "单位老是退回的" in said(page(cast.dispatcher)) and "yuanlin," not in said(page(cast.dispatcher))
    assert "单位老是退回的" not in said(page(cast.officer))


def test_without_any_duties_every_field_is_empty_and_the_clerk_is_led_on(cast):
    Edition.objects.filter(kind="duties").update(active=False)
    Stamp.bump("rules")
    seen = page(cast.clerk)
    assert h1(seen) == "1,853 格都没人管" and "传一份职责表" in said(seen) and len(seen.context["gaps"]) == 40
    assert "还有 1813 格" in said(seen)
    assert "管理员传一份职责表" in said(page(cast.leader))
    assert "还没有启用的职责表" in said(cast.clerk.client.get("/clerk/duties"))
    assert h1(page(cast.officer)) == "没有职责写着本单位"


# ---- whom it says it to


def test_an_officer_sees_the_own_fields_and_no_other(cast, troubled):
    own = [each for each in coverage.fields(route.in_use(), duties.today()) if each.answer.unit.code == "chazhen"]
    seen = page(cast.officer, major="04")
    assert seen.context["counts"]["all"] == len(own) and h1(seen).startswith(f"本单位管 {len(own)} 格")
    assert [town.code for town in seen.context["all_towns"]] == [TEA]
    assert page(cast.officer, at=LAMP_IN_TEA).context["chosen"] is None  # nobody's, so not theirs
    rows = sheets_of(cast.officer.client.get("/clerk/coverage.xlsx"))["明细"][1:]
    assert {row[4] for row in rows} == {"茶镇人民政府"} and len(rows) == len(own)


@pytest.mark.parametrize(
    ("who", "links"), [("clerk", {"duties", "coverage", "boundaries"}), ("leader", {"coverage"}), ("officer", {"coverage"})]
)
def test_the_top_bar_leads_where_one_may_go(cast, who, links):
    top = page(getattr(cast, who)).content.decode().split("</nav>")[0]
    assert {name for name in ("duties", "coverage", "boundaries") if f'href="/clerk/{name}"' in top} == links
    assert re.search(r'href="/clerk/coverage" aria-current="page"', top)


# ---- filters


def test_a_town_and_a_unit_narrow_the_page_and_the_download_alike(cast):
    everything = coverage.fields(route.in_use(), duties.today())
    wanted = [each for each in everything if each.spot.town.code == TEA and each.answer.unit.code == "shuili"]
    asked = {"town": TEA, "unit": "shuili"}
    seen = page(cast.leader, **asked)
    assert wanted and seen.context["counts"]["all"] == len(wanted) and [town.code for town in seen.context["towns"]] == [TEA]
    assert len(sheets_of(cast.leader.client.get("/clerk/coverage.xlsx", asked))["明细"]) == len(wanted) + 1
    opened = page(cast.leader, **asked, major=wanted[0].category.major.code)
    assert "?town=610724110&amp;unit=shuili&amp;at=" in opened.content.decode()


def test_a_filter_that_nothing_fits_says_so(cast):
    told = said(page(cast.clerk, town="nowhere"))
    assert "这样筛选，一格也没有" in told and "看全部" in told


# ---- spreadsheets


def test_the_coverage_sheet_holds_what_the_page_says(cast, troubled):
    book = sheets_of(cast.clerk.client.get("/clerk/coverage.xlsx"))
    head, *rows = book["覆盖"]
    column = head.index("茶镇")
    lamp = next(row for row in rows if row[0] == LAMP)
    assert len(rows) == 109 and len(head) == 19 and lamp[column] == Claim.EMPTY.label
    assert sum(row[head.index(town)] == "没人管" for row in rows for town in head[2:]) == 1
    double = next(row for row in book["明细"] if row[0] == "0402" and row[2] == "茶镇")
    assert double[5] == "重复" and str(LostBy.UNIT_CODE.label) in double[8]


def test_text_that_looks_like_a_formula_stays_text(cast, tmp_path):
    row = a_row(unit="shizheng", category=LAMP, document="=1+1", note="@SUM(A1)", clause="-2")
    used(written(tmp_path / "formula.csv", [row]), add=True)
    raw = cast.clerk.client.get("/clerk/duties.xlsx")
    kept = next(row for row in sheets_of(raw)["职责"] if row[4] == "=1+1")
    assert kept[5] == "-2" and kept[9] == "@SUM(A1)"
    assert any("=1+1" in row[7] for row in sheets_of(cast.clerk.client.get("/clerk/coverage.xlsx"))["明细"])


def test_the_sheet_of_duties_sent_back_is_the_same_table(cast):
    now = Edition.objects.get(kind="duties", active=True)
    back = cast.clerk.client.get("/clerk/duties.xlsx").content
    answer = sends(cast.clerk, "duties.xlsx", back)
    assert edition_at(answer) == now and Edition.objects.filter(kind="duties").count() == 1
    assert "这张表以前传过" in said(cast.clerk.client.get(answer["Location"]))


# ---- tables


def test_a_wrong_file_is_told_beside_the_field_and_nothing_is_kept(cast):
    answer = sends(cast.clerk, "bad.csv", b"unit,category\nnobody,0401\n", add="yes")
    text = answer.content.decode()
    assert answer.status_code == 422 and 'id="wrong-file"' in text and 'aria-describedby="file-help wrong-file"' in text
    assert re.search(r'name="add" value="yes" checked', text) and Edition.objects.filter(kind="duties").count() == 1


def test_a_table_says_what_it_would_change_on_the_day_that_is_asked_for(cast, tmp_path):
    row = a_row(unit="shizheng", category=LAMP, document_date="2026-11-20", **{"from": "2030-01-01"})
    edition = duties.load(written(tmp_path / "later.csv", [row]), add=True)
    address = f"/clerk/duties/{edition.pk}"
    assert "什么都不变" in said(cast.clerk.client.get(address))
    told = said(cast.clerk.client.get(address, {"on": "2030-01-01"}))
    assert "按 2030-01-01 算，启用会让" in told and "1 格变成重复，1 格换单位" in told
    wrong = cast.clerk.client.get(address, {"on": "tomorrow"})
    assert "日期写成" in said(wrong) and 'aria-describedby="wrong-on"' in wrong.content.decode()


def test_trying_a_table_draws_who_gives_to_whom(cast, tmp_path):
    for _ in range(3):
        cast.dispatched()
    edition = duties.load(written(tmp_path / "other.csv", [a_row(unit="shizheng", category=LAMP)]), add=True)
    address = f"/clerk/duties/{edition.pk}"
    assert "会改派" not in said(cast.clerk.client.get(address)).replace("看会怎样改派", "")
    seen = cast.clerk.client.get(address, {"try": "1"})
    assert "3 件里，3 件会改派" in said(seen) and "预计超期是假定" in said(seen)
    (was, all_of_it, cells) = seen.context["tried"]["grid"][0]
    assert (was.code, all_of_it, cells) == ("chazhen", 3, [{"number": 3, "shade": 5}])
    loads = {load.unit.code: (load.before, load.after) for load in seen.context["tried"]["loads"]}
    assert loads == {"chazhen": (3, 0), "shizheng": (0, 3)}


def test_a_table_is_tried_on_as_many_days_as_are_asked_for(cast, tmp_path):
    old = cast.dispatched()
    Ticket.objects.filter(pk=old["id"]).update(opened_at=timezone.now() - dt.timedelta(days=20))
    edition = duties.load(written(tmp_path / "other.csv", [a_row(unit="shizheng", category=LAMP)]), add=True)
    asks = lambda days: cast.clerk.client.get(f"/clerk/duties/{edition.pk}", {"try": "1", "days": days})  # noqa: E731
    assert [asks(days).context["tried"]["outcome"].moved for days in ("", "21", "20")] == [1, 1, 0]
    for days in ("0", "3661", "ten", "-1", "1.5", "²", "9" * 40):
        wrong = asks(days)
        assert wrong.status_code == 200 and wrong.context["days"] == 90 and "天数写 1 到 3660" in said(wrong), days


def test_a_part_of_a_table_must_be_insisted_on(cast, tmp_path):
    now = Edition.objects.get(kind="duties", active=True)
    edition = duties.load(written(tmp_path / "part.csv", [a_row(unit="shizheng", category=LAMP)]))
    address = f"/clerk/duties/{edition.pk}"
    told = cast.clerk.client.get(address)
    assert "要先核对" in said(told) and 'name="insist"' in told.content.decode() and len(told.context["lists"][0][2]) == 60
    seen = told.context["in_use"]
    refused = cast.clerk.client.post(f"{address}/activate", {"seen": seen})
    assert refused.status_code == 409 and "先没有启用" in said(refused)
    assert cast.clerk.client.post(f"{address}/activate", {"seen": seen, "insist": "yes"})["Location"] == "/clerk/coverage"
    stale = cast.clerk.client.post(f"/clerk/duties/{now.pk}/activate", {"seen": seen})
    assert stale.status_code == 409 and "刚换过，没有启用" in said(stale)


# ---- what the pages cost


def test_no_page_asks_more_than_eight_times_nor_more_often_when_there_is_more(cast, troubled, tmp_path, one_look):
    other = duties.load(written(tmp_path / "other.csv", without("0501", "610724001")))
    table = f"/clerk/duties/{other.pk}"
    pages = ["/clerk/coverage", "/clerk/coverage?major=04", f"/clerk/coverage?at={LAMP_IN_TEA}"]
    trials = [f"/clerk/coverage?at={LAMP_IN_TEA}&try=chazhen", "/clerk/coverage.xlsx"]
    clerks = ["/clerk/duties", "/clerk/duties.xlsx", "/clerk/help/duties", table, f"{table}?try=1&on=2030-01-01", f"{table}.xlsx"]
    asked = [(who, path) for who in ("clerk", "leader", "officer") for path in pages]
    asked += [("clerk", path) for path in trials + clerks]

    def counted():
        found = {}
        for who, path in asked:
            person = getattr(cast, who)
            person.client.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert person.client.get(path).status_code == 200, path
            found[who, path] = len(queries)
        return found

    few = counted()
    returned_three_times(cast)
    for number in range(3):
        duties.load(written(tmp_path / f"more{number}.csv", without("0501", f"61072410{number + 1}")))
    many = counted()
    assert max(many.values()) <= MOST_QUERIES, many
    assert many == few


# ---- English, and long names


def test_every_page_is_english_for_those_who_read_it(cast, troubled, tmp_path):
    returned_three_times(cast)
    other = duties.load(written(tmp_path / "part.csv", [a_row(unit="shizheng", category=LAMP)]))
    pages = ["coverage", "coverage?major=04&claim=problems", f"coverage?at=0402x{TEA}", f"coverage?at={LAMP_IN_TEA}&try=chazhen"]
    pages += ["duties", "help/duties", f"duties/{other.pk}?try=1", "coverage?town=nowhere", f"duties/{other.pk}?on=x"]
    for path in pages:
        answer = cast.clerk.client.get(f"/clerk/{path}", headers={"Accept-Language": "en"})
        assert chinese_of(answer) == [], path
    assert chinese_of(cast.officer.client.get("/clerk/coverage", headers={"Accept-Language": "en"})) == []


def test_an_officer_of_a_unit_without_duties_is_told_so(cast):
    unit = Unit.objects.create(code="nothing", name="新设单位", kind="department")
    Member.objects.create(user=User.objects.create_user("newcomer"), role="unit", unit=unit)
    told = said(page(Person("newcomer")))
    assert "没有职责写着本单位" in told and "我的任务" in told
