"""Messages that events owe somebody (the outbox). They are owed in the event's own transaction and delivered later."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from gis_app import words
from gis_app.models.report import Report
from gis_app.models.ticket import Event
from gis_app.models.unit import Unit


class Notice(models.Model):
    """A message that an event owes the desk, a unit, or the one who reported."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="notices")
    audience = models.CharField(max_length=8, choices=words.Audience)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="notices")
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="notices")
    made_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["event", "audience", "unit", "report"], nulls_distinct=False, name="an_event_owes_a_notice_once"
            ),
            CheckConstraint(
                condition=Q(audience=words.Audience.UNIT, unit__isnull=False, report__isnull=True)
                | Q(audience=words.Audience.REPORTER, unit__isnull=True, report__isnull=False)
                | Q(audience=words.Audience.DESK, unit__isnull=True, report__isnull=True),
                name="a_notice_has_the_receiver_that_its_audience_says",
            ),
        ]
