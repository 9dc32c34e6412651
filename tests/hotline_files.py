"""Files as the 12345 hotline exports them, with all their dirt: python -m tests.hotline_files N OUT [--seed S] [--encoding E].

Every row says what must come of it, and follows from the seed alone. OUT ends in .csv (GBK, or the encoding that is named) or
in .xlsx.
"""

import argparse
import csv
import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
COLUMNS = (
    *("工单编号", "来电时间", "来电人", "联系电话", "诉求类别", "诉求标题", "诉求内容", "事发地址", "所属区域"),
    *("承办单位", "办理时限", "工单状态", "回访结果"),
)
UPPER = {"来电人": "来电人信息", "联系电话": "来电人信息"}  # headings that stand over others in a spreadsheet
STORED, REFUSED, REPEAT = "stored", "refused", "repeat"
FIRST, MINUTES = dt.datetime(2025, 1, 1), 365 * 24 * 60
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙", ("建国", "秀英", "晓梅", "志强", "小军", "桂芳", "文")
OFFICES, STATES = ("县城管局", "县交通局", "县水利局", ""), ("已办结", "办理中", "待签收")
RESULTS = ("满意", "基本满意", "不满意", "")
KINDS = ("城乡建设", "环境保护", "交通运输", "", "")  # the hotline's own
FAR = ("洋县谢村镇老街", "汉中市城固县博望街道东环路", "石泉县城关镇滨江路", "宁强县汉源街道")
FULL = str.maketrans("0123456789-", "０１２３４５６７８９－")
LIKE_A_TAIL = set("村存寸社射舍设区趋曲去取镇真振阵震针珍乡箱想响向相香象像项街接节阶道到倒稻盗")  # might be read as a name's end
SHARE = 0.012  # of rows for each kind of dirt that is refused


@dataclass
class Row:
    """One row and what must come of it. town, village: codes of where it must lie."""

    cells: dict
    outcome: str = STORED
    slug: str = ""
    town: str = ""
    village: str = ""

    @property
    def number(self):
        return self.cells["工单编号"].strip().translate(str.maketrans("０１２３４５６７８９", "0123456789"))


def table(name):
    """A CSV of the county's folder."""
    with open(FIXTURES / name, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Hotline:
    """Writes rows."""

    def __init__(self, seed=1):
        self.dice, self.count = random.Random(seed), 0
        self.seed = seed
        self.towns = {row["code"]: row["name"] for row in table("towns.csv")}
        self.villages = table("villages.csv")
        names = Counter(row["name"] for row in self.villages)
        self.twins = [row for row in self.villages if names[row["name"]] > 1]
        self.single = [row for row in self.villages if names[row["name"]] == 1]
        self.texts = [row["text"] for name in ("seeds.csv", "demo/texts.csv") for row in table(name) if len(row["text"]) > 3]
        stems = {row["name"][:2] for row in self.villages} | {name[:2] for name in self.towns.values()}
        plain = [text for text in self.texts if text.isalpha() and not LIKE_A_TAIL & set(text)]
        self.placeless = [text for text in plain if not any(stem in text for stem in stems)]
        self.categories = {row["name_zh"]: row["code"] for row in table("categories.csv")}

    def rows(self, count):
        """So many rows, as a list: what is dirty in them is spread evenly, repeats and empty rows come on top."""
        rows = [self.row() for _ in range(count)]
        for _ in range(count // 50):
            first = self.dice.choice([row for row in self.dice.sample(rows, min(20, count)) if row.outcome == STORED] or [None])
            if first:
                rows.insert(self.dice.randrange(rows.index(first) + 1, len(rows) + 1), self.again(first))
        for _ in range(count // 100):
            blank = self.dice.choice(["", " ", "\u3000"])
            rows.insert(self.dice.randrange(len(rows) + 1), Row(dict.fromkeys(COLUMNS, blank), ""))
        return rows

    def again(self, row):
        """The same number once more: word for word, or with another state."""
        changed = {"工单状态": "已回访"} if self.dice.random() < 0.5 else {}
        return Row(row.cells | changed, REPEAT)

    def row(self):
        """One row, clean or with one thing wrong."""
        chance = self.dice.random()
        kinds = (
            *(self.nowhere, self.outside, self.twin, self.future, self.ancient, self.when, self.nameless, self.silent),
            *(self.endless, self.rounded),
        )
        if chance < SHARE * len(kinds):
            return kinds[int(chance / SHARE)]()
        return self.dice.choices(
            [self.village, self.village_of_area, self.twin_of_area, self.town_of_area, self.in_text], [70, 14, 4, 6, 6]
        )[0]()

    # ---- rows that are taken in

    def plain(self, text=None, **cells):
        """Cells of a row that is about nothing in particular."""
        self.count += 1
        dice = self.dice
        at = FIRST + dt.timedelta(minutes=dice.randrange(MINUTES))
        number = f"XX{at:%Y%m%d}{self.seed:02d}{self.count:07d}"
        phone = f"1{dice.choice('35789')}{dice.randrange(10**9):09d}"
        text = text or dice.choice(self.texts)
        if dice.random() < 0.05:
            text += f"，电话{phone}"
        return {
            "工单编号": number.translate(FULL) if dice.random() < 0.03 else number,
            "来电时间": self.spelled(at),
            "来电人": dice.choice(["匿名", "", dice.choice(SURNAMES) + dice.choice(GIVEN)]),
            "联系电话": phone.translate(FULL) if dice.random() < 0.03 else phone,
            "诉求类别": dice.choice([*KINDS, dice.choice(list(self.categories))]),
            "诉求标题": dice.choice(["", text[:20], text[:12] + "…"]),
            "诉求内容": text,
            "事发地址": "",
            "所属区域": dice.choice(["西乡县", "汉中市西乡县", "陕西省/汉中市/西乡县"]),
            "承办单位": dice.choice(OFFICES),
            "办理时限": self.spelled(at + dt.timedelta(days=7)) if dice.random() < 0.5 else "5个工作日",
            "工单状态": dice.choice(STATES),
            "回访结果": dice.choice(RESULTS),
        } | cells

    def spelled(self, at):
        """A moment in one of the ways that exports mix."""
        return self.dice.choice(
            [
                at,  # a date of a spreadsheet
                (at - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1),  # its bare number
                f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02d}",
                f"{at:%Y-%m-%d %H:%M:%S}",
                f"{at.year}年{at.month}月{at.day}日 {at.hour}时{at.minute}分",
                f"{at:%Y-%m-%d %H:%M}".translate(FULL),
            ]
        )

    def village(self):
        """Town and village are written."""
        village = self.dice.choice(self.villages)
        place = f"{self.towns[village['town']]}{village['name']}{self.dice.randrange(1, 9)}组{self.dice.randrange(1, 300)}号"
        pad = self.dice.choice(["", " ", "\u3000"])
        return Row(self.plain(事发地址=pad + place), town=village["town"], village=village["code"])

    def village_of_area(self, villages=None):
        """The village is written, its town stands under 所属区域."""
        village = self.dice.choice(villages or self.single)
        cells = self.plain(事发地址=village["name"], 所属区域=f"汉中市西乡县{self.towns[village['town']]}")
        return Row(cells, town=village["town"], village=village["code"])

    def twin_of_area(self):
        """Two villages have this name; the area says which is meant."""
        return self.village_of_area(self.twins)

    def town_of_area(self):
        """Nothing but the area says where."""
        code = self.dice.choice(list(self.towns))
        return Row(self.plain(self.dice.choice(self.placeless), 所属区域=f"西乡县{self.towns[code]}"), town=code)

    def in_text(self):
        """The text alone says where."""
        village = self.dice.choice(self.villages)
        text = f"{self.towns[village['town']]}{village['name']}，{self.dice.choice(self.placeless)}"
        return Row(self.plain(text, 诉求标题=""), town=village["town"], village=village["code"])

    # ---- rows that are refused

    def _refused(self, slug, **cells):
        village = self.dice.choice(self.villages)
        placed = {"事发地址": self.towns[village["town"]] + village["name"]}
        return Row(self.plain(cells.pop("text", None), **placed | cells), REFUSED, slug)

    def nowhere(self):
        """No word says where."""
        return self._refused("unplaced", text=self.dice.choice(self.placeless), 事发地址=self.dice.choice(["", "家门口", "无"]))

    def outside(self):
        """In another county."""
        return self._refused("outside-area", 事发地址=self.dice.choice(FAR), 所属区域="汉中市")

    def twin(self):
        """Two villages have this name."""
        return self._refused("unplaced", 事发地址=self.dice.choice(self.twins)["name"])

    def future(self):
        """Said in a time to come."""
        return self._refused("bad-field", 来电时间="2099/11/3 9:05")

    def ancient(self):
        """Said before there was a hotline."""
        return self._refused("bad-field", 来电时间="1970-01-01 08:00:00")

    def when(self):
        """Said at no time that can be read."""
        return self._refused("bad-field", 来电时间=self.dice.choice(["昨天下午", "", "2025-13-40", "/"]))

    def nameless(self):
        """Without a number."""
        return self._refused("bad-field", 工单编号=self.dice.choice(["", " ", "无"]))

    def silent(self):
        """Without a word."""
        return self._refused("bad-field", 诉求标题="", 诉求内容=self.dice.choice(["", "无"]))

    def endless(self):
        """Longer than can be kept."""
        return self._refused("bad-field", text="路灯不亮" * 1001)

    def rounded(self):
        """A spreadsheet has made a figure of the number."""
        return self._refused("bad-field", 工单编号="2.02501E+17")


# ---- files


def as_text(cell):
    """A cell as an export in text writes it."""
    return f"{cell:%Y/%m/%d %H:%M:%S}" if isinstance(cell, dt.datetime) else f"{cell:.6f}" if isinstance(cell, float) else cell


def write_csv(path, rows, encoding="gb18030"):
    """Rows as a CSV with a title above its headings."""
    with open(path, "w", encoding=encoding, errors="replace", newline="") as file:
        table = csv.writer(file)
        table.writerows([["西乡县12345热线工单导出"], [], COLUMNS])
        table.writerows([as_text(row.cells[name]) for name in COLUMNS] for row in rows)


def write_xlsx(path, rows):
    """Rows as a spreadsheet: a merged title, headings over two merged rows, dates, bare date numbers, texts as numbers."""
    with xlsxwriter.Workbook(path, {"constant_memory": len(rows) > 20_000, "strings_to_formulas": False}) as book:
        sheet, moment = book.add_worksheet("工单"), book.add_format({"num_format": "yyyy/m/d h:mm"})
        sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, "西乡县12345热线工单导出")
        for column, name in enumerate(COLUMNS):
            if name not in UPPER:
                sheet.merge_range(2, column, 3, column, name)
        sheet.merge_range(2, COLUMNS.index("来电人"), 2, COLUMNS.index("联系电话"), "来电人信息")
        for name in UPPER:
            sheet.write(3, COLUMNS.index(name), name)
        for line, row in enumerate(rows, 4):
            for column, name in enumerate(COLUMNS):
                cell = row.cells[name]
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(line, column, cell, moment)
                elif isinstance(cell, float) or (name == "联系电话" and cell.isascii() and cell.isdigit()):
                    sheet.write_number(line, column, float(cell))
                else:
                    sheet.write_string(line, column, cell)


def write(path, rows, encoding="gb18030"):
    """Rows into a file, in the form that its name says."""
    path = Path(path)
    write_xlsx(path, rows) if path.suffix == ".xlsx" else write_csv(path, rows, encoding)
    return path


def main(asked=None):
    """Write a file and say what must come of it."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("rows", type=int)
    words.add_argument("out", type=Path)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--encoding", default="gb18030")
    told = words.parse_args(asked)
    rows = Hotline(told.seed).rows(told.rows)
    write(told.out, rows, told.encoding)
    print(dict(Counter(row.outcome or "empty" for row in rows)), dict(Counter(row.slug for row in rows if row.slug)))


if __name__ == "__main__":
    main()
