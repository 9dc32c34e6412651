"""Who may see and do what. Permission is a queryset: rows that are not yours do not exist."""

import hashlib
from dataclasses import dataclass
from functools import reduce, wraps
from operator import or_

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from gis_app.errors import NotForYou, NotFound, TooMany
from gis_app.models import Blank, Delivery, DrawnCheck, Member, Report, SpelledUpdate, Ticket, Token, Unit, Visit
from gis_app.models.report import read_code
from gis_app.words import CHECKER, ActorKind, ChannelName, PhotoKind, Role, State, StepName

REACH = {  # role: the tickets that a member in it sees; a role that is absent sees none
    Role.DISPATCHER: lambda member: Q(pk__isnull=False),  # not Q(): Django reads Q() | Q(x) as Q(x)
    Role.LEADER: lambda member: Q(pk__isnull=False),
    Role.UNIT: lambda member: _of_unit(member),
    Role.WORKER: lambda member: _of_unit(member) | Q(worker=member.user_id) | Q(checker=member.user_id),
}
EXPORTED = {  # role: the tickets that its export holds; a role that is absent takes none
    Role.LEADER: lambda member: Q(pk__isnull=False),
    Role.CLERK: lambda member: Q(pk__isnull=False),
    Role.ANALYST: lambda member: Q(pk__isnull=False),
    Role.UNIT: lambda member: Q(unit=member.unit_id),
}
EVERYWHERE = (Role.DISPATCHER, Role.LEADER)  # roles that act on every ticket
MOST_UNREAD = 100  # that are counted; more is "99+"
RELEASED_PHOTOS = Q(report__ticket__released=True) | Q(  # for everybody: the sender's, and the mended place once the desk saw it
    event__ticket__released=True, event__ticket__state=State.CLOSED, event__step=StepName.FINISH
)
ONE_MORE = SpelledUpdate(
    Visit.objects.filter(address=Blank("address"), minute=Blank("minute"), count__lt=Blank("limit")), count=F("count") + 1
)
SEES_FIGURES = (Role.LEADER, Role.DISPATCHER, Role.CLERK)


def _of_unit(member):
    """What lies in the town of a member's unit, and what the unit has elsewhere; by keys, so that indexes serve."""
    town = member.unit and member.unit.town_id
    return Q(unit=member.unit_id) | Q(town=town) if town else Q(unit=member.unit_id)


@dataclass(frozen=True)
class Actor:
    """Somebody or something that acts: a signed-in member, the citizen who holds a report's code, or the system."""

    kind: str
    user: User | None = None
    posts: tuple = ()
    report: Report | None = None  # whose code a citizen holds

    @property
    def roles(self):
        return {post.role for post in self.posts}


SYSTEM = Actor(ActorKind.SYSTEM)


def members_of(user):
    """The posts that a signed-in person holds; asked once for each request, since every guard and list wants them.

    Each carries `unread`, the keys of what is unread in the person's inbox, at most MOST_UNREAD: every page says how many.
    """
    if not user or not user.is_active:
        return []
    if not hasattr(user, "held_posts"):
        inbox = Delivery.objects.filter(person=OuterRef("user"), channel=ChannelName.INBOX, read_at__isnull=True)
        unread = ArraySubquery(inbox.values("pk")[:MOST_UNREAD])
        user.held_posts = list(Member.objects.filter(user=user).select_related("unit").annotate(unread=unread))
    return user.held_posts


def unread(user):
    """How many notices in a person's inbox are unread, counted to MOST_UNREAD."""
    return max((len(post.unread) for post in members_of(user)), default=0)


def actor_of(user):
    """The signed-in person as one who acts, posts included."""
    return Actor(ActorKind.MEMBER, user, tuple(members_of(user)))


def roles_of(user):
    """The roles of a signed-in person; empty for strangers."""
    return {member.role for member in members_of(user)}


def tickets_for(user):
    """The tickets that this person may see, as a queryset; empty for strangers. Two roles see both reaches."""
    reach = [REACH[member.role](member) for member in members_of(user) if member.role in REACH]
    return Ticket.objects.filter(reduce(or_, reach)) if reach else Ticket.objects.none()


def export_for(user):
    """(the tickets that this person may take away as a file, whether with their points). Raises NotForYou.

    Who sees no tickets, the clerk and the analyst, has the centres of their cells; with another post beside it, too.
    """
    held = [member for member in members_of(user) if member.role in EXPORTED]
    if not held:
        raise NotForYou
    roles = {member.role for member in held}
    exact = Role.LEADER in roles or roles <= REACH.keys()
    return Ticket.objects.filter(reduce(or_, [EXPORTED[member.role](member) for member in held])), exact


def checks_for(user):
    """The re-checks of closed tickets that this person was drawn for, as a queryset; empty for strangers."""
    return DrawnCheck.objects.filter(checker__user=user.pk) if members_of(user) else DrawnCheck.objects.none()


def judged_for(user, rows):
    """Of units or towns (a model), those whose figures this person may see, as a queryset: an officer's are the own ones."""
    roles = roles_of(user)
    if roles & {*SEES_FIGURES, Role.ANALYST}:
        return rows.objects.all()
    own = [member.unit for member in members_of(user) if member.role == Role.UNIT]
    return rows.objects.filter(pk__in=[unit.pk if rows is Unit else unit.town_id for unit in own])


def hats(actor, ticket):
    """As whom the actor may act on this ticket: roles, CHECKER, citizen or system; empty for a mere onlooker."""
    if actor.kind != ActorKind.MEMBER:
        return {actor.kind}
    worn = {CHECKER} if ticket.checker_id == actor.user.pk else set()
    for post in actor.posts:
        of_unit = post.unit_id and post.unit_id == ticket.unit_id
        by_name = post.role == Role.WORKER and ticket.worker_id == actor.user.pk
        if post.role in EVERYWHERE or of_unit or by_name:
            worn.add(post.role)
    return worn


def acting_unit(actor, ticket):
    """The unit that the actor acts for on this ticket, or None."""
    units = [post.unit for post in actor.posts if post.unit_id]
    return next((unit for unit in units if unit.pk == ticket.unit_id), units[0] if units else None)


def report_of_code(code):
    """The report that a citizen's code opens. Raises NotFound."""
    work = [f"ticket__{name}" for name in ("category", "unit", "proposed", "town", "village", "merged_into")]
    found = Report.objects.select_related("ticket", "town", "village", "category", "said", *work)
    report = found.filter(code=read_code(code)).first()
    if report is None:
        raise NotFound
    return report


def ticket_of_code(code):
    """(ticket, Actor) for whoever holds a report's code: the ticket that is worked on for it, and a citizen. Raises NotFound."""
    report = report_of_code(code)
    return report.ticket.root(), sender_of(report)


def sender_of(report):
    """The citizen who holds this report's code, as one who acts."""
    return Actor(ActorKind.CITIZEN, report=report)


def photos_of_sender(report):
    """As a filter, the pictures that the holder of a report's code sees: their own, and those of the mended place."""
    among = {report.ticket_id, report.ticket.root().pk}
    own = Q(event__ticket__in=among, event__actor_kind=ActorKind.CITIZEN, event__given__report=report.pk)
    return Q(report=report) | own | Q(event__ticket__in=among, kind=PhotoKind.AFTER)


def user_of_token(secret):
    """The active person whom an API token belongs to, or None."""
    found = Token.objects.filter(digest=Token.digest_of(secret), user__is_active=True).select_related("user").first()
    return found.user if found else None


def count_post(address):
    """Count one anonymous post from an address. Raises TooMany beyond RATE_LIMIT in a minute."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    digest = hashlib.sha256((settings.SECRET_KEY + address).encode()).hexdigest()
    here = {"address": digest, "minute": minute}
    if ONE_MORE.write(**here, limit=settings.RATE_LIMIT):  # nearly always
        return
    Visit.objects.get_or_create(**here)  # the first of this minute
    if not ONE_MORE.write(**here, limit=settings.RATE_LIMIT):
        raise TooMany(limit=settings.RATE_LIMIT, seconds=60 - now.second)


def to_login(request):
    """To the log-in page and back: to what was asked for, or, with a step that was sent too late, to the page with its form."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    came = request.headers.get("Referer", "")
    back = came if url_has_allowed_host_and_scheme(came, {request.get_host()}, request.is_secure()) else reverse("home")
    return redirect(redirect_to_login(back).url + "&undone=1")


def roles_only(*roles):
    """A page for these roles: strangers are sent to log in, others told that it is not theirs."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return to_login(request)
            if not roles_of(request.user) & set(roles):
                raise NotForYou
            return view(request, *args, **kwargs)

        return guarded

    return decorate
