"""Appeals (申诉): a unit contests the score that a published month gives it."""

from django.contrib.auth.models import User
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from gis_app import words
from gis_app.models.bulletin import Bulletin
from gis_app.models.unit import Unit


class AppealRule(models.Model):
    """For how long a month may be contested. A row of appeals.csv; it holds for bulletins published from its day on."""

    since = models.DateField(unique=True)
    days = models.PositiveSmallIntegerField()  # after the day of publication
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-since"]
        constraints = [CheckConstraint(condition=Q(days__gte=1, days__lte=90), name="a_month_may_be_contested_for_1_to_90_days")]

    def __str__(self):
        return f"{self.since} {self.days}"


class Appeal(models.Model):
    """One unit's, against its score in one published month; answered once. The bulletin itself stays as it was published."""

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="appeals")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=7, choices=words.AppealAnswer, blank=True)
    points = models.PositiveIntegerField(null=True)  # the corrected score in hundredths, where it is granted
    note = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            UniqueConstraint(fields=["bulletin", "unit"], name="a_unit_contests_an_edition_once"),
            CheckConstraint(condition=~Q(reason=""), name="an_appeal_says_why"),
            CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True, answered_by__isnull=True, points__isnull=True, note="")
                | (
                    Q(answer__in=words.AppealAnswer.values, answered_at__gte=F("made_at"), answered_by__isnull=False)
                    & ~Q(note="")
                ),
                name="an_appeal_is_answered_by_somebody_with_a_note",
            ),
            CheckConstraint(
                condition=Q(answer="granted", points__isnull=False, points__lte=10_000)
                | (~Q(answer="granted") & Q(points__isnull=True)),
                name="a_granted_appeal_and_no_other_has_a_score",
            ),
        ]

    def __str__(self):
        return f"{self.bulletin_id} {self.unit_id}"
