"""Bulletins (通报): what was told of a week or a month, kept as it was told."""

import json

from django.contrib.auth.models import User
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from gis_app import words


class Bulletin(models.Model):
    """One edition of a bulletin: a draft until it is approved, fixed from then on, and never changed once it is published.

    What it says is made of `frozen` alone, whatever becomes of the tickets. A correction is another edition with its number.
    """

    kind = models.CharField(max_length=5, choices=words.BulletinKind)
    county = models.CharField(max_length=40)  # short, as it stands in the number
    start = models.DateField()
    end = models.DateField()
    edition = models.PositiveSmallIntegerField(default=1)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected")
    reason = models.CharField(max_length=300, blank=True)  # of a correction
    frozen = models.TextField()  # the figures as canonical JSON, byte for byte
    digest = models.CharField(max_length=64)  # SHA-256 of it
    year = models.PositiveSmallIntegerField(null=True)  # with serial its number, given when it is published
    serial = models.PositiveIntegerField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # null: from the shell
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-end", "kind", "-edition"]
        constraints = [
            UniqueConstraint(fields=["kind", "start", "edition"], name="a_period_has_each_edition_once"),
            UniqueConstraint(fields=["year", "serial", "edition"], name="a_number_is_given_once"),
            CheckConstraint(condition=Q(kind__in=words.BulletinKind.values), name="a_bulletin_is_of_a_week_or_a_month"),
            CheckConstraint(condition=Q(end__gt=F("start")), name="a_bulletins_period_ends_after_it_begins"),
            CheckConstraint(
                condition=Q(edition=1, corrects__isnull=True, reason="")
                | (Q(edition__gt=1, corrects__isnull=False) & ~Q(reason="")),
                name="a_later_edition_corrects_one_and_says_why",
            ),
            CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__gte=F("made_at"), approved_by__isnull=False),
                name="a_bulletin_is_approved_by_somebody_after_it_was_made",
            ),
            CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True, year__isnull=True, serial__isnull=True)
                | Q(published_at__gte=F("approved_at"), published_by__isnull=False, year__isnull=False, serial__gte=1),
                name="a_bulletin_has_a_number_exactly_when_it_is_published",
            ),
        ]

    def __str__(self):
        return self.number or f"{self.start} – {self.end} ({self.edition})"

    @cached_property
    def figures(self):
        """What is frozen, read."""
        return json.loads(self.frozen)

    @property
    def state(self):
        """How far it is, of words.BulletinState."""
        if self.published_at:
            return words.BulletinState.PUBLISHED
        return words.BulletinState.APPROVED if self.approved_at else words.BulletinState.DRAFT

    @property
    def number(self):
        """How an office cites it: 西乡城管通报〔2026〕第 3 期; empty before it has one."""
        if not self.serial:
            return ""
        asked = {"county": self.county, "year": self.year, "serial": self.serial}
        # xgettext:no-python-format  (a language takes of these parts what it needs)
        return _("%(county)s城管通报〔%(year)d〕第 %(serial)d 期") % asked
