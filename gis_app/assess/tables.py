"""The tables of a bulletin, each out of what is frozen; in the public edition with small counts withheld."""

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gis_app.assess.blocks import Table
from gis_app.assess.indicators import RATIOS, Ratio
from gis_app.assess.withheld import LEAST, withheld
from gis_app.hotspots import TRENDS
from gis_app.models.unit import in_language
from gis_app.words import Board, Counted, Indicator, Side, Task

COOLED = {
    "cooled": gettext_lazy("降了"),
    "same": gettext_lazy("看不出变化"),
    "worse": gettext_lazy("更多了"),
    "soon": gettext_lazy("还太早"),
}
PARTS = {  # of what is frozen, as a correction names them
    "total": gettext_lazy("全县"),
    "tasks": gettext_lazy("任务"),
    "units": gettext_lazy("单位"),
    "towns": gettext_lazy("镇街"),
    "scores": gettext_lazy("得分"),
    "orders": gettext_lazy("督办过的案件"),
    "hotspots": gettext_lazy("热点"),
    "followed": gettext_lazy("督办过的地点"),
    "draws": gettext_lazy("双随机"),
    "boards": gettext_lazy("红黑榜"),
    "left_out": gettext_lazy("没有算进去的"),
}
WORDS = {  # inside them, beside the names of counts, indicators, tasks, units and towns
    **dict.fromkeys(("counts", "rows", "units", "parts", "places", "proposed", "met"), ""),
    "before": gettext_lazy("上期"),
    "verdicts": gettext_lazy("判断"),
    "ended": gettext_lazy("已办结"),
    "underway": gettext_lazy("在办"),
    "closed": gettext_lazy("办结"),
    "total": gettext_lazy("总计"),
    "merged": gettext_lazy("并案"),
}
UNSORTED = gettext_lazy("还没有分类的")
MOST_CHANGES, MOST_ORDERS = 60, 50  # that are listed


def column(counts, public):
    """[str] of a column of counts (None: nothing known); small ones withheld in public."""
    hidden = withheld(counts) if public else [False] * len(counts)
    told = zip(counts, hidden, strict=True)
    return [_("不足 3 件") if small else "—" if count is None else f"{count:,}" for count, small in told]


def percent(counts, key, public):
    """A share of frozen counts as text; in public — of less than three."""
    part, whole = RATIOS[key]
    return Ratio(counts[part], counts[whole]).percent if counts[whole] >= (LEAST if public else 1) else "—"


def day(moment):
    """A moment's day as papers write it."""
    local = localtime(moment)
    return _("%(year)d年%(month)d月%(day)d日") % {"year": local.year, "month": local.month, "day": local.day}


def name(row):
    """The name of a frozen row in the reader's language."""
    return in_language(row["name"], row["name_en"])


def of_tasks(f, public):
    """Each task: reported, before, closed, and how things stand at the end."""
    heads = [_("任务"), _("上报"), _("上期"), _("办结"), _("期末在办"), _("其中超期")]
    rows = [task for task in f["tasks"] if task["task"] or task["reported"]]
    names = [str(Task(task["task"]).label if task["task"] else UNSORTED) for task in rows]
    columns = [column([task[key] for task in rows], public) for key in ("reported", "before", "closed", "open", "late")]
    return Table(_("各项任务"), heads, [list(row) for row in zip(names, *columns, strict=True)])


def of_places(f, by, public):
    """Units or towns: those outside the funnel first, the others by code."""
    rows = sorted(f[by], key=outside_first)
    small = withheld([row["counts"]["to_close"] for row in rows]) if public else [idle(row) for row in rows]
    shown = [row for row, hidden in zip(rows, small, strict=True) if not hidden]
    whole, open_, late = (column([row["counts"][key] for row in shown], public) for key in ("to_close", "open", "late"))
    told = []
    for place, row in enumerate(shown):
        shares = [percent(row["counts"], key, public) for key in ("closed_in_time", "handled_in_time", "reworked", "satisfied")]
        before = percent(row["before"], "closed_in_time", public) if row["before"] else "—"
        verdict = str(Side(row["verdicts"]["closed_in_time"][0]).label)
        told.append([name(row), whole[place], shares[0], verdict, before, *shares[1:], open_[place], late[place]])
    whose = _("单位") if by == "units" else _("镇街")
    heads = [whose, Counted.TO_CLOSE.label, Indicator.CLOSED_IN_TIME.label, _("判断"), _("上期")]
    heads += [Indicator.HANDLED_IN_TIME.label, Indicator.REWORKED.label, Indicator.SATISFIED.label, _("在办"), _("超期")]
    return Table(left(by, sum(small), public), list(map(str, heads)), told, (0, 3))


def left(by, number, public):
    """The caption, with how many rows are not listed."""
    caption = _("各单位") if by == "units" else _("各镇街")
    if not number:
        return caption
    if public:
        rest = ngettext("另有 %(n)d 个应结案件少，不列", "另有 %(n)d 个应结案件少，不列", number)
    else:
        rest = ngettext("另有 %(n)d 个没有案件", "另有 %(n)d 个没有案件", number)
    return _("%(caption)s（%(rest)s）") % {"caption": caption, "rest": rest % {"n": number}}


def idle(row):
    """Whether a unit or town had nothing to do with any ticket of the period."""
    return not any(row["counts"].values())


def outside_first(row):
    """The order of a table: outside the funnel on the unwanted side, on the other one, then all others by code."""
    side = row["verdicts"]["closed_in_time"][0]
    return (Side.LOW, Side.HIGH).index(side) if side in (Side.LOW, Side.HIGH) else 2, row["code"]


def of_boards(boards):
    """Who is on the red and the black list, by which rule; before it is decided, who is proposed."""
    rules = {(board, indicator): rest for board, indicator, *rest in boards["rules"]}
    rows = []
    for found in boards["proposed"]:
        if boards["printed"] is not None and f"{found['board']}:{found['code']}" not in boards["printed"]:
            continue
        for key, part, whole in found["met"]:
            side, level, cases = rules[found["board"], key]
            asked = {"side": Side(side).label, "level": f"{level / 10:g}", "least": cases}
            rule = _("%(side)s，在 %(level)s%% 的漏斗之外，至少 %(least)d 件") % asked
            figure = f"{Indicator(key).label} {Ratio(part, whole).percent}"
            rows.append([name(found), str(Board(found["board"]).label), figure, rule])
    return Table(_("红黑榜"), [_("单位"), _("榜"), _("指标"), _("规则")], rows, (0, 1, 2, 3))


def of_spots(found, public):
    """The places of one task, most open work first."""
    heads = [_("地点"), _("镇街"), _("主要问题"), _("牵头单位"), _("走势"), _("件数"), _("期末在办"), _("其中超期")]
    places = found["places"]
    numbers = zip(*(column([place[key] for place in places], public) for key in ("of", "open", "late")), strict=True)
    rows = []
    for place, figures in zip(places, numbers, strict=True):
        kinds = _("、").join(in_language(*kind) for kind in place["kinds"])
        trend = str(TRENDS[place["trend"]])
        town, unit = in_language(*place["town"]), in_language(*place["unit"])
        rows.append([f"{place['number']} {place['name']}", town, kinds, unit, trend, *figures])
    return Table(_("热点：%s") % Task(found["task"]).label, heads, rows, (0, 1, 2, 3, 4))


def of_followed(rows, public):
    """Places under orders: what was told there before and after, and what may be said of it."""
    least = LEAST if public else 0
    heads = [_("督办过的地点"), _("督办日期"), _("之前"), _("之后"), _("随全县应是"), _("结论")]
    told = []
    for row in rows:
        sure = min(row["before"][1], row["after"][1]) >= least
        spans = [span(row[when], least, sure) for when in ("before", "after")]
        expected = f"{row['expected'] / 10:.1f}" if sure else "—"
        told.append([row["name"], row["day"], *spans, expected, str(COOLED[row["verdict"]])])
    return Table(_("督办过的，降了没有"), heads, told, (0, 1, 5))


def span(told, least, sure):
    """Weeks and tickets before or after an order; where one of the two is withheld, the other one is too."""
    weeks, count = told
    if sure:
        return _("%(weeks)s 周 %(n)s 件") % {"weeks": weeks, "n": count}
    return _("不足 3 件") if count < least else "—"


def of_orders(rows, public):
    """The tickets under order; in public how many each unit has."""
    if public:
        names = [in_language(*row["unit"]) for row in rows]
        units = sorted(set(names))
        counts = [names.count(unit) for unit in units]
        told = zip(units, counts, withheld(counts), strict=True)
        kept = [[unit, f"{count:,}"] for unit, count, small in told if not small]
        return Table(_("督办中的案件（不足 3 件的单位不列）"), [_("单位"), _("件数")], kept)
    heads = [_("编号"), _("小类"), _("镇街"), _("单位"), _("督办日期"), _("回复期限"), _("已回复")]
    told = [
        [row["number"], *(in_language(*row[key]) or "—" for key in ("category", "town", "unit"))]
        + [row[key] or "—" for key in ("since", "due", "answered")]
        for row in rows[:MOST_ORDERS]
    ]
    return Table(with_rest(_("督办中的案件"), len(rows) - MOST_ORDERS), heads, told, tuple(range(7)))


def of_draws(rows):
    """What drawn re-checks found of each unit's work; every one of them is public anyhow."""
    heads = [_("单位"), _("看了"), _("办好了"), _("看不出来"), str(Indicator.RECHECKED.label)]
    told = [[name(row), *(f"{row[key]:,}" for key in ("looked", "ok", "unsure"))] for row in rows]
    shares = [Ratio(row["ok"], row["looked"]).percent for row in rows]
    return Table(_("双随机复查"), heads, [[*row, share] for row, share in zip(told, shares, strict=True)])


def of_changes(f, rows, public):
    """What a correction changed: old and new. In public only where both may be told."""
    told = [[where(f, path), value(old), value(new)] for path, old, new in rows if not public or open_to_all(path, old, new)]
    return Table(with_rest(_("更正的数"), len(told) - MOST_CHANGES), [_("哪里"), _("原来"), _("现在")], told[:MOST_CHANGES])


def with_rest(caption, more):
    """A caption, with how many rows are not listed."""
    if more <= 0:
        return caption
    rest = ngettext("另有 %(n)d 处没有列出", "另有 %(n)d 处没有列出", more) % {"n": more}
    return _("%(caption)s（%(rest)s）") % {"caption": caption, "rest": rest}


def open_to_all(path, old, new):
    """Whether a change may be told in public: of the whole county, and no small number in it."""
    sure = all(isinstance(each, int) and each >= LEAST for each in (old, new))
    return path.startswith("total/counts/") and sure


def where(f, path):
    """A path of a figure in words: of whom, and what."""
    part, *rest = path.split("/")
    names = {row["code"]: name(row) for by in ("units", "towns") for row in f[by]}
    words = {key: str(label) for key, label in (*Counted.choices, *Indicator.choices, *Task.choices)} | names
    words |= {key: str(label) for key, label in WORDS.items()}
    return " ".join(filter(None, [str(PARTS[part]), *(words.get(one, one) for one in rest)]))


def value(told):
    """A frozen value in a cell."""
    return "—" if told is None or told == "" else str(told)
