"""The clerk's pages of duties: send a table, see what it would change, try it on past tickets, use it, undo that."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gis_app import access, coverage, exports, loading, rerouting, route
from gis_app.errors import BadField, BadFile, NotFound, Problem
from gis_app.loading import duties
from gis_app.locate.points import in_use as edition_in_use
from gis_app.models import Edition
from gis_app.views.staff.clerk import for_clerks, if_still, in_use
from gis_app.views.staff.coverage import as_file, cell_of
from gis_app.views.staff.editions import acts
from gis_app.views.staff.upload import file_sentence, kept_name, table_of
from gis_app.words import EditionKind

MOST_MB = 5
SUFFIXES = (".csv", ".xlsx", ".xls", ".ods")
FIELDS, MOVES = 60, 40  # rows of a list that a page shows
LISTS = {  # the lists of fields that would change, gravest first, and what each is called
    "emptied": gettext_lazy("变成没人管"),
    "doubled": gettext_lazy("变成重复"),
    "changed": gettext_lazy("换单位"),
    "filled": gettext_lazy("有了人管"),
}
SAID = {
    "emptied": gettext_lazy("%d 格变成没人管"),
    "doubled": gettext_lazy("%d 格变成重复"),
    "changed": gettext_lazy("%d 格换单位"),
    "filled": gettext_lazy("%d 格有了人管"),
}


def edition_of(pk):
    """The table of duties with this number. Raises NotFound."""
    found = Edition.objects.select_related("loaded_by").filter(pk=pk, kind=EditionKind.DUTIES).first()
    if found is None:
        raise NotFound
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_clerks
def tables(request):
    """The tables of duties, and the form for a new one; a file that is sent becomes one that is not in use."""
    if request.method != "POST":
        return tables_page(request)
    started = timezone.now()
    try:
        edition = sent(request)
    except BadFile as problem:
        return tables_page(request, file_sentence(problem), 422)
    except BadField as problem:
        return tables_page(request, problem.facts["why"], 422)
    if edition.loaded_at < started:
        messages.success(request, _("这张表以前传过，就是这一版。"))
    return redirect("duties_table", edition.pk)


def sent(request):
    """The edition of the file that was sent. Raises BadField, BadFile; then nothing is kept."""
    file = table_of(request, MOST_MB, _("文件太大：最多 %d MB。职责表用不了这么大，看看是不是选错了。"), SUFFIXES)
    with TemporaryDirectory() as folder:
        path = Path(folder) / kept_name(file.name)
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        return duties.load(path, add=request.POST.get("add") == "yes", by=request.user)


def tables_page(request, wrong="", status=200, problem=None):
    """The page of all tables; with what was wrong with a file."""
    editions = Edition.objects.filter(kind=EditionKind.DUTIES).select_related("loaded_by", "before")
    rows = list(editions.order_by("-loaded_at", "-pk"))
    context = {
        "actor": access.actor_of(request.user),
        "now": next((row for row in rows if row.active), None),
        "others": [row for row in rows if not row.active],
        "acts": [(act, words) for act, words in acts() if act.about.endswith("of duties")],
        "columns": [(name, others[0]) for name, others in duties.COLUMNS.items()],
        "needed": duties.NEEDED,
        "most_mb": MOST_MB,
        "suffixes": ",".join(SUFFIXES),
        "wrong": wrong,
        "problem": problem,
        "add": request.POST.get("add") == "yes",
    }
    return render(request, "clerk/duties.html", context, status=status)


@require_safe
@for_clerks
def table(request, pk):
    """What using a table would change; with `try`, what it would have done with the tickets of the last days."""
    return table_page(request, edition_of(pk))


def table_page(request, row, problem=None, stale=False):
    """The page of one table."""
    day, wrong_day = asked_day(request.GET.get("on", ""))
    days, wrong_days = asked_days(request.GET.get("days", ""))
    book = duties.book_of(row)
    change = coverage.compare(route.in_use(), book, day)
    now = change if day == duties.today() else coverage.compare(route.in_use(), book, duties.today())
    context = {
        "actor": access.actor_of(request.user),
        "edition": row,
        "in_use": in_use(),
        "on": day,
        "wrong_day": wrong_day,
        "counts": duties.counts(change),
        "sentence": sentence(duties.counts(change)),
        "fields": change.fields,
        "lists": [(name, label, few(getattr(change, name)), rest(getattr(change, name))) for name, label in LISTS.items()],
        "ending": [cell_of(field) for field in sorted(change.ending, key=lambda field: field.ends)[:FIELDS]],
        "more_ending": rest(change.ending),
        "doubts": [] if row.active else list(map(loading.worded, duties.reasons(row, now))),
        "days": days,
        "wrong_days": wrong_days,
        "most_days": rerouting.MOST_DAYS,
        "tried": tried(book, day, days) if "try" in request.GET and not row.active else None,
        "problem": problem,
        "stale": stale,
    }
    status = problem.status if problem else 409 if stale else 200
    return render(request, "clerk/duties_table.html", context, status=status)


def asked_day(text):
    """(The day that is asked for, today when there is none; what is wrong with what was asked)."""
    try:
        return (dt.date.fromisoformat(text) if text else duties.today()), ""
    except ValueError:
        return duties.today(), _("日期写成 2026-11-30 这样。下面按今天看。")


def asked_days(text):
    """(How many days' tickets are tried, 90 when not said; what is wrong with what was asked)."""
    if not text or (text.isdecimal() and 1 <= int(text[:9]) <= rerouting.MOST_DAYS):
        return int(text or rerouting.DAYS), ""
    told = {"most": rerouting.MOST_DAYS, "days": rerouting.DAYS}
    return rerouting.DAYS, _("天数写 1 到 %(most)d 的整数。下面按近 %(days)d 天算。") % told


def few(pairs):
    """The first fields that change, as the page tells them."""
    return [{"field": now, "was": was.answer, "now": now.answer} for was, now in pairs[:FIELDS]]


def rest(rows):
    """How many rows of a list the page does not show."""
    return max(0, len(rows) - FIELDS)


def sentence(told):
    """What would change, in one sentence; empty when nothing does."""
    said = [words % told[name] for name, words in SAID.items() if told[name]]
    return _("，").join(said)


def tried(book, day, days):
    """What a table would have done with the last days' tickets, with the picture of who gives to whom."""
    found = rerouting.what_if(book, day, days)
    givers = sorted({was for was, _now, _n in found.moves}, key=lambda unit: unit.code)
    takers = sorted({now for _was, now, _n in found.moves}, key=lambda unit: unit.code)
    moved = {(was.pk, now.pk): number for was, now, number in found.moves}
    most = max(moved.values(), default=1)
    grid = [(was, [cell(moved.get((was.pk, now.pk), 0), most) for now in takers]) for was in givers]
    loads = [load for load in found.loads if load.before != load.after]
    return {
        "outcome": found,
        "moves": found.moves[:MOVES],
        "more_moves": len(found.moves[MOVES:]),
        "takers": takers,
        "grid": [(was, sum(each["number"] for each in cells), cells) for was, cells in grid],
        "loads": loads[:MOVES],
        "more_loads": len(loads[MOVES:]),
    }


def cell(number, most):
    """A number with how dark it is drawn, 0–5."""
    return {"number": number, "shade": min(5, 1 + 4 * number // most) if number else 0}


@require_POST
@for_clerks
def activate(request, pk):
    """Put a table in use, if nothing else has come into use since it was looked at."""
    row, insist = edition_of(pk), request.POST.get("insist") == "yes"
    try:
        done = if_still(request, in_use, lambda: loading.activate(row, by=request.user, insist=insist))
    except Problem as problem:
        return table_page(request, edition_of(pk), problem)
    if done is None:
        row = edition_of(pk)
        return table_page(request, row, stale=not row.active)
    messages.success(request, _("第 %d 版职责启用了，从现在起按它派单。") % row.pk)
    return redirect("coverage")


@require_POST
@for_clerks
def undo(request):
    """Put back the table that was in use before, if nothing else has come into use since."""
    try:
        row = if_still(request, lambda: str(getattr(edition_in_use(EditionKind.DUTIES), "pk", "")), lambda: back(request))
    except Problem as problem:
        return tables_page(request, problem=problem, status=problem.status)
    if row is None:
        messages.warning(request, _("现用的职责刚换过，没有撤回。看看现在的样子，再决定。"))
    else:
        messages.success(request, _("撤回到第 %d 版职责了。") % row.pk)
    return redirect("duties")


def back(request):
    """The table that is in use again."""
    return loading.roll_back(EditionKind.DUTIES, by=request.user)


@require_safe
@for_clerks
def sheet(request, pk=None):
    """A table of duties, the one in use unless said, as a spreadsheet that can be changed and sent again."""
    row = edition_of(pk) if pk else edition_in_use(EditionKind.DUTIES)
    return as_file(exports.duties_workbook(duties.duties_of(row)), f"duties-{row.pk if row else 0}.xlsx")


@require_safe
@for_clerks
def help_page(request):
    """One worked example, from an empty field to a table in use."""
    return render(request, "clerk/duties_help.html", {"actor": access.actor_of(request.user)})
