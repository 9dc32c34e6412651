"""A root for each day: all that was appended since the one before, under one hash, signed with a key outside the database."""

import datetime as dt
import hashlib
import struct
from itertools import islice

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from gis_app import audit
from gis_app.clock import SHANGHAI
from gis_app.memory.settled import settled
from gis_app.models import Act, Event, Leaf, Report, Root
from gis_app.models.report import digest_of_words
from gis_app.words import Sealed

ROOT_HASHED = (
    *("day", "made_at", "events_upto", "reports_upto", "acts_upto", "events", "reports", "acts", "acts_hash"),
    "before",
)
HEAD = struct.Struct(">QI32s")  # id, seq, hash
PAGE = 1000  # heads in a leaf
CHUNK = 2000  # rows that are read at once
SAID = ("code", "source", "source_ref", "said_at", "ewkb", "accuracy_m")  # ewkb: the point as the database writes it
PATIENCE = 20  # seconds that a job waits for who is writing; it is asked again in a minute


def key():
    """The key that signs roots."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.ROOT_KEY))


def public_key():
    """The other half of the key, as PEM: whoever has it can verify a root, and not make one."""
    return key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(root):
    """Whether a root bears this key's signature over its hash."""
    try:
        key().public_key().verify(bytes.fromhex(root.signature), root.hash.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def last_ended(now=None):
    """The last day in Shanghai that has ended."""
    return (now or timezone.now()).astimezone(SHANGHAI).date() - dt.timedelta(days=1)


def due():
    """The day that is to be sealed: the last that has ended, or None when it is."""
    day = last_ended()
    return None if Root.objects.filter(day__gte=day).exists() else day


def seal(patience=PATIENCE):
    """Seal all that was appended since the last root. Returns the Root, or None when no day has ended since.

    Twice does nothing more than once, and so do two at once. Raises StillWriting; then nothing was sealed.
    """
    if not due():
        return None
    with transaction.atomic():
        audit.hold("roots")
        if not (day := due()):  # somebody else was faster
            return None
        root = made(day, Root.objects.order_by("-day").first(), settled((Event, Report), patience))
        root.save(force_insert=True)
    note()
    return root


def made(day, last, upto):
    """The root of a day, signed and not stored; its leaves are."""
    act, after = Act.objects.order_by("-seq").first(), last or nothing()
    root = Root(day=day, made_at=timezone.now(), before=last.hash if last else "")
    root.events_upto, root.reports_upto = upto[Event], upto[Report]
    root.acts_upto, root.acts_hash = (act.seq, act.hash) if act else (0, "")
    root.events, root.acts = events_between(after, root).count(), root.acts_upto - after.acts_upto
    leaves = [*_leaves(root, Sealed.TICKETS, heads(after, root)), *_leaves(root, Sealed.REPORTS, said(after, root))]
    root.reports = reports_between(after, root).count()
    root.hash = root_hash(root, leaves)
    root.signature = key().sign(root.hash.encode()).hex()
    return root


def root_hash(root, leaves):
    """SHA-256 over a root's columns and the digests of its leaves, [(of, number, digest)]."""
    body = {name: getattr(root, name) for name in ROOT_HASHED}
    return hashlib.sha256(audit.canonical([body, [list(leaf) for leaf in leaves]]).encode()).hexdigest()


def digest_of(heads):
    """SHA-256 of a leaf."""
    return hashlib.sha256(heads).hexdigest()


def _leaves(root, of, heads):
    """Store what a root lists, a page at a time; yield (of, number, digest) of each."""
    packed = (HEAD.pack(pk, seq, bytes.fromhex(digest)) for pk, seq, digest in heads)
    for number, page in enumerate(iter(lambda: b"".join(islice(packed, PAGE)), b"")):
        Leaf.objects.create(day=root.day, of=of, number=number, heads=page)
        yield of.value, number, digest_of(page)


# ---- what a root holds


def nothing():
    """What there is before the first root."""
    return Root(events_upto=0, reports_upto=0, acts_upto=0)


def events_between(after, root):
    """The events of a root: after the one before."""
    return Event.objects.filter(pk__gt=after.events_upto, pk__lte=root.events_upto)


def reports_between(after, root):
    """The reports of a root: after the one before."""
    return Report.objects.filter(pk__gt=after.reports_upto, pk__lte=root.reports_upto)


def heads(after, root):
    """Yield (ticket id, seq, hash) of the last event of each ticket that a root holds; its hash holds those before."""
    rows = events_between(after, root).order_by("ticket_id", "-seq").distinct("ticket_id")
    return rows.values_list("ticket_id", "seq", "hash").iterator(chunk_size=CHUNK)


def said(after, root):
    """Yield (report id, mark of its words, digest) of each report that a root holds: of what is never changed of it.

    The words are in the digest by theirs, so that they can be removed; the mark, its first 32 bits, tells whether it was they.
    """
    rows = reports_between(after, root).order_by("pk").annotate(ewkb=Cast("point", TextField()))
    rows = rows.values_list("pk", *SAID, "said__text", "said__salt", "said__gone")
    for pk, *row, text, salt, gone in rows.iterator(chunk_size=CHUNK):
        words = digest_of_words(text, salt, gone)
        yield pk, int(words[:8], 16), report_digest(row, words)


def report_digest(row, words):
    """SHA-256 over the columns SAID of a report and its words' digest."""
    body = dict(zip(SAID, row, strict=True))
    return hashlib.sha256(audit.canonical([body, words]).encode()).hexdigest()


# ---- the same once more, outside the database


def noted_in():
    """The file that has a line for each root of this database."""
    return settings.ROOTS / f"{connection.settings_dict['NAME']}.txt"


def noted():
    """[(day, hash)] of the roots that were made, as the file has them."""
    path = noted_in()
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    return [(dt.date.fromisoformat(day), digest) for day, digest in (line.split() for line in lines if line.strip())]


def note():
    """Write into the file what it lacks: also what a process that was killed could not. Only what this key has signed."""
    with transaction.atomic():
        audit.hold("roots")
        known = noted()
        since = Root.objects.filter(day__gt=known[-1][0]) if known else Root.objects.all()
        fresh = [f"{root.day} {root.hash}\n" for root in since.order_by("day") if signed(root)]
        noted_in().parent.mkdir(parents=True, exist_ok=True)
        with noted_in().open("a", encoding="utf-8") as file:
            file.writelines(fresh)
