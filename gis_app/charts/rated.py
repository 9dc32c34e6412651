"""Cells by what they have: tickets per 1,000 people or per km of road, and what is said of such a map."""

import numpy as np
from django.utils.translation import gettext as _

from gis_app import frames, stats
from gis_app.words import EditionKind
from layers.heat import PER_PEOPLE_FROM, PER_ROAD_FROM, SHADES, rate_class_of
from layers.overlay import NEUTRAL, Shade, packed

RATES_FROM = {EditionKind.PEOPLE: PER_PEOPLE_FROM, EditionKind.ROADS: PER_ROAD_FROM}


def rated(cells, kind):
    """Cells with the class of their rate, and rate and exposure as a tip writes them."""
    found = frames.rated(cells, kind)
    told = ["—" if np.isnan(rate) else f"{rate:.2f}" for rate in found["rate"]]
    held = [_amount(kind, amount) for amount in found["exposure"]]
    return found.assign(shade=rate_class_of(RATES_FROM[kind], found["rate"].to_numpy()), told=told, held=held)


def packed_rates(cells, kind):
    """As packed_cells, for rates by people or road."""
    return packed(rated(cells, kind), facts_of_rates(kind))


def facts_of_rates(kind):
    """The numbers of a cell and what they are called, where it is held against people or road."""
    people = kind == EditionKind.PEOPLE
    return {"told": _("每千人") if people else _("每千米路"), "count": _("件数"), "held": _("人口") if people else _("道路")}


def _amount(kind, amount):
    return f"{amount:,.0f}" if kind == EditionKind.PEOPLE else _("%s 千米") % f"{amount / 1000:.1f}"


def shades_of_rates(kind):
    """The legend: rising classes, then what is not coloured since there is too little to hold it against."""
    edges = RATES_FROM[kind]
    spans = [f"<{edges[1]:g}", *(f"{low:g}–{top:g}" for low, top in zip(edges[1:], edges[2:], strict=False)), f"{edges[-1]:g}+"]
    shades = [Shade(colour, words) for colour, words in zip(SHADES, spans, strict=True)]
    return [*shades, Shade(NEUTRAL, _least(kind), edge="#FFFFFF")]


def _least(kind):
    least = stats.LEAST[kind]
    return _("不足 %d 人") % least if kind == EditionKind.PEOPLE else _("不足 %s 千米") % f"{least / 1000:g}"


def words_of_rates(kind):
    """What a Chart says of them."""
    people, held = kind == EditionKind.PEOPLE, stats.exposures().get(kind)
    lives, runs = _("住的人，不含路过的人；人少的格，多一件就差很多"), _("只按道路长短，不看车多车少；路短的格，多一件就差很多")
    source = (_("人口出处：%s") if people else _("道路出处：%s")) % held.source + _("；") if held else ""
    return dict(
        heading=_("每格每千人件数") if people else _("每格每千米道路件数"),
        aside=source + _("灰格%s，不折算：一件就会显得很多") % _least(kind),
        method=_("分级：逐级翻倍，各时段、各任务都用同一组；时段长，数就大"),
        warning=_("这是折算出来的数，没有检验"),
        reason=lives if people else runs,
    )
