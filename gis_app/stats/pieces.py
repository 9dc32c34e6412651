"""SQL for the rows that an answer is the sum of: folded ones, appended ones, and tickets where none are folded."""

import datetime as dt

from django.utils import timezone

from gis_app import tally
from gis_app.clock import SHANGHAI
from gis_app.stats.asked import WIDE, cover, split, without
from gis_app.words import Task
from layers import cells

KIND = "LEFT JOIN gis_app_category AS kind ON kind.id = category_id"
TASK = "coalesce(kind.task, '')"


class Values(dict):
    """The values of a statement, each known by the place where it is put."""

    def put(self, value):
        """The place of a value."""
        name = f"v{len(self)}"
        self[name] = value
        return f"%({name})s"


def rows(asked, values, by_day=False, closing=True):
    """SQL for rows of (day, cell, town_id, task, opened, closed, late, voices), signed, whose sums are the answer.

    cell: of the resolution that is asked for. task: empty where the kind is not known. by_day: the day of each row is the day
    itself; else it may be the first of its month. closing: whether closed and late are asked for. What is put into the text
    is added to values.
    """
    start, end = asked.period
    months, days = ([], [(start, end, 1)]) if by_day else cover(start, end)
    pieces, waiting = [_months(asked, values, months)] if months else [], [(start, end)]
    for first, last, sign in days:
        older, newer = split(first, last, dt.date.max if asked.close else days_since())
        if older:  # a ticket knows what a delta will say
            pieces.append(tickets(asked, values, older, sign, closing))
            waiting = without(waiting, older) if sign > 0 else [*waiting, older]
        if newer:
            pieces.append(_days(asked, values, newer, sign))
    return "\nUNION ALL\n".join([*pieces, _appended(asked, values, waiting)])


def days_since():
    """The first day of which every day is folded by itself."""
    return tally.months_before(timezone.localdate(), tally.DAYS_FOR)


def _months(asked, values, months):
    chosen = f"month = ANY({values.put(months)}::date[])"
    if not asked.close:
        # Measured: a year of a task of 5 M tickets in 0.09 s; 3.6 s by GROUP BY over the tickets.
        text = f"SELECT month AS day, {_cell(asked, WIDE)} AS cell, town_id, task, {_figures()} FROM gis_app_taskmonth"
        return f"{text} WHERE {chosen} AND {_of_tasks(asked, values)}"
    seen, narrowed = _seen(asked, values), _narrowed(asked, values)
    # Measured: a year of one category of 5 M tickets in 0.10 s; 0.79 s from the tickets by their index.
    text = f"SELECT month AS day, {_cell(asked, cells.STORED)} AS cell, town_id, {TASK} AS task, {_figures()}"
    return f"{text} FROM gis_app_categorymonth {seen} {KIND} WHERE {chosen} AND {narrowed}"


def _days(asked, values, days, sign):
    chosen = f"day BETWEEN {values.put(days[0])} AND {values.put(days[1])} AND {_of_tasks(asked, values)}"
    # Measured: five days of a task of 5 M tickets a year in 0.04 s; 1.9 s from the tickets.
    return f"""
SELECT day, {_cell(asked, WIDE)} AS cell, town_id, task, {_figures(sign)} FROM gis_app_taskday WHERE {chosen}"""


def _appended(asked, values, stretches):
    """SQL for what steps have appended of these stretches of days and no job has folded yet."""
    days = " OR ".join(["false", *(f"day BETWEEN {values.put(first)} AND {values.put(last)}" for first, last in stretches)])
    chosen = " AND ".join([f"({days})", *_asked(asked, values)])
    # Measured: 90 days with 100,000 deltas that wait to be folded in 0.17 s, as long as after the fold.
    return f"""
SELECT day, {_cell(asked, cells.STORED)} AS cell, town_id, {TASK} AS task, {_figures()}
FROM gis_app_cellcount {KIND} WHERE {chosen}"""


def tickets(asked, values, days, sign=1, closing=True):
    """SQL for the same rows from the tickets themselves, by their indexes; days: (first, last)."""
    narrower = _narrowed_tickets(asked, values)
    first, after = (values.put(_midnight(day)) for day in (days[0], days[1] + dt.timedelta(days=1)))
    opened, closed = (f"{at} >= {first} AND {at} < {after} AND {narrower}" for at in ("opened_at", "ended_at"))
    # Measured: 36,000 tickets in 1.9 s, as in tally.tickets.
    return f"""
SELECT day, {_cell(asked, cells.STORED)} AS cell, town_id, {TASK} AS task, {_figures(sign)}
FROM ({tally.from_tickets(opened, closed if closing else "false")}) AS counted {KIND}"""


def _midnight(day):
    return dt.datetime.combine(day, dt.time(), SHANGHAI)


def _figures(sign=1):
    return ", ".join(f"{sign} * {name} AS {name}" if sign < 0 else name for name in tally.FIGURES)


def _cell(asked, kept):
    """The column, or the cell of the asked resolution that holds it; kept: the resolution of the column."""
    return tally.parent("cell", asked.res) if asked.res < kept else "cell"


def _of_tasks(asked, values):
    """Conditions on a table that is kept by task."""
    chosen = [f"task = ANY({values.put([asked.task] if asked.task else ['', *Task.values])})", *_in_town(asked, values)]
    return " AND ".join(chosen + ([f"cell = ANY({values.put(asked.within)})"] if asked.within is not None else []))


def _in_town(asked, values):
    return [f"town_id = (SELECT id FROM gis_app_town WHERE code = {values.put(asked.town)})"] if asked.town else []


def _narrowed(asked, values):
    """Conditions on a table that is kept by category, beside KIND."""
    chosen = [f"kind.task = {values.put(asked.task)}"] if asked.task else []
    chosen += [f"kind.code = {values.put(asked.category)}"] if asked.category else []
    chosen += [f"kind.major_id = {_major(asked, values)}"] if asked.major else []
    return " AND ".join(["true", *chosen, *_in_town(asked, values)])


def _major(asked, values):
    return f"(SELECT id FROM gis_app_major WHERE code = {values.put(asked.major)})"


def _asked(asked, values):
    """The same where cells are not looked for by an index."""
    view = [f"{tally.parent('cell', WIDE)} = ANY({values.put(asked.within)})"] if asked.within is not None else []
    return [_narrowed(asked, values), *view]


def _seen(asked, values):
    """A join that leaves the cells in view: H3 numbers those inside a coarser cell in a row."""
    if asked.within is None:
        return ""
    lowest, highest = (side.tolist() for side in cells.descendants(asked.within, cells.STORED))
    view = f"unnest({values.put(lowest)}::bigint[], {values.put(highest)}::bigint[])"
    return f"JOIN {view} AS view (lowest, highest) ON cell BETWEEN lowest AND highest"


def _narrowed_tickets(asked, values):
    kinds = {"task": asked.task, "code": asked.category}
    named = [f"{name} = {values.put(value)}" for name, value in kinds.items() if value]
    named += [f"major_id = {_major(asked, values)}"] if asked.major else []
    chosen = [f"category_id IN (SELECT id FROM gis_app_category WHERE {' AND '.join(named)})"] if named else []
    chosen += [f"{tally.parent('cell', WIDE)} = ANY({values.put(asked.within)})"] if asked.within is not None else []
    return " AND ".join(["true", *chosen, *_in_town(asked, values)])
