"""How many: what steps append, and the few rows that a job folds it into. All of it can be counted anew from the tickets."""

from django.contrib.gis.db import models
from django.db.models import UniqueConstraint

from gis_app import words
from gis_app.models.place import Town
from gis_app.models.unit import Category, Unit


def _told(model, **more):
    """What a ticket's row points to already. Checked there: checking it here, too, all writers of a place would lock its town."""
    return models.ForeignKey(model, models.PROTECT, related_name="+", db_constraint=False, db_index=False, **more)


class Figures(models.Model):
    """What is counted. Rejected tickets and merged ones are in none of it."""

    opened = models.IntegerField(default=0)  # on the day when they were reported
    closed = models.IntegerField(default=0)  # on the day when they were closed; taken back by a dispute
    late = models.IntegerField(default=0)  # of those closed: finished after they were due
    voices = models.IntegerField(default=0)  # reports behind those opened

    class Meta:
        abstract = True


class CellCount(Figures):
    """What a step changed, appended and never altered; gone as soon as it is folded."""

    day = models.DateField()
    cell = models.BigIntegerField(null=True)  # H3, resolution 9; null: known by its town only
    town = _told(Town)
    category = _told(Category, null=True)
    unit = _told(Unit, null=True)  # the one that has the ticket now


class TaskMonth(Figures):
    """A month of a task in a cell: what maps of a year are drawn from."""

    month = models.DateField()  # its first day
    cell = models.BigIntegerField(null=True)  # H3, resolution 8
    town = _told(Town)
    task = models.CharField(max_length=1, choices=words.Task, blank=True)  # empty: the kind is not known yet

    class Meta:
        constraints = [
            UniqueConstraint(  # with its figures: a map of a year is read from this index alone, a fifth quicker
                fields=["task", "month", "cell", "town"],
                include=["opened", "closed", "late", "voices"],
                nulls_distinct=False,
                name="one_count_for_a_month_place_and_task",
            )
        ]


class TaskDay(Figures):
    """A day of a task in a cell, for the last year: the edges of periods, and maps that play. See tally.DAYS_FOR."""

    day = models.DateField()
    cell = models.BigIntegerField(null=True)  # H3, resolution 8
    town = _told(Town)
    task = models.CharField(max_length=1, choices=words.Task, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["task", "day", "cell", "town"], nulls_distinct=False, name="one_count_for_a_day_place_and_task"
            )
        ]


class CategoryMonth(Figures):
    """A month of a category in a fine cell: what is asked for one kind, and what is looked at closely."""

    month = models.DateField()  # its first day
    cell = models.BigIntegerField(null=True)  # H3, resolution 9
    town = _told(Town)
    category = _told(Category, null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["category", "month", "cell", "town"],
                nulls_distinct=False,
                name="one_count_for_a_month_place_and_category",
            )
        ]
        indexes = [models.Index(fields=["cell", "month"], name="category_months_by_cell")]


class UnitDay(Figures):
    """A day of a unit."""

    day = models.DateField()
    unit = _told(Unit)

    class Meta:
        constraints = [UniqueConstraint(fields=["unit", "day"], name="one_count_for_a_day_and_unit")]
