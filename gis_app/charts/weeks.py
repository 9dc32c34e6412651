"""A year week by week: the bars under the map, and what the map shows while they are played."""

import datetime as dt

from gis_app import frames
from gis_app.charts.drawn import counted, facts
from layers import cells as hexagons
from layers.heat import class_of
from layers.overlay import packed

WEEKS = 53  # on the slider, the present one included


def span(today):
    """(first Monday, last day) of the weeks on the slider."""
    monday = today - dt.timedelta(days=today.weekday())
    return monday - dt.timedelta(weeks=WEEKS - 1), today


def bars(asked, today):
    """[(Monday, tickets, height 0 … 1, whether the period asked for touches it)] of each week, old first."""
    first, last = span(today)
    totals = frames.week_totals(asked.task, first, last, asked.major)
    most = max(totals.values(), default=0) or 1
    mondays = [first + dt.timedelta(weeks=number) for number in range(WEEKS)]
    return [(monday, totals.get(monday, 0), totals.get(monday, 0) / most, _touches(monday, asked.period)) for monday in mondays]


def weeks_of(asked, today, res=hexagons.DRAWN):
    """The cells of those weeks for the script: layers.overlay.packed of all of them, and `weeks` {Monday: rows}.

    A row is [which cell, shade, count, voices]. Tickets known by their town only are in no cell.
    """
    found = frames.weekly(asked.task, *span(today), asked.major, res)
    ids = sorted({int(cell) for cells, _counts, _voices in found.values() for cell in cells})
    place = {cell: number for number, cell in enumerate(ids)}
    every = hexagons.frame(ids, count=[1] * len(ids), voices=[1] * len(ids))
    rows = {
        monday.isoformat(): [
            [place[cell], shade, count, voices]
            for cell, shade, count, voices in zip(*(part.tolist() for part in _with_shades(*week)), strict=True)
        ]
        for monday, week in found.items()
    }
    return packed(counted(every), facts()) | {"weeks": rows}


def _with_shades(cells, counts, voices):
    return cells, class_of(counts), counts, voices


def _touches(monday, period):
    return monday <= period.last and monday + dt.timedelta(days=6) >= period.first
