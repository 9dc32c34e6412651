"""Whose outline is it: however a clerk writes a town or a village, it is found, and never another's code is given."""

import csv

import pytest
from django.conf import settings
from pypinyin import lazy_pinyin

from layers import matching
from layers.matching import Known, Match, column, match, tidy_code, tidy_name


def known_of(table, more):
    with (settings.FIXTURES / table).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Known(row["code"], row["name"], (*filter(None, row["aliases"].split("|")), row[more])) for row in rows]


TOWNS, VILLAGES = known_of("towns.csv", "pinyin"), known_of("villages.csv", "official_name")
TRADITIONAL = (
    *("城北街道", "城南街道", "楊河鎮", "柳樹鎮", "沙河鎮", "私渡鎮", "桑園鎮", "白龍塘鎮", "峽口鎮"),
    *("堰口鎮", "茶鎮", "高川鎮", "兩河口鎮", "大河鎮", "駱家壩鎮", "子午鎮", "白勉峽鎮"),
)


def found(name="", code="", known=TOWNS, digits=9):
    return match([(tidy_code(code, digits), tidy_name(name))], known)[0]


WRITTEN = ["610724101", "610724101000", 610724101, 610724101.0, 610724101000.0, "６１０７２４１０１", " 610724101 "]


@pytest.mark.parametrize("code", WRITTEN)
def test_a_town_is_found_by_its_code_however_a_table_writes_it(code):
    assert found("随便", code) == Match("610724101", "code")


@pytest.mark.parametrize("nothing", [None, float("nan"), "", " ", "nan", "None", "<NA>"])
def test_an_empty_cell_is_no_code_and_no_name(nothing):
    assert tidy_code(nothing, 9) == "" == tidy_name(nothing) and found(nothing, nothing) == Match()


@pytest.mark.parametrize(
    ("name", "code", "how"),
    [
        ("杨河镇", "610724101", "name"),
        ("杨河镇人民政府", "610724101", "name"),
        ("杨河镇政府", "610724101", "name"),
        ("西乡县杨河镇", "610724101", "name"),
        ("陕西省汉中市西乡县杨河镇", "610724101", "name"),
        ("杨　河 镇", "610724101", "name"),
        ("杨河", "610724101", "alias"),
        ("城南办", "610724002", "alias"),
        ("城南街办", "610724002", "name"),
        ("城南街道办事处", "610724002", "name"),
        ("西乡县城南街道办", "610724002", "name"),
        ("Yanghe Town", "610724101", "pinyin"),
        ("YANGHE", "610724101", "pinyin"),
        ("Yánghé Zhèn", "610724101", "pinyin"),
        ("Chazhen Town", "610724110", "pinyin"),
        ("Chengnan Subdistrict", "610724002", "pinyin"),
        ("茶", "610724110", "short"),
    ],
)
def test_a_name_is_found_by_the_ways_people_write_it(name, code, how):
    assert found(name) == Match(code, how)


def test_traditional_names_are_found_by_their_sound():
    assert [found(name).code for name in TRADITIONAL] == [town.code for town in TOWNS]


@pytest.mark.parametrize("name", ["镇", "街道", "西乡县", "杨凌镇", "Nowhere", "610724101"])
def test_a_name_that_is_nobodys_finds_nobody(name):
    assert found(name) == Match()


def test_an_alias_of_two_towns_is_nobodys_and_both_are_told():
    assert found("城关镇") == Match(None, "", ("610724001", "610724002"))


def test_of_two_villages_with_one_name_the_caller_may_decide():
    rows, both = [("", "回龙村")], ("610724116209", "610724117207")
    assert match(rows, VILLAGES) == [Match(None, "", both)]
    assert match(rows, VILLAGES, lambda row, codes: codes[row + 1]) == [Match(both[1], "name")]


def test_a_weaker_way_does_not_overrule_what_a_stronger_leaves_open():
    known = [Known("1", "回龙村"), Known("2", "回龙村"), Known("3", "别的村", ("回龙",)), Known("4", "回龙社区")]
    assert match([("", "回龙村")], known) == [Match(None, "", ("1", "2"))]


def test_of_two_rows_that_claim_a_town_the_stronger_keeps_it():
    assert match([("", "杨河"), ("", "杨河镇")], TOWNS) == [Match(None, "doubled", ("610724101",)), Match("610724101", "name")]
    assert [m.how for m in match([("", "杨河乡"), ("", "杨河")], TOWNS)] == ["doubled", "doubled"]


def test_parts_of_one_area_stay_together():
    assert [m.code for m in match([("", "杨河镇"), ("", "杨河镇"), ("", "西乡县杨河镇")], TOWNS)] == ["610724101"] * 3
    assert [m.code for m in match([("610724101", "东片"), ("610724101", "西片"), ("610724101", "")], TOWNS)] == ["610724101"] * 3


def test_one_code_at_two_towns_names_and_two_codes_at_one_name_are_no_parts():
    assert [m.how for m in match([("610724101", "杨河镇"), ("610724101", "柳树镇")], TOWNS)] == ["doubled", "doubled"]
    assert [m.how for m in match([("610724777", "杨河镇"), ("610724888", "杨河镇")], TOWNS)] == ["doubled", "doubled"]


def each_alone(names, known):
    """The code of each name, as if it were alone in its file: a claim of another's does not count."""
    others = {}
    rows = [("", tidy_name(name)) for name in names]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_undoubled", lambda rows, found, index: others.update(enumerate(found)) or found)
        match(rows, known)
    return [others[number].code for number in range(len(names))]


def ways(area):
    """How the name of an area may be written."""
    sound = lazy_pinyin(area.name)
    yield from (area.name, *area.aliases, f"西乡县{area.name}", f"陕西省汉中市西乡县{area.name}", " ".join(area.name))
    yield from (" ".join(sound), "".join(sound), "".join(sound).upper(), matching.short(area.name), matching.sounded(area.name))
    if area.name.endswith("街道"):
        yield from (f"{area.name}办事处", f"{area.name}办")
    elif area.name.endswith("镇"):
        yield from (f"{area.name}人民政府", f"{area.name.removesuffix('镇')}乡")
    elif area.name.endswith("村"):
        yield from (f"{area.name}委会", f"{area.name}民委员会", f"{area.name}村民委员会", f"{area.name}村委会")
    elif area.name.endswith("社区"):
        yield from (f"{area.name}居委会", f"{area.name}居民委员会")


SHARED = [  # and 回龙村, which is two villages
    (TOWNS, {"城关镇"}),
    (VILLAGES, {"五星", "wuxing", "luozhen"}),
]


@pytest.mark.parametrize(("known", "shared"), SHARED, ids=["towns", "villages"])
def test_no_way_to_write_a_name_gives_anothers_code(known, shared):
    written = sorted({(name, area.code, area.name) for area in known for name in ways(area)})
    wrong, unfound = [], set()
    for (name, code, called), found in zip(written, each_alone([name for name, *_rest in written], known), strict=True):
        wrong += [(name, found)] if found not in (code, None) else []
        unfound |= {name} if found is None and called != "回龙村" else set()
    assert wrong == [] and unfound == shared  # what two areas share is nobody's


def test_a_whole_table_finds_every_area_once():
    rows = [(tidy_code(area.code + "0000000", 12), "") for area in VILLAGES]
    assert [m.code for m in match(rows, VILLAGES)] == [area.code for area in VILLAGES]


def test_columns_are_known_by_their_headers_or_by_what_is_told():
    assert column(["OBJECTID", "XZQDM", "XZQMC"], "code") == "XZQDM" and column(["XZQMC ", "geometry"], "name") == "XZQMC "
    assert column(["行政区划代", "乡镇"], "code") == "行政区划代"  # ten bytes of a Shapefile's header
    assert column(["a", "Ort"], "name", "ORT") == "Ort" and column(["a"], "name") is None
    with pytest.raises(KeyError, match="b"):
        column(["a"], "name", "b")
