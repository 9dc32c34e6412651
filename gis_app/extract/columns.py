"""The data dictionary: every column that an export, a view of the reading schema and a notebook know, and what it means.

One table: it writes the head of every format, the sheet and the page that explain it, and the notes in the database.
"""

import csv
import io
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

LANGUAGES = {"zh": "zh-hans", "en": "en"}


class Column(NamedTuple):
    """One column. kind: one of KINDS. source: where the value is taken from. empty: whether it may be missing."""

    name: str
    kind: str
    unit: str
    meaning: str
    source: str
    empty: bool = False


KINDS = {
    "text": _("文字"),
    "moment": _("时刻"),
    "number": _("数"),
    "whole": _("整数"),
    "yes_no": _("是或否"),
}
HOURS = "Asia/Shanghai"
COLUMNS = (
    Column("number", "text", "", _("案件的公开编号"), "ticket.id"),
    Column("state", "text", "", _("导出时的状态，写的是接口里的英文词，比如 closed 是已结案"), "ticket.state"),
    Column("opened_at", "moment", HOURS, _("上报的时间"), "ticket.opened_at"),
    Column("accepted_at", "moment", HOURS, _("立案的时间"), "ticket.accepted_at", True),
    Column("due_at", "moment", HOURS, _("办结期限，立案起算"), "ticket.due_at", True),
    Column("finished_at", "moment", HOURS, _("最后一次反馈办好的时间，返工以后清空"), "ticket.finished_at", True),
    Column("closed_at", "moment", HOURS, _("结案、不予立案或并案的时间"), "ticket.ended_at", True),
    Column("late", "yes_no", "", _("是不是超了期限：办好晚于期限，或者没有办好、期限已过"), "ticket.due_at"),
    Column("category", "text", "", _("小类的四位编号"), "category.code", True),
    Column("category_name", "text", "", _("小类的名称"), "category.name", True),
    Column("task", "text", "", _("算在哪项任务里：六、八、七、九"), "category.task", True),
    Column("town", "text", "", _("镇街的九位编号"), "town.code"),
    Column("town_name", "text", "", _("镇街的名称"), "town.name"),
    Column("village", "text", "", _("村社的十二位编号"), "village.code", True),
    Column("village_name", "text", "", _("村社的名称"), "village.name", True),
    Column("grid", "text", "", _("责任网格的编号"), "grid.code", True),
    Column("unit", "text", "", _("承办单位的编号，派遣以后才有"), "unit.code", True),
    Column("unit_name", "text", "", _("承办单位的名称"), "unit.name", True),
    Column("precision", "text", "", _("知道得多细：point 坐标，address 地名，village 村社，town 镇街"), "ticket.precision"),
    Column("position", "text", "", _("lon 和 lat 是什么：point 是案件的坐标，cell 是所在九级格子的中心"), "export", True),
    Column("lon", "number", "°", _("经度，WGS84（EPSG:4326）"), "ticket.point, ticket.cell", True),
    Column("lat", "number", "°", _("纬度，WGS84（EPSG:4326）"), "ticket.point, ticket.cell", True),
    Column("cell_r8", "text", "H3", _("所在的 H3 八级格子，约 0.7 平方千米"), "ticket.cell", True),
    Column("cell_r9", "text", "H3", _("所在的 H3 九级格子，约 0.1 平方千米"), "ticket.cell", True),
    Column("voices", "whole", _("次"), _("背后有几次上报，并进来的也算；已经并案的是 0，算在另一件里"), "report"),
    Column("returned", "whole", _("次"), _("退单的次数"), "event return"),
    Column("reworked", "whole", _("次"), _("返工的次数"), "event rework"),
    Column("reopened", "whole", _("次"), _("结案以后上报人有异议、重新办的次数"), "event dispute"),
    Column("supervised", "yes_no", "", _("导出时是不是在督办"), "ticket.supervised_at"),
    Column("rating", "whole", _("星"), _("上报人最后一次打的分，1 到 5"), "event rate", True),
)
NAMES = tuple(column.name for column in COLUMNS)
LEFT_OUT = (  # what no export holds, as people ask for it
    *(_("上报人的话和办理的说明"), _("联系方式"), _("照片和照片的名字"), _("工作人员的名字")),
    *(_("上报的查询码"), _("地址和写在话里的地名")),
)
HEAD = ("name", "type", "unit", "meaning_zh", "meaning_en", "source", "nullable")


def dictionary():
    """The dictionary as rows of plain text under HEAD, whatever language is in use."""
    return [
        (column.name, column.kind, told(column.unit, "zh"), told(column.meaning, "zh"), told(column.meaning, "en"))
        + (column.source, "yes" if column.empty else "no")
        for column in COLUMNS
    ]


def told(text, language):
    """A text in one of LANGUAGES."""
    with override(LANGUAGES[language]):
        return str(text)


def as_csv():
    """The dictionary as CSV with a byte order mark, bytes."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEAD, *dictionary()])
    return out.getvalue().encode("utf-8-sig")


def as_markdown():
    """The dictionary as a table in Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *dictionary()]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
