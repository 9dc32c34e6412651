"""Lists of tickets: a worker's or officer's tasks, and the dispatcher's desk."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Coalesce
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from gis_app import access, forms
from gis_app.views.staff.ticket import ROWS, context_of, laid_out, ticket_of
from gis_app.words import ENDED, UNDER_WAY, Role, State, StepName

PAGE = 50
COUNTED, DEEPEST = 1000, 100  # how far tickets are counted; the last page that can be asked for
HOMES = (  # the page that a role lands on after signing in, first that fits
    (Role.DISPATCHER, "desk"),
    (Role.UNIT, "unit"),
    (Role.WORKER, "work"),
    (Role.LEADER, "heat"),
    (Role.CLERK, "boundaries"),
    (Role.ANALYST, "export"),
)
DUE = Coalesce("unit_due_at", "due_at", "triage_due_at")
FOUND = (F("ended_at").desc(nulls_first=True), DUE.asc(), "pk")  # what is looked for is mostly still open, or ended lately

OF_UNIT = {  # tab: (label, its tickets among those that one sees, order)
    "now": (_("在办"), lambda units, user: Q(unit__in=units, state__in=[State.DISPATCHED, State.WORKING]), DUE.asc()),
    "done": (_("已反馈"), lambda units, user: Q(unit__in=units, state=State.DONE), F("finished_at").desc()),
    "all": (_("辖区全部"), lambda units, user: Q(), F("id").desc()),
}
WORK_TABS = {  # of those who go out: where they are sent to look comes first
    "check": (_("去核查"), lambda units, user: Q(checker=user), F("id").asc()),
    **OF_UNIT,
}
UNIT_TABS = {  # of the desk of a unit
    "now": OF_UNIT["now"],
    "orders": (
        _("督办待回复"),
        lambda units, user: Q(unit__in=units, supervised_at__isnull=False, answered_at__isnull=True),
        F("answer_due_at").asc(),
    ),
    "asked": (_("等延期答复"), lambda units, user: Q(unit__in=units, asked_until__isnull=False), F("asked_until").asc()),
    "done": OF_UNIT["done"],
    "all": OF_UNIT["all"],
}
DESK_TABS = {
    "new": (_("待立案"), Q(state=State.NEW), F("triage_due_at").asc()),
    "open": (_("在办"), Q(state__in=UNDER_WAY), DUE.asc()),
    "done": (_("待核查"), Q(state=State.DONE), F("finished_at").asc()),
    "asked": (
        _("要答复的延期"),
        Q(state__in=[State.DISPATCHED, State.WORKING], asked_until__isnull=False),
        F("asked_until").asc(),
    ),
    "held": (_("挂账"), Q(state=State.SUSPENDED), F("suspended_until").asc()),
    "ordered": (pgettext_lazy("list", "督办"), Q(supervised_at__isnull=False), F("answer_due_at").asc()),
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
    """The tasks of a worker, by deadline, and where the worker is sent to look."""
    return tasks(request, WORK_TABS, _("我的任务"))


@require_safe
@access.roles_only(Role.UNIT)
def unit(request):
    """What a unit has in hand, by deadline, and which orders wait for its answer."""
    return tasks(request, UNIT_TABS, _("单位待办"))


def tasks(request, tabs, heading):
    """A list of tickets in these tabs."""
    actor = access.actor_of(request.user)
    units = [post.unit_id for post in actor.posts if post.unit_id]
    tickets = access.tickets_for(request.user)
    tab = request.GET.get("tab") if request.GET.get("tab") in tabs else "now"
    _label, which, order = tabs[tab]
    counted = {name: which(units, request.user) for name, (_label, which, _order) in tabs.items() if name != "all"}
    listed = tickets.filter(which(units, request.user)).order_by(order, "pk")
    rows, number, more, counts = page_of(request, listed, tickets, counted)
    context = {
        "actor": actor,
        "rows": rows,
        "number": number,
        "more": more,
        "tab": tab,
        "tabs": [(name, label) for name, (label, _which, _order) in tabs.items()],
        "heading": heading,
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


def desk_page(request, pk, problem=None, outcomes=(), status=200):
    """The desk with a ticket picked, or the first of the list; with a problem, its sentences and what was typed.

    outcomes: [(done, sentence)] of what came of a step of many tickets.
    """
    tickets, actor = access.tickets_for(request.user), access.actor_of(request.user)
    asked = request.GET.get("tab") or request.POST.get("tab")
    tab = asked if asked in DESK_TABS else "new"
    text = request.GET.get("q", "").strip()[:60]
    _label, which, order = DESK_TABS[tab]
    wanted, order = (searched(tickets, text), FOUND) if text else (tickets.filter(which), (order, "pk"))
    counted = {name: which for name, (_label, which, _order) in DESK_TABS.items() if name != "ended"}
    rows, number, more, counts = page_of(request, wanted.order_by(*order), tickets, counted)
    chosen = next((row for row in rows if row.pk == pk), None) if pk else next(iter(rows), None)
    if pk and chosen is None:
        chosen = ticket_of(request.user, pk)
    context = {"actor": actor, "now": timezone.now()}
    if chosen:  # the desk decides by what was said, word for word
        context = context_of(request, chosen, actor, problem, original=True, once_a_day=True)
        at_the_proposal = (StepName.ACCEPT, StepName.DISPATCH) if StepName.ACCEPT in context["held"].may else ()
        context |= laid_out(context, at_the_proposal)
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
        "address": reverse("desk"),  # the page may have come from a post to another one
        "deeds": forms.deeds(tab),
        "outcomes": outcomes,
    }
    context.setdefault("key", forms.fresh_key())
    return render(request, "staff/desk.html", context, status=problem.status if problem else status)
