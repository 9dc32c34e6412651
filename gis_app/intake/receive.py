"""One report, from what somebody said to an open ticket, in one transaction."""

import datetime as dt
import uuid
from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_app import clock, locate, photos, redact, route, workflow
from gis_app.classify import categories, classify
from gis_app.errors import BadField, KeyReused
from gis_app.intake.placing import place_of
from gis_app.intake.sides import ask, in_receipt
from gis_app.models import Contact, Report, Submission, Ticket, Words
from gis_app.models.report import way_of
from gis_app.words import PhotoKind, Source
from gis_app.workflow.advance import digest_of
from layers import cells, crs

LONGEST_TEXT, LONGEST_PLACE, LONGEST_CONTACT = 4000, 200, 100
EDGE = 180.0


@dataclass(frozen=True)
class Said:
    """What a door heard. lon, lat: degrees in `crs`; side: a town's code; category: a code; photos: uploaded files.

    From another office: ref, its own number of the report; at, when it was said; within, words for the area that the place
    lies in; facts, what it already did, kept with the reading.
    """

    text: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    side: str | None = None
    crs: str = "wgs84"
    place_text: str = ""
    category: str | None = None
    contact: str = ""
    agreed: bool = False  # to be told on the contact what becomes of it
    photos: list = field(default_factory=list)
    source: str = Source.PAGE
    ref: str = ""
    at: dt.datetime | None = None
    within: str = ""
    facts: dict = field(default_factory=dict)

    def digest(self):
        """One digest of all of it, to tell a repeat from another thing under the same key."""
        names = ("text", "lon", "lat", "accuracy_m", "crs", "place_text", "category", "contact")
        pictures = [digest_of(_bytes(photo).hex()) for photo in self.photos]
        side = [self.side] if self.side else []  # absent, it is as if nobody had ever asked
        agreed = ["agreed"] if self.agreed else []
        return digest_of(*(getattr(self, name) for name in names), *side, *agreed, *pictures)


def _bytes(upload):
    data = upload.read()
    upload.seek(0)
    return data


def receive(said, key="", caller="", ask_side=False):
    """Take a report in. Returns (Report, fresh): the report, its ticket, first event, counts and notice exist when this returns.

    key: the sender's own for this report; a repeat by the same caller gives the first report and fresh False, and so does
    another office's number (said.ref).
    ask_side: raise WhichSide where the sender should say on which side of a border it is, and has not.
    Raises BadField, OutsideArea, SwappedCoordinates, OutsideWords, Unplaced, BadPhoto, KeyReused; then nothing was kept.
    """
    said = tidy(said)
    digest = said.digest() if key else ""
    if (key and (known := repeated(caller, key, digest))) or (said.ref and (known := numbered(said))):
        return known, False
    category = chosen(said.category)
    prepared = photos.prepare(said.photos)
    place = place_of(said)
    if ask_side and not said.side:
        ask(place, category)
    ref = said.ref or (f"{caller}:{digest_of(key)[:40]}" if key else uuid.uuid4().hex)
    report = draft(said, place, category, ref)  # before the transaction, so that it is a short one
    try:
        with transaction.atomic():
            if key:
                Submission.objects.create(caller=caller, path="reports", key=key, digest=digest, answer=report.code)
            store(said, report, prepared)
    except IntegrityError:
        # the same thing was under way in another connection
        if (key and (known := repeated(caller, key, digest))) or (said.ref and (known := numbered(said))):
            return known, False
        raise
    return report, True


def repeated(caller, key, digest):
    """The report that this caller's key already made, or None. Raises KeyReused when something else was sent with it."""
    known = Submission.objects.filter(caller=caller, path="reports", key=key).first()
    if known is None:
        return None
    if known.digest != digest:
        raise KeyReused
    return Report.objects.select_related("ticket", "town", "village", "category").get(code=known.answer)


def numbered(said):
    """The report that stands under another office's number already, or None."""
    known = Report.objects.select_related("ticket", "town", "village", "category")
    return known.filter(source=said.source, source_ref=said.ref).first()


def tidy(said):
    """What was said, trimmed, with its point in WGS84. Raises BadField."""
    texts = {name: getattr(said, name).replace("\x00", "").strip() for name in ("text", "place_text", "contact")}
    for name, longest in (("text", LONGEST_TEXT), ("place_text", LONGEST_PLACE), ("contact", LONGEST_CONTACT)):
        if len(texts[name]) > longest:
            raise BadField(field=name, why=_("最多 %d 字。") % longest)
    if not (texts["text"] or said.category or said.photos):
        raise BadField(field="text", why=_("选一类问题、写一句，或者拍一张照片，三样要有一样。"))
    if said.agreed and not way_of(texts["contact"]):
        raise BadField(field="contact", why=_("要收消息，就写十一位的手机号或者邮箱。"))
    if (said.lon is None) != (said.lat is None):
        raise BadField(field="lon, lat", why=_("经度和纬度要一起给。"))
    if said.side and said.lon is None:
        raise BadField(field="side", why=_("选了哪一边，也要给经度、纬度和误差。"))
    if said.lon is None and all(getattr(said, name) == text for name, text in texts.items()):
        return said  # as most come: a copy takes as long as all of the above
    return replace(said, **texts, **point_in_wgs84(said))


def point_in_wgs84(said):
    """{lon, lat, crs} in WGS84. Raises BadField for what is no place on earth."""
    if said.lon is None:
        return {}
    if not (abs(said.lon) <= EDGE and abs(said.lat) <= EDGE):  # not 90: a swapped pair gets its own sentence
        raise BadField(field="lon, lat", why=_("经度要在 ±180 内，纬度要在 ±90 内。"))
    if said.crs not in crs.CRS:
        raise BadField(field="crs", why=_("只能是：%s。") % "、".join(crs.CRS))
    lon, lat = crs.to_wgs84(said.lon, said.lat, said.crs)
    return {"lon": float(lon), "lat": float(lat), "crs": "wgs84"}


def chosen(code):
    """The category that the sender picked, or None. Raises BadField."""
    if not code:
        return None
    if code not in categories():
        raise BadField(field="category", why=_("没有编号为 %s 的小类。") % code)
    return categories()[code]


def draft(said, place, category, ref):
    """The report with its ticket, as they will be stored."""
    now = said.at or timezone.now()
    verdict = classify(said.text, locate.named_places(said.text))
    ticket = ticket_of(place, category or verdict.category, bool(verdict.danger), now)
    if said.side and place.borders:
        ticket.receipt = in_receipt(ticket.receipt, place)
    report = report_of(said, place, category, verdict, now, ref)
    report.ticket = ticket
    return report


def store(said, report, prepared):
    """Write a drafted report: ticket, first event, words, photos and contact. Inside the caller's transaction."""
    report.said = Words(text=said.text)
    workflow.open_ticket(report.ticket, report.said_at, beside=(report.said, report))
    photos.keep(prepared, PhotoKind.BEFORE, report=report)
    if said.contact:
        Contact.keep(report, said.contact, said.agreed)


def proposal(place, category, day):
    """(Unit, receipt): who answers for a category at a Place on a date, and why."""
    where = locate.where_is(place)
    answer = route.answer(category, route.Where(**where), day)
    return answer.unit, route.receipt(answer, category, place.town, place.edition) | {"where": where}


def ticket_of(place, category, danger, now):
    """The ticket that a placed and classified report leads to, with its routing receipt; not stored."""
    return Ticket(**ticket_row(place, category, danger, now))


def ticket_row(place, category, danger, now, propose=proposal):
    """{field: value} of the ticket that a placed and classified report leads to.

    propose: `proposal`, or the same with a memory.
    """
    unit, receipt = propose(place, category, now.astimezone(clock.SHANGHAI).date())
    if place.flags:
        receipt = receipt | {"flags": place.flags}
    return {
        "category": category,
        "town": place.town,
        "village": place.village,
        "grid": place.grid,
        "edition_id": place.edition,
        "point": point_of(place),
        "precision": place.precision,
        "place_name": place.name,
        "cell": cells.cell_of(place.lon, place.lat) if place.has_point else None,
        "proposed": unit,
        "receipt": receipt,
        "danger": danger,
        "opened_at": now,
        "triage_due_at": clock.triage_due(now, danger),
    }


def point_of(place):
    """Point(lon, lat) of a Place, or None when only its town is known."""
    return _point(place.lon, place.lat) if place.has_point else None


@lru_cache(maxsize=4096)
def _point(lon, lat):
    """One Point for ticket and report, and for all that speak of one village. Nobody changes it."""
    return Point(lon, lat, srid=4326)


def report_of(said, place, category, verdict, now, ref):
    """The report, not stored, without ticket and words."""
    return Report(**report_row(said, place, category, verdict, now, ref))


def report_row(said, place, category, verdict, now, ref):
    """{field: value} of the report, without ticket and words."""
    guess = category or verdict.category
    return {
        "source": said.source,
        "source_ref": ref,
        "public_text": redact.mask(said.text),
        "place_text": said.place_text,
        "point": point_of(place),
        "precision": place.precision,
        "accuracy_m": said.accuracy_m,
        "town": place.town,
        "village": place.village,
        "grid": place.grid,
        "edition_id": place.edition,
        "category": guess,
        "guessed": category is None and guess is not None,
        "reading": reading_of(place, verdict, category) | _of_the_sender(said),
        "due_at": clock.forecast(now, guess, bool(verdict.danger)),
        "said_at": now,
    }


def _of_the_sender(said):
    """What the sender chose, or did already, beside the reading."""
    return ({"side": said.side} if said.side else {}) | ({str(said.source): said.facts} if said.facts else {})


def words_kept(guess):
    """Why a kind was guessed, as far as it may be kept: the county's words; pieces of what somebody said stay with the words."""
    return list(guess.own_words)


def reading_of(place, verdict, category):
    """What the first reading saw, kept with the report."""
    return {
        "scope": "in" if category else verdict.scope,
        "handoff": verdict.handoff.code if verdict.handoff and not category else None,
        "danger": verdict.danger.pk if verdict.danger else None,
        "candidates": [
            {"code": guess.category.code, "score": round(guess.score, 4), "because": words_kept(guess)}
            for guess in verdict.guesses
        ],
        "parts": [{"code": part.category.code, "start": part.start, "end": part.end} for part in verdict.parts],
        "borders": [{"town": town.code, "distance_m": round(metres)} for town, metres in place.borders],
        "confidence": round(verdict.guesses[0].score, 4) if verdict.guesses and not category else None,
        "flags": place.flags,
    }
