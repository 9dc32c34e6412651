"""Bulletins for those who make them: drafts, what is published, and each step from the one to the other."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gis_app import access
from gis_app.assess import bulletins, periods
from gis_app.assess.documents import FILES
from gis_app.assess.tables import of_boards
from gis_app.assess.telling import tell
from gis_app.errors import BadField, NotForYou, NotFound, Problem
from gis_app.models import Bulletin
from gis_app.views.bulletins import answer
from gis_app.words import BulletinKind, BulletinState, Role

MAKERS = (Role.LEADER, Role.DISPATCHER)
PAGE = 50
ACTS = {  # what a form asks: (who may, what is done, what is said afterwards)
    "remake": (
        MAKERS,
        lambda row, form, by: bulletins.make(row.kind, row.start, row.end, by),
        gettext_lazy("按现在的数重做了。"),
    ),
    "approve": (
        (Role.LEADER,),
        lambda row, form, by: bulletins.approve(row, form.getlist("printed"), by),
        gettext_lazy("审定了，数字从现在起不再变。"),
    ),
    "reopen": ((Role.LEADER,), lambda row, form, by: bulletins.reopen(row, by), gettext_lazy("退回成草稿了。")),
    "publish": ((Role.LEADER,), lambda row, form, by: bulletins.publish(row, by), gettext_lazy("发布了，谁都看得到。")),
    "correct": (
        MAKERS,
        lambda row, form, by: bulletins.correct(row, form.get("reason", ""), by),
        gettext_lazy("更正的草稿做好了，审定、发布以后才算。"),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@access.roles_only(*access.SEES_FIGURES)
def every(request):
    """All bulletins, drafts first by their days; a form makes the one of a week or month that is over."""
    if request.method != "POST":
        return listed(request)
    if not access.roles_of(request.user) & set(MAKERS):
        raise NotForYou
    try:
        row = bulletins.make(*asked(request), request.user)
    except Problem as problem:
        return listed(request, problem)
    messages.success(request, _("草稿做好了。"))
    return redirect("lead_bulletin", row.pk)


def asked(request):
    """(kind, first day, last day) that the form asks for: the last ones, or one that is typed. Raises BadField."""
    kind, typed = request.POST.get("kind", ""), request.POST.get("period", "").strip()
    if kind not in BulletinKind.values:
        raise BadField(field="kind", why=_("只能是：%s。") % "、".join(BulletinKind.values))
    if typed:
        return kind, *bulletins.period_of(kind, typed)
    return kind, *periods.period(kind, periods.today(timezone.now()))


def listed(request, problem=None):
    """The page of all bulletins, with what is wrong about a form."""
    text = request.GET.get("page", "")
    number = max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    rows = list(Bulletin.objects.defer("frozen")[(number - 1) * PAGE : number * PAGE + 1])
    context = {
        "actor": access.actor_of(request.user),
        "rows": rows[:PAGE],
        "more": len(rows) > PAGE,
        "number": number,
        "may_make": bool(access.roles_of(request.user) & set(MAKERS)),
        "problem": problem,
        "typed": request.POST,
    }
    return render(request, "lead/bulletins.html", context, status=problem.status if problem else 200)


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def one(request, pk):
    """One bulletin as the office or as everybody sees it, and what may be done with it."""
    return shown(request, get_object_or_404(Bulletin, pk=pk))


def shown(request, row, problem=None):
    """The page of one bulletin, with what is wrong about a step."""
    roles, public = access.roles_of(request.user), request.GET.get("edition") == "public"
    later = Bulletin.objects.defer("frozen").filter(corrects=row).first()
    boards = row.figures["boards"]
    context = {
        "actor": access.actor_of(request.user),
        "bulletin": row,
        "told": tell(row, public),
        "public": public,
        "state": row.state,
        "states": BulletinState,
        "files": FILES,
        "later": later,
        "proposals": [(bulletins.key_of(found), " ".join(cells)) for found, cells in proposed(boards)],
        "may_make": bool(roles & set(MAKERS)),
        "may_approve": Role.LEADER in roles,
        "own": row.made_by_id == request.user.pk and bulletins.another_may(request.user),
        "typed": request.POST,
        "problem": problem,
    }
    return render(request, "lead/bulletin.html", context, status=problem.status if problem else 200)


def proposed(boards):
    """[(proposal, its first row in the table)] of what may be ticked."""
    undecided = boards | {"printed": None}
    return [(found, of_boards(undecided | {"proposed": [found]}).rows[0]) for found in boards["proposed"]]


@require_POST
@access.roles_only(*MAKERS)
def act(request, pk, act):
    """One step of a bulletin's life."""
    row = get_object_or_404(Bulletin, pk=pk)
    if act not in ACTS:
        raise NotFound
    may, do, told = ACTS[act]
    if not access.roles_of(request.user) & set(may):
        raise NotForYou
    try:
        row = do(row, request.POST, request.user)
    except Problem as problem:
        return shown(request, Bulletin.objects.get(pk=pk), problem)
    messages.success(request, told)
    return redirect("lead_bulletin", row.pk)


@require_safe
@access.roles_only(*access.SEES_FIGURES)
def file(request, pk, name):
    """A file of a bulletin as the office has it, a draft's too."""
    if name not in FILES:
        raise NotFound
    return answer(get_object_or_404(Bulletin, pk=pk), name, "private, no-store")
