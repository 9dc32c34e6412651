"""What was dispatched without the desk and is looked at afterwards."""

from django.db import models
from django.db.models import CheckConstraint, Q

from gis_app.models.ticket import Ticket


class SpotCheck(models.Model):
    """A ticket that was dispatched without the desk, drawn for a dispatcher to look at: was it right?"""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="spot_check")
    day = models.DateField()  # on which it was dispatched
    right = models.BooleanField(null=True)  # null: nobody has looked yet
    by = models.ForeignKey("auth.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["day", "ticket"]
        constraints = [
            CheckConstraint(
                condition=Q(right__isnull=True, at__isnull=True) | Q(right__isnull=False, at__isnull=False),
                name="a_look_has_its_time",
            )
        ]

    def __str__(self):
        return f"{self.day} {self.ticket}"
