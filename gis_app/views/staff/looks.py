"""Who looked at what is personal, and when: a page for those who answer for it."""

import datetime as dt

from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gis_app import access
from gis_app.clock import SHANGHAI
from gis_app.models import Act
from gis_app.words import ActName, Retained, Role

PAGE = 50
WHAT = {None: _("原话"), Retained.CONTACT: _("联系方式"), Retained.HOTLINE: _("退回的行")}


@require_safe
@access.roles_only(Role.LEADER, Role.CLERK)
def page(request):
    """Looks, newest first, a page of them; of one day or one person where that is asked."""
    asked = {name: request.GET.get(name, "").strip()[:150] for name in ("day", "user", "before")}
    rows = Act.objects.filter(act=ActName.LOOK).select_related("user").prefetch_related("user__posts__unit").order_by("-seq")
    if asked["user"]:
        rows = rows.filter(user__username=asked["user"])
    if day := _day(asked["day"]):
        rows = rows.filter(at__gte=day[0], at__lt=day[1])
    if asked["before"].isascii() and asked["before"].isdigit() and len(asked["before"]) < 19:
        rows = rows.filter(seq__lt=int(asked["before"]))
    found = list(rows[: PAGE + 1])
    mine = {row.number: row.pk for row in access.tickets_for(request.user).filter(pk__in=map(_ticket, found)).only("pk")}
    context = {
        "actor": access.actor_of(request.user),
        "rows": [(act, WHAT.get(act.given.get("what"), ""), mine.get(act.about)) for act in found[:PAGE]],
        "last": found[PAGE - 1].seq if len(found) > PAGE else None,
        "asked": asked,
        "unread": bool(asked["day"]) and not day,
    }
    return render(request, "clerk/looks.html", context, status=422 if context["unread"] else 200)


def _ticket(act):
    """The id of the ticket that was looked at; 0 when it was something else."""
    number = act.about.removeprefix("X")
    return int(number) if number.isdigit() else 0


def _day(text):
    """The midnights in Shanghai between which a typed day lies, or None."""
    try:
        begins = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), SHANGHAI)
        return begins, begins + dt.timedelta(days=1)
    except (ValueError, OverflowError):
        return None
