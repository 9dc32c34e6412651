"""When time runs out: who hears at which share of a limit, and what was told of which ticket."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from gis_app import words
from gis_app.models.ticket import Event, Ticket


class EscalationRule(models.Model):
    """At this share of the time of a clock these hear of it, and this step is taken by itself. A row of escalations.csv."""

    clock = models.CharField(max_length=8, choices=words.Clock)
    share = models.PositiveSmallIntegerField()  # per cent of the limit
    hears = ArrayField(models.CharField(max_length=8, choices=words.Audience))
    step = models.CharField(max_length=10, choices=words.EscalationStep, default=words.EscalationStep.NONE)
    answer_in = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)  # 工作日 until the order is answered
    order = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["clock", "share"]
        constraints = [
            UniqueConstraint(fields=["clock", "share"], name="a_share_of_a_clock_has_one_rule"),
            CheckConstraint(condition=Q(clock__in=words.Clock.values), name="a_rule_is_about_a_known_clock"),
            CheckConstraint(condition=Q(share__gt=0), name="a_rule_begins_after_the_clock"),
            CheckConstraint(
                condition=Q(step=words.EscalationStep.SUPERVISE, answer_in__gt=0) & ~Q(order="")
                | ~Q(step=words.EscalationStep.SUPERVISE) & Q(step__in=words.EscalationStep.values),
                name="an_order_by_itself_has_words_and_a_time_for_the_answer",
            ),
        ]

    def __str__(self):
        return f"{self.get_clock_display()} {self.share}%"

    @property
    def hearers(self):
        """Who hears, in words."""
        return [words.Audience(each).label for each in self.hears]


class Escalation(models.Model):
    """That a share of a ticket's time was used up, told once for each run of a clock. It goes with its ticket."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="escalations", db_index=False)
    clock = models.CharField(max_length=8, choices=words.Clock)
    started_at = models.DateTimeField()  # of this run of the clock: a ticket that is dispatched again begins anew
    share = models.PositiveSmallIntegerField()  # the highest that was reached
    at = models.DateTimeField()
    told = models.BooleanField()  # False: it was over long before anybody looked, and is only written down
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+", db_index=False)  # the step taken by itself

    class Meta:
        constraints = [
            UniqueConstraint(fields=["ticket", "clock", "started_at", "share"], name="an_escalation_is_told_once"),
        ]

    def __str__(self):
        return f"{self.ticket} {self.get_clock_display()} {self.share}%"
