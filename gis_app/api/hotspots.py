"""Tested hotspots: every cell that says something, with its numbers unrounded."""

import datetime as dt

import numpy as np
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router

from gis_app import frames, hotspots
from gis_app.access import SEES_FIGURES, roles_of
from gis_app.api.door import SIGNED_IN, names_only
from gis_app.api.public import Strict
from gis_app.errors import BadField, NotForYou
from gis_app.words import Role, Task
from layers.cells import frame
from layers.hotspots import DRAWS, LEVELS, SEED, Null

router = Router(tags=["staff"])


class HotspotsQuery(Strict):
    task: str
    until: dt.date | None = None
    days: int = Field(hotspots.DEFAULT_DAYS, ge=7, le=hotspots.LONGEST)
    test: str = hotspots.Question.LOAD.value
    per: str | None = None  # people or roads: what the load is held against, where it is loaded
    null: str = Null.TOTAL.value
    mid: bool = False


@router.get("/hotspots", auth=SIGNED_IN, summary="Cells with what the test says of them")
def get_hotspots(request, query: Query[HotspotsQuery]):
    """GeoJSON of every cell with tickets in it or with q < 0.1, numbers unrounded. `change` needs a period before.

    per: people or roads, for the load: p is exact, binomial, of what a cell and its ring have of them (`exposure` is the cell's
    own, people or metres); `p_drawn` of the rates is estimated by seeded draws, null where there is too little for a rate.
    null: total (all values lie anywhere, the own one too) or conditional (the own value stays, as esda permutes), for the load by
    number. mid: half of what was seen itself is counted (mid-p), which is less cautious.
    """
    names_only(request, HotspotsQuery)
    if not roles_of(request.auth) & {*SEES_FIGURES, Role.ANALYST}:
        raise NotForYou
    for name, choices in (("task", Task.values), ("test", hotspots.Question.values), ("null", list(map(str, Null)))):
        if getattr(query, name) not in choices:
            raise BadField(field=name, why=_("只能是：%s。") % "、".join(choices))
    chance = hotspots.Chance(Null(query.null), query.mid)
    board = hotspots.board(query.task, query.until or timezone.localdate(), query.days, query.test, query.per, chance)
    return JsonResponse(told(board), json_dumps_params={"ensure_ascii": False})


def told(board):
    """A Board as GeoJSON (dict). z is null where it is not defined: all counts are equal, or the cell was not tested."""
    found = board.found
    shown = np.flatnonzero((board.counts > 0) | (found.q < LEVELS[-1][0]))
    columns = {
        "count": board.counts[shown].tolist(),
        "z": [None if np.isnan(z) else float(z) for z in found.z[shown]],
        "p": found.p[shown].tolist(),
        "q": found.q[shown].tolist(),
        "class": found.classes[shown].tolist(),
        "trend": [str(trend) for trend in board.trend[shown]],
    }
    if board.held:
        columns["exposure"] = board.held.amounts[shown].tolist()
        columns["p_drawn"] = [None if np.isnan(p) else float(p) for p in board.held.drawn[shown]]
    answer = frames.geojson(frame(board.grid.cells[shown]))
    for feature, *values in zip(answer["features"], *columns.values(), strict=True):
        feature["properties"] |= dict(zip(columns, values, strict=True))
    return answer | {
        "task": board.task,
        "from": board.start.isoformat(),
        "to": board.end.isoformat(),
        "test": str(board.question),
        "null": str(board.chance.null),
        "mid": board.chance.mid,
        "cells": len(board.grid.cells),
        "tested": int(found.tested.sum()),
        "tickets": board.total,
        "least_p": {"hot": found.least[0], "cold": found.least[1]},
        "comparable": board.comparable,
        **(_held(board) if board.held else {}),
    }


def _held(board):
    """What the load was held against, and how many draws an estimated p rests on."""
    held = board.held
    told = {"per": board.per, "least": held.least, "source": held.source, "left_out": held.left_out}
    return told | {"draws": DRAWS, "seed": SEED}
