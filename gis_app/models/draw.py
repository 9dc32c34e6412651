"""Re-checks drawn by lot (双随机): which closed tickets, who looks at them, and by what anybody can draw them again."""

from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from gis_app import words
from gis_app.models.ticket import Event, Ticket
from gis_app.models.unit import Unit


class Draw(models.Model):
    """One draw: announced with both lists fixed, and drawn once a public number is known that nobody knew then."""

    start = models.DateField()  # tickets closed from this day
    end = models.DateField()  # to this one, both included
    size = models.PositiveIntegerField()  # tickets to draw
    roles = ArrayField(models.CharField(max_length=12, choices=words.Role))  # whose holders are in the pool
    left_out = models.PositiveIntegerField(default=0)  # closed tickets that nobody in the pool may check
    tickets_csv = models.TextField()  # both lists byte for byte as they are published
    checkers_csv = models.TextField()
    list_digest = models.CharField(max_length=64)  # SHA-256 of tickets.csv followed by checkers.csv
    number_from = models.CharField(max_length=120)  # which public number
    number_on = models.DateField()  # the day on which it becomes known
    due_on = models.DateField()  # the last day of the checks
    announcement = models.TextField()  # what the seed is made of, together with the number
    announced_at = models.DateTimeField()
    announced_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    number = models.CharField(max_length=60, blank=True)
    number_source = models.CharField(max_length=200, blank=True)  # where it can be read
    seed = models.CharField(max_length=64, blank=True)  # SHA-256 of announcement followed by number
    drawn_at = models.DateTimeField(null=True)
    drawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(condition=Q(start__lte=F("end")), name="a_draws_period_ends_after_it_begins"),
            CheckConstraint(condition=Q(size__gte=1), name="a_draw_draws_something"),
            CheckConstraint(condition=Q(due_on__gt=F("number_on")), name="checks_are_due_after_the_draw"),
            CheckConstraint(
                condition=Q(drawn_at__isnull=True, drawn_by__isnull=True, seed="", number="", number_source="")
                | (
                    Q(drawn_at__gt=F("announced_at"), drawn_by__isnull=False)
                    & ~Q(seed="")
                    & ~Q(number="")
                    & ~Q(number_source="")
                ),
                name="a_draw_has_its_number_and_seed_exactly_when_it_was_drawn",
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.start} – {self.end}"


class DrawChecker(models.Model):
    """Somebody in the pool of a draw, and the name under which the public knows them: their unit and a number."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="checkers")
    label = models.CharField(max_length=30)
    user = models.ForeignKey(User, models.PROTECT, related_name="drawn_for")

    class Meta:
        ordering = ["label"]
        constraints = [
            UniqueConstraint(fields=["draw", "label"], name="a_checkers_number_is_given_once_in_a_draw"),
            UniqueConstraint(fields=["draw", "user"], name="a_person_is_once_in_the_pool_of_a_draw"),
        ]

    def __str__(self):
        return self.label


class DrawnCheck(models.Model):
    """A drawn ticket, who looks at it, and what was found, once."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="checks")
    order = models.PositiveIntegerField()  # as drawn, from 1
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="drawn_checks")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")  # whose work it is that is looked at
    checker = models.ForeignKey(DrawChecker, models.PROTECT, related_name="checks")
    result = models.CharField(max_length=8, choices=words.Recheck, blank=True)  # empty: nobody has looked yet
    at = models.DateTimeField(null=True)
    metres_off = models.PositiveIntegerField(null=True)  # between the ticket and where the checker stood; null: not known
    far = models.BooleanField(null=True)
    event = models.OneToOneField(Event, models.PROTECT, null=True, related_name="drawn_check")  # which tells it on the ticket

    class Meta:
        ordering = ["draw", "order"]
        constraints = [
            UniqueConstraint(fields=["draw", "ticket"], name="a_ticket_is_drawn_once_in_a_draw"),
            UniqueConstraint(fields=["draw", "order"], name="what_is_drawn_has_its_order"),
            CheckConstraint(
                condition=Q(result="", at__isnull=True, event__isnull=True, far__isnull=True)
                | Q(result__in=words.Recheck.values, at__isnull=False, event__isnull=False),
                name="a_check_has_a_result_exactly_when_somebody_looked",
            ),
        ]
        indexes = [models.Index(fields=["at"], condition=~Q(result=""), name="checks_by_day")]

    def __str__(self):
        return f"{self.draw_id}/{self.order} {self.ticket}"
