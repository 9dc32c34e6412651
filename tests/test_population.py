"""How many people live in each town: a file that a county may do without, and what is wrong with one is told by line."""

import pytest

from gis_app.errors import BadFile
from gis_app.loading.population import People, read_people
from tests.two_towns import EAST, WEST, two_towns  # noqa: F401 (a fixture that every test uses)

pytestmark = pytest.mark.django_db
HEAD = "town,people,source,year\n"


def test_a_file_of_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "population.csv"
    path.write_bytes(f"{HEAD}{WEST}, 3000 ,统计年鉴,2025\r\n{EAST},500,统计年鉴,2025\r\n".encode("utf-8-sig"))
    assert read_people(path) == {WEST: People(3000, "统计年鉴", 2025), EAST: People(500, "统计年鉴", 2025)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "文件是空的"),
        (HEAD, "文件是空的"),
        (f"town,people,year\n{WEST},3000,2025\n", "第 2 行用不了：缺一列 source"),
        (f"{HEAD}{WEST},三千,年鉴,2025\n", "要一个数，写的是 三千"),
        (f"{HEAD}{WEST},0,年鉴,2025\n", "人数至少是 1"),
        (f"{HEAD}{WEST},3000,年鉴,25\n", "年份要写四位"),
        (f"{HEAD}{WEST},3000,,2025\n", "写上人数的出处"),
        (f"{HEAD}123456789,3000,年鉴,2025\n", "没有编号为 123456789 的一项"),
        (f"{HEAD}{WEST},3000,年鉴,2025\n{WEST},3001,年鉴,2025\n", "第 3 行用不了"),
    ],
)
def test_what_is_wrong_is_told_by_line(tmp_path, text, told):
    path = tmp_path / "population.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile) as error:
        read_people(path)
    assert told in error.value.sentence()


def test_another_alphabet_is_refused(tmp_path):
    path = tmp_path / "population.csv"
    path.write_bytes(f"{HEAD}{WEST},3000,年鉴,2025\n".encode("gb18030"))
    with pytest.raises(BadFile, match="UTF-8"):
        read_people(path)
