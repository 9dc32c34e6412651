"""Needs that a ticket's row or its history can meet: need → (ticket, given) → whether it is met."""

from gis_app.models import Photo
from gis_app.words import StepName


def has_after_photo(ticket, given):
    """A photo from after the mending, since the last rework; only where the category asks for one."""
    if not ticket.category.photo_after or given.get("photos"):
        return True
    if ticket.pk is None:
        return False
    again = (StepName.REWORK, StepName.DISPUTE)
    since = ticket.events.filter(step__in=again).order_by("-seq").values_list("seq", flat=True).first() or 0
    return Photo.objects.filter(event__ticket=ticket, kind="after", event__seq__gt=since).exists()


MET = {
    "category": lambda ticket, given: given.get("category") or ticket.category_id,
    "after_photo": has_after_photo,
}
PLACED = {  # of a step that reads the place anew: the one that it has will do
    "lon": lambda ticket, given: given.get("lon") is not None or ticket.point,
    "lat": lambda ticket, given: given.get("lat") is not None or ticket.point,
}
