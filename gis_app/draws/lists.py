"""The two lists that a draw is made of: closed tickets and checkers, and who may not check what. Text as it is published.

A ticket is {ticket, town, unit, units, people}: its number, the code of its town, of the unit that mended it, of all units
whose people took a step on it, and the checkers who took one themselves and are not barred by town or unit already.
A checker is {checker, units, towns}: a name without a person, the codes of the units that they belong to and of their towns.
Lists within a field are divided by spaces.
"""

import csv
import datetime as dt
import io
from collections import defaultdict

from gis_app import clock
from gis_app.models import Event, Member, Ticket, Unit
from gis_app.words import ActorKind, State, UnitKind

TICKET, CHECKER = ("ticket", "town", "unit", "units", "people"), ("checker", "units", "towns")


def as_text(columns, rows):
    """Rows as the text of a CSV file, lines ended by \\n."""
    out = io.StringIO()
    table = csv.DictWriter(out, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def rows_of(text):
    """[{column: text}] of a CSV file's text."""
    return list(csv.DictReader(io.StringIO(text)))


def in_conflict(ticket, checker):
    """Whether a checker may not look at a ticket: it lies in their town, their unit worked on it, or they did themselves."""
    town = ticket["town"] in checker["towns"].split()
    unit = set(ticket["units"].split()) & set(checker["units"].split())
    return bool(town or unit or checker["checker"] in ticket["people"].split())


def pool(roles):
    """([checker], {checker's name: id of the person}) of everybody who holds one of these roles.

    A name is the unit's code and a number within it; the desk's people belong to the desk. What a person does in another
    post counts for conflicts too.
    """
    holders = Member.objects.filter(role__in=roles, user__is_active=True).values("user")
    posts = Member.objects.filter(user__in=holders).select_related("unit__town").order_by("user_id", "unit__code")
    held, desk = defaultdict(list), Unit.objects.get(kind=UnitKind.DESK).code
    for post in posts:
        held[post.user_id].append(post.unit)
    rows, people, numbers = [], {}, defaultdict(int)
    for user, units in held.items():
        codes = sorted({unit.code for unit in units if unit})
        home = codes[0] if codes else desk
        numbers[home] += 1
        name = f"{home}-{numbers[home]:02d}"
        towns = sorted({unit.town.code for unit in units if unit and unit.town})
        rows.append({"checker": name, "units": " ".join(codes), "towns": " ".join(towns)})
        people[name] = user
    return sorted(rows, key=lambda row: row["checker"]), people


def closed(start, end):
    """Tickets closed from one day to another, both included, that no earlier draw has drawn; by number."""
    first = dt.datetime.combine(start, dt.time(), clock.SHANGHAI)
    after = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), clock.SHANGHAI)
    within = Ticket.objects.filter(state=State.CLOSED, ended_at__gte=first, ended_at__lt=after, drawn_checks__isnull=True)
    return within.order_by("pk")


def hands(tickets):
    """({ticket: codes of units}, {ticket: ids of people}) of whoever took a step on these tickets."""
    units, people = defaultdict(set), defaultdict(set)
    taken = Event.objects.filter(ticket__in=tickets.order_by().values("pk"), actor_kind=ActorKind.MEMBER).order_by()
    for ticket, unit, user in taken.values_list("ticket_id", "unit__code", "user_id").distinct():
        units[ticket] |= {unit} if unit else set()
        people[ticket].add(user)
    return units, people


def candidates(start, end, checkers, people):
    """([ticket], how many were left out): what was closed in a period, without what nobody in the pool may check."""
    tickets, names = closed(start, end), {user: name for name, user in people.items()}
    units, by = hands(tickets)
    rows, every = [], {row["checker"]: row for row in checkers}
    found = tickets.select_related("town", "unit").only("town__code", "unit__code")
    for ticket in found:
        codes = sorted(units[ticket.pk] | {ticket.unit.code})
        row = {"ticket": ticket.number, "town": ticket.town.code, "unit": ticket.unit.code, "units": " ".join(codes)}
        themselves = sorted(names[user] for user in by[ticket.pk] & names.keys())
        row["people"] = " ".join(name for name in themselves if not in_conflict(row | {"people": ""}, every[name]))
        rows.append(row)
    kept = [row for row in rows if any(not in_conflict(row, checker) for checker in checkers)]
    return kept, len(rows) - len(kept)
