"""A bulletin in words and tables, out of what is frozen and its own row alone: what every way of writing it shows.

In the language of the moment; the papers of the county are in Chinese. The public edition withholds small counts and single
tickets; the other one, for the office, says all that is frozen.
"""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from gis_app.assess import maps, tables
from gis_app.assess.blocks import Picture, Section, Text, Told
from gis_app.assess.indicators import RATIOS, Ratio
from gis_app.assess.sentences import BOARDS, DRAWN, DUE, NEXT, NOTES, ORDERS, OUTSIDE, SHARE, SPOTS, STANDS, TOTAL, said
from gis_app.assess.withheld import LEAST
from gis_app.models.unit import in_language
from gis_app.words import BulletinKind, Indicator, Side, Task
from layers.trends import Trend

SPOKEN = ("closed_in_time", "handled_in_time", "reworked")  # indicators that get a sentence
FRESH, FADING = (Trend.NEW, Trend.INTENSIFYING), (Trend.DIMINISHING, Trend.HISTORICAL)


def tell(bulletin, public=False):
    """The Told of a Bulletin. public: the edition for everybody."""
    edition = Edition(bulletin, public)
    parts = [(_("总体情况"), edition.total), (_("各镇街和单位"), edition.places), (_("热点和督办"), edition.hot)]
    parts += [(_("双随机"), edition.draws), (_("下一步"), edition.next), (_("说明"), edition.notes)]
    if bulletin.corrects_id:
        parts.insert(0, (_("更正"), edition.correction))
    numbers = in_language("一二三四五六七", "1234567")
    sections = [Section(f"{numbers[i]}{in_language('、', '. ')}{title}", part()) for i, (title, part) in enumerate(parts)]
    title = _("%(county)s城市管理工作通报") % {"county": edition.f["county"]["name"]}
    return Told(title, edition.period(), edition.number(), sections, edition.foot())


class Edition:
    """One bulletin as one kind of reader sees it. f: its figures."""

    def __init__(self, bulletin, public):
        self.row, self.public, self.f = bulletin, public, bulletin.figures
        self.week = bulletin.kind == BulletinKind.WEEK
        self.this = pgettext("in a sentence", "本周") if self.week else pgettext("in a sentence", "本月")
        self.last = pgettext("in a sentence", "上周") if self.week else pgettext("in a sentence", "上月")

    def period(self):
        """2026年10月; 2026年第 47 周（11月16日至11月22日）."""
        start, end = self.row.start, self.row.end
        told = {"year": start.year, "month": start.month, "day": start.day, "to_month": end.month, "to_day": end.day}
        if not self.week:
            return _("%(year)d年%(month)d月") % told
        told |= {"year": start.isocalendar().year, "week": start.isocalendar().week}
        return _("%(year)d年第 %(week)d 周（%(month)d月%(day)d日至%(to_month)d月%(to_day)d日）") % told

    def number(self):
        """How an office cites it; of a draft, that it is one."""
        if not self.row.serial:
            return _("草稿，没有编号") if not self.row.approved_at else _("已审定，还没有发布")
        later = _("（第 %d 版）") % self.row.edition if self.row.edition > 1 else ""
        return self.row.number + later

    def foot(self):
        """Who stands for it, and by what anybody can tell that it was not changed."""
        lines = [_("%(county)s城市管理专班") % {"county": self.f["county"]["name"]}]
        if self.row.published_at:
            lines.append(tables.day(self.row.published_at))
        return [*lines, _("数据摘要（SHA-256）：%s") % self.row.digest]

    def n(self, count):
        """A count of the whole county in words."""
        if self.public and count < LEAST:
            return _("不足 3")
        return f"{count:,}"

    def table(self, table):
        """A table as this reader sees it, as blocks: none where it has no rows."""
        return [table] if table.rows else []

    # ---- the parts

    def total(self):
        now, before = self.f["total"]["counts"], self.f["total"]["before"]
        fates = {name: sum(task[name] for task in self.f["tasks"]) for name in ("ended", "underway", "rejected")}
        sure = not self.public or min(now["reported"], *fates.values()) >= LEAST
        clear = before is not None and (not self.public or min(now["reported"], before["reported"]) >= LEAST)
        more = now["reported"] - before["reported"] if clear else None
        facts = {"period": self.this, "last": self.last, "reported": self.n(now["reported"])}
        facts |= {"more": more, "fewer": -(more or 0)}
        facts |= {"nothing": not now["reported"] and not self.public, "known": before is not None}
        facts |= {"fates": bool(now["reported"]) and sure} | {name: self.n(count) for name, count in fates.items()}
        words = [said(TOTAL, facts), self.due(now, before), self.stands(now)]
        return [Text(in_language("", " ").join(words)), *self.table(tables.of_tasks(self.f, self.public))]

    def due(self, now, before):
        ratio, earlier = ratio_of(now, "closed_in_time"), ratio_of(before, "closed_in_time") if before else Ratio(0, 0)
        shares = {"share": self.share(ratio), "before": self.share(earlier)}
        return said(DUE, shares | {"whole": self.n(ratio.whole), "last": self.last})

    def share(self, ratio):
        """A share in words, None of nothing; in public of less than three, too."""
        return ratio.percent if ratio.whole >= (LEAST if self.public else 1) else None

    def stands(self, now):
        told = {"idle": not now["open"] and not self.public, "open": self.n(now["open"]), "late": self.n(now["late"])}
        return said(STANDS, told)

    def places(self):
        told = {key: [said(SHARE, self.outside("units", key)), said(OUTSIDE, self.outside("units", key))] for key in SPOKEN}
        told[SPOKEN[0]].append(said(OUTSIDE, self.outside("towns", SPOKEN[0])))
        spoken = [Text(in_language("", " ").join(filter(None, words))) for words in told.values()]
        units, towns = (tables.of_places(self.f, by, self.public) for by in ("units", "towns"))
        blocks = [*spoken, *self.table(units), *self.table(towns)]
        boards = self.f["boards"]
        told = {"waiting": boards["printed"] is None, "proposed": boards["proposed"], "printed": boards["printed"]}
        return [*blocks, Text(said(BOARDS, told)), *self.table(tables.of_boards(boards))]

    def outside(self, by, key):
        """The facts of which units or towns stand out by one indicator."""
        low, high = (names_outside(self.f[by], key, side) for side in (Side.LOW, Side.HIGH))
        what = pgettext("in a sentence", "单位") if by == "units" else pgettext("in a sentence", "镇街")
        told = {"name": Indicator(key).label, "what": what, "share": self.share(ratio_of(self.f["total"]["counts"], key))}
        joined = {"low": _("、").join(low), "high": _("、").join(high), "low_n": len(low), "high_n": len(high)}
        return told | joined

    def hot(self):
        blocks = [block for found in self.f["hotspots"] for block in self.spots(found)]
        means = _("热点是上报明显多于全县平均、不像偶然的地方；不是最脏的地方，也不是谁的过错：人多处报得也多。")
        blocks.append(Text(means, True))
        blocks += self.table(tables.of_followed(self.f["followed"], self.public))
        rows = self.f["orders"]
        answered, overdue = sum(bool(row["answered"]) for row in rows), len(self.overdue())
        told = {"none": not rows and not self.public, "of": self.n(len(rows))}
        blocks.append(Text(said(ORDERS, told | {"answered": self.n(answered), "overdue": self.n(overdue)})))
        return blocks + self.table(tables.of_orders(rows, self.public))

    def overdue(self):
        """The orders whose answer was overdue at the period's end."""
        end = self.f["days"][1]
        return [row for row in self.f["orders"] if not row["answered"] and (row["due"] or end) < end]

    def spots(self, found):
        """One task's hotspots: sentence, table, map."""
        places = found["places"]
        told = {"task": Task(found["task"]).label, "total": found["total"] and self.n(found["total"]), "n": len(places)}
        told |= {"tested": f"{found['tested']:,}", "more": found["more"], "days": days_in(found["days"])}
        for name, trends in (("fresh", FRESH), ("fading", FADING)):
            told[name] = _("、").join(place["name"] for place in places if place["trend"] in trends)
        svg = maps.hot_only(found["map"]) if self.public else found["map"]
        title = _("热点图：%(task)s") % {"task": Task(found["task"]).label}
        drawn = [Picture(maps.for_reader(svg, title), title)] if svg else []
        return [Text(said(SPOTS, told)), *self.table(tables.of_spots(found, self.public)), *drawn]

    def draws(self):
        rows = self.f["draws"]
        told = {name: sum(row[name] for row in rows) for name in ("looked", "ok", "unsure")} | {"period": self.this}
        return [Text(said(DRAWN, told)), *self.table(tables.of_draws(rows))]

    def next(self):
        places = [place for found in self.f["hotspots"] for place in found["places"] if place["trend"] in FRESH]
        facts = {
            "slow": _("、").join(names_outside(self.f["units"], "closed_in_time", Side.LOW)),
            "again": _("、").join(names_outside(self.f["units"], "reworked", Side.HIGH)),
            "fresh": _("、").join(dict.fromkeys(place["name"] for place in places)),
            "overdue": len(self.overdue()) >= (LEAST if self.public else 1),
            "late": self.f["total"]["counts"]["late"] >= (LEAST if self.public else 1),
        }
        return [Text(said([one], facts)) for one in NEXT if one.when(facts)]

    def notes(self):
        left = self.f["left_out"]
        kept = {name: 0 if self.public and count < LEAST else count for name, count in left.items()}
        return [Text(said(NOTES, kept | {"public": self.public, "inner": "95%", "outer": "99.8%"}), True)]

    def correction(self):
        rows = self.f["changes"]["rows"]
        told = _("这是第 %(edition)d 版，更正第 %(before)d 版。原因：%(reason)s")
        asked = {"edition": self.row.edition, "before": self.row.edition - 1, "reason": self.row.reason}
        blocks = [Text(told % asked)]
        table = tables.of_changes(self.f, rows, self.public)
        rest = _("变了的数在下面各表里。") if rows else _("重算过了，数字没有变。")
        return [*blocks, Text(_("变了的数列在下面。") if table.rows else rest), *self.table(table)]


def ratio_of(counts, key):
    """A Ratio out of frozen counts."""
    part, whole = RATIOS[key]
    return Ratio(counts[part], counts[whole])


def names_outside(rows, key, side):
    """The names of those outside the funnel on a side, by code."""
    return [in_language(row["name"], row["name_en"]) for row in rows if row["verdicts"][key][0] == side]


def days_in(days):
    """How many days a period has, both ends included."""
    first, last = map(dt.date.fromisoformat, days)
    return (last - first).days + 1
