"""The figures of a period as a spreadsheet."""

from django.utils.translation import gettext as _

from gis_app import exports
from gis_app.assess import indicators, ranking, scores
from gis_app.words import Counted, Indicator, Side


def ranking_book(by, key, start, end, now=None):
    """The bytes of an XLSX: where each unit or town stands by one indicator, all indicators and counts, and units' scores."""
    found = ranking.ranking(by, key, start, end, now)
    told = [_places(found), _figures(place.line for place in found.places)]
    if by == "unit":
        told += [_scores(scores.scores(by, start, end, now)), _boards(found)]
    return exports.tables_workbook(told)


def _places(found):
    heads = [_("编号"), _("名称"), *_of(found.key), Indicator(found.key).label, _("判断"), _("界外（%）"), _("比上期（百分点）")]
    rows = []
    for place in found.places:
        level = 100 * place.verdict.level if place.verdict.level else ""
        change = "" if place.change is None else round(100 * place.change, 2)
        said = [_share(place.ratio), str(Side(place.verdict.name).label), level, change]
        rows.append([place.line.code, place.line.name, place.ratio.part, place.ratio.whole, *said])
    rows.append(["", _("全县"), *found.county, _share(found.county)])
    return _("排名"), heads, rows


def _of(key):
    return [str(Counted(name).label) for name in indicators.RATIOS[key]]


def _share(ratio):
    return "—" if ratio.share is None else round(100 * ratio.share, 2)


def _figures(lines):
    heads = [_("编号"), _("名称"), *(f"{label}（%）" for label in indicators.NAMES.values()), *Counted.labels]
    told = sorted(lines, key=lambda line: line.code)
    return _("指标"), heads, [
        [line.code, line.name, *map(_share, line.ratios.values()), *line.counts.values()] for line in told
    ]


def _scores(found):
    rules = found[0].parts if found else []
    heads = [_("编号"), _("名称"), _("得分"), _("有数可算的权重")]
    heads += [f"{part.rule.get_indicator_display()}（{part.rule.weight.normalize():f}）" for part in rules]
    rows = []
    for score in found:
        points = ["—" if part.points is None else round(part.points, 2) for part in score.parts]
        total = "—" if score.total is None else round(score.total, 2)
        rows.append([score.line.code, score.line.name, total, score.asked, *points])
    return _("得分"), heads, rows


def _boards(found):
    heads = [_("榜"), _("编号"), _("名称"), _("指标"), _("比例（%）"), _("件数"), _("规则"), _("说明")]
    rows = []
    for _board, line, met in found.boards:
        for rule, ratio in met:
            said = f"{Side(rule.side).label} {rule.level.normalize():f}% ≥{rule.cases}"
            told = [rule.get_indicator_display(), _share(ratio), ratio.whole, said, rule.note]
            rows.append([str(rule.get_board_display()), line.code, line.name, *map(_plain, told)])
    return _("红黑榜"), heads, rows


def _plain(cell):
    return cell if isinstance(cell, (int, float)) else str(cell)
