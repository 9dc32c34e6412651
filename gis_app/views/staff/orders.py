"""The leaders' own list of orders (督办): which wait for an answer, which are overdue, which can be lifted."""

from django.db.models import Prefetch, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gis_app import access, audit, forms, workflow
from gis_app.views.staff.lists import page_of
from gis_app.words import Role, StepName

TABS = {  # tab: (label, moment → which of the orders)
    "all": (_("全部"), lambda now: Q()),
    "waiting": (_("等回复"), lambda now: Q(answered_at__isnull=True, answer_due_at__gte=now)),
    "overdue": (_("逾期没回"), lambda now: Q(answered_at__isnull=True, answer_due_at__lt=now)),
    "answered": (_("已回复"), lambda now: Q(answered_at__isnull=False)),
}


@require_safe
@access.roles_only(Role.LEADER, Role.DISPATCHER)
def orders(request):
    """Orders that stand, by the day on which they are to be answered."""
    return orders_page(request)


def orders_page(request, pk=None, problem=None):
    """The list of orders; with a problem that a step of one of them ran into."""
    actor, now = access.actor_of(request.user), timezone.now()
    mine = (request.GET.get("whose") or request.POST.get("whose")) == "mine"
    asked = request.GET.get("tab") or request.POST.get("tab")
    tab = asked if asked in TABS else "all"
    among = access.tickets_for(request.user).filter(supervised_at__isnull=False)
    among = among.filter(supervised_by=request.user) if mine else among
    words = audit.told_in(StepName.SUPERVISE, StepName.ANSWER)
    counted = {name: which(now) for name, (_label, which) in TABS.items()}
    listed = among.filter(counted[tab]).order_by("answer_due_at", "pk").prefetch_related(Prefetch("events", words))
    rows, number, more, counts = page_of(request, listed, among, counted)
    context = {
        "actor": actor,
        "rows": [(row, *words_of(row), StepName.LIFT in workflow.may(row, actor)) for row in rows],
        "number": number,
        "more": more,
        "tab": tab,
        "tabs": [(name, label) for name, (label, _which) in TABS.items()],
        "counts": counts,
        "whose": "mine" if mine else "all",
        "address": reverse("orders"),
        "now": now,
        "key": forms.fresh_key(),
        "problem": problem,
    }
    return render(request, "lead/orders.html", context, status=problem.status if problem else 200)


def words_of(ticket):
    """(what was ordered, what was answered) of the order that stands."""
    told = {event.step: event.said.text if event.said else "" for event in reversed(ticket.events.all())}
    return told.get(StepName.SUPERVISE, ""), told.get(StepName.ANSWER, "") if ticket.answered_at else ""
