"""Something stands against a step at this moment: whoever tries it is told what, why, and what to do instead."""

from dataclasses import replace

import pytest
from django.utils import translation

from gis_app import access, workflow
from gis_app.errors import NotNow
from gis_app.models import Ticket
from gis_app.workflow.advance import refusal
from gis_app.workflow.steps import EVERYONE
from tests.conftest import photo

GUARDED = [(name, guard) for name, rule in workflow.STEPS.items() for guard in rule.guards if not guard.forbids]


@pytest.mark.parametrize(("step", "guard"), GUARDED, ids=[f"{name}-{number}" for number, (name, _guard) in enumerate(GUARDED)])
def test_whatever_can_stand_against_a_step_says_what_why_and_what_next_in_both_languages(step, guard):
    never = replace(guard, holds=lambda ticket, by: False)
    rule = replace(workflow.STEPS[step], sources=frozenset({""}), who=EVERYONE, guards=(never,))
    told = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            problem = refusal(step, rule, Ticket(state=""), access.SYSTEM, set())
            told[language] = [problem.told(part) for part in ("what", "why", "next")]
    assert (type(problem), problem.status, problem.slug) == (NotNow, 409, "wrong-state")
    for sentences in told.values():
        assert all(sentences) and len(set(sentences)) == 3, sentences
    assert all(chinese != english for chinese, english in zip(*told.values(), strict=True)), told


def test_programs_and_pages_are_told_so(cast):
    ticket = cast.dispatched()
    told = cast.officer.tries(ticket, "answer", note="周三到").json()
    assert (told["type"], told["detail"], told["next"]) == ("wrong-state", "没有督办。", "不用回复，也不用解除。")
    form = {"step": "answer", "seen": ticket["version"], "note": "周三到", "photos": photo()}
    page = cast.officer.client.post(f"/tickets/{ticket['id']}/steps", form)
    assert page.status_code == 409 and "不用回复，也不用解除。" in page.content.decode()
