"""A person's inbox: what was told, and where else the person wants to hear it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, notify
from gis_app.errors import BadField, NotFound
from gis_app.models import Reachable
from gis_app.words import ChannelName, Role

PAGE = 30


@require_safe
@access.roles_only(*Role)
def page(request):
    """The list, unread ones alone unless all are asked for."""
    return shown(request)


def shown(request, problem=None):
    """The page; with a problem's sentences and what was typed."""
    tab = "all" if request.GET.get("tab") == "all" else "unread"
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    rows = notify.inbox_of(request.user)
    rows = rows if tab == "all" else rows.filter(read_at__isnull=True)
    rows = list(rows[(number - 1) * PAGE : number * PAGE + 1])
    tickets = {row.notice.ticket.pk for row in rows}
    open_to = access.tickets_for(request.user).filter(pk__in=tickets).values_list("pk", flat=True)
    context = {
        "actor": access.actor_of(request.user),
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "number": number,
        "tab": tab,
        "some_unread": bool(access.unread(request.user)),
        "open_to": set(open_to) if rows else set(),
        "addresses": list(Reachable.objects.filter(user=request.user)),
        "ways": [(name, ChannelName(name).label, name in notify.ready()) for name in notify.OWN],
        "problem": problem,
        "typed": request.POST if problem else {},
    }
    return render(request, "staff/inbox.html", context, status=problem.status if problem else 200)


@require_POST
@access.roles_only(*Role)
def opened(request, pk):
    """One notice is opened: read from now on, and on to its ticket where that is still to be seen."""
    row = notify.inbox_of(request.user).filter(pk=pk).first()
    if row is None:
        raise NotFound
    notify.read(request.user, row.pk)
    ticket = access.tickets_for(request.user).filter(pk=row.notice.ticket.pk).values_list("pk", flat=True).first()
    return redirect("ticket", ticket) if ticket and "only" not in request.POST else redirect("inbox")


@require_POST
@access.roles_only(*Role)
def all_read(request):
    """Everything is read."""
    notify.read(request.user)
    return redirect("inbox")


@require_POST
@access.roles_only(*Role)
def addresses(request):
    """Another address of one's own."""
    try:
        notify.hear_at(request.user, request.POST.get("channel", ""), request.POST.get("to", "").strip()[:200])
    except BadField as problem:
        return shown(request, problem)
    messages.success(request, _("记下了，以后也发到这里。"))
    return redirect("inbox")


@require_POST
@access.roles_only(*Role)
def address(request, pk):
    """One's own address is switched on or off, or removed."""
    row = Reachable.objects.filter(user=request.user, pk=pk).first()
    if row is None:
        raise NotFound
    if request.POST.get("act") == "remove":
        row.delete()
    else:
        Reachable.objects.filter(pk=pk).update(on=request.POST.get("act") == "on")
    return redirect("inbox")
