"""Who answers for what, where: the coverage, for those who may see it."""

import datetime as dt

from ninja import Query, Router

from gis_app import coverage, route
from gis_app.access import SEES_FIGURES, members_of, roles_of
from gis_app.api import shapes
from gis_app.api.door import SIGNED_IN, names_only
from gis_app.api.public import Strict, category_of
from gis_app.errors import BadField, NotForYou
from gis_app.loading.duties import today
from gis_app.locate.points import active_edition
from gis_app.words import Claim, Role

router = Router(tags=["staff"])
ENDING = "ending"  # asked for like a claim: whose duty ends soon


class CoverageQuery(Strict):
    on: dt.date | None = None
    category: str | None = None
    town: str | None = None
    unit: str | None = None
    claim: str | None = None


@router.get("/coverage", response=dict, auth=SIGNED_IN, summary="Who answers for what, where")
def get_coverage(request, query: Query[CoverageQuery]):
    """Every category in every town: the unit, whether nobody or two claim it, when its duty ends. Units see their own fields."""
    names_only(request, CoverageQuery)
    day = query.on or today()
    kinds = [category_of(query.category)] if query.category else None
    found = [
        field for field in coverage.fields(route.in_use(), day, kinds) if fits(field, query) and may_see(request.user, field)
    ]
    counts = {"fields": len(found), "ending": sum(bool(field.ends) for field in found)}
    counts |= {claim.value: sum(field.claim == claim for field in found) for claim in Claim}
    return {"on": day.isoformat(), "counts": counts, "fields": [field_row(field) for field in found]}


def fits(field, query):
    """Whether a field is asked for. Raises BadField."""
    if query.claim is not None and query.claim not in (*Claim.values, ENDING):
        raise BadField(field="claim", why="、".join((*Claim.values, ENDING)))
    if query.town is not None and query.town not in active_edition().towns:
        raise BadField(field="town", why="、".join(sorted(active_edition().towns)))
    claim = ENDING if query.claim == ENDING and field.ends else field.claim.value
    asked = ((query.town, field.spot.town.code), (query.unit, field.answer.unit.code), (query.claim, claim))
    return all(wanted is None or wanted == found for wanted, found in asked)


def may_see(user, field):
    """Leaders, dispatchers and clerks see every field, an officer those of the own unit. Raises NotForYou for others."""
    roles = roles_of(user)
    if roles & set(SEES_FIGURES):
        return True
    if Role.UNIT not in roles:
        raise NotForYou
    units = {member.unit_id for member in members_of(user)}
    return any(answer.unit.pk in units for answer in (field.answer, *(part.answer for part in field.parts)))


def field_row(field):
    """A field as plain data."""
    told = {"category": shapes.named(field.category), "town": shapes.named(field.spot.town), "claim": field.claim.value}
    told |= {"unit": shapes.named(field.answer.unit) if field.answer.duty else None, "ends": field.ends}
    told["duty"] = route.duty_row(field.answer.duty) if field.answer.duty else None
    parts = [
        {
            "area_kind": part.spot.kind,
            "area": {"code": part.spot.code, "name": part.spot.name},
            "claim": part.claim.value,
            "unit": shapes.named(part.answer.unit) if part.answer.duty else None,
        }
        for part in field.parts
    ]
    return told | ({"parts": parts} if parts else {})
