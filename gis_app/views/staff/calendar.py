"""The clerk's calendar: which days are worked and why, the county's own rules, next year's days off; due dates follow at once."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from gis_app import access, clock, loading, tasks
from gis_app.errors import BadField, BadFile
from gis_app.loading.duties import today
from gis_app.models import Act
from gis_app.views.staff import year as years
from gis_app.views.staff.clerk import for_clerks
from gis_app.views.staff.upload import file_sentence, kept_name, unfit
from gis_app.words import ActName

MOST_MB = 1
FIRST_YEAR, AHEAD = 2004, 5  # the national calendar's first year; years that can be looked at beyond this one
ACTS = 12
FIELDS = ("first", "last", "working", "name")


@require_http_methods(["GET", "HEAD", "POST"])
@for_clerks
def page(request):
    """A year; a file of days that is sent is added to those that are there."""
    if request.method != "POST":
        return drawn(request, asked_year(request.GET.get("year", "")))
    try:
        rows = sent(request)
    except BadFile as problem:
        return drawn(request, asked_year(""), wrong={"file": file_sentence(problem)})
    except BadField as problem:
        return drawn(request, asked_year(""), wrong={"file": problem.facts["why"]})
    messages.success(request, ngettext("装入了 %d 天", "装入了 %d 天", rows) % rows + followed())
    return redirect("calendar")


def asked_year(text):
    """The year that is asked for, this one when there is none or it lies too far away."""
    this = today().year
    known = text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= this + AHEAD
    return int(text) if known else this


def sent(request):
    """The rows of the file that was sent. Raises BadField, BadFile; then nothing has changed."""
    file = request.FILES.get("file")
    if file is None:
        raise unfit(_("选一个文件。"))
    if file.size > MOST_MB * 1024 * 1024:
        raise unfit(_("文件太大：最多 %d MB。一年的假日用不了这么大，看看是不是选错了。") % MOST_MB)
    if Path(file.name).suffix.lower() != ".csv":
        raise unfit(_("要 .csv 文件：在表格软件里另存为 CSV（UTF-8）。"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / kept_name(file.name)
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        return loading.load_days(path, by=request.user)


@require_POST
@for_clerks
def set_days(request):
    """Rule that some days are worked, or off."""
    typed = {name: request.POST.get(name, "").strip() for name in FIELDS}
    try:
        first, last = day(typed["first"], "first"), day(typed["last"] or typed["first"], "last")
        if typed["working"] not in ("yes", "no"):
            raise BadField(field="working", why=_("选休息还是上班。"))
        number = loading.set_days(first, last, typed["working"] == "yes", typed["name"], request.user)
    except BadField as problem:
        return drawn(request, asked_year(typed["first"][:4]), {problem.facts["field"]: problem.facts["why"]}, typed)
    messages.success(request, ngettext("改了 %d 天", "改了 %d 天", number) % number + followed())
    return back_to(first.year)


@require_POST
@for_clerks
def forget_days(request):
    """Let the national calendar hold again."""
    try:
        first, last = (day(request.POST.get(name, ""), name) for name in ("first", "last"))
    except BadField as problem:
        return drawn(request, asked_year(""), {problem.facts["field"]: problem.facts["why"]})
    if number := loading.forget_days(first, last, request.user):
        messages.success(request, ngettext("%d 天照全国的日历了", "%d 天照全国的日历了", number) % number + followed())
    else:
        messages.warning(request, _("这几天已经照全国的日历了，没有改动。"))
    return back_to(first.year)


def day(text, field):
    """A date that was typed. Raises BadField."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= today().year + AHEAD:
        raise BadField(field=field, why=_("写成 %(example)s 这样的日期，最晚 %(year)d 年。") % _example())
    return found


def _example():
    return {"example": f"{today():%Y-%m-%d}", "year": today().year + AHEAD}


def followed():
    """Count due dates anew, and what came of it as the end of a sentence."""
    done, more = tasks.retime_now()
    if more:
        return _("，未结案件的期限正在跟着改。")
    return ngettext("，%d 件的期限跟着改了。", "，%d 件的期限跟着改了。", done) % done if done else _("，没有案件的期限要改。")


def back_to(year):
    """The page of a year."""
    return redirect(f"{reverse('calendar')}?year={year}")


def drawn(request, year, wrong=None, typed=None):
    """The page of a year; with what was typed and what is wrong with it."""
    acts = Act.objects.filter(act=ActName.CALENDAR).select_related("user").order_by("-seq")[:ACTS]
    context = {
        "actor": access.actor_of(request.user),
        "year": year,
        "before": year - 1 if year > FIRST_YEAR else None,
        "after": year + 1 if year < today().year + AHEAD else None,
        "known": clock.calendar().knows(year),
        "months": years.months(year),
        "weekdays": years.weekdays(),
        "ruled": years.ruled(year),
        "today": today(),
        "acts": [(act, years.act_words(act.given)) for act in acts],
        "most_mb": MOST_MB,
        "wrong": wrong or {},
        "typed": typed or {},
    }
    return render(request, "clerk/calendar.html", context, status=422 if wrong else 200)
