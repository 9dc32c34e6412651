"""The roots of days: each as it was made and signed, and what it lists still there."""

from itertools import pairwise

from gis_app.memory.faults import Fault
from gis_app.memory.sealing import (
    HEAD,
    digest_of,
    events_between,
    heads,
    noted,
    reports_between,
    root_hash,
    said,
    signed,
)
from gis_app.models import Act, Event, Leaf, Root, Ticket
from gis_app.words import Sealed

FEW = 10  # leaves that are read at once, 44 KB each


def faults(after, checked):
    """Yield the faults of the roots after one, and of what they hold."""
    roots = list(Root.objects.filter(day__gt=after.day) if after.day else Root.objects.all())
    checked.roots, checked.sealed_upto = len(roots), roots[-1].day if roots else after.day
    for before, root in pairwise([after, *roots]):
        yield from of_root(before, root)
        yield from in_tickets(before, root)
        yield from in_reports(before, root)
        yield from in_acts(root)
    yield from unlike_the_file([after, *roots] if after.day else roots, after)


def of_root(before, root):
    """Yield what is wrong with a root itself."""
    day = root.day.isoformat()
    leaves = Leaf.objects.filter(day=root.day).order_by("of", "number").values_list("of", "number", "heads")
    listed = sorted(((of, number, digest_of(bytes(page))) for of, number, page in leaves.iterator(FEW)), key=_as_made)
    if not signed(root):
        yield Fault("signature-wrong", day=day)
    if root.before != before.hash:
        yield Fault("root-broken", day=day, detail="it does not follow the root before")
    elif root.hash != root_hash(root, listed):
        yield Fault("root-broken", day=day, detail="it is not made of what it lists")
    elif root.events != events_between(before, root).count() or root.reports != reports_between(before, root).count():
        yield Fault("root-broken", day=day, detail="the number of events or reports is another one")


def _as_made(leaf):
    """Tickets first, as a root is made."""
    return list(Sealed).index(leaf[0]), leaf[1]


def unlike_the_file(roots, after):
    """Yield the days whose root is not the one that was noted outside the database."""
    there, known = {root.day: root.hash for root in roots}, dict(noted())
    for day in sorted(there.keys() | known.keys()):
        if after.day and day < after.day or known and day > max(known):  # the newest may not be noted yet
            continue
        if day not in there:
            yield Fault("missing", day=day.isoformat(), detail="the day's root")
        elif known and known.get(day) != there[day]:
            yield Fault("root-broken", day=day.isoformat(), detail="another one was made that day")


# ---- what a root lists, and what is there


def apart(listed, there):
    """Yield (id, listed, there) where two streams of (id, seq, hash), each by id, are not alike; None where one has nothing."""
    left, right = next(listed, None), next(there, None)
    while left or right:
        pk = min(each[0] for each in (left, right) if each)
        mine, other = (each if each and each[0] == pk else None for each in (left, right))
        if mine != other:
            yield pk, mine, other
        left = next(listed, None) if mine else left
        right = next(there, None) if other else right


def listed_in(root, of):
    """Yield (id, seq, hash) of all that the leaves of a root list."""
    for (page,) in Leaf.objects.filter(day=root.day, of=of).order_by("number").values_list("heads").iterator(FEW):
        whole = bytes(page)[: len(page) // HEAD.size * HEAD.size]
        yield from ((pk, seq, digest.hex()) for pk, seq, digest in HEAD.iter_unpack(whole))


def in_tickets(before, root):
    """Yield the tickets whose last event in a root is not the one that the root lists."""
    for pk, listed, there in apart(listed_in(root, Sealed.TICKETS), iter(heads(before, root))):
        number, sealed = Ticket(pk=pk).number, f"sealed on {root.day}"
        last, now = listed[1] if listed else 0, there[1] if there else 0
        if last == now:
            step = Event.objects.filter(ticket_id=pk, seq=now).values_list("step", flat=True).first() or ""
            yield Fault("altered", number, now, step, detail=f"it and what it follows, since it was {sealed}")
        elif now < last:
            yield from (Fault("missing", number, seq, detail=sealed) for seq in range(now + 1, last + 1) if not here(pk, seq))
        else:
            steps = dict(Event.objects.filter(ticket_id=pk, seq__gt=last, seq__lte=now).values_list("seq", "step"))
            yield from (Fault("inserted", number, seq, step, detail=f"after it was {sealed}") for seq, step in steps.items())


def here(ticket, seq):
    """Whether a ticket has an event of this number: in another root perhaps."""
    return Event.objects.filter(ticket_id=ticket, seq=seq).exists()


def in_reports(before, root):
    """Yield the reports that are not as a root lists them."""
    for pk, listed, there in apart(listed_in(root, Sealed.REPORTS), said(before, root)):
        ticket = Ticket.objects.filter(reports=pk).first()
        kind = "inserted" if not listed else "missing" if not there else "words-changed" if listed[1] != there[1] else "altered"
        yield Fault(kind, ticket.number if ticket else "", report=pk, detail=f"since it was sealed on {root.day}")


def in_acts(root):
    """Yield the act that ends a root, when it is not the one that the root holds."""
    if root.acts_upto == 0:
        return
    act = Act.objects.filter(seq=root.acts_upto).first()
    if act is None:
        yield Fault("missing", seq=root.acts_upto, detail=f"sealed on {root.day}")
    elif act.hash != root.acts_hash:
        yield Fault("altered", seq=act.seq, detail=f"it or one before, since it was sealed on {root.day}")
