"""Messages that events owe somebody (the outbox): owed in the event's own transaction, delivered later, at least once."""

from django.contrib.auth.models import User
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from gis_app import words
from gis_app.models.escalation import Escalation
from gis_app.models.report import Report
from gis_app.models.ticket import Event
from gis_app.models.unit import Unit

A = words.Audience
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]


class Notice(models.Model):
    """A message that an event, or time running out, owes the desk, a unit, a worker, the leaders, or the one who reported."""

    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="notices", db_index=False)
    escalation = models.ForeignKey(Escalation, models.CASCADE, null=True, related_name="notices", db_index=False)
    audience = models.CharField(max_length=8, choices=words.Audience)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="notices", db_index=False)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="notices", db_index=False)
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="notices", db_index=False)
    made_at = models.DateTimeField(auto_now_add=True)
    addressed_at = models.DateTimeField(null=True)  # when it was found out who hears of it, and on which ways

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["event", "escalation", "audience", "unit", "person", "report"],
                nulls_distinct=False,
                name="an_event_owes_a_notice_once",
            ),
            CheckConstraint(
                condition=Q(event__isnull=False, escalation__isnull=True) | Q(event__isnull=True, escalation__isnull=False),
                name="a_notice_is_owed_by_an_event_or_by_time",
            ),
            CheckConstraint(
                condition=Q(audience=A.UNIT, unit__isnull=False, report__isnull=True, person__isnull=True)
                | Q(audience=A.REPORTER, unit__isnull=True, report__isnull=False, person__isnull=True)
                | Q(audience=A.WORKER, unit__isnull=True, report__isnull=True, person__isnull=False)
                | Q(audience__in=[A.DESK, A.LEADER], unit__isnull=True, report__isnull=True, person__isnull=True),
                name="a_notice_has_the_receiver_that_its_audience_says",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(addressed_at__isnull=True), name="notices_to_address")]

    @property
    def ticket(self):
        """What it is about."""
        return (self.event or self.escalation).ticket


class Reachable(models.Model):
    """Where a person or a unit hears beside the inbox: an address on one way, switched on or off."""

    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="reachable")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="reachable")
    channel = models.CharField(max_length=8, choices=[(each.value, each.label) for each in words.OUTWARD])
    to = models.CharField(max_length=200)
    language = models.CharField(max_length=8, choices=LANGUAGES, default="zh-hans")
    on = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "reachable"
        constraints = [
            UniqueConstraint(
                fields=["user", "unit", "channel", "to"], nulls_distinct=False, name="an_address_stands_once_with_its_owner"
            ),
            CheckConstraint(
                condition=Q(user__isnull=True, unit__isnull=False) | Q(user__isnull=False, unit__isnull=True),
                name="an_address_is_a_persons_or_a_units",
            ),
            CheckConstraint(condition=Q(channel__in=words.OUTWARD), name="an_address_is_on_a_way_out_of_the_house"),
        ]

    def __str__(self):
        return f"{self.user.username if self.user else self.unit} · {self.get_channel_display()} {self.to}"


class QuietHours(models.Model):
    """When nobody's telephone rings for an audience: local times, over midnight when it ends before it begins."""

    audience = models.CharField(max_length=8, choices=words.Audience, unique=True)
    begins = models.TimeField()
    ends = models.TimeField()
    danger_wakes = models.BooleanField()  # whether a danger is told all the same

    class Meta:
        ordering = ["audience"]
        verbose_name_plural = "quiet hours"
        constraints = [
            CheckConstraint(condition=~Q(begins=models.F("ends")), name="quiet_hours_leave_some_of_the_day"),
            CheckConstraint(condition=Q(audience__in=A.values), name="quiet_hours_are_somebodys"),
        ]

    def __str__(self):
        return f"{self.get_audience_display()} {self.begins:%H:%M}–{self.ends:%H:%M}"


class Delivery(models.Model):
    """One notice on one way to one receiver. In the inbox it is there as soon as it is made."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=words.ChannelName)
    to = models.CharField(max_length=200, blank=True)  # empty for a reporter, whose address is read when it is sent
    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="deliveries")  # whose inbox
    language = models.CharField(max_length=8, default="zh-hans")
    state = models.CharField(max_length=8, choices=words.DeliveryState, default=words.DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)  # when it is tried (again)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=120, blank=True)  # what the receiver's side calls it
    error = models.CharField(max_length=300, blank=True)  # why not, without addresses

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            UniqueConstraint(fields=["notice", "channel", "to"], name="a_notice_goes_once_on_a_way_to_a_receiver"),
            CheckConstraint(
                condition=Q(state=words.DeliveryState.WAITING, next_at__isnull=False)
                | (Q(state__in=[words.DeliveryState.SENT, *words.UNSENT]) & Q(next_at__isnull=True)),
                name="only_what_waits_has_a_time_to_be_sent",
            ),
            CheckConstraint(
                condition=Q(channel=words.ChannelName.INBOX, person__isnull=False, state=words.DeliveryState.SENT)
                | ~Q(channel=words.ChannelName.INBOX) & Q(read_at__isnull=True, person__isnull=True),
                name="an_inbox_is_a_persons_and_only_there_one_knows_what_is_read",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state=words.DeliveryState.WAITING), name="deliveries_to_send"),
            models.Index(fields=["state", "id"], condition=Q(state__in=words.UNSENT), name="deliveries_given_up"),
            models.Index(
                fields=["channel", "sent_at"],
                condition=Q(state=words.DeliveryState.SENT) & ~Q(channel=words.ChannelName.INBOX),
                name="sent_by_channel",
            ),
            models.Index(fields=["person", "id"], condition=Q(channel=words.ChannelName.INBOX), name="inbox_by_person"),
            models.Index(
                fields=["person"], condition=Q(channel=words.ChannelName.INBOX, read_at__isnull=True), name="unread_by_person"
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.get_channel_display()} {self.get_state_display()}"
