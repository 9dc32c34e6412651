"""Scores: what a county's own rules (scores.csv) make of the indicators, rule by rule, so that each can be traced."""

from typing import NamedTuple

from django.db.models import Q

from gis_app.assess import indicators
from gis_app.assess.indicators import Line, Ratio
from gis_app.draws import results
from gis_app.models import ScoreRule
from gis_app.words import Indicator, Recheck


class Part(NamedTuple):
    """What one rule gives. judged: the share that it goes by, None where there is nothing; points: 0 to its weight, or None."""

    rule: ScoreRule
    ratio: Ratio
    judged: float | None
    points: float | None


class Score(NamedTuple):
    """The score of a line. total: 0–100 of the weights that have something to go by, None where none has."""

    line: Line
    parts: list

    @property
    def asked(self):
        """The weights of the rules that have something to go by, added up."""
        return float(sum(part.rule.weight for part in self.parts if part.points is not None))

    @property
    def total(self):
        return 100 * sum(part.points or 0 for part in self.parts) / self.asked if self.asked else None


def rules_on(day):
    """[ScoreRule] of the version that holds on a day, the weightiest first; empty where none does."""
    return list(ScoreRule.objects.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day))


def scores(by, start, end, now=None):
    """[Score] in the order of the lines; by, start and end as for `indicators.table`. The rules of the period's last day judge.

    Re-checks drawn by lot are of units, and count for them alone. At most five statements.
    """
    rules = rules_on(end)
    looked = {unit.code: score for unit, score in results.scores(start, end)} if by == "unit" else {}
    return [score(line, rules, looked.get(line.code)) for line in indicators.table(by, start, end, now)]


def score(line, rules, looked=None):
    """The Score of a Line under these rules. looked: what drawn re-checks found of it, or None."""
    return Score(line, [part(rule, *_judged(rule, line, looked)) for rule in rules])


def part(rule, ratio, judged):
    """What one rule gives for a share (0–1, or None)."""
    if judged is None:
        return Part(rule, ratio, None, None)
    floor, target = float(rule.floor) / 100, float(rule.target) / 100
    reached = min(1.0, max(0.0, (judged - floor) / (target - floor)))
    return Part(rule, ratio, judged, float(rule.weight) * reached)


def _judged(rule, line, looked):
    """(Ratio, the share that the rule goes by). Of re-checks the upper end of the interval: few looks prove little."""
    if rule.indicator != Indicator.RECHECKED:
        ratio = line.ratios[rule.indicator]
        return ratio, ratio.share
    if looked is None:
        return Ratio(0, 0), None
    return Ratio(looked.ok, looked.looked), looked.interval[1] if looked.interval else None


class Trace(NamedTuple):
    """A Score and the keys of the tickets behind one figure of its line."""

    score: Score
    tickets: set


def trace(by, row, start, end, key, hit=None, now=None):
    """The Trace of a unit or town. key: an Indicator; hit: as for `indicators.cases`. At most five statements."""
    facts = indicators.facts(start, end, now)
    looked = results.score_of(row, start, end) if by == "unit" else None
    found = score(indicators.line_of(facts, by, row), rules_on(end), looked)
    return Trace(found, behind(facts, by, row, start, end, key, hit))


def behind(facts, by, row, start, end, key, hit):
    """{keys of the tickets} behind a figure; of re-checks those of the tickets that were looked at."""
    if key != Indicator.RECHECKED:
        return indicators.behind(facts, by, row, key, hit)
    checks = results.within(start, end).filter(result__in=(Recheck.OK, Recheck.NOT_OK), unit=row) if by == "unit" else []
    return {check.ticket_id for check in checks if hit in (None, check.result == Recheck.OK)}
