"""The citizen's form: what is typed there, and how it becomes what intake understands."""

import math
import secrets
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gis_app.errors import BadField
from gis_app.intake import Said

REPORT_FIELDS = (
    *("text", "place_text", "lon", "lat", "accuracy_m", "side", "side_asked", "category", "any_category", "contact", "agreed"),
)
FIELD_OF = {  # which field of the report page a problem belongs to; others stand above the form
    "outside-area": "place",
    "unplaced": "place",
    "which-side": "place",
    "bad-photo": "photos",
    "lon, lat": "place",
    "place_text": "place",
    "side": "place",
    "text": "text",
    "category": "category",
    "contact": "contact",
}


def fresh_key():
    """A key for one form: sent twice, it leads to one thing."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class ReportForm:
    """The citizen's form as typed; nothing typed is lost when something is wrong."""

    key: str
    typed: dict
    photos: tuple = ()

    @classmethod
    def read(cls, request):
        typed = {name: request.POST.get(name, "").strip() for name in REPORT_FIELDS}
        if not (typed["lon"] or typed["lat"]):  # then where a photo was taken, if the sender said so
            typed["lon"], _comma, typed["lat"] = request.POST.get("photo_at", "").partition(",")
        return cls(request.POST.get("key") or fresh_key(), typed, tuple(request.FILES.getlist("photos")))

    def __getattr__(self, name):  # templates ask for form.text as for any other form
        if name in REPORT_FIELDS:
            return self.typed[name]
        raise AttributeError(name)

    def said(self):
        """What intake takes. Raises BadField when a number is none."""
        return Said(
            text=self.text,
            lon=number(self.lon),
            lat=number(self.lat),
            accuracy_m=number(self.accuracy_m),
            side=self.side or None,
            place_text=self.place_text,
            category=self.any_category or self.category or None,
            contact=self.contact,
            agreed=bool(self.agreed),
            photos=list(self.photos),
        )


def number(text):
    """A typed coordinate or None; full-width digits are digits. Raises BadField."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadField(field="lon, lat", why=_("经纬度要写成数字，如 107.76 和 32.98。"))
    return value


def field_of(problem):
    """The field of the report page beside which a problem is told, or an empty text."""
    return FIELD_OF.get(problem.slug) or FIELD_OF.get(str(problem.facts.get("field")), "")
