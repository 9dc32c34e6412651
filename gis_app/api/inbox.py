"""A person's inbox for programs: what was told, newest first, and marking it read."""

from typing import Annotated

from django.urls import reverse
from ninja import Field, Query, Router

from gis_app import access, notify
from gis_app.api import shapes
from gis_app.api.door import SIGNED_IN, names_only
from gis_app.api.public import Strict
from gis_app.api.staff import BIGGEST, COUNTED, PAGE, next_url
from gis_app.errors import NotForYou, NotFound

router = Router(tags=["staff"])


class InboxQuery(Strict):
    unread: bool | None = None
    cursor: int | None = Field(None, ge=1, le=BIGGEST)


@router.get("/inbox", response=dict, auth=SIGNED_IN, summary="What you were told")
def list_inbox(request, query: Query[InboxQuery]):
    """Newest first, {count, unread, next, results}; a count is null above 10,000. unread=1: only what is unread."""
    names_only(request, InboxQuery)
    everything = inbox_of(request.user)
    rows = everything if query.unread is None else everything.filter(read_at__isnull=query.unread)
    page = list((rows.filter(pk__lt=query.cursor) if query.cursor else rows)[: PAGE + 1])
    told = {"count": counted(rows), "unread": counted(everything.filter(read_at__isnull=True)), "next": next_url(request, page)}
    return told | {"results": shown(request, page[:PAGE])}


@router.post("/inbox/read", response=dict, auth=SIGNED_IN, summary="Mark everything you were told as read")
def post_all_read(request):
    """{read: how many were unread until now}."""
    inbox_of(request.user)
    return {"read": notify.read(request.user)}


@router.post("/inbox/{number}/read", response=dict, auth=SIGNED_IN, summary="Mark one thing you were told as read")
def post_read(request, number: Annotated[int, Field(ge=1, le=BIGGEST)]):
    """Answers with the notice as it is now. A second time changes nothing: it was read when it was read first."""
    rows = inbox_of(request.user).filter(pk=number)
    notify.read(request.user, number)
    if not (found := shown(request, list(rows))):
        raise NotFound
    return found[0]


def inbox_of(user):
    """The person's deliveries. Raises NotForYou for somebody without a post, as the page does."""
    if not access.roles_of(user):
        raise NotForYou
    return notify.inbox_of(user)


def counted(rows):
    """How many rows, or None above COUNTED."""
    count = rows.order_by()[: COUNTED + 1].count()
    return count if count <= COUNTED else None


def shown(request, rows):
    """Deliveries as JSON, each with its ticket's address where that is still to be seen; one query for all."""
    among = {row.notice.ticket.pk for row in rows}
    within = set(access.tickets_for(request.user).filter(pk__in=among).values_list("pk", flat=True)) if rows else ()

    def one(row):
        ticket = row.notice.ticket.pk
        url = request.build_absolute_uri(reverse("api:get_ticket", args=[ticket])) if ticket in within else None
        return shapes.notice(row, url)

    return [one(row) for row in rows]
