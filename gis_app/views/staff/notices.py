"""The clerk's page of notices: which ways work, what waits, what was given up and why; sent again, tried out."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from gis_app import access, escalation, notify
from gis_app.errors import BadField, NotFound
from gis_app.models import Reachable
from gis_app.words import UNSENT, ChannelName, Role

SHOWN = 50


@require_safe
@access.roles_only(Role.CLERK)
def page(request):
    """The ways, and what was given up."""
    return shown(request)


def shown(request, problem=None):
    """The page; with a problem's sentences."""
    figures, ready = notify.figures(), notify.ready()
    given_up = list(notify.given_up()[: SHOWN + 1])
    context = {
        "actor": access.actor_of(request.user),
        "ways": [(name, ChannelName(name).label, name in ready, told) for name, told in figures.items()],
        "given_up": given_up[:SHOWN],
        "more": len(given_up) > SHOWN,
        "number": sum(told[state] for told in figures.values() for state in UNSENT),
        "mine": [row for row in Reachable.objects.filter(user=request.user) if row.channel in ready],
        "quiet": notify.hours().values(),
        "rules": [rule for rules in escalation.rules().values() for rule in rules],
        "problem": problem,
    }
    return render(request, "clerk/notices.html", context, status=problem.status if problem else 200)


@require_POST
@access.roles_only(Role.CLERK)
def resend(request):
    """One that was given up is sent again, or all of them."""
    asked = request.POST.get("pk", "")
    if asked != "all" and not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        raise NotFound
    number = notify.resend(request.user, pk=None if asked == "all" else int(asked))
    messages.success(request, ngettext("%d 件再发，一分钟内出门。", "%d 件再发，一分钟内出门。", number) % number)
    return redirect("notices")


@require_POST
@access.roles_only(Role.CLERK)
def attempt(request):
    """A try: one message to an address of one's own, at once."""
    row = Reachable.objects.filter(user=request.user, pk=request.POST.get("pk") or 0).first()
    if row is None or row.channel not in notify.ready():
        raise NotFound
    words = _("茶乡随手拍：这是一条试发的消息。")
    message = notify.Message(f"try-{request.user.pk}-{timezone.now():%H%M%S}", row.to, words, words, "", row.language)
    try:
        reference = notify.CHANNELS[row.channel].send(message)
    except (notify.Refused, notify.Failed) as error:
        return shown(request, BadField(field=row.get_channel_display(), why=_("没有发出去：%s。") % error))
    messages.success(request, _("发出去了。%s") % reference)
    return redirect("notices")
