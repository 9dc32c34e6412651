"""How many: counts that are the tickets' own, whatever happened to these and whenever the counts are folded."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gis_app import tally
from gis_app.models import CategoryMonth, CellCount, TaskDay, TaskMonth, Ticket, UnitDay
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.ledger import counted, recounted
from tests.walks import STARTS, turns, walk

walks = st.lists(st.tuples(st.sampled_from(STARTS), turns, st.booleans()), min_size=1, max_size=3)


def rolled_up(*options):
    """What `manage rollup` says."""
    out = io.StringIO()
    call_command("rollup", *options, stdout=out)
    return out.getvalue()


def rows():
    """The stored counts as they stand, without their ids."""
    models = (CellCount, TaskMonth, TaskDay, CategoryMonth, UnitDay)
    return [sorted([row[1:] for row in model.objects.values_list()], key=str) for model in models]


def read(person):
    """Everything that a leader can read of counts: each task's squares at each size, and its towns."""
    told = {}
    for task in "六八七九":
        for res in (7, 8, 9):
            answer = person.client.get("/api/v1/heat", {"task": task, "res": res, "format": "counts"})
            told[task, res] = answer.json()
        told[task] = person.client.get("/api/v1/heat", {"task": task}).json()["towns"]
    return told


@pytest.fixture
def lived(cast):
    """Some tickets: two on one square, one of them rejected; one of another kind; one known by its town only."""
    for start, taken in ((STARTS[0], [0]), (STARTS[0], [3]), (STARTS[1], [2, 0]), (STARTS[2], [])):
        walk(cast, start, taken)
    return cast


# ---- counts are the tickets


@settings(max_examples=20)
@given(walks=walks)
@example(walks=[(STARTS[0], [1], True), (STARTS[0], [3], True)])  # folded, then another kind; folded, then rejected
@example(walks=[(STARTS[3], [1, 0, 0, 1], False), (STARTS[2], [3], True)])
def test_counts_equal_the_tickets_after_any_steps_with_folds_between(cast, walks):
    with transaction.atomic():
        for start, taken, folding in walks:
            if folding:
                walk(cast, start, taken[:1])
                tally.fold()
            walk(cast, start, taken)
        before = counted()
        assert before == recounted()
        tally.fold()
        assert counted() == before
        transaction.set_rollback(True)


def test_a_ticket_that_turns_out_to_be_of_another_kind_moves_to_the_other_tasks_map(cast):
    told = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    tally.fold()
    assert (cast.leader.counts(TEA_TOWN, "六"), cast.leader.counts(TEA_TOWN, "八")) == (1, 0)
    cast.dispatcher.takes(told["code"], "accept", category="0802")
    assert (cast.leader.counts(TEA_TOWN, "六"), cast.leader.counts(TEA_TOWN, "八")) == (0, 1)


def test_a_refused_step_and_a_report_that_is_not_taken_in_count_nothing(cast):
    before = counted()
    ticket = cast.dispatched()
    after = counted()
    assert cast.dispatcher.tries(ticket, "close", result="ok").status_code == 409
    assert cast.reporter.says("路灯不亮", (107.55, 33.22)).status_code == 422
    assert counted() == after != before


@pytest.mark.parametrize(("utc", "day"), [((15, 59), dt.date(2026, 11, 23)), ((16, 0), dt.date(2026, 11, 24))])
def test_a_day_begins_at_midnight_in_the_county(cast, monkeypatch, utc, day):
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 11, 23, *utc, tzinfo=dt.UTC))
    cast.reporter.reports("路灯不亮", LOTUS_LANE)
    assert CellCount.objects.get().day == day


# ---- folding


def test_numbers_read_before_the_fold_and_after_it_are_equal(lived):
    before = read(lived.leader)
    assert {task: sum(before[task, 9].values()) for task in "六七八九"} == {"六": 1, "七": 1, "八": 0, "九": 0}
    assert sum(before["六"].values()) == 1
    tally.fold()
    assert not CellCount.objects.exists()
    assert read(lived.leader) == before


def test_folding_twice_changes_nothing(lived):
    tally.fold()
    once = rows()
    assert tally.fold() == 0
    assert rows() == once


def test_what_comes_after_a_fold_is_added_to_its_row(lived):
    tally.fold()
    kept = TaskMonth.objects.count(), CategoryMonth.objects.count()
    walk(lived, STARTS[0], [0])
    assert CellCount.objects.count() == 1
    tally.fold()
    assert (TaskMonth.objects.count(), CategoryMonth.objects.count()) == kept and counted() == recounted()


def test_what_cancels_out_leaves_no_row_when_it_is_folded_together(cast):
    walk(cast, STARTS[0], [3])
    assert CellCount.objects.count() == 2
    assert tally.fold() == 2
    assert rows() == [[]] * 5


# ---- counting anew


def test_counting_anew_changes_no_number(lived):
    tally.fold()
    walk(lived, STARTS[0], [1])
    numbers, shown = counted(), read(lived.leader)
    assert "from 5 tickets" in rolled_up("--rebuild")
    assert counted() == numbers and read(lived.leader) == shown
    assert not CellCount.objects.exists()


def test_counting_anew_mends_counts_that_were_damaged(lived):
    tally.fold()
    TaskMonth.objects.filter(pk=TaskMonth.objects.first().pk).update(opened=900)
    CategoryMonth.objects.last().delete()
    assert counted() != recounted()
    rolled_up("--rebuild")
    assert counted() == recounted()


def test_a_dry_run_writes_nothing(lived):
    before = rows()
    assert f"would fold {len(before[0])} rows" in rolled_up("--dry-run", "--rebuild")
    assert rows() == before and Ticket.objects.count() == 4
