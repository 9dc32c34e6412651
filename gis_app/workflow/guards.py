"""Guards: what must hold of a ticket beside its state and the actor's role, before a step may be taken.

A guard that forbids is about the person (403); any other is about the moment (409).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gis_app.words import ActorKind, StepName

TO_DISPUTE = dt.timedelta(days=15)


@dataclass(frozen=True)
class Guard:
    """holds: (ticket, actor) → whether the step may be taken. why, next: the sentences for when it may not.

    next: what to do instead. One that forbids has none of its own: somebody else is asked.
    """

    holds: Callable
    why: str
    next: str = ""
    forbids: bool = False


def _done_before(step):
    """Whether this report's sender has not taken a step since the ticket was closed last."""

    def holds(ticket, by):
        if by.kind != ActorKind.CITIZEN or ticket.ended_at is None:
            return True
        before = ticket.events.filter(step=step, given__report=by.report.pk, at__gte=ticket.ended_at)
        return not before.exists()

    return holds


def _of_whom_it_is(ticket, by):
    return by.user is not None and ticket.supervised_by_id in (None, by.user.pk)


not_the_finisher = Guard(
    lambda ticket, by: by.user is None or by.user.pk != ticket.finished_by_id, _("经办人自己不行。"), forbids=True
)
nobody_looks_yet = Guard(
    lambda ticket, by: ticket.checker_id is None, _("已经派人去核查了。"), _("等那个人的核查结果，再决定要不要另派。")
)
no_order_of_a_person = Guard(
    lambda ticket, by: not (ticket.supervised_at and ticket.supervised_by_id),
    _("已经有人督办了。"),
    _("要另下督办，请原来督办的人先解除。"),
)
no_order_stands = Guard(lambda ticket, by: not ticket.supervised_at, _("还在督办。"), _("先解除督办，再办这一步。"))
an_order_stands = Guard(lambda ticket, by: ticket.supervised, _("没有督办。"), _("不用回复，也不用解除。"))
by_who_ordered = Guard(_of_whom_it_is, _("谁督办谁解除。"), forbids=True)
nothing_asked = Guard(lambda ticket, by: ticket.asked_until is None, _("已经申请过延期。"), _("等派遣台答复。"))
not_extended_yet = Guard(
    lambda ticket, by: ticket.extended_to is None, _("只能延期一次。"), _("还是来不及，请派遣台看要不要挂账。")
)
something_asked = Guard(
    lambda ticket, by: ticket.asked_until is not None, _("没有人申请延期。"), _("承办单位申请以后，再来答复。")
)
within_15_days = Guard(
    lambda ticket, by: ticket.ended_at is None or timezone.now() <= ticket.ended_at + TO_DISPUTE,
    _("结案超过 15 天了。"),
    _("还没好，就请重新上报。"),
)
not_confirmed_yet = Guard(
    _done_before(StepName.CONFIRM), _("您已经确认过了。"), _("不用再确认；又坏了，结案后 15 天内可以提异议。")
)
not_rated_yet = Guard(_done_before(StepName.RATE), _("您已经评价过了。"), _("一次就够了，不用再评。"))
not_released_yet = Guard(lambda ticket, by: not ticket.released, _("已经公开了。"), _("要收回，办“不公开”这一步。"))
released_before = Guard(lambda ticket, by: ticket.released, _("本来就没有公开。"), _("要公开，办“公开”这一步。"))
