"""What a step costs: questions to the database, the same however long the ticket's story is and however many it tells."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gis_app import workflow
from gis_app.access import actor_of
from gis_app.audit import plain
from gis_app.models import Ticket
from tests.conftest import LOTUS_LANE, photo

MOST = 3  # the row held, what was before it, and all that is written


def asked_by(ticket, step, person, **given):
    """The statements of one step, without savepoints; the person's posts are known already, as they are in a request."""
    row, actor = Ticket.objects.get(pk=ticket["id"]), actor_of(person.user)
    with CaptureQueriesContext(connection) as asked:
        workflow.advance(row, step, actor, row.version, f"key of {step} {row.version}", "digest", **given)
    return [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("start", {}),
        ("comment", {"note": "看过"}),  # words, but no row that changes and nobody who is told
        ("return", {"reason": "不是我们的"}),
    ],
)
def test_a_step_asks_three_times(cast, step, given):
    asked = asked_by(cast.dispatched(), step, cast.officer, **given)
    assert len(asked) <= MOST, "\n".join(asked)


def test_a_long_story_asks_no_more_often_than_a_short_one(cast):
    ticket = cast.dispatched()
    short = len(asked_by(ticket, "start", cast.officer))
    for _ in range(3):
        cast.officer.takes(ticket, "finish", note="换了", photos=[photo()])
        cast.dispatcher.takes(ticket, "rework", reason="还是那样")
    cast.dispatcher.takes(ticket, "recall", reason="再看")
    cast.dispatcher.takes(ticket, "dispatch", unit=ticket["unit"]["code"])
    assert len(asked_by(ticket, "start", cast.officer)) == short


def test_what_a_step_answers_is_the_row_as_it_now_stands(cast):
    row = Ticket.objects.get(pk=cast.dispatched()["id"])
    lon, lat = LOTUS_LANE
    answered = workflow.advance(row, "relocate", actor_of(cast.dispatcher.user), 3, lon=lon, lat=lat).ticket
    assert (answered.version, answered.unit) == (5, None), "it lies in another unit's area: recalled in the same transaction"
    stored = Ticket.objects.get(pk=row.pk)
    for field in Ticket._meta.concrete_fields:
        assert plain(getattr(answered, field.attname)) == plain(getattr(stored, field.attname)), field.name
