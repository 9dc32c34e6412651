"""What happened: events, appended and chained by their hashes."""

import datetime as dt
import hashlib
import json
from json.encoder import c_make_encoder, encode_basestring

from django.utils import timezone

from gis_app.models import Act, Event, Stamp, Ticket, Words
from gis_app.models.ticket import BESIDE

ACT_HASHED = ("seq", "at", "user_id", "act", "about", "given")
HASHED = ("ticket_id", "seq", "step", "at", "actor_kind", "user_id", "unit_id", "from_state", "to_state", "given", "change")
EMPTY_AT_FIRST = [each.attname for each in Ticket._meta.concrete_fields if each.null and each.name != "point"]  # told by the cell


def _spelled(value):
    """A moment to the microsecond in UTC; anything else as its text."""
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else str(value)


SAME = {str, int, float, bool, type(None)}
# What a JSONEncoder makes anew for each text: without a memory of what it has met, since no value holds itself, names in order.
ENCODER = c_make_encoder(None, _spelled, encode_basestring, None, ":", ",", True, False, True)


def canonical(value):
    """JSON with one spelling, so that equal things have equal hashes."""
    return "".join(ENCODER(value, 0))


def hash_of(event):
    """SHA-256 over the hash before, the digest of the free text and the canonical JSON of the rest."""
    body = {name: getattr(event, name) for name in HASHED}
    return hashlib.sha256(canonical([event.before, event.said_digest, body]).encode()).hexdigest()


def rows(event):
    """What a sealed Event is stored as, in this order: its words, if any, and itself."""
    return [event.said, event] if event.said else [event]


def seal(event, note="", before=None):
    """Chain a built Event behind `before` (the ticket's last event, or None): number, words and hashes; nothing is stored."""
    event.seq = before.seq + 1 if before else 1
    event.before = before.hash if before else ""
    event.given, event.change = plain(event.given), plain(event.change)
    if note:
        event.said = Words(text=note)
        event.said_digest = event.said.digest
    event.hash = hash_of(event)
    return event


def plain(value):
    """As the database will give it back: what is hashed is what is read."""
    return _read_back(value) if value else value


def _read_back(value):
    """A value as JSON gives it back; the usual ones need not be written and read for that."""
    if type(value) in SAME:
        return value
    if isinstance(value, dt.datetime):
        return _spelled(value)
    if isinstance(value, str):  # a choice
        return str.__str__(value)
    if type(value) is dict and all(type(name) is str for name in value):
        return {name: each if type(each) in SAME else _read_back(each) for name, each in value.items()}
    return json.loads(canonical(value))


def told_in(*steps):
    """The events of these steps with their words, newest first for each ticket."""
    return Event.objects.filter(step__in=steps).select_related("said").order_by("ticket", "-seq")


def unbroken(events):
    """Whether these events of one ticket, in order, are numbered, chained and unaltered."""
    before = None
    for event in events:
        if event.seq != (before.seq + 1 if before else 1) or event.before != (before.hash if before else ""):
            return False
        if event.hash != hash_of(event) or (event.said.digest if event.said else "") != event.said_digest:
            return False
        before = event
    return True


def raises_version(change):
    """Whether a change is of the work itself; what stands beside it makes nobody's step stale."""
    return bool(change.keys() - BESIDE)


def adds_up(events, ticket):
    """Whether the ticket's row is what its events made of it; not so when the last ones are missing, or the row was altered."""
    return not differing(events, ticket)


def differing(events, ticket):
    """[column] of a ticket's row that are not what its events made of them."""
    told, version = dict.fromkeys(EMPTY_AT_FIRST), 0
    for event in events:
        told |= event.change
        version += raises_version(event.change)
    told.pop("grid_id", None)  # a grid that is dissolved leaves its tickets by itself
    told["version"] = version
    now = {name: getattr(ticket, name) for name in told}
    return [name for name, value in told.items() if now[name] != value and _as_told(now[name]) != value]


def _as_told(value):
    """What a column holds as events tell it; moments, which are most of what needs it, by the short way."""
    return _spelled(value) if isinstance(value, dt.datetime) else plain(value)


def remember(act, about, user=None, **given):
    """Append what a member of staff did outside a ticket, in the caller's transaction. user: None from the shell."""
    hold()
    last = Act.objects.order_by("-seq").first()
    row = Act(act=act, about=about, user=user, given=plain(given), at=timezone.now())
    row.seq, row.before = (last.seq + 1, last.hash) if last else (1, "")
    row.hash = act_hash(row)
    row.save(force_insert=True)
    return row


def hold(chain="acts"):
    """From here to the end of the transaction nobody else writes into the log of acts, or another chain: it is one."""
    Stamp.objects.get_or_create(name=chain, defaults={"value": 0})
    Stamp.objects.select_for_update().get(name=chain)


def act_hash(row):
    """SHA-256 over the hash before and the canonical JSON of the rest."""
    return hashlib.sha256(canonical([row.before, {name: getattr(row, name) for name in ACT_HASHED}]).encode()).hexdigest()


def broken_acts(rows):
    """The numbers of acts, given in order, that are altered or do not follow the one before."""
    broken, before = [], None
    for row in rows:
        follows = row.seq == (before.seq + 1 if before else 1) and row.before == (before.hash if before else "")
        if not follows or row.hash != act_hash(row):
            broken.append(row.seq)
        before = row
    return broken
