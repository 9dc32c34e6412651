"""One row of a 12345 export as what somebody said: its columns under their usual headings, its times in every spelling."""

import datetime as dt
import re
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import gettext as _

from gis_app import redact, sheets
from gis_app.classify import categories
from gis_app.clock import SHANGHAI
from gis_app.errors import BadField
from gis_app.intake.receive import LONGEST_CONTACT, LONGEST_PLACE, LONGEST_TEXT, Said
from gis_app.models import remembered
from gis_app.words import Source

NUMBER, AT, TEXT = "工单编号", "来电时间", "诉求内容"
TITLE, PLACE, AREA, KIND = "诉求标题", "事发地址", "所属区域", "诉求类别"
NAME, PHONE = "来电人", "联系电话"
WHY, LINE = "原因", "行号"  # of a file of refused rows, when it comes back corrected
NEEDED = (NUMBER, AT, TEXT)
COLUMNS = {  # column: other headings that mean the same, the likelier first
    NUMBER: ("工单号", "工单流水号", "流水号", "受理编号", "案件编号", "编号"),
    AT: ("受理时间", "登记时间", "诉求时间", "创建时间", "反映时间"),
    NAME: ("来电人姓名", "诉求人", "反映人", "市民姓名", "联系人", "姓名"),
    PHONE: ("来电号码", "联系方式", "电话号码", "手机号码", "手机号", "手机", "电话"),
    KIND: ("诉求分类", "事项分类", "问题类别", "问题分类", "类别"),
    TITLE: ("工单标题", "标题", "主题"),
    TEXT: ("工单内容", "反映内容", "内容", "诉求描述", "问题描述"),
    PLACE: ("详细地址", "诉求地址", "事件地址", "发生地址", "地址", "地点"),
    AREA: ("所属区划", "行政区划", "事发区域", "诉求区域", "所属镇街", "区域"),
    "承办单位": ("主办单位", "办理单位", "责任单位"),
    "办理时限": ("办结时限", "截止时间", "办理期限", "限办时间"),
    "工单状态": ("办理状态", "状态"),
    "回访结果": ("回访情况", "满意度", "满意情况"),
    WHY: (),
    LINE: (),
}
FACTS = {"state": "工单状态", "unit": "承办单位", "due": "办理时限", "result": "回访结果", "category": KIND, "area": AREA}
LONGEST_NUMBER, LONGEST_FACT = 80, 60
NOTHING = {"", "无", "不详", "未知", "匿名", "保密", "空", "/", "-", "--", "—", "——", "null", "none", "nan"}
LONGEST_NOTHING, BRACKETS = max(map(len, NOTHING)), "（）()"
VERDICTS = (  # the words of a caller are not kept
    *("非常不满意", "不满意", "基本满意", "非常满意", "满意", "未评价", "未回访", "无法联系"),
)
FIRST_DAY = dt.datetime(2000, 1, 1, tzinfo=SHANGHAI)
SERIAL_ZERO = dt.datetime(1899, 12, 30)  # of spreadsheets; right from 1 March 1900 on
SERIALS = range(10_000, 100_000)  # 1927 to 2173: what else is a bare number is no day
ROUNDED = re.compile(r"[\d.]+e\+\d+", re.I)  # 2.02611E+17: a spreadsheet has thrown the last digits away
MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]*(上午|下午|am|pm)?[ ]*(\d{1,2})[:时点](?:(\d{1,2})(?:[:分](?:(\d{1,2})(?:\.\d+)?秒?)?)?)?[ ]*(am|pm)?)?",
    re.I,
)
DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
BETWEEN = re.compile(r"[\s/\\>,、，|-]+|—+")  # of an area's parts: 陕西省/汉中市/西乡县


def said_of(row):
    """A row of sheets.read(…, COLUMNS) as Said. Raises BadField with the column and what is wrong in it."""
    if sheets.MORE in row:
        raise BadField(field=sheets.written(row[sheets.MORE][0]), why=_("这一行的格子比表头多，像是内容里的逗号没有加引号。"))
    return Said(
        text=text_of(_words(row, TITLE), _words(row, TEXT)),
        place_text=_within(PLACE, LONGEST_PLACE, _words(row, PLACE)),
        within=_within(AREA, LONGEST_PLACE, BETWEEN.sub("", _words(row, AREA))),
        category=kinds().get(_words(row, KIND)),
        contact=contact_of(row),
        source=Source.HOTLINE,
        ref=number_of(row),
        at=moment_of(row),
        facts=facts_of(row),
    )


def _words(row, column):
    """What stands in a column, as text; nothing for what only says that nothing is known."""
    text = row.get(column, "")
    if type(text) is not str:
        text = sheets.written(text)
    if len(text) > LONGEST_NOTHING and text[0] not in BRACKETS and text[-1] not in BRACKETS:  # most of what is said
        return text
    return "" if text.strip(BRACKETS).casefold() in NOTHING else text


def _within(column, most, text):
    if len(text) > most:
        raise BadField(field=column, why=_("最多 %d 字。") % most)
    return text


def number_of(row):
    """The hotline's own number of a row. Raises BadField: there is none, or a spreadsheet has rounded it."""
    cell = row.get(NUMBER, "")
    number = "".join(sheets.plain(cell).split())
    if number.casefold() in NOTHING:
        raise BadField(field=NUMBER, why=_("没有编号，装了第二次就认不出来。"))
    if ROUNDED.fullmatch(number) or (isinstance(cell, float) and abs(cell) >= 2**53):
        raise BadField(field=NUMBER, why=_("编号太长，存成数字以后末几位丢了；从热线重新导出，这一列存成文本。"))
    return _within(NUMBER, LONGEST_NUMBER, number)


def text_of(title, content):
    """Title and content as one text that says nothing twice. Raises BadField: nothing is said, or too much."""
    start = title.rstrip("….。 ")
    if not content or start in content:
        text = content or title
    else:
        text = f"{title}\n{content}" if content not in title else title
    if not text:
        raise BadField(field=TEXT, why=_("没有内容。"))
    return _within(TEXT, LONGEST_TEXT, text)


def contact_of(row):
    """How to reach the caller: name and number."""
    return _within(PHONE, LONGEST_CONTACT, " ".join(filter(None, (_words(row, NAME), sheets.plain(_words(row, PHONE))))))


def facts_of(row):
    """What the hotline says of the row beyond what was said: codes, dates and names of offices; no personal data."""
    told = {name: text for name, column in FACTS.items() if (text := _words(row, column))}
    day = read_moment(row["办理时限"]) if "due" in told else None
    if day:
        del told["due"]
    if "result" in told:
        told["result"] = next((verdict for verdict in VERDICTS if verdict in told["result"]), "")
    kept = {name: _masked(text)[:LONGEST_FACT] for name, text in told.items() if text}
    return kept | ({"due": day.isoformat()} if day else {})  # 5 个工作日 stays as it is


_masked = lru_cache(maxsize=4096)(redact.mask)  # offices and states come again and again


@remembered("rules")
def kinds():
    """{a category's code or name: its code}; a name that two have is none."""
    names = [row.name for row in categories().values()]
    named = {row.name: code for code, row in categories().items() if names.count(row.name) == 1}
    return named | {code: code for code in categories()}


# ---- times


def moment_of(row):
    """When somebody called. Raises BadField: not said, not readable, still to come, or before 2000."""
    cell = row.get(AT, "")
    moment = read_moment(cell)
    if moment is None:
        raise BadField(field=AT, why=_("读不出“%s”是什么时候。") % sheets.written(cell) if cell != "" else _("没有写。"))
    if moment > timezone.now():
        raise BadField(field=AT, why=_("%s 还没有到。") % f"{moment:%Y-%m-%d %H:%M}")
    if moment < FIRST_DAY:
        raise BadField(field=AT, why=_("%s 太早了，要在 2000 年以后。") % f"{moment:%Y-%m-%d}")
    return moment


def read_moment(cell):
    """A cell as an aware datetime, Asia/Shanghai, or None. A day without a time is its beginning."""
    try:
        moment = _moment(cell)
    except (ValueError, OverflowError):  # month 13, hour 25
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _moment(cell):
    if isinstance(cell, dt.datetime):
        return cell
    if isinstance(cell, dt.date):
        return dt.datetime.combine(cell, dt.time())
    text = sheets.plain(cell)
    if _is_serial(text):
        return SERIAL_ZERO + dt.timedelta(seconds=round(float(text) * 86400))  # a day's part is never exact
    if found := DIGITS.fullmatch(text):
        return dt.datetime(*(int(part) for part in found.groups() if part))
    if found := MOMENT.fullmatch(text):
        return _spelled(*found.groups())
    return dt.datetime.fromisoformat(text)  # with a zone of its own


def _is_serial(text):
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None and int(float(text)) in SERIALS


def _spelled(year, month, day, before, hour, minute, second, after):
    """下午3时5分, 3:05 PM and 15:05:00 are one moment."""
    hour, half = int(hour or 0), (before or after or "").lower()
    if half in ("下午", "pm") and hour < 12:
        hour += 12
    elif half in ("上午", "am") and hour == 12:
        hour = 0
    return dt.datetime(int(year), int(month), int(day), hour, int(minute or 0), int(second or 0))
