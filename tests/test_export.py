"""Exports: who may take what, that every format says the same and nothing personal, and that who took it is remembered."""

import csv
import datetime as dt
import gzip
import io
import json
import zipfile

import geopandas
import pyarrow.parquet as pq
import pyogrio
import pytest
import python_calamine as calamine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gis_app import audit, extract, stats
from gis_app.clock import SHANGHAI
from gis_app.extract import columns, files, text
from gis_app.models import Act, Category, Member, Report, Ticket, Unit
from gis_app.words import Precision, State
from layers import cells
from tests.conftest import LOTUS_LANE, TEA_TOWN, Cast, Person, photo, pk_of
from tests.scenes import scene

pytestmark = pytest.mark.django_db
SECRETS = ("王小明", "13912345678", "610724199001011234", "陕F12345", "王小明家", "secret-lane")


@pytest.fixture
def analyst(cast):
    Member.objects.create(user=User.objects.create_user("analyst", first_name="甄别"), role="analyst")
    return Person("analyst")


@scene
def told():
    """Tickets of every kind of story, with secrets wherever somebody can write one."""
    cast = Cast()
    wordy = "，".join(SECRETS)
    asked = {"contact": SECRETS[1], "place_text": "", "category": "0401"}
    closed = cast.reporter.reports(f"路灯不亮 {wordy}", TEA_TOWN, photos=[photo((64, 48))], **asked)
    cast.dispatcher.takes(closed, "accept", note=wordy)
    sent = cast.dispatcher.takes(closed, "dispatch", unit="chazhen", note=wordy)
    cast.officer.takes(sent, "return", reason=wordy)
    cast.dispatcher.takes(sent, "dispatch", unit="chazhen")
    cast.officer.takes(sent, "start")
    cast.officer.takes(sent, "finish", note=wordy, photos=[photo()])
    cast.dispatcher.takes(sent, "rework", reason=wordy)
    cast.officer.takes(sent, "finish", note=wordy, photos=[photo()])
    cast.dispatcher.takes(sent, "close", result="ok", note=wordy)
    cast.reporter.client.post(f"/api/v1/reports/{closed['code']}/steps", {"step": "rate", "stars": 4, "note": wordy})
    cast.reporter.client.post(f"/api/v1/reports/{closed['code']}/steps", {"step": "dispute", "reason": wordy})
    town = cast.reporter.reports(f"沙河镇的路坏了 {wordy}", place_text="沙河镇")
    lamp = cast.dispatched(text=f"路灯不亮 {wordy}", at=LOTUS_LANE)
    cast.leader.takes(lamp, "supervise", order=wordy, until="2030-01-07")
    other, third = (cast.reporter.reports(f"路灯不亮 {wordy}", LOTUS_LANE, category="0401") for _ in range(2))
    cast.dispatcher.takes(third, "merge", other=Ticket(pk=pk_of(other)).number)
    cast.dispatcher.takes(other, "merge", other=lamp["code"])
    rejected = cast.reporter.reports(f"邻居吵架 {wordy}", TEA_TOWN, category="0101")
    cast.dispatcher.takes(rejected, "reject", reason="private", note=wordy)
    return {"disputed": sent["id"], "town": town["code"], "lamp": lamp["id"]}


def taken(person, **query):
    """An export as it came, whole."""
    answer = person.client.get("/api/v1/export", query)
    assert answer.status_code == 200, answer.content.decode()
    return b"".join(answer)


def rows_of(person, **query):
    """{number: row of texts} of a CSV."""
    lines = csv.DictReader(io.StringIO(taken(person, **query).decode("utf-8-sig")))
    return {row["number"]: row for row in lines}


def read(format, data, tmp_path):
    """{number: {column: value}} of any format by other people's readers, values as text."""
    path = tmp_path / f"read.{format}"
    path.write_bytes(data)
    if format == "csv":
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    elif format == "geojson":
        rows = [feature["properties"] for feature in json.loads(data)["features"]]
    elif format == "xlsx":
        head, *body = calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        rows = [dict(zip(head, line, strict=True)) for line in body]
    else:
        frame = geopandas.read_parquet(path) if format == "parquet" else geopandas.read_file(path, layer="tickets")
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {row["number"]: {name: alike(row[name]) for name in extract.NAMES} for row in rows}


def alike(value):
    """A value as every format can say it."""
    if value is None or value == "":
        return ""
    if isinstance(value, str) and len(value) > 18 and value[10] == "T":
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime):
        return (value.astimezone(SHANGHAI) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M:%S")  # a GeoPackage keeps UTC
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return f"{float(value):.6f}"
    except ValueError:
        return str(value)


def test_every_format_says_the_same(cast, told, tmp_path):
    data = {kind: read(kind, taken(cast.leader, format=kind), tmp_path) for kind in extract.FORMATS}
    assert len(data["csv"]) == Ticket.objects.count() == 7 - 1
    for kind in extract.FORMATS:
        assert data[kind] == data["csv"], kind


def test_a_row_tells_the_story_of_its_ticket(cast, told):
    rows = rows_of(cast.leader)
    row = rows[Ticket(pk=told["disputed"]).number]
    assert {name: row[name] for name in ("returned", "reworked", "reopened", "rating", "state", "category", "task", "town")} == {
        "returned": "1",
        "reworked": "1",
        "reopened": "1",
        "rating": "4",
        "state": "accepted",
        "category": "0401",
        "task": "六",
        "town": "610724110",
    }
    assert (float(row["lon"]), float(row["lat"])) == TEA_TOWN and row["position"] == "point"
    assert row["cell_r9"] == cells.name(cells.cell_of(*TEA_TOWN, 9)) and row["cell_r8"] == cells.name(cells.cell_of(*TEA_TOWN, 8))
    lamp = rows[Ticket(pk=told["lamp"]).number]
    assert (lamp["voices"], lamp["supervised"], lamp["unit"]) == ("3", "true", "shizheng")
    town = rows[Report.objects.get(code=told["town"]).ticket.number]
    assert (town["precision"], town["lon"], town["position"], town["cell_r9"]) == ("town", "", "", "")


def test_what_it_adds_up_to_is_what_the_map_counts(cast, told):
    counted = [row for row in rows_of(cast.leader).values() if row["state"] not in (State.REJECTED, State.MERGED)]
    today = timezone.localdate()
    towns, _town_only = stats.town_counts(today - dt.timedelta(days=2), today)
    assert len(counted) == sum(count for count, _voices in towns.values())
    assert sum(int(row["voices"]) for row in counted) == sum(voices for _count, voices in towns.values())
    assert all(int(row["voices"]) == Ticket.objects.get(pk=int(row["number"][1:])).behind()[1] for row in counted)


# ---- nothing personal


@pytest.mark.parametrize("kind", extract.FORMATS)
def test_nothing_that_people_wrote_and_nobodys_name_is_in_it(cast, told, analyst, kind):
    User.objects.update(first_name="甄别", last_name="赵")
    for who in (cast.leader, analyst, cast.lamp_crew):
        data = unpacked(taken(who, format=kind))
        assert Ticket(pk=told["lamp"]).number.encode() in data
        people = set(User.objects.values_list("username", flat=True)) - set(Unit.objects.values_list("code", flat=True))
        codes = Report.objects.values_list("code", flat=True)
        hidden = [*SECRETS, *codes, "甄别", "photo", ".jpg", *(name for name in people if "-" in name)]
        assert [word for word in hidden if word.encode() in data or word.encode("utf-16-le") in data] == []


def unpacked(data):
    """A file's bytes, with what is packed in it laid open."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return b"".join(packed.read(name) for name in packed.namelist())
    if data[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(data))
        return (json.dumps(table.drop(["geometry"]).to_pylist(), default=str, ensure_ascii=False) + str(table.schema)).encode()
    return data


@given(words=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=6, max_size=40))
@hypothesis_settings(max_examples=25)
def test_whatever_somebody_writes_is_in_no_format(cast, words):
    said = f"{words} 13800138000 {words}"
    cast.reporter.reports(f"路灯不亮 {said}", TEA_TOWN, category="0401", contact="13800138000")
    export = extract.whole(extract.read({}))
    for write in (text.as_csv, text.as_geojson):
        assert b"13800138000" not in b"".join(write(extract.chunks(export.tickets, True, timezone.now())))


def test_no_column_can_hold_free_text(cast, told):
    """Every text is a code or a name out of reference data, an enumeration, or the ticket's number."""
    known = set(State.values) | set(Precision.values) | {"point", "cell", ""}
    known |= {value for row in Category.objects.values_list("code", "name", "task") for value in row}
    known |= {value for row in Unit.objects.values_list("code", "name") for value in row}
    for row in rows_of(cast.leader).values():
        for column in extract.COLUMNS:
            if column.kind == "text" and not column.name.startswith(("number", "town", "village", "cell", "grid")):
                assert row[column.name] in known, column.name


# ---- who may take what


def test_who_sees_no_tickets_gets_the_centre_of_the_cell(cast, told, analyst):
    for who in (analyst, cast.clerk):
        row = rows_of(who)[Ticket(pk=told["disputed"]).number]
        centre = cells.centre(cells.cell_of(*TEA_TOWN, 9))
        assert row["position"] == "cell" and (float(row["lon"]), float(row["lat"])) == pytest.approx(centre, abs=1e-6)
        assert f"{TEA_TOWN[0]},{TEA_TOWN[1]}" not in taken(who).decode()


def test_no_box_finds_the_point_that_an_analyst_may_not_see(cast, told, analyst):
    west, south = TEA_TOWN[0] - 1e-5, TEA_TOWN[1] - 1e-5
    around = f"{west},{south},{west + 2e-5},{south + 2e-5}"
    assert len(rows_of(cast.leader, bbox=around)) == 2 and rows_of(analyst, bbox=around) == {}
    lon, lat = cells.centre(cells.cell_of(*TEA_TOWN, 9))
    centre = f"{lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}"
    assert rows_of(analyst, bbox=centre).keys() == rows_of(cast.leader, bbox=around).keys()


def test_a_unit_takes_its_own_and_no_other(cast, told):
    assert {row["unit"] for row in rows_of(cast.lamp_crew).values()} == {"shizheng"}
    assert rows_of(cast.officer) == {}  # its ticket was disputed, and is nobody's until it is sent again
    assert rows_of(cast.lamp_crew, unit="chazhen") == {}


def test_an_analyst_with_a_units_post_beside_it_still_gets_cells(cast, told, analyst):
    Member.objects.create(user=analyst.user, role="unit", unit=Unit.objects.get(code="shizheng"))
    assert {row["position"] for row in rows_of(analyst).values()} == {"cell", ""}


@pytest.mark.parametrize("who", ["dispatcher", "worker"])
def test_others_take_nothing_and_nothing_is_written_down(cast, who):
    assert getattr(cast, who).client.get("/api/v1/export").status_code == 403
    assert not Act.objects.filter(act="export").exists()


def test_who_took_what_is_in_the_chain(cast, told, analyst):
    taken(analyst, format="parquet", task="六", **{"from": "2026-01-01"})
    act = Act.objects.get(act="export")
    assert act.user == analyst.user and act.about == "tickets"
    assert act.given == {"rows": act.given["rows"], "exact": False, "format": "parquet", "start": "2026-01-01", "task": "六"}
    assert audit.broken_acts(Act.objects.order_by("seq")) == []


# ---- filters


def test_filters_narrow(cast, told):
    every, today = rows_of(cast.leader), timezone.localdate()
    for name, value, column in (("task", "六", "task"), ("town", "610724110", "town"), ("state", "merged", "state")):
        found = rows_of(cast.leader, **{name: value})
        assert found == {number: row for number, row in every.items() if row[column] == value} and found
    assert rows_of(cast.leader, **{"from": today.isoformat(), "to": today.isoformat()}) == every
    assert rows_of(cast.leader, to=(today - dt.timedelta(days=1)).isoformat()) == {}


@pytest.mark.parametrize(
    "query",
    [
        *({"format": "pdf"}, {"from": "gestern"}, {"from": "2026-02-02", "to": "2026-02-01"}, {"task": "一"}, {"town": "茶镇"}),
        *({"unit": "nobody"}, {"category": "9999"}, {"state": "lost"}, {"bbox": "1,2,3"}, {"bbox": "3,2,1,4"}, {"limit": "9"}),
        *({"to": "9999-12-31"}, {"bbox": "nan,nan,nan,nan"}, {"town": "\x00"}),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_said_and_not_taken(cast, query):
    answer = cast.leader.client.get("/api/v1/export", query)
    assert answer.status_code == 422 and answer.json()["type"] == "bad-field" and answer.json()["next"]
    assert not Act.objects.filter(act="export").exists()


def test_of_no_tickets_every_format_is_a_whole_file(cast, tmp_path):
    for kind in extract.FORMATS:
        assert read(kind, taken(cast.leader, format=kind), tmp_path) == {}


# ---- formats


def test_a_name_that_looks_like_a_formula_is_a_text(cast, told, tmp_path):
    Unit.objects.filter(code="shizheng").update(name='=HYPERLINK("http://example.org")')
    lines = taken(cast.leader).decode("utf-8-sig")
    assert "\"'=HYPERLINK" in lines
    path = tmp_path / "t.xlsx"
    path.write_bytes(taken(cast.leader, format="xlsx"))
    with zipfile.ZipFile(path) as packed:
        assert not any(b"<f>" in packed.read(name) for name in packed.namelist() if "sheet" in name)


def test_texts_are_sent_as_they_are_read_and_packed_where_that_is_asked(cast, told):
    for kind in ("csv", "geojson"):
        answer = cast.leader.client.get("/api/v1/export", {"format": kind}, headers={"Accept-Encoding": "gzip"})
        assert answer.streaming and answer["Content-Encoding"] == "gzip"
        assert Ticket(pk=told["lamp"]).number.encode() in gzip.decompress(b"".join(answer))


def test_a_spreadsheet_brings_its_dictionary_and_a_geopackage_too(cast, told, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(taken(cast.leader, format="xlsx"))
    (tmp_path / "t.gpkg").write_bytes(taken(cast.leader, format="gpkg"))
    (tmp_path / "t.parquet").write_bytes(taken(cast.leader, format="parquet"))
    sheet = calamine.CalamineWorkbook.from_path(tmp_path / "t.xlsx").get_sheet_by_index(1).to_python()
    assert [tuple(map(str, row)) for row in sheet] == [columns.HEAD, *columns.dictionary()]
    layer = pyogrio.read_dataframe(tmp_path / "t.gpkg", layer="columns")
    assert list(layer["name"]) == list(extract.NAMES)
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert schema.field("late").metadata[b"meaning_en"] and not schema.field("late").nullable
    frame = geopandas.read_parquet(tmp_path / "t.parquet")
    assert frame.crs.to_epsg() in (4326, None) and frame.crs.is_geographic and frame.geometry.x.max() > frame.geometry.y.max()


def test_more_than_a_sheet_holds_is_refused_before_anything_is_written(cast, told, monkeypatch):
    monkeypatch.setattr(files, "SHEET_ROWS", 3)
    answer = cast.leader.client.get("/api/v1/export", {"format": "xlsx"})
    assert answer.status_code == 422 and "csv" in answer.json()["detail"]
    assert taken(cast.leader, format="csv")


def test_however_many_chunks_there_are_it_is_one_file(cast, told, tmp_path, monkeypatch):
    monkeypatch.setattr("gis_app.extract.rows.CHUNK", 2)
    monkeypatch.setattr(files, "TOGETHER", 2)
    every = rows_of(cast.leader)
    for kind in extract.FORMATS:
        assert read(kind, taken(cast.leader, format=kind), tmp_path).keys() == every.keys()


def test_a_chunk_costs_the_same_few_questions_however_many_tickets_it_has(cast, told, django_assert_max_num_queries):
    export = extract.whole(extract.read({}))
    with django_assert_max_num_queries(12):
        assert len(next(extract.chunks(export.tickets, False, timezone.now()))) == 6


# ---- the dictionary


def test_every_column_is_explained_in_both_languages_and_no_other_is(cast, told):
    names = [row[0] for row in columns.dictionary()]
    assert list(rows_of(cast.leader).values())[0].keys() == set(names) and len(names) == len(set(names))
    for name, kind, _unit, zh, en, source, nullable in columns.dictionary():
        assert zh != en and len(zh) > 3 and len(en) > 3 and source and kind in columns.KINDS, name
        assert nullable == "yes" or all(row[name] != "" for row in rows_of(cast.leader).values()), name


def test_the_dictionary_is_a_page_a_table_and_a_file(cast, tmp_path, capsys):
    page = cast.reporter.client.get("/help/data").content.decode()
    call_command("export", dictionary=True)
    printed = capsys.readouterr().out
    call_command("export", str(tmp_path / "d.csv"), dictionary=True)
    rows = list(csv.reader(io.StringIO((tmp_path / "d.csv").read_bytes().decode("utf-8-sig"))))
    assert tuple(rows[0]) == columns.HEAD and [row[0] for row in rows[1:]] == list(extract.NAMES)
    for column in extract.COLUMNS:
        assert f">{column.name}<" in page and f"| {column.name} |" in printed


# ---- the page


def test_the_page_counts_and_then_gives(cast, told):
    page = cast.leader.client.get("/lead/export").content.decode()
    assert "有 6 件" in page and "导出 xlsx" in page and "联系方式" in page
    page = cast.leader.client.get("/lead/export", {"format": "csv", "town": "610724110"}).content.decode()
    assert "有 2 件" in page and not Act.objects.filter(act="export").exists()
    answer = cast.leader.client.post("/lead/export", {"format": "csv", "town": "610724110"})
    assert answer["Content-Disposition"] == 'attachment; filename="tickets.csv"' and b"".join(answer).count(b"\n") == 3
    assert Act.objects.get(act="export").given["rows"] == 2


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(cast):
    answer = cast.leader.client.get("/lead/export", {"from": "2026-02-02", "to": "2026-02-01"})
    assert answer.status_code == 422 and "2026-02-02" in answer.content.decode()
    assert "开始日期在结束日期之后" in answer.content.decode()


# ---- the command


def test_the_command_writes_what_its_ending_says(cast, told, tmp_path, capsys):
    for ending in ("csv", "csv.gz", "geojson", "geojson.gz", "xlsx", "gpkg", "parquet"):
        path = tmp_path / f"tickets.{ending}"
        call_command("export", str(path), "--task", "六")
        data = gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes()
        rows = read(ending.removesuffix(".gz"), data, tmp_path)
        assert rows and {row["position"] for row in rows.values()} <= {"cell", ""}
    assert "columns written into" in capsys.readouterr().out
    assert Act.objects.filter(act="export", user=None).count() == 7
    assert sorted(path.name for path in tmp_path.iterdir() if "unfinished" in path.name) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tickets.pdf"], "does not say which format"),
        (["tickets.xlsx.gz"], "does not say which format"),
        (["nowhere/tickets.csv"], "no folder"),
        (["there.csv"], "is there already"),
        (["new.csv", "--task", "一"], "只能是"),
        (["d.txt", "--dictionary"], "endings"),
    ],
)
def test_a_command_that_cannot_do_it_says_so_and_writes_nothing(cast, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.csv").write_text("mine")
    with pytest.raises(CommandError, match=said):
        call_command("export", *words)
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"] and (tmp_path / "there.csv").read_text() == "mine"
    assert not Act.objects.filter(act="export").exists()


def test_a_dry_run_counts_and_without_a_file_it_is_printed(cast, told, capsys):
    call_command("export", "--dry-run")
    assert capsys.readouterr().out == "would write 6 tickets, 30 columns\n" and not Act.objects.filter(act="export").exists()
    call_command("export", "--exact")
    assert len(list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))) == 6
