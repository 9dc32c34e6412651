"""Hotspots in words and pictures, for the leaders' pages: what was found, what it is, and what it is not."""

from decimal import Decimal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gis_app import charts, hotspots, stats
from gis_app.words import EditionKind, Task
from layers import clusters
from layers.hotspots import DRAWS, LEVELS, SEED
from layers.picture import FILLS, Marked, Wording, picture
from layers.trends import Trend

PERIODS = {30: gettext_lazy("近 30 天"), 90: gettext_lazy("近 90 天"), 365: gettext_lazy("近一年")}
BAD, GOOD = (Trend.NEW, Trend.INTENSIFYING), (Trend.DIMINISHING,)
IS = {
    "load": gettext_lazy("这一格连同四周六格，上报明显多于全县平均，不像偶然。"),
    "share": gettext_lazy("这一格连同四周六格的上报里，这一类占得明显比全县多。"),
    "change": gettext_lazy("这一格连同四周六格，比上一段同样长的时间明显多。"),
}
IS_NOT = {
    "load": gettext_lazy("不是最脏的地方，也不是谁的过错：人多处报得也多。"),
    "share": gettext_lazy("不是报得最多的地方：别的报得少，这一类也会占得多。"),
    "change": gettext_lazy("不是比别处多：原来很少，多几件也算。"),
}
PERS = {"": gettext_lazy("不折算"), EditionKind.PEOPLE: gettext_lazy("按人口"), EditionKind.ROADS: gettext_lazy("按道路")}
HELD_IS = {
    EditionKind.PEOPLE: gettext_lazy("这一格连同四周六格，照住的人数算，上报明显多于全县平均，不像偶然。"),
    EditionKind.ROADS: gettext_lazy("这一格连同四周六格，照道路长短算，上报明显多于全县平均，不像偶然。"),
}
HELD_IS_NOT = {
    EditionKind.PEOPLE: gettext_lazy("不是报得最多的地方，也不是谁的过错：路过的人多、爱上报的人多，也会红。"),
    EditionKind.ROADS: gettext_lazy("不是报得最多的地方，也不是谁的过错：车多人多的路，报得也多。"),
}
HOW = {
    EditionKind.PEOPLE: gettext_lazy(
        "按人口：给定全县的件数，一圈里的件数服从二项分布，p 值是精确的；一圈不足 %(least)s 人的不检验。出处：%(source)s。"
    ),
    EditionKind.ROADS: gettext_lazy(
        "按道路：给定全县的件数，一圈里的件数服从二项分布，p 值是精确的；一圈不足 %(least)s 千米的不检验。出处：%(source)s。"
    ),
}


def switches(asked):
    """The rows of joined links, each keeping what the others chose; what the load is held against only where it is loaded."""
    return {
        "asked": asked,
        "query": asked.query(),
        "tasks": [{"task": task, "query": asked.query(task=task.value), "chosen": task == asked.task} for task in Task],
        "periods": [{"name": name, "query": asked.query(days=n), "chosen": n == asked.days} for n, name in PERIODS.items()],
        "questions": [
            {"name": each.label, "query": asked.query(question=each.value, per=""), "chosen": each == asked.question}
            for each in hotspots.Question
        ],
        "pers": _pers(asked) if asked.question == hotspots.Question.LOAD else [],
    }


def _pers(asked):
    """People and road where a county has loaded them, and neither."""
    loaded = [per for per in PERS if per in ("", *stats.exposures())]
    return [{"name": PERS[per], "query": asked.query(per=per), "chosen": per == asked.per} for per in loaded if len(loaded) > 1]


def told(board, places):
    """What the page says of a board beside its places: the headline, the legend, and what was held against what."""
    words = HELD_IS if board.per else IS
    return {
        "headline": _headline(board, places),
        "told": _told(places),
        "cells": int(board.found.tested.sum()) if board.per else len(board.grid.cells),
        "picture": _picture(board, places),
        "legend": [(fill, _called(name)) for name, fill in reversed(FILLS.items()) if name.startswith("hot")],
        "cold": any(name.startswith("cold") for name in board.found.classes),
        "cold_reach": board.found.least[1] < LEVELS[-1][0],
        "too_few": _too_few(board),
        "red_is": words[board.per or board.question],
        "red_is_not": HELD_IS_NOT[board.per] if board.per else IS_NOT[board.question],
        "held": _held(board),
    }


def _held(board):
    """How the load was held against people or road, in sentences; nothing without."""
    if board.held is None:
        return []
    least, n = board.held.least, board.held.left_out
    told = {"least": f"{least:,.0f}" if board.per == EditionKind.PEOPLE else f"{least / 1000:g}", "source": board.held.source}
    drawn = _("颜色看精确检验。另把各格的率打乱 %(draws)s 次（种子 %(seed)d），写在各处后面：率不是整数，那个 p 只是估计。")
    sentences = [HOW[board.per] % told, drawn % {"draws": f"{DRAWS:,}", "seed": SEED}]
    if n:
        sentences.append(ngettext("%(n)d 件所在的格没有底数，没有算。", "%(n)d 件所在的格没有底数，没有算。", n) % {"n": n})
    return sentences


def _headline(board, places):
    """What a leader reads first."""
    if not board.total:
        return _("这段时间没有上报")
    if board.question == hotspots.Question.CHANGE and not board.comparable:
        return _("比不了：上一段时间还没有数")
    if not places:
        return _("检验过了，没有一处不像偶然")
    late = sum(place.late > 0 for place in places)
    spots = ngettext("%(n)d 处热点要看", "%(n)d 处热点要看", len(places)) % {"n": len(places)}
    if not late:
        return spots
    return ngettext("%(spots)s，%(n)d 处有超期", "%(spots)s，%(n)d 处有超期", late) % {"spots": spots, "n": late}


def _told(places):
    """How many of each trend, in the order of the table of trends."""
    named = [(trend, name) for trend, name in hotspots.TRENDS.items() if trend != Trend.NONE]
    counted = [(name, sum(place.trend == trend for place in places)) for trend, name in named]
    return _("、").join(f"{name} {n}" for name, n in counted if n)


def _too_few(board):
    """The smallest p that could be reached, where so few were told that all in one ring would still look like chance; else ""."""
    tested, least = int(board.found.tested.sum()), board.found.least[0]
    beyond = board.total and tested and least * tested / board.grid.around.shape[1] >= LEVELS[-1][0]
    return format(Decimal(f"{least:.1g}"), "f") if beyond else ""


def row(place, step):
    """A place as the table shows it."""
    most = max(place.bars, default=0) or 1
    kind = "bad" if place.trend in BAD else "good" if place.trend in GOOD else "plain"
    bars = [{"x": 5 * i, "y": round(20 - 20 * n / most, 1), "height": round(20 * n / most, 1)} for i, n in enumerate(place.bars)]
    return {
        **place._asdict(),
        "key": place.key,
        "trend_name": hotspots.TRENDS[place.trend],
        "trend_kind": kind,
        "columns": bars,
        "estimate": "" if place.drawn is None else format(Decimal(f"{place.drawn:.1g}"), "f"),
        "lasted_name": _lasted(place, step),
        "level": _called(place.called),
    }


def _lasted(place, step):
    """How long a trend has lasted, in words."""
    if place.trend == Trend.NONE:
        return ""
    weeks = step == "week"
    if place.trend == Trend.NEW:
        return _("本周起") if weeks else _("本月起")
    n = place.lasted
    if place.trend == Trend.SPORADIC:
        return ngettext("%(n)d 次", "%(n)d 次", n) % {"n": n}
    if place.trend in (Trend.DIMINISHING, Trend.HISTORICAL):
        told = ngettext("从 %(n)d 周前", "从 %(n)d 周前", n) if weeks else ngettext("从 %(n)d 个月前", "从 %(n)d 个月前", n)
    else:
        told = ngettext("%(n)d 周", "%(n)d 周", n) if weeks else ngettext("%(n)d 个月", "%(n)d 个月", n)
    return told % {"n": n}


def _called(name):
    """The class of a cell as the legend says it: the share of false ones among those that are called so."""
    level = next(level for level, called in LEVELS if name.endswith(str(called)))
    return _("误判率 < %(share)s%%") % {"share": round(100 * level)}


def _picture(board, places):
    """The map as SVG, in the reader's language."""
    shown = (board.counts > 0) | (board.found.q < LEVELS[-1][0])
    marked = [Marked(place.number, np.array(place.cells), clusters.outline(place.cells)) for place in places]
    told = _("；").join(f"{place.number} {place.name}" for place in places) or _("没有热点")
    title = _("热点图：%(task)s") % {"task": Task(board.task).label}
    wording = Wording(title, told, _("示意边界，非法定界线"), _("第 1 处放大"), _("千米"))
    return picture(charts.ground_named(), board.grid.cells[shown], board.found.classes[shown], marked, wording)
