"""A report by its code: what became of it, and the steps that are its sender's own."""

from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Field, Header, Router

from gis_app import access, clock, redact, workflow
from gis_app.api import shapes
from gis_app.api.door import names_only
from gis_app.api.public import Nothing, Strict, caller_of, json_or_form, report_answer
from gis_app.api.staff import upload_of
from gis_app.errors import BadField, SendersOnly
from gis_app.forms import following
from gis_app.photos import prepare
from gis_app.workflow.advance import digest_of

router = Router(tags=["public"])
TEXTS = ("reason", "note", "stars")  # what the sender's steps take beside photos


class SenderStepIn(Strict):
    """One of the sender's steps: confirm, dispute (reason), rate (stars), comment (note)."""

    step: str
    seen: int | None = Field(None, ge=1, le=2**31 - 1)
    reason: str | None = None
    stars: str | int | None = None
    note: str | None = None
    photos: list[Any] = Field(default=[])


@router.get("/reports/{code}", response=dict, auth=None, summary="Follow a report")
def get_report(request, code: str):
    """A report by its code: no contact, no staff names. may: the steps that whoever holds the code may take now."""
    names_only(request, Nothing)
    return followed(request, access.report_of_code(code))


def followed(request, report):
    """A report's public view with its story, the version and steps for whoever holds its code, and how its date came about."""
    ticket = report.ticket.root()
    events = [told(event, report) for event in report.ticket.life() if following.is_told(event, report)]
    may = [] if caller_of(request) else following.may(ticket, access.sender_of(report))
    more = {"events": events, "may": may, "version": ticket.version, "clock": clock.explain(ticket, short=True)}
    return report_answer(request, report) | more


def told(event, report):
    """One step for the reporter; what they wrote themselves is with it, masked."""
    own = following.is_own(event, report) and event.said
    return shapes.told(event, following.unit_of(event)) | ({"note": redact.mask(event.said.text)} if own else {})


@router.post(
    "/reports/{code}/steps",
    response=dict,
    auth=None,
    openapi_extra=json_or_form("SenderStepIn"),
    summary="Confirm, dispute, rate or add to a report",
)
def post_step(request, code: str, asked: SenderStepIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""):
    """Take one of the sender's own steps; answers with the report as it is now. Staff take theirs under /tickets."""
    if caller_of(request):
        raise SendersOnly
    access.count_post(request.META.get("REMOTE_ADDR", ""))
    if asked.step not in following.OFFERED:
        raise BadField(field="step", why=_("只能是：%s。") % "、".join(following.OFFERED))
    raw = {name: value for name in TEXTS if (value := getattr(asked, name)) is not None}
    given = workflow.read_given(asked.step, workflow.STEPS[asked.step], raw)
    if asked.photos:
        given["photos"] = prepare([upload_of(photo) for photo in asked.photos])
    report = access.report_of_code(code)
    ticket = report.ticket.root()
    seen = asked.seen or ticket.version  # who has only the code need not have looked first
    digest = digest_of(asked.step, asked.seen, sorted(raw.items()), *(digest_of(data) for data, _size in given.get("photos", ())))
    workflow.advance(ticket, asked.step, access.sender_of(report), seen, key[:200], digest, **given)
    return followed(request, access.report_of_code(code))
