"""One row of the hotline: its times, its number, its words and its place, in every spelling that exports have."""

import datetime as dt

import pytest

from gis_app.clock import SHANGHAI
from gis_app.errors import BadField, OutsideWords, Unplaced
from gis_app.intake import Said, hotline, place_of
from gis_app.models import Category
from tests.test_import import row, said

FIVE_PAST_NINE = dt.datetime(2025, 11, 3, 9, 5, tzinfo=SHANGHAI)


def why(**cells):
    """Why a row with these cells is not read."""
    with pytest.raises(BadField) as told:
        said(**cells)
    return told.value.told("what") + told.value.told("why")


@pytest.mark.parametrize(
    "cell",
    [
        *("2025/11/3 9:05", "2025-11-03 09:05:00", "2025-11-03 09:05:00.0", "2025年11月3日 9时5分", "2025年11月3日9时5分0秒"),
        *("2025.11.3 9:05", "２０２５－１１－０３　０９：０５", "20251103090500", "202511030905", "2025-11-03T01:05:00+00:00"),
        *("2025/11/3 上午9:05", "2025/11/3 9:05 AM", "45964.3784722", 45964.378472222, dt.datetime(2025, 11, 3, 9, 5)),
    ],
)
def test_a_moment_is_the_same_however_it_is_written(cell):
    assert hotline.read_moment(cell) == FIVE_PAST_NINE


@pytest.mark.parametrize(
    ("cell", "hour"),
    [("2025/11/3 下午3:05", 15), ("2025/11/3 3:05 PM", 15), ("2025/11/3 12:05 AM", 0), ("2025/11/3 下午12:05", 12), (45964.0, 0)],
)
def test_halves_of_a_day_and_whole_days(cell, hour):
    assert hotline.read_moment(cell).hour == hour


@pytest.mark.parametrize("cell", ["昨天", "2025-13-01", "2025-02-30", "11/3/2025", "3日", 5.0, True, "9:05", "2025/11/3 25:00"])
def test_what_is_no_moment_is_not_guessed(cell):
    assert hotline.read_moment(cell) is None


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"来电时间": "昨天"}, "读不出“昨天”"),
        ({"来电时间": ""}, "来电时间"),
        ({"来电时间": "2099-01-01 8:00"}, "2099-01-01 08:00 还没有到"),
        ({"来电时间": "1999-12-31 23:59"}, "太早"),
        ({"工单编号": "无"}, "没有编号"),
        ({"工单编号": "2.02511E+17"}, "存成数字"),
        ({"工单编号": 2.0251103000000001e17}, "存成数字"),
        ({"工单编号": "1" * 81}, "80"),
        ({"诉求标题": "", "诉求内容": ""}, "没有内容"),
        ({"诉求内容": "灯" * 4001}, "4000"),
        ({"事发地址": "路" * 201}, "200"),
        ({"联系电话": "1" * 101}, "100"),
    ],
)
def test_what_is_wrong_in_a_cell_is_told_with_its_column(db, cells, told):
    assert told in why(**cells)


def test_a_row_that_was_cut_wrong_is_told(db):
    with pytest.raises(BadField, match="逗号"):
        hotline.said_of(row().cells | {"": ["天黑看不见"]})


@pytest.mark.parametrize("cell", ["GD001", "ＧＤ００１", " GD 001 "])
def test_a_number_is_the_same_however_wide(db, cell):
    assert said(工单编号=cell).ref == "GD001"


def test_a_number_that_a_spreadsheet_keeps_as_a_figure_has_no_point(db):
    assert said(工单编号=20251103001.0).ref == "20251103001"


@pytest.mark.parametrize(
    ("title", "content", "text"),
    [
        ("路灯不亮", "路灯不亮三天了", "路灯不亮三天了"),
        ("路灯不亮三…", "路灯不亮三天了", "路灯不亮三天了"),
        ("路灯不亮三天了", "路灯不亮", "路灯不亮三天了"),
        ("咨询", "路灯不亮", "咨询\n路灯不亮"),
        ("", "路灯不亮", "路灯不亮"),
        ("路灯不亮", "无", "路灯不亮"),
    ],
)
def test_title_and_content_say_nothing_twice(db, title, content, text):
    assert said(诉求标题=title, 诉求内容=content).text == text


def test_only_a_kind_of_ours_is_taken_as_it_is_named(db):
    lamp = Category.objects.get(code="0401")
    cells = ["0401", lamp.name, "城乡建设", "路灯类", ""]
    assert [said(诉求类别=cell).category for cell in cells] == ["0401", "0401", None, None, None]


@pytest.mark.parametrize(
    ("name", "phone", "contact"),
    [
        ("张三", 13912345678.0, "张三 13912345678"),
        ("匿名", "１３９１２３４５６７８", "13912345678"),
        ("保密", "无", ""),
        ("张三", "/", "张三"),
    ],
)
def test_a_contact_is_a_name_and_a_number_or_nothing(db, name, phone, contact):
    assert said(来电人=name, 联系电话=phone).contact == contact


def test_what_the_hotline_has_done_is_kept_in_words_of_offices(db):
    facts = said(办理时限="2025/11/10 18:00", 工单状态="已办结", 承办单位="", 回访结果="李四说不满意，打13912345678").facts
    assert (facts["due"], facts["state"], facts["result"]) == ("2025-11-10T18:00:00+08:00", "已办结", "不满意")
    assert "unit" not in facts and said(办理时限="5个工作日").facts["due"] == "5个工作日"
    assert "13912345678" not in said(办理时限="打13912345678", 诉求类别="找13912345678").facts.values().__repr__()


# ---- where


def place(address="", area="", text="路灯不亮"):
    """(town, village or None, what the desk is told) of a row."""
    found = place_of(Said(text=text, place_text=address, within=area))
    return found.town.name, found.village and found.village.name, found.flags.get("words_say")


@pytest.mark.parametrize(
    ("address", "area", "text", "found"),
    [
        ("茶镇南沟村", "西乡县", "路灯不亮", ("茶镇", "南沟村", None)),
        ("南沟村", "西乡县茶镇", "路灯不亮", ("茶镇", "南沟村", None)),
        ("回龙村", "骆家坝镇", "路灯不亮", ("骆家坝镇", "回龙村", None)),
        ("回龙村", "汉中市西乡县子午镇", "路灯不亮", ("子午镇", "回龙村", None)),
        ("", "西乡县茶镇", "路灯不亮", ("茶镇", None, None)),
        ("街上", "茶镇", "南沟村的路灯不亮", ("茶镇", "南沟村", None)),
        ("", "西乡县", "茶镇南沟村的路灯不亮", ("茶镇", "南沟村", None)),
        ("", "茶镇", "大河镇的路灯不亮", ("茶镇", None, "大河镇")),
        ("茶镇南沟村", "大河镇", "路灯不亮", ("茶镇", "南沟村", "大河镇")),
    ],
)
def test_an_area_says_which_place_is_meant_and_the_text_says_it_closer(db, address, area, text, found):
    assert place(address, area, text) == found


@pytest.mark.parametrize(
    ("address", "area", "problem"),
    [
        ("回龙村", "西乡县", Unplaced),
        ("家门口", "西乡县", Unplaced),
        ("南沟村", "大河镇", Unplaced),  # which is in 茶镇: one of the two is wrong
        ("大河镇街上", "茶镇", Unplaced),
        ("城固县博望街道", "汉中市", OutsideWords),
        ("街上", "洋县", OutsideWords),
    ],
)
def test_what_is_open_or_elsewhere_is_never_guessed(db, address, area, problem):
    with pytest.raises(problem):
        place(address, area)
