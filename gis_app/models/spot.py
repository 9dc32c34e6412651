"""Hotspots that a leader has put under orders (督办), kept so that it can be asked later whether they cooled."""

from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q

from gis_app import words


class Spot(models.Model):
    """A place as it was when it was ordered: its cells do not change with the map of a later day."""

    name = models.CharField(max_length=120)  # village and town, in Chinese as they were read
    task = models.CharField(max_length=1, choices=words.Task)
    cells = ArrayField(models.BigIntegerField())  # H3, resolution 8
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answer_due_at = models.DateTimeField()
    tickets = ArrayField(models.BigIntegerField())  # those that were ordered with it

    class Meta:
        ordering = ["-ordered_at", "-pk"]
        indexes = [models.Index(fields=["task", "-ordered_at"], name="spots_by_task")]
        constraints = [
            CheckConstraint(condition=Q(cells__len__gt=0, tickets__len__gt=0), name="a_spot_has_cells_and_tickets"),
            CheckConstraint(condition=Q(task__in=words.Task.values), name="a_spot_counts_for_a_task"),
        ]

    def __str__(self):
        return self.name
