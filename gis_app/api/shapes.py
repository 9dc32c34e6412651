"""Rows as the contract's JSON."""

from gis_app import clock, notify
from gis_app.models import Danger, Handoff, remembered
from gis_app.models.unit import in_language
from gis_app.words import Reading


def named(row):
    """{code, name} in the reader's language, or None."""
    return {"code": row.code, "name": getattr(row, "label", row.name)} if row else None


def place(where, units=None):
    """A located Place: reading, town, village, grid, precision, confidence, point, borders, candidates.

    units: {town code: Unit} for the borders, when a category is known.
    """
    one = where.reading == Reading.ONE
    answer = {
        "reading": where.reading,
        "town": named(where.town) if one else None,
        "village": named(where.village) if one else None,
        "grid": named(where.grid) if one else None,
        "precision": where.precision if one else None,
        "confidence": round(where.confidence, 4),
        "lon": where.lon if one else None,
        "lat": where.lat if one else None,
        "name": where.name,
        "borders": [border(town, metres, units) for town, metres in where.borders],
        "candidates": [candidate(row) for row in where.candidates],
    }
    if where.nearest:
        town, km = where.nearest
        answer["nearest"] = {"town": named(town), "km": round(km, 3)}
    return answer


def border(town, metres, units=None):
    """A town that a position's circle reaches."""
    unit = (units or {}).get(town.code)
    return {"town": named(town), "distance_m": round(metres, 1)} | ({"unit": named(unit)} if unit else {})


def sides(found):
    """{sides: the towns to choose from, each with its unit}, where the unit depends on it; else nothing."""
    return {"sides": [{"town": named(town), "unit": named(unit)} for town, unit in found]} if found else {}


def position(where):
    """A Place as {lon, lat, town}."""
    return {"lon": round(where.lon, 6), "lat": round(where.lat, 6), "town": named(where.town)}


def candidate(row):
    """A place that words may mean."""
    told = {"town": named(row.town), "village": named(row.village), "precision": row.precision, "score": round(row.score, 4)}
    return told | {"name": row.name, "lon": row.lon, "lat": row.lat}


def handoff(row):
    """Whom to turn to with a matter that is not ours."""
    if row is None:
        return None
    return {"topic": in_language(row.topic, row.topic_en), "to": in_language(row.to, row.to_en), "phone": row.phone}


def danger(row):
    """The number to call first."""
    return {"phone": row.phone, "what": in_language(row.what, row.what_en)} if row else None


def verdict(found):
    """What a text is about."""
    return {
        "scope": found.scope,
        "sure": found.sure,
        "handoff": handoff(found.handoff),
        "danger": danger(found.danger),
        "candidates": [
            named(guess.category) | {"task": guess.category.task, "score": round(guess.score, 4), "because": list(guess.because)}
            for guess in found.guesses
        ],
        "parts": [part(each) for each in found.parts],
    }


def part(each):
    """One of several problems in a text: where the normalised text says it, and what it is."""
    told = named(each.category) | {"task": each.category.task, "score": round(each.score, 4), "because": list(each.because)}
    return told | {"start": each.start, "end": each.end}


@remembered("rules")
def _matters():
    return {row.code: row for row in Handoff.objects.all()}, {row.pk: row for row in Danger.objects.all()}


def reading(report):
    """{scope, handoff, danger} that the first reading saw."""
    handoffs, dangers = _matters()
    seen = report.reading
    return {
        "scope": seen.get("scope"),
        "handoff": handoff(handoffs.get(seen.get("handoff"))),
        "danger": danger(dangers.get(seen.get("danger"))),
    }


def why(ticket):
    """The receipt's sentence in the reader's language."""
    return in_language(ticket.receipt.get("why_zh", ""), ticket.receipt.get("why_en", ""))


def category(row, report=None):
    """{code, name, task} of a category; of a report also whether it was guessed and how surely."""
    if row is None:
        return None
    told = named(row) | {"task": row.task}
    if report is None:
        return told
    guessed = report.guessed and report.category_id == row.pk
    return told | {"guessed": guessed, "confidence": report.reading.get("confidence") if guessed else 1.0}


def report(row, url, towns):
    """A report as its sender may see it: no contact, no staff names. towns: {code: Town} for the borders.

    Its state, unit and date are of the ticket that goes on for it, which is another one after a merge.
    """
    ticket = row.ticket.root()
    seen = reading(row)
    borders = [{"town": named(towns.get(b["town"])), "distance_m": b["distance_m"]} for b in row.reading.get("borders", [])]
    return {
        "code": row.code,
        "state": ticket.state,
        "category": category(ticket.category, row),
        **seen,
        "place": {
            "lon": row.point.x if row.point else None,
            "lat": row.point.y if row.point else None,
            "precision": row.precision,
            "town": named(row.town),
            "village": named(row.village),
            "grid": named(row.grid),
            "borders": borders,
        },
        "unit": named(ticket.unit or ticket.proposed),
        "why": why(ticket),
        "due_at": _iso(ticket.due_at or row.due_at),
        "status_url": url,
    }


def ticket(row, now, codes=()):
    """A ticket in a list. codes: its reports' codes, for dispatchers only."""
    return {
        "id": row.pk,
        "code": row.number,
        "version": row.version,
        "state": row.state,
        "category": category(row.category),
        "town": named(row.town),
        "village": named(row.village),
        "unit": named(row.unit),
        "proposed": named(row.proposed),
        "worker": row.worker.get_username() if row.worker else None,
        "opened_at": _iso(row.opened_at),
        "due_at": _iso(row.due_at),
        "unit_due_at": _iso(row.unit_due_at),
        "late": row.late(now),
        "supervised": row.supervised,
        "reports": list(codes),
        "place": {
            "lon": row.point.x if row.point else None,
            "lat": row.point.y if row.point else None,
            "precision": row.precision,
        },
        "place_name": row.place_name,
    }


def _iso(moment):
    """A moment in the county's time, so that a repeat is spelled as the first answer was."""
    return moment.astimezone(clock.SHANGHAI).isoformat() if moment else None


def told(row, unit):
    """One step of a ticket's life, for the reporter. unit: to which it was sent then, or for which somebody acted."""
    return {"at": _iso(row.at), "step": row.step, "state": row.to_state, "unit": named(unit)}


def event(row):
    """One step of a ticket's life, for staff."""
    told = {"at": _iso(row.at), "step": row.step, "by": row.user.get_username() if row.user else row.actor_kind}
    note = row.said.text if row.said else ""
    return told | {"note": note, "from": row.from_state or None, "to": row.to_state, "given": row.given}


def words_said(each):
    """What a report said, as privacy shows it: {at, text, place_text, hides, gone}."""
    told = {name: getattr(each, name) for name in ("text", "place_text", "hides", "gone")}
    return {"at": _iso(each.report.said_at)} | told


def notice(row, url):
    """One thing that a person was told: its line in the reader's language, and what any program is told of a notice.

    url: of the ticket, or None when it is no longer the person's.
    """
    told = {"id": row.pk, "text": notify.line(row.notice), "read_at": _iso(row.read_at)}
    return told | notify.facts(row.notice) | {"ticket_url": url}


def whole_ticket(row, now, events, steps, codes=(), said=()):
    """One ticket with its events, what the caller may do, the routing receipt, the clock's derivation and what was said."""
    return ticket(row, now, codes) | {
        "events": [event(each) for each in events],
        "may": steps,
        "receipt": {"why": why(row), **{name: row.receipt.get(name) for name in ("unit", "duty", "rank", "edition", "losers")}},
        "clock": clock.explain(row, events=events),
        "said": [words_said(each) for each in said],
    }
