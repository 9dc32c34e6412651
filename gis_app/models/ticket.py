"""The work that reports lead to, and its memory."""

from django.contrib.auth.models import User
from django.contrib.gis.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Coalesce

from gis_app import words
from gis_app.models.place import Edition, Grid, Town, Village
from gis_app.models.report import Report, Words
from gis_app.models.unit import Category, Unit

S = words.State
BESIDE = frozenset(  # columns beside the work: what changes only these makes nobody's step stale
    {"released", "asked_until", "supervised_at", "supervised_by_id", "answer_due_at", "answered_at"}
)
ASKING = [S.DISPATCHED, S.WORKING]  # states in which more time may be asked for
HAS_A_UNIT = Q(state__in=words.WITH_A_UNIT) | Q(resume_to__in=words.WITH_A_UNIT)


class Ticket(models.Model):
    """The work that a report leads to. Only workflow writes its state."""

    state = models.CharField(max_length=10, choices=S)
    version = models.PositiveIntegerField(default=1)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="tickets", db_index=False)
    town = models.ForeignKey(Town, models.PROTECT, related_name="tickets", db_index=False)
    village = models.ForeignKey(Village, models.PROTECT, null=True, related_name="tickets", db_index=False)
    grid = models.ForeignKey(Grid, models.SET_NULL, null=True, related_name="tickets", db_index=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="tickets", db_index=False)
    point = models.PointField(srid=4326, null=True)
    precision = models.CharField(max_length=8, choices=words.Precision)
    place_name = models.CharField(max_length=200, blank=True)
    cell = models.BigIntegerField(null=True)  # H3, resolution 9; coarser cells are its ancestors
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="tickets", db_index=False)
    proposed = models.ForeignKey(Unit, models.PROTECT, related_name="proposals", db_index=False)
    worker = models.ForeignKey(User, models.PROTECT, null=True, related_name="tickets", db_index=False)
    receipt = models.JSONField(default=dict)  # why this unit: duty, rank, edition, losers
    danger = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    triage_due_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # the county's promise, from acceptance
    dispatched_at = models.DateTimeField(null=True)
    unit_due_at = models.DateTimeField(null=True)  # the unit's own, from dispatch
    finished_at = models.DateTimeField(null=True)  # the last finish that stands
    finished_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)
    resume_to = models.CharField(max_length=10, choices=S, blank=True)  # where it was before it was suspended or merged
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged", db_index=False)
    split_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts", db_index=False)
    released = models.BooleanField(default=False)  # whether strangers may read its words and see its photos
    suspended_at = models.DateTimeField(null=True)
    suspended_until = models.DateTimeField(null=True)
    asked_until = models.DateTimeField(null=True)  # an extension that the unit asks for
    extended_to = models.DateTimeField(null=True)  # the one that was granted, once for each run of the clock
    checker = models.ForeignKey(User, models.PROTECT, null=True, related_name="checks", db_index=False)  # sent to look
    supervised_at = models.DateTimeField(null=True)  # since when an order (督办) stands
    supervised_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)  # null: the system
    answer_due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=S.values), name="a_ticket_is_in_a_known_state"),
            CheckConstraint(condition=Q(version__gte=1), name="versions_begin_at_one"),
            CheckConstraint(
                condition=Q(HAS_A_UNIT, unit__isnull=False) | (~HAS_A_UNIT & Q(unit__isnull=True)),
                name="a_ticket_has_a_unit_exactly_from_dispatch_on",
            ),
            CheckConstraint(
                condition=Q(state__in=[S.NEW, S.REJECTED])
                | Q(resume_to=S.NEW)
                | Q(accepted_at__isnull=False, due_at__isnull=False, category__isnull=False),
                name="an_accepted_ticket_has_a_category_and_a_due_date",
            ),
            CheckConstraint(
                condition=Q(unit__isnull=True) | Q(dispatched_at__isnull=False, unit_due_at__isnull=False),
                name="a_dispatched_ticket_has_its_units_due_date",
            ),
            CheckConstraint(
                condition=Q(state__in=words.ENDED, ended_at__isnull=False)
                | (~Q(state__in=words.ENDED) & Q(ended_at__isnull=True)),
                name="a_ticket_has_an_end_exactly_when_it_ended",
            ),
            CheckConstraint(
                condition=Q(state__in=[S.DONE, S.CLOSED], finished_at__isnull=False, finished_by__isnull=False)
                | (~Q(state__in=[S.DONE, S.CLOSED]) & Q(finished_at__isnull=True, finished_by__isnull=True)),
                name="a_finish_stands_exactly_while_done_or_closed",
            ),
            CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gte=F("accepted_at")), name="due_is_not_before_acceptance"
            ),
            CheckConstraint(
                condition=(Q(state__in=words.LEFT_FOR_A_WHILE) & ~Q(resume_to=""))
                | (~Q(state__in=words.LEFT_FOR_A_WHILE) & Q(resume_to="")),
                name="a_ticket_remembers_where_it_was_while_held_or_merged",
            ),
            CheckConstraint(
                condition=Q(state=S.SUSPENDED, suspended_at__isnull=False, suspended_until__gt=F("suspended_at"))
                | (~Q(state=S.SUSPENDED) & Q(suspended_at__isnull=True, suspended_until__isnull=True)),
                name="a_suspended_ticket_says_until_when",
            ),
            CheckConstraint(
                condition=Q(state=S.MERGED, merged_into__isnull=False) | (~Q(state=S.MERGED) & Q(merged_into__isnull=True)),
                name="a_merged_ticket_names_the_other",
            ),
            CheckConstraint(
                condition=~Q(merged_into=F("pk")) & ~Q(split_from=F("pk")), name="no_ticket_is_merged_into_itself"
            ),
            CheckConstraint(
                condition=Q(supervised_at__isnull=False, answer_due_at__isnull=False)
                | Q(supervised_at__isnull=True, supervised_by__isnull=True, answer_due_at__isnull=True, answered_at__isnull=True),
                name="an_order_says_when_it_is_to_be_answered",
            ),
            CheckConstraint(
                condition=Q(point__isnull=True, cell__isnull=True, precision=words.Precision.TOWN)
                | Q(point__isnull=False, cell__isnull=False, precision__in=words.PLACED),
                name="a_ticket_has_a_point_and_a_cell_unless_only_its_town_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="tickets_by_state"),
            models.Index(fields=["unit", "state"], name="tickets_by_unit"),
            models.Index(fields=["town", "state"], name="tickets_by_town"),
            models.Index(fields=["opened_at"], name="tickets_by_day"),
            models.Index(fields=["category", "opened_at"], name="tickets_by_category_and_day"),
            # A ticket stands in each of these from the step on that fills the column: no step writes more of them than it must.
            models.Index(fields=["village"], condition=Q(village__isnull=False), name="tickets_by_village"),
            models.Index(fields=["grid"], condition=Q(grid__isnull=False), name="tickets_by_grid"),
            models.Index(fields=["worker"], condition=Q(worker__isnull=False), name="tickets_by_worker"),
            models.Index(fields=["checker"], condition=Q(checker__isnull=False), name="tickets_to_check"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="merged_tickets"),
            models.Index(fields=["split_from"], condition=Q(split_from__isnull=False), name="split_tickets"),
            # The desk's lists, each in its own order: a page of a list then costs the same after years as on the first day.
            models.Index(fields=["triage_due_at", "id"], condition=Q(state=S.NEW), name="desk_new"),
            models.Index(
                Coalesce("unit_due_at", "due_at", "triage_due_at"), "id", condition=Q(state__in=words.UNDER_WAY), name="desk_open"
            ),
            models.Index(fields=["finished_at", "id"], condition=Q(state=S.DONE), name="desk_done"),
            models.Index(
                fields=["asked_until", "id"], condition=Q(state__in=ASKING, asked_until__isnull=False), name="desk_asked"
            ),
            models.Index(fields=["suspended_until", "id"], condition=Q(state=S.SUSPENDED), name="desk_held"),
            models.Index(fields=["answer_due_at", "id"], condition=Q(supervised_at__isnull=False), name="desk_ordered"),
            models.Index(F("ended_at").desc(), "id", condition=Q(state__in=words.ENDED), name="desk_ended"),
            models.Index(
                fields=["id"], condition=Q(due_at__lt=Coalesce("finished_at", "ended_at")), name="tickets_that_were_late"
            ),
            models.Index(
                fields=["due_at"], condition=Q(finished_at__isnull=True, ended_at__isnull=True), name="tickets_that_run"
            ),
            # What a period's figures are made of: what was open in it, or due in it.
            models.Index(fields=["ended_at", "opened_at"], name="tickets_by_life"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="tickets_by_due"),
            models.Index(fields=["unit_due_at"], condition=Q(unit_due_at__isnull=False), name="tickets_by_unit_due"),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self):
        """The public running number."""
        return self.numbered(self.pk)

    @staticmethod
    def numbered(pk):
        """The public number of the ticket with this id."""
        return f"X{pk:07d}"

    @property
    def supervised(self):
        """Whether an order (督办) stands."""
        return self.supervised_at is not None

    def root(self):
        """The ticket that goes on for this one: itself, unless it was merged into another."""
        return self.merged_into.root() if self.merged_into_id else self

    def life(self, since=None, until=None):
        """The events that its reporters follow, oldest first: its own, and those of another while it was merged into that one.

        since, until: moments between which they lie. At no moment are tickets merged in a circle, so this comes to an end.
        """
        own = list(self.events.select_related("unit", "said").prefetch_related("photos").order_by("seq"))
        told = [event for event in own if (since is None or event.at > since) and (until is None or event.at < until)]
        for pk, begins, ends in stays(own):
            begins, ends = max(filter(None, (begins, since))), min(filter(None, (ends, until)), default=None)
            if ends is None or begins < ends:
                other = self.merged_into if pk == self.merged_into_id else Ticket.objects.get(pk=pk)
                told += other.life(begins, ends)
        return sorted(told, key=lambda event: event.at)

    def behind(self):
        """(ids of reports, voices): what this ticket is about, and how many people said it.

        They are its own, those of tickets merged into it, and of the ones that these were split from; a part has one voice.
        """
        reports, parts, among, more = set(), {}, {self.pk}, {self.pk}
        while more:  # one query, and one more for each generation of tickets that were merged
            rows = Ticket.objects.filter(Q(pk=self.pk) | Q(merged_into__in=more)).values_list("pk", "split_from", "reports")
            more = {pk for pk, _parent, _report in rows} - among
            among |= more
            parts |= {pk: parent for pk, parent, _report in rows if parent}
            reports |= {report for _pk, _parent, report in rows if report}
        voices = len(reports) + len(parts)
        if parts:
            reports |= set(Report.objects.filter(ticket__in=parts.values()).values_list("pk", flat=True))
        return sorted(reports), voices

    def late(self, now):
        """Whether the promise is broken: finished after the due date, or not finished and past it."""
        return bool(self.due_at) and (self.finished_at or self.ended_at or now) > self.due_at


def stays(events):
    """[(id of the other, from when, to when or None)] of the times that a ticket was merged into another, by its own events."""
    found = []
    for event in events:
        if event.step == words.StepName.MERGE:
            found.append((event.change["merged_into_id"], event.at, None))
        if event.step == words.StepName.UNMERGE:
            found.append((*found.pop()[:2], event.at))
    return found


class Event(models.Model):
    """One step in a ticket's life. Appended, never changed; each holds the hash of the one before."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    step = models.CharField(max_length=14, choices=words.StepName)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8, choices=words.ActorKind)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="events", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="events", db_index=False)  # for whom the actor acted
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    given = models.JSONField(default=dict)  # the step's inputs, without free text
    change = models.JSONField(default=dict)  # what the ticket's row became; replaying these gives the row
    said = models.ForeignKey(Words, models.PROTECT, null=True, related_name="+", db_index=False)
    said_digest = models.CharField(max_length=64, blank=True)
    before = models.CharField(max_length=64, blank=True)  # the hash of the event before; empty for the first
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["ticket_id", "seq"]
        constraints = [
            UniqueConstraint(fields=["ticket", "seq"], name="events_of_a_ticket_are_numbered"),
            CheckConstraint(
                condition=Q(actor_kind=words.ActorKind.MEMBER, user__isnull=False)
                | (~Q(actor_kind=words.ActorKind.MEMBER) & Q(user__isnull=True)),
                name="a_member_is_named_and_only_a_member",
            ),
            CheckConstraint(
                condition=Q(seq=1, before="", step=words.StepName.OPEN) | (Q(seq__gt=1) & ~Q(before="")),
                name="the_first_event_opens_and_every_other_follows_one",
            ),
        ]
        indexes = [  # of the few that are asked for by day, so that asking does not grow with all that ever happened
            models.Index(fields=["at"], condition=Q(step="return"), name="returns_by_day"),
            models.Index(fields=["at"], condition=Q(step="dispatch", actor_kind="system"), name="automatic_by_day"),
            models.Index(fields=["at"], condition=Q(step="rate"), name="ratings_by_day"),
        ]


class Act(models.Model):
    """What a member of staff did outside a ticket: who, when, to what. One chain for the county; never changed."""

    seq = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField()
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # null: from the shell
    act = models.CharField(max_length=12, choices=words.ActName)
    about = models.CharField(max_length=60)
    given = models.JSONField(default=dict)
    before = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        constraints = [
            CheckConstraint(condition=Q(seq=1, before="") | (Q(seq__gt=1) & ~Q(before="")), name="acts_follow_one_another"),
        ]
        indexes = [
            models.Index(fields=["about", "act"], name="acts_by_what_they_are_about"),
            models.Index(fields=["act", "at"], name="acts_by_kind_and_time"),
        ]
