"""Who hears of a notice, and on which ways: people's posts and addresses are data."""

from dataclasses import dataclass, field

from gis_app.models import Contact, Delivery, Member, Reachable, Unit
from gis_app.notify import quiet, texts
from gis_app.notify.channels import ready
from gis_app.words import Audience, ChannelName, DeliveryState, Role, UnitKind

POSTS = {Audience.DESK: Role.DISPATCHER, Audience.UNIT: Role.UNIT, Audience.LEADER: Role.LEADER}


@dataclass
class Book:
    """Posts and addresses as they are now, read once for a batch."""

    people: dict = field(default_factory=dict)  # (role, unit id) → {user id}
    persons: dict = field(default_factory=dict)  # user id → [Reachable]
    units: dict = field(default_factory=dict)  # unit id → [Reachable]
    desk: int | None = None

    @classmethod
    def read(cls):
        book = cls(desk=Unit.objects.filter(kind=UnitKind.DESK).values_list("pk", flat=True).first())
        posts = Member.objects.filter(user__is_active=True, role__in=POSTS.values())
        for role, unit, user in posts.values_list("role", "unit_id", "user_id"):
            book.people.setdefault((role, unit), set()).add(user)
        for row in Reachable.objects.filter(on=True).exclude(user__is_active=False):
            owners, key = (book.persons, row.user_id) if row.user_id else (book.units, row.unit_id)
            owners.setdefault(key, []).append(row)
        return book

    def hear(self, notice):
        """[user id] of those whose inbox a notice is for, in order."""
        if notice.audience == Audience.WORKER:
            return [notice.person_id]
        return sorted(self.people.get((POSTS[notice.audience], notice.unit_id), ()))

    def addresses(self, notice, users):
        """[Reachable] of these people and of the unit itself."""
        unit = {Audience.UNIT: notice.unit_id, Audience.DESK: self.desk}.get(notice.audience)
        return [row for user in users for row in self.persons.get(user, ())] + self.units.get(unit, [])


def deliveries(notice, book, now):
    """The Delivery rows of a notice, not stored; none for what is not told."""
    if texts.template(notice) is None:
        return []
    if notice.audience == Audience.REPORTER:
        return to_reporter(notice, now)
    users = book.hear(notice)
    inbox = {"channel": ChannelName.INBOX, "state": DeliveryState.SENT, "sent_at": now}
    rows = [Delivery(notice=notice, to=str(user), person_id=user, **inbox) for user in users]
    ways = {(row.channel, row.to): row for row in reversed(book.addresses(notice, users))}  # of two the first, and once
    return rows + [waiting(notice, *way, row.language, now) for way, row in ways.items() if way[0] in ready()]


def to_reporter(notice, now):
    """The way that the sender agreed to, if any; the address itself is not read before it is used."""
    contact = Contact.objects.filter(report=notice.report_id).only("way", "language").first()
    if contact is None or contact.way not in ready():
        return []
    return [waiting(notice, contact.way, "", contact.language, now)]


def waiting(notice, channel, to, language, now):
    """A delivery that waits until its receiver may be woken."""
    first = quiet.awake(notice.audience, now, notice.ticket.danger) if ready()[channel].rings else now
    return Delivery(notice=notice, channel=channel, to=to, language=language, next_at=first)
