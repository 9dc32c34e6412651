"""Dispatch without the desk: the day's sample to look at, how often it was right, and which categories are switched on."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, automatic
from gis_app.classify import categories
from gis_app.errors import BadField, NotFound
from gis_app.forms.rows import units
from gis_app.models import SpotCheck
from gis_app.words import Role

SHOWN = 20  # drawn tickets on the page; when they are looked at, the next come
ROWS = ("ticket__category", "ticket__town", "ticket__unit", "ticket__worker")


def as_sent(checks):
    """[(check, Category, Unit)] as each was sent: a desk that has put it right since must not be what is judged."""
    sent, by_code = automatic.sent_as([check.ticket_id for check in checks]), {unit.code: unit for unit in units()}
    told = [(check, sent.get(check.ticket_id, {})) for check in checks]
    return [(check, categories().get(was.get("category")), by_code.get(was.get("unit"))) for check, was in told]


def to_look_at(user):
    """The drawn tickets that nobody has looked at, of those that this person may see, the oldest day first."""
    mine = access.tickets_for(user).values("pk")
    found = SpotCheck.objects.filter(right__isnull=True, ticket__in=mine).select_related(*ROWS)
    return found.prefetch_related("ticket__reports")


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def page(request):
    """The sample, the precision and the switches."""
    return shown(request)


def shown(request, problem=None, status=200):
    """The page; with a problem's sentence."""
    roles = access.roles_of(request.user)
    by_category, everything = automatic.precision()
    checks = list(to_look_at(request.user)[: SHOWN + 1])
    rows = [(category, rule, by_category.get(category.code)) for category, rule in automatic.rules()]
    rows.sort(key=lambda row: not (row[1] and row[1].on))  # what is switched on comes first
    context = {
        "actor": access.actor_of(request.user),
        "checks": as_sent(checks[:SHOWN]),
        "more": len(checks) > SHOWN,
        "may_look": Role.DISPATCHER in roles,
        "may_switch": Role.CLERK in roles,
        "rows": rows if Role.CLERK in roles else [row for row in rows if row[1] and row[1].on or row[2]],
        "on": sum(bool(rule and rule.on) for _category, rule, _precision in rows),
        "precision": everything,
        "days": automatic.SHOWN_DAYS,
        "problem": problem,
    }
    return render(request, "staff/automatic.html", context, status=status)


@require_POST
@access.roles_only(Role.DISPATCHER)
def look(request, pk):
    """A dispatcher has looked at a drawn ticket: it was right, or not."""
    check = to_look_at(request.user).filter(pk=pk).first()
    right = request.POST.get("right")
    if check is None or right not in ("yes", "no"):
        raise NotFound
    automatic.look(check, right == "yes", request.user)
    if right == "no":
        messages.warning(request, _("记下了：%s 派错了。要改派，就在这里收回。") % check.ticket.number)
        return redirect("ticket", check.ticket.pk)
    messages.success(request, _("记下了：%s 派对了。") % check.ticket.number)
    return redirect("automatic")


@require_POST
@access.roles_only(Role.CLERK)
def switch(request, code):
    """Switch a category on or off."""
    try:
        least = float(request.POST.get("least", ""))
    except ValueError:
        least = 0.0
    try:
        automatic.switch(code, request.POST.get("on") == "yes", least, request.user)
    except BadField as problem:
        return shown(request, problem, problem.status)
    messages.success(request, _("%s 改好了。") % code)
    return redirect("automatic")
