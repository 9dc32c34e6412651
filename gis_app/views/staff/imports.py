"""The clerk's pages of the hotline's files: send one, see what would come of it, take it in, correct what was refused."""

import datetime as dt
from pathlib import Path

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gis_app import access, audit, forgetting, tasks
from gis_app.errors import BadField, BadFile, NotFound
from gis_app.frames import latin
from gis_app.intake import hotline, sent
from gis_app.models import Category, Edition, HotlineFile, Town, Unit
from gis_app.models.hotline import UNDER_WAY
from gis_app.models.unit import in_language
from gis_app.views.staff.clerk import for_clerks
from gis_app.views.staff.upload import file_sentence, table_of, unfit
from gis_app.words import ActName, EditionKind, Retained

MOST_MB = 30
SUFFIXES = (".csv", ".xlsx", ".xls", ".ods", ".txt")
SHOWN, PAST = 50, 60  # refused rows, and past files, on a page
REASONS = {  # what a slug means to a clerk
    "unplaced": gettext_lazy("不知道在哪里"),
    "outside-area": gettext_lazy("在县外"),
    "bad-field": gettext_lazy("有一格用不了"),
}


def file_of(pk):
    """The file with this number. Raises NotFound."""
    found = HotlineFile.objects.select_related("sent_by", "taken_by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_clerks
def files(request):
    """The files that were sent, and the form for a new one; one that is sent is looked through by a job."""
    if request.method != "POST":
        return files_page(request)
    try:
        row, fresh = kept(request)
    except BadFile as problem:
        return files_page(request, file_sentence(problem), 422)
    except BadField as problem:
        return files_page(request, problem.facts["why"], 422)
    if fresh:
        tasks.read_hotline.enqueue(row.pk)
    else:
        messages.success(request, _("这个文件已经传过，就是这一个。"))
    return redirect("import", row.pk)


def kept(request):
    """(HotlineFile, whether it is new) of the file that was sent. Raises BadField, BadFile; then nothing is kept."""
    file = table_of(request, MOST_MB, _("文件太大：最多 %d MB。从热线按月导出，一个月一个文件。"), SUFFIXES)
    if not Edition.objects.filter(kind=EditionKind.TOWNS, active=True).exists():
        raise unfit(_("还没有启用的镇街边界，上报不知道归哪里：先到“边界”启用一版。"))
    return sent.keep(file.chunks(), Path(file.name).name, request.user, get_language())


def files_page(request, wrong="", status=200):
    """The page of all files; with what was wrong with one."""
    rows = list(HotlineFile.objects.select_related("sent_by", "taken_by").order_by("-sent_at", "-pk")[:PAST])
    context = {
        "actor": access.actor_of(request.user),
        "open": [row for row in rows if row.stage in UNDER_WAY],
        "past": [row for row in rows if row.stage not in UNDER_WAY],
        "columns": [(name, others) for name, others in hotline.COLUMNS.items() if others],
        "needed": hotline.NEEDED,
        "most_mb": MOST_MB,
        "suffixes": ",".join(SUFFIXES),
        "days": days_kept(),
        "wrong": wrong,
    }
    return render(request, "clerk/imports.html", context, status=status)


def days_kept():
    """For how many days refused rows are kept."""
    return forgetting.periods().get(Retained.HOTLINE, forgetting.HOTLINE_DAYS)


@never_cache
@require_safe
@for_clerks
def one(request, pk):
    """One file: how far it is, what would come of it or has come of it."""
    row = file_of(pk)
    context = {
        "actor": access.actor_of(request.user),
        "file": row,
        "same": sent.same_before(row),
        "reasons": [(REASONS.get(slug, slug), count) for slug, count in sorted(row.counts.items(), key=lambda each: -each[1])],
        "refused": list(row.refusals.all()[:SHOWN]),
        "rejects": row.rejects.exists(),
        "until": row.moved_at + dt.timedelta(days=days_kept()),
        "stuck": row.under_way and timezone.now() - row.moved_at > tasks.STALLED,
        **told_of(row.look),
    }
    context["more"] = max(0, row.refused - len(context["refused"]))
    return render(request, "clerk/import.html", context)


def told_of(look):
    """What a look tells, by the names of things: columns, the first rows, how many fall to each town and kind."""
    towns = {row.code: in_language(row.name, latin(row.name)) for row in Town.objects.all()}
    kinds, units = ({row.code: row.label for row in model.objects.all()} for model in (Category, Unit))
    first = [
        each
        | {"at": parse_datetime(each.get("at", "")), "town": towns.get(each.get("town"), each.get("town"))}
        | {"kind": kinds.get(each.get("kind"), ""), "unit": units.get(each.get("unit"), "")}
        for each in look.get("first", ())
    ]
    return {
        "read_columns": [(heading, name if name in hotline.COLUMNS else "") for heading, name in look.get("columns", ())],
        "first": first,
        "towns": counted(look.get("towns", {}), towns),
        "kinds": counted(look.get("kinds", {}), {"": _("说不准，先到专班")} | kinds),
        "looked": look.get("told"),
    }


def counted(counts, names):
    """[(name, how many, share of the most in hundredths)], most first."""
    most = max(counts.values(), default=1)
    return [(names.get(code, code), n, round(100 * n / most)) for code, n in sorted(counts.items(), key=lambda each: -each[1])]


@require_POST
@for_clerks
def take(request, pk):
    """Take a file in that was looked through: a job does it."""
    row = file_of(pk)
    with transaction.atomic():
        if taken := sent.take(row, request.user):
            tasks.read_hotline.enqueue(row.pk)
    if not taken:
        messages.warning(request, _("这个文件现在不能装：已经装了，或者删了。"))
    return redirect("import", row.pk)


@require_POST
@for_clerks
def drop(request, pk):
    """Remove a file that is not wanted, or the refused rows of one that was taken in."""
    row = file_of(pk)
    if forgetting.forget_file(row, request.user):
        messages.success(request, _("删了。只留下谁、什么时候、多少行。"))
    return redirect("import", row.pk)


@require_POST
@for_clerks
def again(request, pk):
    """Go on with a file that nothing became of for a while: it goes on after its last batch."""
    row = file_of(pk)
    if row.under_way:
        tasks.read_hotline.enqueue(row.pk)
    return redirect("import", row.pk)


@never_cache
@require_POST
@for_clerks
def refused(request, pk):
    """The refused rows as a file to be corrected; they are personal data, so that look is remembered first."""
    row = file_of(pk)
    try:
        file = row.rejects.open("rb")
    except FileNotFoundError as error:
        raise NotFound from error
    with transaction.atomic():
        audit.remember(ActName.LOOK, row.about_act, request.user, what=Retained.HOTLINE)
    name = f"{Path(row.name).stem}-退回.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


@require_safe
@for_clerks
def help_page(request):
    """One worked example, from the hotline's export to the last corrected row."""
    context = {"actor": access.actor_of(request.user), "days": days_kept(), "most_mb": MOST_MB}
    return render(request, "clerk/imports_help.html", context)
