"""What seals the memory: a root for each day, and the leaves that it was made of."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from gis_app import words


class Root(models.Model):
    """All that was appended since the root before, in one hash, signed with a key outside the database. Never changed.

    Named for the last day that had ended; after days without one it holds those days together. What was appended is told by
    numbers that only rise, not by what an event says of its time: imported ones are of the past.
    """

    day = models.DateField(unique=True)  # in Shanghai
    made_at = models.DateTimeField()
    events_upto = models.BigIntegerField()  # ids: of the root before, exclusive, up to here
    reports_upto = models.BigIntegerField()
    acts_upto = models.BigIntegerField()  # the last act's seq
    events = models.PositiveIntegerField()  # how many
    reports = models.PositiveIntegerField()
    acts = models.PositiveIntegerField()
    acts_hash = models.CharField(max_length=64, blank=True)  # the last act's, which holds all before it
    before = models.CharField(max_length=64, blank=True)  # the hash of the root before; empty for the first
    hash = models.CharField(max_length=64, unique=True)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["day"]

    def __str__(self):
        return f"{self.day} {self.hash}"


class Leaf(models.Model):
    """A page of what a root lists: packed (id, seq, hash), by id. Of a ticket: its last event's seq and hash. Never changed."""

    day = models.DateField()  # of the root
    of = models.CharField(max_length=8, choices=words.Sealed)
    number = models.PositiveIntegerField()
    heads = models.BinaryField()

    class Meta:
        ordering = ["day", "of", "number"]
        verbose_name_plural = "leaves"
        constraints = [
            UniqueConstraint(fields=["day", "of", "number"], name="leaves_of_a_day_are_numbered"),
            CheckConstraint(condition=Q(of__in=words.Sealed.values), name="a_leaf_lists_tickets_or_reports"),
        ]


class Retention(models.Model):
    """How long something personal is kept, and why: a row that a clerk may edit."""

    kind = models.CharField(max_length=12, unique=True, choices=words.Retained)
    days = models.PositiveIntegerField(null=True, blank=True)  # empty: kept for good
    why = models.CharField(max_length=200)

    class Meta:
        ordering = ["kind"]
        verbose_name_plural = "retention"
        constraints = [
            CheckConstraint(condition=Q(kind__in=words.Retained.values), name="what_is_kept_for_a_time_is_of_a_known_kind"),
            CheckConstraint(condition=~Q(kind=words.Retained.LOOKS) | Q(days__isnull=True), name="looks_are_one_chain_and_stay"),
        ]

    def __str__(self):
        return self.get_kind_display()
