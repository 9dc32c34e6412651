"""The ranking: who stands out by the funnel, and each figure traced to its tickets."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from gis_app import access
from gis_app.assess import books, indicators, periods, ranking, scores
from gis_app.errors import BadField
from gis_app.models import Town, Unit
from gis_app.words import FEW_IS_GOOD, Counted, Indicator, Role, Side
from layers.funnel_plot import plot

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES = ("by", "key", "period", "from", "to", "hit", "page")
KINDS = {"unit": Unit, "town": Town}
PAGE, LAST_PAGE = 50, 10_000
HITS = {"": None, "1": True, "0": False}  # all, what counts for the unit, what does not
KEYS = ("closed_in_time", *(key for key in indicators.RATIOS if key != "closed_in_time"))


@dataclass(frozen=True)
class Asked:
    """What a page of the ranking is asked for: of units or towns, by which indicator, in which days."""

    by: str
    key: str
    period: str
    start: object
    end: object

    def query(self, **other):
        """The query of this page with something else in it."""
        told = {"by": self.by, "key": self.key} | other
        period = told.pop("period", self.period)
        days = {"from": self.start, "to": self.end} if period == "chosen" else {"period": period}
        return "?" + urlencode(told | days)


def asked_of(request, keys=KEYS):
    """The Asked of a query. Raises BadField for a name or a value that the page does not offer."""
    if strange := sorted(set(request.GET) - set(NAMES)):
        raise BadField(field=strange[0], why=_("这一页只认：%s。") % "、".join(NAMES))
    by, key = request.GET.get("by", "unit"), request.GET.get("key", KEYS[0])
    chosen = request.GET.get("from") or request.GET.get("to")
    name = "chosen" if chosen else request.GET.get("period", "days")
    for field, value, offered in (("by", by, KINDS), ("key", key, keys), ("period", name, periods.NAMES)):
        if value not in offered or (value == "chosen" and not chosen):
            raise BadField(field=field, why=_("只能是：%s。") % "、".join(offered))
    days = [day_of(request, "from"), day_of(request, "to")] if chosen else periods.period(name, periods.today(timezone.now()))
    if days[0] > days[1]:
        raise BadField(field="from", why=_("开始日期在结束日期之后。"))
    return Asked(by, key, name, *days)


def day_of(request, name):
    """A day of the query. Raises BadField."""
    try:
        day = parse_date(request.GET.get(name, "").strip())
    except ValueError:  # the 30th of February
        day = None
    if day is None or day.year not in periods.YEARS:
        raise BadField(field=name, why=_("要写成 2026-12-01 这样的日期。"))
    return day


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def page(request):
    """Units or towns by one indicator: the judged ones first, the table, the funnel."""
    asked = asked_of(request)
    found = ranking.ranking(asked.by, asked.key, asked.start, asked.end)
    part, whole = indicators.RATIOS[asked.key]
    context = switches(asked) | {
        "actor": access.actor_of(request.user),
        "found": found,
        "headline": headline(found, asked.by),
        "rest": sum(place.verdict.name == Side.WITHIN for place in found.places),
        "few": sum(place.verdict.name == Side.FEW for place in found.places),
        "part": Counted(part).label,
        "whole": Counted(whole).label,
        "plot": plot_of(found),
        "rules": found.rules,
        "few_is_good": asked.key in FEW_IS_GOOD,
        "before": ranking.before(asked.start, asked.end),
    }
    return render(request, "lead/ranking.html", context)


def switches(asked):
    """The joined links and the fields of the form, each keeping what the others chose."""
    kinds = {"unit": _("单位"), "town": _("镇街")}
    offered = [name for name in periods.NAMES if name != "chosen"]
    return {
        "asked": asked,
        "query": asked.query(),
        "kinds": [{"name": kinds[by], "query": asked.query(by=by), "chosen": by == asked.by} for by in KINDS],
        "keys": [{"key": key, "name": Indicator(key).label, "chosen": key == asked.key} for key in KEYS],
        "key_name": Indicator(asked.key).label,
        "periods": [
            {"name": periods.NAMES[name], "query": asked.query(period=name), "chosen": name == asked.period} for name in offered
        ],
    }


def headline(found, by):
    """The page in a sentence."""
    low, high = found.outside(Side.LOW), found.outside(Side.HIGH)
    if not found.county.whole:
        return _("这段时间没有可以算的")
    if not low and not high:
        return _("没有明显偏低或偏高的，都在偶然波动内")
    if by == "unit":
        below = ngettext("%(n)d 个单位明显偏低", "%(n)d 个单位明显偏低", low)
        above = ngettext("%(n)d 个单位明显偏高", "%(n)d 个单位明显偏高", high)
    else:
        below = ngettext("%(n)d 个镇街明显偏低", "%(n)d 个镇街明显偏低", low)
        above = ngettext("%(n)d 个镇街明显偏高", "%(n)d 个镇街明显偏高", high)
    said = [text % {"n": number} for text, number in ((below, low), (above, high)) if number]
    return _("%s，其余在偶然波动内") % _("，").join(said)


def plot_of(found):
    """The funnel as numbers, or None where there is nothing to compare with."""
    if not found.county.whole:
        return None
    told = [(p.line.name, *p.ratio, p.verdict.name, p.bad) for p in found.places if p.ratio.whole]
    return plot(told, found.county.share)


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def sheet(request):
    """The same as a spreadsheet, with every indicator and, of units, the scores."""
    asked = asked_of(request)
    headers = {"Content-Disposition": 'attachment; filename="ranking.xlsx"', "Cache-Control": "private, no-store"}
    return HttpResponse(books.ranking_book(asked.by, asked.key, asked.start, asked.end), content_type=SHEET, headers=headers)


@require_safe
@access.roles_only(*access.SEES_FIGURES, Role.UNIT)
def traced(request, code):
    """One unit or town: what each rule gives, what it goes by, and the tickets behind one figure."""
    asked = asked_of(request, Indicator.values)
    row = get_object_or_404(access.judged_for(request.user, KINDS[asked.by]), code=code)
    hit = request.GET.get("hit", "")
    if hit not in HITS:
        raise BadField(field="hit", why=_("只能是：%s。") % "0、1")
    found = scores.trace(asked.by, row, asked.start, asked.end, asked.key, HITS[hit])
    number = number_of(request)
    reach = access.tickets_for(request.user).filter(pk__in=found.tickets).select_related("category", "town", "unit")
    rows = list(reach.order_by("-pk")[(number - 1) * PAGE : number * PAGE + 1])
    context = switches(asked) | {
        "actor": access.actor_of(request.user),
        "row": row,
        "name": indicators.name_of(row),
        "score": found.score,
        "others": [key for key in KEYS if key not in {part.rule.indicator for part in found.score.parts}],
        "labels": indicators.NAMES,
        "links": {key: asked.query(key=key) for key in Indicator.values},
        "counts": [(Counted(name).label, number) for name, number in found.score.line.counts.items()],
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "number": number,
        "hit": hit,
        "total": len(found.tickets),
        "sees": bool(access.roles_of(request.user) & set(access.REACH)),
        "now": timezone.now(),
    }
    return render(request, "lead/traced.html", context)


def number_of(request):
    """Which page of the tickets is asked for, from 1; the first one for anything that is no such number."""
    text = request.GET.get("page", "")
    return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 10 else 1
