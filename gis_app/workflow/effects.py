"""What steps do to the row beside its state: to the clocks, to what they find out, to what they leave open.

Each effect is a function (ticket, by, at, given) → columns of the row, and changes nothing itself. It raises BadField for
what cannot be.
"""

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from gis_app import clock, locate, route
from gis_app.errors import BadField
from gis_app.words import OPEN_STATES, Precision, Role, State
from gis_app.workflow.inputs import INPUTS
from layers import cells

NO_UNIT = {"dispatched_at": None, "unit_due_at": None}  # the unit's time stops, the county's runs on


def nothing(ticket, by, at, given):
    """Nothing beside the state."""
    return {}


# ---- the clocks


def begin(ticket, by, at, given):
    """The county's promise starts with acceptance."""
    category = given.get("category") or ticket.category
    return {"accepted_at": at, "due_at": clock.due(at, *clock.limit_of(category))}


def begin_anew(ticket, by, at, given):
    """A new promise, as if it had been accepted now; what was granted for the first one is over."""
    return begin(ticket, by, at, given) | NO_UNIT | {"extended_to": None}


def begin_units(ticket, by, at, given):
    """The unit's own time starts with dispatch and never outlasts the county's promise."""
    own = clock.due(at, *clock.limit_of(ticket.category), whose=given["unit"].pk)
    return {"dispatched_at": at, "unit_due_at": min(own, ticket.due_at)}


def stop_units(ticket, by, at, given):
    """The unit's time stops, the county's runs on; a pause ends."""
    return after_the_pause(ticket, by, at, given) | NO_UNIT if ticket.state == State.SUSPENDED else NO_UNIT


def hold(ticket, by, at, given):
    """The unit's time stands still at a finish."""
    return {"finished_at": at, "finished_by": by.user}


def go_on(ticket, by, at, given):
    """The unit's time goes on, moved by what it stood still; the finish no longer stands."""
    due = clock.shifted(ticket.unit_due_at, ticket.finished_at, at, ticket.category.limit_unit, whose=ticket.unit_id)
    return {"unit_due_at": due, "finished_at": None, "finished_by": None}


def end(ticket, by, at, given):
    """All clocks end."""
    return {"ended_at": at}


def pause(ticket, by, at, given):
    """Both clocks stand still until the day that was named."""
    until = ahead(given["until"], at)
    return {"suspended_at": at, "suspended_until": until, "resume_to": ticket.state}


def after_the_pause(ticket, by, at, given):
    """Both clocks go on, moved by the time that they stood still."""
    stood, unit = (ticket.suspended_at, at), ticket.category.limit_unit
    moved = {"due_at": clock.shifted(ticket.due_at, *stood, unit)}
    if ticket.unit_due_at:
        moved["unit_due_at"] = clock.shifted(ticket.unit_due_at, *stood, unit, whose=ticket.unit_id)
    return moved | {"suspended_at": None, "suspended_until": None, "resume_to": ""}


def extend(ticket, by, at, given):
    """The due dates move to what was asked, or to what was granted instead, once; never to an earlier day."""
    until = ahead(given.get("until") or ticket.asked_until, at)
    dues = {"due_at": max(until, ticket.due_at), "unit_due_at": max(until, ticket.unit_due_at)}
    return dues | {"extended_to": until, "asked_until": None}


def asked_for(ticket, by, at, given):
    """The day that the unit asks for; it lies ahead, and behind the one that it has."""
    if ahead(given["until"], at) <= ticket.unit_due_at:
        raise BadField(field=INPUTS["until"].label, why=_("要晚于现在的时限 %s。") % clock.printed(ticket.unit_due_at))
    return {"asked_until": given["until"]}


def ahead(until, at):
    """A moment that lies ahead. Raises BadField."""
    if until <= at:
        raise BadField(field=INPUTS["until"].label, why=_("要晚于现在。"))
    return until


# ---- orders (督办) and checks (核实, 核查)


def order(ticket, by, at, given):
    """An order stands from now on, with the day by which it is to be answered."""
    return {"supervised_at": at, "supervised_by": by.user, "answer_due_at": ahead(given["until"], at), "answered_at": None}


def answered(ticket, by, at, given):
    """The order is answered; it stands until whoever gave it lifts it."""
    return {"answered_at": at}


def one_to_look(ticket, by, at, given):
    """Nobody is sent to check their own work."""
    if given["worker"].pk == ticket.finished_by_id:
        raise BadField(field=INPUTS["worker"].label, why=_("办理的人不能核查自己办的。"))
    return {"checker": given["worker"]}


# ---- where, what, whose


def same_place(ticket, by, at, given):
    """Another category at the same place: who answers for it is asked anew."""
    category = given.get("category")
    if category is None or category.pk == ticket.category_id:
        return {}
    kept = ticket.receipt.get("where") or {"town": ticket.town.code}
    found = routed(category, {**kept, "zones": tuple(kept.get("zones", ()))}, ticket.town, ticket.edition_id, ticket.opened_at)
    found["receipt"] |= {name: ticket.receipt[name] for name in ("side", "flags") if name in ticket.receipt}
    return found


def another_kind(ticket, by, at, given):
    """Another category at the same place: who answers is asked anew, and the limit counts from acceptance."""
    category = given.get("category")
    if category is None or category.pk == ticket.category_id:
        raise BadField(field=INPUTS["category"].label, why=_("选另一类。"))
    return same_place(ticket, by, at, given) | due_anew(ticket, category)


def dates_of_now(ticket, by, at, given):
    """The due dates as the calendar, the office hours and the limits of now make them: the desk's own before acceptance."""
    return clock.dates_of(ticket, clock.moments_of(ticket) if ticket.accepted_at else ())


def due_anew(ticket, category):
    """The due dates worked out anew from what happened; none before acceptance."""
    if not ticket.accepted_at:
        return {}
    found = clock.derive(clock.moments_of(ticket), category, ticket.unit_id)
    return {"due_at": found.due_at, "unit_due_at": found.unit_due_at}


def new_place(ticket, by, at, given):
    """The place read anew under the boundaries in use, and who answers there. Raises OutsideArea, SwappedCoordinates."""
    lon, lat = given.get("lon", ticket.point and ticket.point.x), given.get("lat", ticket.point and ticket.point.y)
    found, place = place_at(lon, lat)
    village = place.village
    if village is None and ticket.village and ticket.village.town_id == place.town.pk and "lon" not in given:
        village = ticket.village  # known by its name
    where = locate.where_is(place) | {"village": village.code if village else None}
    known = Precision.POINT if "lon" in given else ticket.precision  # read anew, a village's point is still a village's
    found |= {"village": village, "precision": known}
    found |= routed(ticket.category, where, place.town, place.edition, ticket.opened_at)
    found["receipt"] |= {"flags": ticket.receipt["flags"]} if "flags" in ticket.receipt else {}
    return found


def place_at(lon, lat):
    """(columns of a row, Place) of a point under the boundaries in use. Raises OutsideArea, SwappedCoordinates."""
    locate.town_of(lon, lat)  # raises outside
    place = locate.at_point(lon, lat)
    found = {"town": place.town, "village": place.village, "grid": place.grid, "edition_id": place.edition}
    found |= {"place_name": place.name, "point": Point(lon, lat, srid=4326), "precision": Precision.POINT}
    return found | {"cell": cells.cell_of(lon, lat)}, place


def routed(category, where, town, edition_id, reported):
    """Who answers, by the duties that held on the day of the report: what came later does not judge it."""
    answer = route.answer(category, route.Where(**where), reported.astimezone(clock.SHANGHAI).date())
    return {"proposed": answer.unit, "receipt": route.receipt(answer, category, town, edition_id) | {"where": where}}


def one_of_the_unit(ticket, by, at, given):
    """Nothing, when the worker is one of the ticket's unit. Raises BadField."""
    if given.get("worker") and not given["worker"].posts.filter(role=Role.WORKER, unit=ticket.unit_id).exists():
        raise BadField(
            field=INPUTS["worker"].label,
            why=_("%(worker)s 不是%(unit)s的人。") % {"worker": given["worker"].username, "unit": ticket.unit},
        )
    return {}


# ---- one ticket and another


def into_the_other(ticket, by, at, given):
    """Another open ticket goes on for both; the day and the place where this one stood are remembered."""
    other = given["other"]
    if other.pk == ticket.pk:
        raise BadField(field=INPUTS["other"].label, why=_("%(number)s 就是这一件。") % {"number": other.number})
    if other.state not in OPEN_STATES:
        raise BadField(
            field=INPUTS["other"].label,
            why=_("%(number)s 现在是“%(state)s”，只能并到另一件没办完的。")
            % {"number": other.number, "state": other.get_state_display()},
        )
    return {"merged_into": other, "resume_to": ticket.state, "ended_at": at}


def out_of_the_other(ticket, by, at, given):
    """It goes on by itself, where it was."""
    return {"merged_into": None, "resume_to": "", "ended_at": None}
