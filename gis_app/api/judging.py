"""How work is judged: the indicators, for those who may see them."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router

from gis_app import access
from gis_app.api.door import SIGNED_IN, names_only
from gis_app.api.public import Strict
from gis_app.assess import indicators, periods
from gis_app.errors import BadField, NotForYou
from gis_app.words import Role
from layers import funnel

router = Router(tags=["staff"])
EVERYTHING = {*access.SEES_FIGURES, Role.ANALYST}


class IndicatorsQuery(Strict):
    by: str = "unit"
    from_: dt.date | None = Field(None, alias="from")
    to: dt.date | None = None


@router.get("/indicators", response=dict, auth=SIGNED_IN, summary="Indicators of a period")
def get_indicators(request, query: Query[IndicatorsQuery]):
    """{by, from, to, lines, county}: counts, and of each indicator part, whole, share (null of nothing) and verdict.

    By unit, town, worker or category; days in Asia/Shanghai, both included, by default today and the 89 before; a period that
    is not over ends now. A unit sees its own line, a worker the own one, without the county's.
    """
    names_only(request, IndicatorsQuery)
    start, end = days_of(query)
    own = own_codes(request.user, query.by)
    facts = indicators.facts(start, end)
    [county] = indicators.lines(indicators.COUNTY, facts)
    lines = [line for line in indicators.lines(query.by, facts) if own is None or line.code in own]
    told = {"by": query.by, "from": start.isoformat(), "to": end.isoformat()}
    told["lines"] = [line_row(line, county) for line in lines]
    return told | ({"county": line_row(county, county)} if own is None else {})


def days_of(query):
    """(first day, last day) that are asked for. Raises BadField."""
    end = query.to or periods.today(timezone.now())
    periods.checked(end, end)  # before days are taken from it
    return periods.checked(query.from_ or end - dt.timedelta(days=periods.LAST_DAYS - 1), end)


def own_codes(user, by):
    """The codes of the lines that this person may see; None for all. Raises BadField for an unknown `by`, NotForYou."""
    if by not in indicators.BY:
        raise BadField(field="by", why=_("只能是：%s。") % "、".join(indicators.BY))
    roles = access.roles_of(user)
    if roles & EVERYTHING:
        return None
    if by == "unit" and Role.UNIT in roles:
        return {member.unit.code for member in access.members_of(user) if member.role == Role.UNIT}
    if by == "worker" and Role.WORKER in roles:
        return {user.username}
    raise NotForYou


def line_row(line, county):
    """A Line as plain data."""
    return {"code": line.code, "name": str(line.name), "counts": line.counts} | {
        "ratios": {key: ratio_row(ratio, county.ratios[key]) for key, ratio in line.ratios.items()}
    }


def ratio_row(ratio, county):
    """A Ratio with its place in the county's funnel; the county itself is always within."""
    return {**ratio._asdict(), "share": ratio.share, "verdict": funnel.verdict(*ratio, county.share).name}
