"""What a step may be given: one name for each input, with how it is asked for and how it is read."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.errors import BadField
from gis_app.models import Category, Handoff, Unit
from gis_app.words import Result, Role, UnitKind

LONGEST_NOTE = 2000


def _row_of(model, label):
    def read(value):
        row = model.objects.filter(code=str(value)).first()
        if row is None:
            raise BadField(field=label, why=_("没有编号为 %s 的一项。") % value)
        return row

    return read


def _working_unit(value):
    unit = _row_of(Unit, _("承办单位"))(value)
    if unit.kind == UnitKind.DESK:
        raise BadField(field=_("承办单位"), why=_("%s只派遣，不承办。") % unit)
    return unit


def _worker(value):
    worker = User.objects.filter(username=str(value), is_active=True, posts__role=Role.WORKER).first()
    if worker is None:
        raise BadField(field=_("网格员"), why=_("没有叫 %s 的网格员。") % value)
    return worker


def choice_of(choices, label):
    """A reader of one of some choices, which raises BadField for anything else."""
    def read(value):
        if value not in choices.values:
            raise BadField(field=label, why=_("只能是：%s。") % "、".join(choices.values))
        return value

    return read


def _degrees(limit, label):
    def read(value):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not abs(number) <= limit:
            raise BadField(field=label, why=_("要 ±%d 以内的度数。") % limit)
        return number

    return read


def _text(value):
    value = str(value).replace("\x00", "").strip()
    if len(value) > LONGEST_NOTE:
        raise BadField(field=_("说明"), why=_("最多 %d 字。") % LONGEST_NOTE)
    return value


@dataclass(frozen=True)
class Input:
    """label: for people. kind: how a form asks. read: from what was sent to what a step is given; raises BadField."""

    label: str
    kind: str
    read: Callable
    free: bool = False  # free text: kept apart from the event's row


INPUTS = {
    "category": Input(gettext_lazy("小类"), "category", _row_of(Category, gettext_lazy("小类"))),
    "unit": Input(gettext_lazy("承办单位"), "unit", _working_unit),
    "worker": Input(gettext_lazy("网格员"), "worker", _worker),
    "suggested": Input(gettext_lazy("建议单位"), "unit", _working_unit),
    "reason": Input(gettext_lazy("原因"), "text", _text, free=True),
    "handoff": Input(gettext_lazy("请市民找谁"), "handoff", _row_of(Handoff, gettext_lazy("请市民找谁"))),
    "note": Input(gettext_lazy("说明"), "text", _text, free=True),
    "result": Input(gettext_lazy("核查结果"), "result", choice_of(Result, gettext_lazy("核查结果"))),
    "lon": Input(gettext_lazy("经度"), "degrees", _degrees(180, gettext_lazy("经度"))),
    "lat": Input(gettext_lazy("纬度"), "degrees", _degrees(90, gettext_lazy("纬度"))),
    "photos": Input(gettext_lazy("照片"), "photos", list),
    "after_photo": Input(gettext_lazy("处置后照片"), "photos", list),  # a need, never sent: met by photos
}


def read_given(step, rule, raw, known=None):
    """What was sent for a step, read: {input: value}. Empty values are left out. Raises BadField for what the step does not take.

    known: a dict that keeps rows read before, for many steps at once.
    """
    given = {}
    for name, value in raw.items():
        value = value.strip() if isinstance(value, str) else value
        if value in (None, "", [], ()):
            continue
        if name not in rule.accepts:
            raise BadField(field=name, why=_("“%s”这一步不收这一项。") % step)
        read = rule.reads.get(name) or INPUTS[name].read
        if known is None or not isinstance(value, str):
            given[name] = read(value)
        else:
            given[name] = known[read, value] if (read, value) in known else known.setdefault((read, value), read(value))
    return given
