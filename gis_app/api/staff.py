"""Tickets, steps and heat: what staff may see and do."""

import base64
import binascii
import datetime as dt
from typing import Annotated, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Header, Query, Router
from pydantic import create_model

from gis_app import charts, extract, frames, privacy, stats, workflow
from gis_app.access import SEES_FIGURES, actor_of, roles_of, tickets_for
from gis_app.api import shapes
from gis_app.api.door import SIGNED_IN, names_only
from gis_app.api.public import Strict, caller_of, category_of, json_or_form
from gis_app.clock import SHANGHAI
from gis_app.errors import BadField, NotForYou
from gis_app.models import Major, Town, Unit
from gis_app.photos import prepare
from gis_app.words import EXPOSURES, Role, State, Task
from gis_app.workflow.advance import digest_of

router = Router(tags=["staff"])
PAGE, COUNTED, BIGGEST = 50, 10_000, 2**63 - 1
LOADED = ("category", "town", "village", "unit", "proposed", "worker")
PERIOD = 90


class TicketsQuery(Strict):
    state: str | None = None
    unit: str | None = None
    town: str | None = None
    late: bool | None = None
    code: str | None = None
    cursor: int | None = Field(None, ge=1, le=BIGGEST)


class TicketQuery(Strict):
    original: bool = False  # what people said unmasked; that look is remembered


class HeatQuery(Strict):
    task: str | None = None
    from_: dt.date | None = Field(None, alias="from")
    to: dt.date | None = None
    category: str | None = None
    major: str | None = None
    bbox: str | None = None
    per: str | None = None  # people or roads: cells with `exposure` (people, metres) and `rate` per 1,000 people or km
    res: int = Field(8, ge=7, le=9)
    format: str = "geojson"


WRITTEN = [name for name in workflow.INPUTS if name not in ("photos", "after_photo")]
NOT_TEXT = ("parts", "stars", "other")  # inputs that need not be sent as text
StepIn = create_model(
    "StepIn",
    __base__=Strict,
    __doc__="A step and its inputs; which of them it takes is the step's own affair.",
    step=(str, ...),
    seen=(int | None, Field(None, ge=1, le=2**31 - 1)),
    photos=(list[Any], Field(default=[])),
    **{name: (str | int | list[Any] | None if name in NOT_TEXT else str | None, None) for name in WRITTEN},
)


@router.get("/tickets", response=dict, auth=SIGNED_IN, summary="Tickets that you may see")
def list_tickets(request, query: Query[TicketsQuery]):
    """Newest first, {count, next, results}; count is null above 10,000."""
    names_only(request, TicketsQuery)
    now, dispatcher = timezone.now(), Role.DISPATCHER in roles_of(request.user)
    rows = tickets_for(request.user).filter(chosen(query, now, dispatcher))
    count = rows.order_by()[: COUNTED + 1].count()
    page = rows.filter(pk__lt=query.cursor) if query.cursor else rows
    page = list(page.select_related(*LOADED).prefetch_related("reports").order_by("-pk")[: PAGE + 1])
    results = [shapes.ticket(row, now, codes_of(row, dispatcher)) for row in page[:PAGE]]
    return {"count": count if count <= COUNTED else None, "next": next_url(request, page), "results": results}


def chosen(query, now, dispatcher):
    """The filters of a list as one Q. Raises BadField."""
    if query.state is not None and query.state not in State.values:
        raise BadField(field="state", why=_("只能是：%s。") % "、".join(State.values))
    if query.code is not None and not dispatcher:
        raise NotForYou
    asked = Q()
    for value, lookup in (
        (query.state, "state"),
        (query.unit and key_of(Unit, query.unit), "unit"),
        (query.town and key_of(Town, query.town), "town"),
        (query.code, "reports__code"),
    ):
        if value is not None:
            asked &= Q(**{lookup: value})
    if query.late is not None:
        asked &= late(now) if query.late else ~Q(due_at__lt=Coalesce("finished_at", "ended_at", now)) | Q(due_at__isnull=True)
    return asked


def key_of(model, code):
    """The key of a unit or town, 0 for a code that nobody has.

    Not a join: the database would not know how many tickets that one has, and look through all for those of a unit with few.
    """
    return model.objects.filter(code=code).values_list("pk", flat=True).first() or 0


def late(now):
    """The tickets that Ticket.late() says are: those that were, and those that run and are. Each part has its index."""
    were = Q(due_at__lt=Coalesce("finished_at", "ended_at"))
    return were | Q(finished_at__isnull=True, ended_at__isnull=True, due_at__lt=now)


def codes_of(row, dispatcher):
    """Report codes are shown to dispatchers only."""
    return [report.code for report in row.reports.all()] if dispatcher else ()


def next_url(request, page):
    """The address of the next page, or None on the last."""
    if len(page) <= PAGE:
        return None
    query = request.GET.copy()
    query["cursor"] = page[PAGE - 1].pk
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


@router.get("/tickets/{number}", response=dict, auth=SIGNED_IN, summary="One ticket")
def get_ticket(request, number: Annotated[int, Field(ge=1, le=BIGGEST)], query: Query[TicketQuery]):
    """A ticket with its events, what you may do, the receipt, the clock, and what people said, masked unless asked otherwise."""
    names_only(request, TicketQuery)
    row = get_object_or_404(tickets_for(request.user).select_related(*LOADED), pk=number)
    return whole(request, row, query.original)


def whole(request, row, original=False):
    """One ticket for the one who asks."""
    actor = actor_of(request.user)
    events = row.events.select_related("user", "unit", "said").order_by("seq")
    codes = codes_of(row, Role.DISPATCHER in actor.roles)
    said = [privacy.shown(report, original) for report in row.reports.select_related("said").order_by("pk")]
    if original and any(each.hides for each in said):
        privacy.look(row, request.user)
    return shapes.whole_ticket(row, timezone.now(), events, workflow.may(row, actor), codes, said)


@router.post(
    "/tickets/{number}/steps", response=dict, auth=SIGNED_IN, openapi_extra=json_or_form("StepIn"), summary="Take a step"
)
def post_step(
    request,
    number: Annotated[int, Field(ge=1, le=BIGGEST)],
    asked: StepIn,
    key: Annotated[str, Header(alias="Idempotency-Key")] = "",
):
    """Take one step; answers with the ticket as it is now."""
    if asked.step not in workflow.STEPS or asked.step == "open":
        raise BadField(field="step", why=_("没有“%s”这一步。") % asked.step)
    if asked.seen is None and not workflow.STEPS[asked.step].additive:
        raise BadField(field="seen", why=_("要带上看到的版本号。"))
    uploads = [upload_of(photo) for photo in asked.photos]
    raw = {name: value for name in WRITTEN if (value := getattr(asked, name)) is not None}
    given = workflow.read_given(asked.step, workflow.STEPS[asked.step], raw)
    if uploads:
        given["photos"] = prepare(uploads)
    row = get_object_or_404(tickets_for(request.user), pk=number)
    digest = digest_of(asked.step, asked.seen, sorted(raw.items()), *(digest_of(data) for data, _size in given.get("photos", ())))
    event = workflow.advance(row, asked.step, actor_of(request.user), asked.seen, key[:200], digest, **given)
    return whole(request, tickets_for(request.user).select_related(*LOADED).filter(pk=event.ticket_id).first() or event.ticket)


def upload_of(photo):
    """A file of a form, or a data: URI of a JSON body, as an upload. Raises BadField."""
    if not isinstance(photo, str):
        return photo
    head, _comma, data = photo.partition(",")
    try:
        if not head.startswith("data:image/") or not head.endswith(";base64"):
            raise ValueError
        return SimpleUploadedFile("photo", base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error) as error:
        raise BadField(field="photos", why=_("要 data:image/…;base64,… 这样的照片。")) from error


@router.get("/heat", auth=None, summary="Cells with counts")
def get_heat(request, query: Query[HeatQuery]):
    """Staff: cells and towns with counts. Without such a role: the last 13 whole weeks, by task alone, as classes."""
    names_only(request, HeatQuery)
    if query.task is not None and query.task not in Task.values:
        raise BadField(field="task", why=_("只能是：%s。") % "、".join(Task.values))
    user = caller_of(request)
    today = timezone.now().astimezone(SHANGHAI).date()
    if user is None or not roles_of(user) & {*SEES_FIGURES, Role.ANALYST}:
        return public_heat(request, query, today)
    return staff_heat(query, today)


def public_heat(request, query, today):
    """One window only, so that no two answers can be subtracted to reveal one report."""
    if refused := sorted(set(request.GET) - {"task", "format"}):
        raise BadField(field=refused[0], why=_("没有登录只能按任务看，最近 13 个整周。"))
    if query.task is None:
        raise BadField(field="task", why=_("只能是：%s。") % "、".join(Task.values))
    return JsonResponse(frames.geojson(frames.public_heat(query.task, today)), json_dumps_params={"ensure_ascii": False})


def staff_heat(query, today):
    """Cells and towns in a period; shapes on request."""
    end = query.to or today
    start = query.from_ or end - dt.timedelta(days=PERIOD - 1)
    if start > end:
        raise BadField(field="from", why=_("开始日期在结束日期之后。"))
    category = category_of(query.category).code if query.category else None
    major = major_of(query.major) if query.major else None
    if category and major:
        raise BadField(field="major", why=_("小类和大类只能给一样。"))
    bbox = extract.box(query.bbox)
    held_against(query)
    cells, towns = frames.heat(query.task, start, end, category=category, bbox=bbox, res=query.res, major=major)
    if query.format == "counts":
        return dict(zip(cells["cell"], (int(n) for n in cells["count"]), strict=True))
    if query.format == "packed":
        return charts.packed_rates(cells, query.per) if query.per else charts.packed_cells(cells)
    if query.format != "geojson":
        raise BadField(field="format", why=_("只能是：%s。") % "geojson、counts、packed")
    answer = frames.geojson(frames.rated(cells, query.per)) if query.per else frames.geojson(cells)
    answer |= {"towns": towns, "from": start.isoformat(), "to": end.isoformat()}
    return JsonResponse(answer | rates_of(query.per), json_dumps_params={"ensure_ascii": False})


def held_against(query):
    """Raises BadField for people or roads that are not loaded, and for rates where only counts are given."""
    if query.per is None:
        return
    if query.per not in EXPOSURES:
        raise BadField(field="per", why=_("只能是：%s。") % "、".join(EXPOSURES))
    if query.per not in stats.exposures():
        raise BadField(field="per", why=_("还没有装入这一种：load_population 装人口，load_roads 装道路。"))
    if query.format == "counts":
        raise BadField(field="format", why=_("折算的数只能用 geojson 或 packed。"))


def rates_of(per):
    """What rates were made of, for the answer; nothing without."""
    return {"per": per, "least": stats.LEAST[per], "source": stats.exposures()[per].source} if per else {}


def major_of(code):
    """The code of a 大类. Raises BadField."""
    if not Major.objects.filter(code=code).exists():
        raise BadField(field="major", why=_("没有这个大类。"))
    return code
