"""Files of the 12345 hotline that clerks send: how far each is, what became of its rows."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from gis_app.words import FileStage

UNDER_WAY = (FileStage.LOOKING, FileStage.LOOKED, FileStage.IMPORTING)  # while the file itself is kept


class HotlineFile(models.Model):
    """One file as it was sent. The rows that it counts are those of the first look until it is taken in, then those of that."""

    name = models.CharField(max_length=100)  # as the clerk called it
    digest = models.CharField(max_length=64)  # SHA-256 of its bytes
    size = models.PositiveIntegerField()  # of it in bytes
    stage = models.CharField(max_length=9, choices=FileStage, default=FileStage.LOOKING)
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # who said that it be taken in
    moved_at = models.DateTimeField()  # when anything became of it last
    about = models.PositiveIntegerField()  # rows that there may be
    upto = models.PositiveIntegerField(default=0)  # the number of the last row that is done with
    rows = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)  # in a look: how many would be
    repeats = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # {slug: rows refused for it}
    look = models.JSONField(default=dict)  # columns, first rows without personal data, towns, kinds and numbers of the look
    gone_at = models.DateTimeField(null=True)  # when all that is personal of it was removed

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            CheckConstraint(condition=Q(stage__in=FileStage.values), name="a_hotline_file_is_as_far_as_one_can_be"),
            UniqueConstraint(fields=["digest"], condition=Q(stage__in=UNDER_WAY), name="a_hotline_file_is_under_way_once"),
            CheckConstraint(
                condition=~Q(stage__in=(FileStage.IMPORTING, FileStage.DONE)) | Q(taken_by__isnull=False),
                name="somebody_said_that_a_file_be_taken_in",
            ),
        ]

    def __str__(self):
        return self.about_act

    @property
    def about_act(self):
        """What the log of acts calls it."""
        return f"hotline file {self.pk}"

    @property
    def refused(self):
        return sum(self.counts.values())

    @property
    def under_way(self):
        """Whether a job is to go on with it."""
        return self.stage in (FileStage.LOOKING, FileStage.IMPORTING)

    @property
    def path(self):
        """Where the file is until it is taken in or dropped."""
        return settings.HOTLINE_ROOT / f"{self.pk}-sent"

    @property
    def rejects(self):
        """Where the rows that were refused are kept for a time, to be corrected."""
        return settings.HOTLINE_ROOT / f"{self.pk}-refused.csv"


class RefusedRow(models.Model):
    """A row of a file that was refused, and why; what stood in it is not here."""

    file = models.ForeignKey(HotlineFile, models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    slug = models.CharField(max_length=20)
    why = models.TextField()  # masked
    cells = models.CharField(max_length=64)  # a keyed digest of what stood in it, to know the same row again

    class Meta:
        ordering = ["line"]
        constraints = [
            UniqueConstraint(fields=["file", "line"], name="a_row_is_refused_once"),
            UniqueConstraint(fields=["file", "cells"], name="the_same_row_is_refused_once"),
        ]
