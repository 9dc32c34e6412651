"""Who stands out: shares against the county's, by the funnel and never by their raw order."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from gis_app.assess import indicators
from gis_app.assess.indicators import Line, Ratio
from gis_app.models import BoardRule
from gis_app.words import FEW_IS_GOOD, Board, Side
from layers import funnel
from layers.funnel import Verdict

ORDER = (Side.LOW, Side.HIGH, Side.WITHIN, Side.FEW)


class Place(NamedTuple):
    """Where a unit or town stands by one indicator. change: of the share since the period before, or None."""

    line: Line
    ratio: Ratio
    verdict: Verdict
    bad: bool  # outside on the side that is not wanted
    change: float | None

    @property
    def moved(self):
        """The change in points of a hundred, as pages show it."""
        return "—" if self.change is None else f"{100 * self.change:+.1f}".replace("-", "−").replace("+0.0", "0.0")


@dataclass(frozen=True)
class Ranking:
    """Who stands out by one indicator in a period. places: those outside first, the worst side first; then by code."""

    key: str
    start: dt.date
    end: dt.date
    county: Ratio
    places: list
    boards: list  # of Proposal
    rules: list  # of BoardRule, by which those are proposed

    def outside(self, side):
        """How many lie on a side."""
        return sum(place.verdict.name == side for place in self.places)


class Proposal(NamedTuple):
    """A unit proposed for the red or the black list, with the rules that it meets and its Ratio by each."""

    board: str
    line: Line
    met: list  # of (BoardRule, Ratio)


def before(start, end):
    """The period of comparison: the calendar month before a whole month, else as many days just before."""
    last = start - dt.timedelta(days=1)
    if start.day == 1 and (end + dt.timedelta(days=1)).day == 1 and (start.year, start.month) == (end.year, end.month):
        return last.replace(day=1), last
    return start - (end - start) - dt.timedelta(days=1), last


def ranking(by, key, start, end, now=None):
    """The Ranking of units or towns by an indicator. by, start and end as for `indicators.table`; five statements."""
    facts = indicators.facts(start, end, now)
    lines, [county] = indicators.lines(by, facts), indicators.lines(indicators.COUNTY, facts)
    earlier = {line.code: line.ratios[key].share for line in indicators.table(by, *before(start, end), now)}
    places = sorted((place(line, key, county, earlier.get(line.code)) for line in lines), key=_order)
    rules = list(BoardRule.objects.all()) if by == "unit" else []
    return Ranking(key, start, end, county.ratios[key], places, proposals(lines, county, rules), rules)


def place(line, key, county, earlier):
    """The Place of a Line. county: the county's Line. earlier: its share in the period before, or None."""
    ratio = line.ratios[key]
    found = funnel.verdict(*ratio, county.ratios[key].share)
    unwanted = Side.HIGH if key in FEW_IS_GOOD else Side.LOW
    change = None if ratio.share is None or earlier is None else ratio.share - earlier
    return Place(line, ratio, found, found.name == unwanted, change)


def _order(place):
    """Judged ones first, the unwanted side before the other and the farther before the nearer; inside there is no rank."""
    return not place.bad, ORDER.index(place.verdict.name), -(place.verdict.level or 0), place.line.code


def proposals(lines, county, rules):
    """[Proposal] of units by BoardRules, black ones first; who is on the black list is not on the red one."""
    found, taken = [], set()
    for board in (Board.BLACK, Board.RED):
        for line in lines:
            own = [(rule, line.ratios[rule.indicator]) for rule in rules if rule.board == board and meets(line, rule, county)]
            if own and line.code not in taken:
                found.append(Proposal(board, line, own))
                taken.add(line.code)
    return found


def meets(line, rule, county):
    """Whether a unit lies outside the funnel as a rule says, with enough cases."""
    ratio = line.ratios[rule.indicator]
    verdict = funnel.verdict(*ratio, county.ratios[rule.indicator].share)
    return ratio.whole >= rule.cases and verdict.name == rule.side and 100 * (verdict.level or 0) >= float(rule.level)
