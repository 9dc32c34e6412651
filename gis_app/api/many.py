"""One step of many tickets in one call: each is judged and answered for itself."""

from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Header, Router
from pydantic import create_model

from gis_app import workflow
from gis_app.access import actor_of, tickets_for
from gis_app.api import shapes
from gis_app.api.door import SIGNED_IN, problem_body
from gis_app.api.public import Strict
from gis_app.api.staff import BIGGEST, LOADED, NOT_TEXT, WRITTEN, codes_of
from gis_app.errors import BadField, Problem, StepNeeds
from gis_app.words import Role
from gis_app.workflow.advance import digest_of

router = Router(tags=["staff"])


class Picked(Strict):
    id: int = Field(ge=1, le=BIGGEST)
    seen: int | None = Field(None, ge=1, le=2**31 - 1)


ManyIn = create_model(
    "ManyIn",
    __base__=Strict,
    __doc__="A step, the tickets that it is for with the version seen of each, and the step's inputs; no photos.",
    step=(str, ...),
    tickets=(list[Picked], Field(min_length=1, max_length=workflow.MOST_AT_ONCE)),
    **{name: (str | int | list | None if name in NOT_TEXT else str | None, None) for name in WRITTEN},
)


@router.post("/tickets/steps", response=dict, auth=SIGNED_IN, summary="Take one step of many tickets")
def post_steps(request, asked: ManyIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""):
    """{results}, in the order asked for: of each ticket what came of it, with its problem where the step was refused.

    Each is a transaction of its own: what is done stays done. A repeat under the same key does nothing twice, and tries again
    what was refused.
    """
    rule = rule_of(asked)
    raw = {name: value for name in WRITTEN if (value := getattr(asked, name)) is not None}
    given = workflow.read_given(asked.step, rule, raw)
    actor, seen = actor_of(request.user), {each.id: each.seen for each in asked.tickets}

    def act(ticket, version):
        if version is None and not rule.additive:
            raise BadField(field="seen", why=_("要带上看到的版本号。"))
        digest = digest_of(asked.step, version, sorted(raw.items()))
        return workflow.advance(ticket, asked.step, actor, version, key[:200], digest, **given)

    found = workflow.one_by_one(tickets_for(request.user).in_bulk(seen), seen, act)
    return {"results": told(request.user, actor, found)}


def rule_of(asked):
    """The row of the step asked for. Raises BadField for a step that is none, for a ticket named twice; StepNeeds for photos."""
    if asked.step not in workflow.STEPS or asked.step == "open":
        raise BadField(field="step", why=_("没有“%s”这一步。") % asked.step)
    if len({each.id for each in asked.tickets}) < len(asked.tickets):
        raise BadField(field="tickets", why=_("同一件写了两次。"))
    rule = workflow.STEPS[asked.step]
    if "photos" in rule.needs:
        raise StepNeeds("photos", workflow.INPUTS["photos"].label)
    return rule


def told(user, actor, found):
    """The outcomes as the answer has them; the tickets are read again, all at once."""
    done = [event.ticket_id for _pk, event in found if not isinstance(event, Problem)]
    rows = tickets_for(user).select_related(*LOADED).prefetch_related("reports").in_bulk(done)
    now, dispatcher = timezone.now(), Role.DISPATCHER in actor.roles

    def one(pk, outcome):
        if isinstance(outcome, Problem):
            return {"id": pk, "ok": False} | problem_body(outcome)
        row = rows.get(pk, outcome.ticket)  # it may be out of reach now, as a look is when it has been reported
        return {"id": pk, "ok": True, "status": 200, "ticket": shapes.ticket(row, now, codes_of(row, dispatcher))}

    return [one(pk, outcome) for pk, outcome in found]
