"""The overlay that was asked for, with its legend: each kind is one function in a table."""

from typing import NamedTuple

import geopandas
import numpy as np
from django.utils.translation import gettext as _

from gis_app import frames, stats
from gis_app.charts.asked import HELD_AGAINST, Show
from gis_app.charts.rated import facts_of_rates, rated, shades_of_rates, words_of_rates
from gis_app.errors import NotFound
from gis_app.models.unit import in_language
from gis_app.words import EditionKind
from layers.cells import DRAWN, PUBLIC
from layers.heat import COUNTED, SHADES, class_in, class_of, fifths
from layers.overlay import NEUTRAL, Overlay, Shade, packed

HOT, COLD, INK = ("#9C1C16", "#D6523B", "#EFA58F"), ("#28588F", "#6790C6", "#B5CCE6"), "#16201B"
PER = 1000  # people


class Chart(NamedTuple):
    """What is drawn and what is said of it.

    overlay: layers.overlay.Overlay. towns: {code: tickets}. unplaced: tickets known by their town only.
    heading, aside: what a colour is; method: how classes were made; warning, reason: what it is not.
    rates: {code: what a town has by 1,000 people or by km of road}, rate: how that column is called; or None and "".
    tested: {code: (before, class)} of towns when two periods are compared. missing: why there is nothing to draw, or "".
    """

    overlay: Overlay
    towns: dict
    unplaced: int
    heading: str
    aside: str
    method: str
    warning: str
    reason: str
    tested: dict | None = None
    missing: str = ""
    rates: dict | None = None
    rate: str = ""


def chart_of(asked, fine=""):
    """The chart of what was asked. fine: the address of finer cells, ending in `bbox=`. Raises BadFile for a people's file."""
    return DRAWN_BY[asked.show](asked, fine)


def total_of(chart):
    """Tickets of the period, those known by their town only included."""
    return sum(chart.towns.values())


def counted(cells):
    """Cells with the class of their count."""
    return cells.assign(shade=class_of(cells["count"].to_numpy()))


def packed_cells(cells):
    """Cells with counts as the map's script reads them: layers.overlay.packed."""
    return packed(counted(cells), facts())


def facts():
    """The numbers of a cell and what they are called."""
    return {"count": _("件数"), "voices": _("上报次数")}


def ground_named():
    """The ground with its names in the reader's language. Raises NotFound before there are towns to draw."""
    ground = frames.ground()
    if not ground.towns:
        raise NotFound
    towns = [_named(label) for label in ground.towns]
    return ground._replace(towns=towns, neighbours=[(_named(label), paths) for label, paths in ground.neighbours])


def _named(label):
    return label._replace(name=in_language(label.name, frames.latin(label.name)))


def _heat(asked):
    return frames.heat_and_towns(asked.task, *asked.period, res=DRAWN, major=asked.major)


def _tickets(found):
    return {code: count for code, (count, _voices) in found.towns.items()}


def _count(asked, fine):
    found = _heat(asked)
    coarse = counted(frames.coarser(found.cells, PUBLIC))
    return Chart(
        Overlay(counted(found.cells), COUNTED, facts(), coarse, fine),
        _tickets(found),
        sum(found.town_only.values()),
        heading=_("每格上报件数"),
        aside=_("白格为 0 件；一格多大写在图上"),
        method=_("分级：1、2，以后逐级翻倍"),
        warning=_("这是数量图，没有检验"),
        reason=_("颜色深只说明报得多，不等于问题更重"),
    )


def _density(asked, fine):
    areas, found = frames.smoothed(asked.task, *asked.period, asked.band, asked.major)
    spans = zip(areas["least"], areas["most"], strict=True)
    shades = [Shade(SHADES[i], _span(least, most)) for i, (least, most) in enumerate(spans)]
    told = areas.assign(shade=range(len(areas)), told=[shade.words for shade in shades])
    return Chart(
        Overlay(told, shades, {"told": _("每平方千米件数")}),
        _tickets(found),
        sum(found.town_only.values()),
        heading=_("密度图（平滑）：每平方千米件数"),
        aside=_("高斯核，带宽 %(band)d 米：把每件摊在周围，约三分之二落在 %(most)d 米内")
        % {"band": asked.band, "most": 1.5 * asked.band},
        method=_("分级：从最高处起，每级是上一级的一半；白处不到最低一级"),
        warning=_("这是平滑出来的图，没有检验"),
        reason=_("摊到县外的不画也不补回来，县界边上偏低"),
    )


def _span(least, most):
    return f"{least:g}–{most:g}" if np.isfinite(most) else f"{least:g}+"


def _towns(asked, fine):
    found = _heat(asked)
    tickets = _tickets(found)
    return Chart(
        _choropleth(tickets, tickets, _("件数"), "{:,.0f}"),
        tickets,
        sum(found.town_only.values()),
        heading=_("各镇街件数"),
        aside=_("只知道镇街的也算在内；白色为 0 件"),
        method=_("分级：按件数排队，分成镇街数大致相等的五级（分位数）"),
        warning=_("这是数量图，没有检验"),
        reason=_("没有按人口或面积折算，大镇自然多"),
    )


def _people(asked, fine):
    found, people = _heat(asked), frames.people()
    tickets = _tickets(found)
    rates = {code: PER * tickets.get(code, 0) / told.people for code, told in people.items()}
    sources = sorted({f"{told.source}，{told.year}" for told in people.values()})
    return Chart(
        _choropleth(rates, tickets, _("每千人件数"), "{:.2f}"),
        tickets,
        sum(found.town_only.values()),
        heading=_("每千人件数"),
        aside=_("人口出处：%s") % "；".join(sources) if sources else "",
        method=_("分级：按每千人件数排队，分成镇街数大致相等的五级（分位数）"),
        warning=_("这是折算出来的数，没有检验"),
        reason=_("常住人口，不含路过的人；人少的镇，多一件就差很多"),
        missing="" if people else _("没有人口数据"),
        rates=rates,
        rate=_("每千人"),
    )


def _choropleth(values, tickets, words, written):
    """Towns in fifths of their values. Towns without a value, and those at nought, stay white."""
    ground = frames.ground()
    edges = fifths(list(values.values()))
    codes = [code for code in ground.outlines if values.get(code, 0) > 0]
    numbers = np.array([values[code] for code in codes])
    tops = [numbers[class_in(edges, numbers) == i].max() for i in range(len(edges))]
    spans = [_ends(low, top, written) for low, top in zip(edges, tops, strict=True)]
    shades = [Shade(colour, words, edge="#FFFFFF") for colour, words in zip(SHADES, spans, strict=False)]
    names = {label.code: _named(label).name for label in ground.towns}
    columns = {
        "shade": class_in(edges, numbers).tolist(),
        "name": [names[code] for code in codes],
        "value": [written.format(number) for number in numbers],
        "count": [tickets.get(code, 0) for code in codes],
    }
    outlines = [ground.outlines[code] for code in codes]
    told = {"name": _("镇街"), "value": words} | ({} if values is tickets else {"count": _("件数")})
    return Overlay(geopandas.GeoDataFrame(columns, geometry=outlines, crs="EPSG:4326"), shades, told)


def _ends(low, top, written):
    """The least and the most of a class, once when they are the same."""
    least, most = written.format(low), written.format(top)
    return least if least == most else f"{least}–{most}"


def _rated(asked, fine):
    """Cells by what they have; where nothing of it is loaded there is nothing to draw."""
    kind = HELD_AGAINST[asked.show]
    words = words_of_rates(kind)
    if kind not in stats.exposures():
        missing = {"overlay": _nothing(), "missing": _("没有按格的人口") if kind == EditionKind.PEOPLE else _("没有道路")}
        return _count(asked, fine)._replace(**words, **missing)
    found = _heat(asked)
    coarse, tickets = rated(frames.coarser(found.cells, PUBLIC), kind), _tickets(found)
    return Chart(
        Overlay(rated(found.cells, kind), shades_of_rates(kind), facts_of_rates(kind), coarse, fine),
        tickets,
        sum(found.town_only.values()),
        **words,
        rates=frames.town_rates(tickets, kind),
        rate=facts_of_rates(kind)["told"],
    )


def _nothing():
    return Overlay(geopandas.GeoDataFrame({"cell": [], "shade": []}, geometry=[], crs="EPSG:4326"), [], {})


def _change(asked, fine):
    """Where the counts do not reach back to the other period there is nothing to compare, rather than more everywhere."""
    if not stats.known_since(asked.than.first, asked.task):
        told = _words_of_change() | {"missing": _("那一期还没有数据，比不了")}
        return _count(asked, fine)._replace(overlay=_nothing(), **told)
    cells, towns = frames.changed(asked.task, asked.period, asked.than, asked.major)
    areas = cells.assign(shade=3 - cells["class"], told=[f"{q:.2g}" for q in cells["q"]])
    placed = int(cells["now"].sum() + cells["before"].sum())
    now = {code: count for code, (count, _before, _class) in towns.items() if count}
    return Chart(
        Overlay(areas, _changes(), {"now": _("这一期"), "before": _("那一期"), "told": "q"}),
        now,
        sum(count + before for count, before, _class in towns.values()) - placed,
        **_words_of_change(),
        tested={code: (before, found) for code, (_now, before, found) in towns.items()},
    )


def _words_of_change():
    return dict(
        heading=_("每格比那一期多了还是少了"),
        aside=_("灰格：差别不大，可能只是偶然"),
        method=_("每格一次精确二项检验（按天数折算，给定两期之和），再按有件的格数校正（Benjamini–Hochberg）；q < 0.1 才上色"),
        warning=_("红格是报得多了，不等于问题更重"),
        reason=_("上色的格里，平均最多十格有一格是碰巧"),
    )


def _changes():
    """The legend from more to fewer; fewer is hatched, so that it does not look like more in grey print."""
    more = [(_("多了，q < 0.01"), HOT[0]), (_("多了，q < 0.05"), HOT[1]), (_("多了，q < 0.1"), HOT[2])]
    fewer = [(_("少了，q < 0.1"), COLD[2]), (_("少了，q < 0.05"), COLD[1]), (_("少了，q < 0.01"), COLD[0])]
    return [
        *(Shade(colour, words, edge=INK) for words, colour in more),
        Shade(NEUTRAL, _("说不准"), edge="#FFFFFF"),
        *(Shade(colour, words, hatched=True, edge=INK) for words, colour in fewer),
    ]


DRAWN_BY = {Show.COUNT: _count, Show.DENSITY: _density, Show.TOWNS: _towns, Show.PEOPLE: _people, Show.CHANGE: _change}
DRAWN_BY |= dict.fromkeys(HELD_AGAINST, _rated)
