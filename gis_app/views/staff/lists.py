"""Lists of tickets: a worker's or officer's tasks, and the dispatcher's desk."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Coalesce
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gis_app import access, forms
from gis_app.views.staff.ticket import ROWS, context_of, ticket_of
from gis_app.words import ENDED, UNDER_WAY, Role, State

PAGE = 50
COUNTED, DEEPEST = 1000, 100  # how far tickets are counted; the last page that can be asked for
HOMES = (  # the page that a role lands on after signing in, first that fits
    (Role.DISPATCHER, "desk"),
    (Role.UNIT, "work"),
    (Role.WORKER, "work"),
    (Role.LEADER, "heat"),
    (Role.CLERK, "boundaries"),
)
DUE = Coalesce("unit_due_at", "due_at", "triage_due_at")

WORK_TABS = {  # tab: (label, its tickets among those that one sees, order)
    "now": (_("在办"), lambda units: Q(unit__in=units, state__in=[State.DISPATCHED, State.WORKING]), DUE.asc()),
    "done": (_("已反馈"), lambda units: Q(unit__in=units, state=State.DONE), F("finished_at").desc()),
    "all": (_("辖区全部"), lambda units: Q(), F("id").desc()),
}
DESK_TABS = {
    "new": (_("待立案"), Q(state=State.NEW), F("triage_due_at").asc()),
    "open": (_("在办"), Q(state__in=UNDER_WAY), DUE.asc()),
    "done": (_("待核查"), Q(state=State.DONE), F("finished_at").asc()),
    "ended": (_("已办结"), Q(state__in=ENDED), F("ended_at").desc()),
}


def home(request):
    """The page of one's role; the public one for whoever has none."""
    held = access.roles_of(request.user) if request.user.is_authenticated else set()
    if request.user.is_authenticated and request.user.is_superuser and not held:
        return redirect("admin:index")
    return redirect(next((page for role, page in HOMES if role in held), "report"))


def page_of(request, tickets, among, tabs):
    """(rows of the asked page, its number, whether there is another, {tab: how many of those that one sees}): one query."""
    asked = request.GET.get("page", "1")
    number = min(DEEPEST, max(1, int(asked))) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    counts = {f"in_{tab}": _count(among.filter(which)) for tab, which in tabs.items()}
    rows = list(tickets.select_related(*ROWS).annotate(**counts)[(number - 1) * PAGE : number * PAGE + 1])
    carrier = rows[:1] or among.annotate(**counts)[:1]  # without a row on this list any other one carries them
    told = {tab: _told(getattr(row, f"in_{tab}")) for row in carrier for tab in tabs}
    return rows[:PAGE], number, len(rows) > PAGE and number < DEEPEST, told or dict.fromkeys(tabs, 0)


def _count(tickets):
    """How many, as a column: the database works it out once for the whole list, and a page needs one query less.

    It stops behind COUNTED: a table that grows for years must not be counted for each look at it.
    """
    some = ArraySubquery(tickets.order_by().values("pk")[: COUNTED + 1])
    return Func(some, function="cardinality", output_field=IntegerField())


def _told(count):
    return count if count <= COUNTED else f"{COUNTED}+"


def searched(tickets, text):
    """Tickets by their number, or by words in the place."""
    number = text.upper().lstrip("X0")
    if number.isascii() and number.isdigit() and len(number) < 12:
        return tickets.filter(pk=int(number))
    return tickets.filter(Q(place_name__icontains=text) | Q(category__name__icontains=text) | Q(town__name__icontains=text))


@require_safe
@access.roles_only(Role.UNIT, Role.WORKER)
def work(request):
    """The tasks of an officer or worker, by deadline."""
    actor = access.actor_of(request.user)
    units = [post.unit_id for post in actor.posts if post.unit_id]
    tickets = access.tickets_for(request.user)
    tab = request.GET.get("tab") if request.GET.get("tab") in WORK_TABS else "now"
    _label, which, order = WORK_TABS[tab]
    counted = {name: which(units) for name, (_label, which, _order) in WORK_TABS.items() if name != "all"}
    rows, number, more, counts = page_of(request, tickets.filter(which(units)).order_by(order, "pk"), tickets, counted)
    context = {
        "actor": actor,
        "rows": rows,
        "number": number,
        "more": more,
        "tab": tab,
        "tabs": [(name, label) for name, (label, _which, _order) in WORK_TABS.items()],
        "counts": counts,
        "now": timezone.now(),
        "post": next((post for post in actor.posts if post.unit_id), None),
    }
    return render(request, "staff/work.html", context)


@require_safe
@access.roles_only(Role.DISPATCHER)
def desk(request, pk=None):
    """The dispatcher's desk: the list by deadline, one ticket, and what is proposed for it."""
    return desk_page(request, pk)


def desk_page(request, pk, problem=None):
    """The desk with a ticket picked, or the first of the list; with a problem, its sentences and what was typed."""
    tickets, actor = access.tickets_for(request.user), access.actor_of(request.user)
    tab = request.GET.get("tab") if request.GET.get("tab") in DESK_TABS else "new"
    text = request.GET.get("q", "").strip()[:60]
    _label, which, order = DESK_TABS[tab]
    wanted = searched(tickets, text) if text else tickets.filter(which)
    counted = {name: which for name, (_label, which, _order) in DESK_TABS.items() if name != "ended"}
    rows, number, more, counts = page_of(request, wanted.order_by(order, "pk"), tickets, counted)
    chosen = next((row for row in rows if row.pk == pk), None) if pk else next(iter(rows), None)
    if pk and chosen is None:
        chosen = ticket_of(request.user, pk)
    context = {"actor": actor, "now": timezone.now()}
    if chosen:  # the desk decides by what was said, word for word
        context = context_of(request, chosen, actor, problem, original=True, once_a_day=True)
    context |= {
        "rows": rows,
        "number": number,
        "more": more,
        "tab": tab,
        "text": text,
        "picked": pk is not None,
        "tabs": [(name, label) for name, (label, _which, _order) in DESK_TABS.items()],
        "counts": counts,
        "majors": forms.majors(),
        "units": forms.units(),
    }
    return render(request, "staff/desk.html", context, status=problem.status if problem else 200)
