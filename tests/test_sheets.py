"""Tables as clerks save them: every encoding, separator and heading that a spreadsheet program makes of one table."""

import datetime as dt
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from gis_app import sheets
from gis_app.errors import BadFile

COLUMNS = {"number": ("工单编号", "编号"), "text": ("诉求内容",), "phone": ("联系电话", "电话")}
ROWS = [("GD001", "路灯不亮，\n天黑看不见", "13912345678"), ("GD002", '他说"没人管"', "")]


def table(folder, rows, encoding="utf-8", separator=",", name="table.csv"):
    """A file of separated values, quoted the way Excel does."""
    quoted = [separator.join('"' + str(cell).replace('"', '""') + '"' for cell in row) for row in rows]
    path = folder / name
    path.write_bytes("\r\n".join([*quoted, ""]).encode(encoding))
    return path


def book(folder, fill, name="table.xlsx"):
    """A workbook; fill(book, sheet) writes into it."""
    path = folder / name
    with xlsxwriter.Workbook(path) as made:
        fill(made, made.add_worksheet("导出"))
    return path


def refusal(path, columns=COLUMNS, needed=()):
    """The sentence with which a file is refused."""
    with pytest.raises(BadFile) as told:
        list(sheets.read(path, columns, needed))
    return told.value.sentence()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_encoding_and_separator_gives_the_same_rows(tmp_path, encoding, separator):
    path = table(tmp_path, [("编号", "诉求内容", "电话"), *ROWS], encoding, separator)
    sheet = sheets.read(path, COLUMNS)
    assert [tuple(row.values()) for _number, row in sheet] == ROWS
    assert (sheet.headings, sheet.names) == (["编号", "诉求内容", "电话"], ["number", "text", "phone"])


def test_a_row_has_the_number_that_a_spreadsheet_shows(tmp_path):
    rows = [("西乡县12345热线", "", ""), ("", "", ""), ("编号", "诉求内容", "电话"), ROWS[0], ("", " ", "\u3000"), ROWS[1]]
    assert [number for number, _row in sheets.read(table(tmp_path, rows), COLUMNS)] == [4, 6]


@pytest.mark.parametrize("heading", ["工单编号", "工单 编号 ", "工单编号*", "工单编号(必填)", "工单\n编号:", "\u200b工单编号"])
def test_a_heading_is_known_through_what_is_written_around_it(tmp_path, heading):
    path = table(tmp_path, [(heading, "诉求内容", "电话"), *ROWS])
    assert next(iter(sheets.read(path, COLUMNS)))[1]["number"] == "GD001"


def test_of_two_columns_that_mean_one_thing_the_first_in_the_table_counts_and_the_other_keeps_its_heading(tmp_path):
    path = table(tmp_path, [("编号", "工单编号", "诉求内容", "电话"), ("1", "GD001", "灯坏", "139")])
    assert list(sheets.read(path, COLUMNS)) == [(2, {"编号": "1", "number": "GD001", "text": "灯坏", "phone": "139"})]


def test_columns_of_the_same_heading_are_kept_apart(tmp_path):
    path = table(tmp_path, [("编号", "备注", "诉求内容", "备注", "电话"), ("1", "甲", "灯坏", "乙", "139")])
    row = next(iter(sheets.read(path, COLUMNS)))[1]
    assert (row["备注"], row["备注 (4)"]) == ("甲", "乙")


def test_cells_beyond_the_headings_are_told_since_the_row_was_cut_wrong(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("编号,诉求内容,电话\nGD001,路灯,不亮,139\n", encoding="utf-8")
    assert next(iter(sheets.read(path, COLUMNS)))[1][sheets.MORE] == ["139"]


# ---- spreadsheets


def merged(made, sheet):
    """A title over everything, headings in two rows, dates as numbers and as dates, a cell over two rows."""
    moment = made.add_format({"num_format": "yyyy/m/d h:mm"})
    sheet.merge_range(0, 0, 0, 3, "12345 热线工单")
    sheet.merge_range(2, 0, 3, 0, "工单编号")
    sheet.merge_range(2, 1, 3, 1, "诉求内容")
    sheet.merge_range(2, 2, 2, 3, "来电人信息")
    sheet.write_row(3, 2, ["联系电话", "来电时间"])
    sheet.write_row(4, 0, ["GD001", "灯坏", 13912345678, 46329.378])
    sheet.write(6, 0, "GD002")
    sheet.merge_range(6, 1, 7, 1, "井盖没了")
    sheet.write_datetime(6, 3, dt.datetime(2026, 11, 3, 9, 5), moment)
    sheet.write(7, 0, "GD003")


def test_headings_over_two_merged_rows_are_found_and_a_cell_over_two_rows_is_in_both(tmp_path):
    found = list(sheets.read(book(tmp_path, merged), COLUMNS | {"at": ("来电时间",)}))
    assert [number for number, _row in found] == [5, 7, 8]
    assert found[0][1] == {"number": "GD001", "text": "灯坏", "phone": 13912345678.0, "at": 46329.378}
    assert found[1][1]["at"] == dt.datetime(2026, 11, 3, 9, 5)
    assert [row["text"] for _number, row in found[1:]] == ["井盖没了"] * 2


def test_the_sheet_with_the_headings_is_read_wherever_it_stands_and_a_hidden_one_never(tmp_path):
    def fill(made, first):
        first.write(0, 0, "说明")
        hidden = made.add_worksheet("旧")
        hidden.hide()
        for sheet, text in ((hidden, "旧的"), (made.add_worksheet("新"), "新的")):
            sheet.write_row(2, 1, ["编号", "诉求内容", "电话"])
            sheet.write_row(3, 1, ["1", text, ""])

    assert list(sheets.read(book(tmp_path, fill), COLUMNS)) == [(4, {"number": "1", "text": "新的", "phone": ""})]


def test_a_name_says_nothing_of_what_a_file_is(tmp_path):
    path = book(tmp_path, lambda made, sheet: sheet.write_row(0, 0, ["编号", "诉求内容", "电话"]), "table.csv")
    assert list(sheets.read(path, COLUMNS)) == []
    assert list(sheets.read(table(tmp_path, [("编号", "诉求内容", "电话")], name="table.xlsx"), COLUMNS)) == []


# ---- what is refused


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "空的"),
        (b"\xef\xbb\xbf\r\n", "空的"),
        (b"PK\x03\x04 broken", "损坏"),
        (sheets.OLE + b"\0" * 600, "损坏"),
        (sheets.OLE + b"\0" * 600 + sheets.ENCRYPTED, "密码"),
        (b"\n <html><table><tr><td>a</td></tr></table>", "网页"),
        (b"%PDF-1.4 \x00\x01", "损坏"),
        (b"a,b\n\xff\xff\xff", "UTF-8 或 GBK"),
        ("甲,乙\n1,2\n".encode(), "没有找到表头"),
        ('编号,诉求内容,电话\n1,"没有关的引号'.encode() + b"x" * 200_000, "引号"),
    ],
)
def test_what_is_no_such_table_is_refused_with_a_sentence(tmp_path, data, why):
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    assert why in refusal(path)


def test_the_refusal_says_which_columns_are_looked_for(tmp_path):
    path = table(tmp_path, [("编号", "别的")])
    assert "number、text、phone" in refusal(path) and "number、text。" in refusal(path, needed=("number", "text"))


def test_a_file_that_is_not_there_is_told(tmp_path):
    assert "none.csv" in refusal(tmp_path / "none.csv")


# ---- cells


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (13912345678.0, "13912345678"),
        (46329.5, "46329.5"),
        (dt.datetime(2026, 11, 3, 9, 5), "2026-11-03 09:05:00"),
        (dt.date(2026, 11, 3), "2026-11-03"),
        ("ＧＤ００１", "GD001"),
        ("　路灯", "路灯"),
        (True, "True"),
    ],
)
def test_a_cell_is_read_as_a_person_would_have_typed_it(cell, text):
    assert sheets.plain(cell) == text


@given(rows=st.lists(st.tuples(*[st.text(st.characters(codec="gb18030", exclude_characters="\x00\r\n"), min_size=1)] * 3)))
def test_what_was_saved_is_what_is_read(tmp_path_factory, rows):
    for encoding in ("utf-8-sig", "gb18030"):
        path = table(tmp_path_factory.mktemp("rows"), [("编号", "诉求内容", "电话"), *rows], encoding)
        read = [tuple(row.values()) for _number, row in sheets.read(path, COLUMNS)]
        wanted = [tuple(map(sheets.stripped, row)) for row in rows]
        assert read == [row for row in wanted if any(row)]


def test_a_spreadsheet_that_unpacks_without_end_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(sheets.UNPACKED_MB + 1):
            sheet.write(bytes(1024 * 1024))
    assert path.stat().st_size < 2_000_000
    with pytest.raises(BadFile) as problem:
        sheets.read(path, {"a": ()})
    assert str(sheets.UNPACKED_MB) in problem.value.facts["why"]
