"""Rows for whole months, days and units: whatever is asked of them is what the tickets add up to, however far back."""

import datetime as dt
from collections import Counter

import h3.api.basic_int as h3
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gis_app import frames, stats, tally, tasks
from gis_app.models import Category, CategoryMonth, CellCount, TaskDay, TaskMonth, Ticket, UnitDay
from gis_app.stats.asked import cover
from layers.cells import county_cells, descendants, touching
from tests import years
from tests.ledger import UTC8, counted, heard, recounted
from tests.scenes import scene
from tests.test_side_steps import citizen
from tests.test_step_costs import MOST, asked_by
from tests.test_tally import rolled_up

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
FIGURES = ("opened", "closed", "late", "voices")


@scene
def told():
    """Two years of tickets, the last of them not folded yet; [(day, cell, town, category, unit, figures)] of all, recounted."""
    years.make(160, seed=5)
    tally.rebuild()
    last = Ticket.objects.latest("pk").pk
    years.make(40, seed=6)
    for ticket in Ticket.objects.filter(pk__gt=last):
        tally.append(tally.moved(None, ticket, heard(ticket)))
    return list(recount())


def recount():
    """What tickets add up to, a row for each that was opened and one for each that was closed."""
    for ticket in Ticket.objects.exclude(state__in=["rejected", "merged"]).select_related("category", "town", "unit"):
        where = (ticket.cell, ticket.town.code, ticket.category, ticket.unit and ticket.unit.code)
        yield day_of(ticket.opened_at), *where, {"opened": 1, "voices": heard(ticket)}
        if ticket.state == "closed":
            yield day_of(ticket.ended_at), *where, {"closed": 1, "late": int(ticket.finished_at > ticket.due_at)}


def day_of(moment):
    return moment.astimezone(UTC8).date()


def places(told, start, end, task, kind, res):
    """{(cell, town): (tickets, voices)} of a period, as `counts` should tell it."""
    sums = Counter()
    for day, cell, town, category, _unit, figures in told:
        wanted = start <= day <= end and (not task or category and category.task == task)
        if wanted and (not kind or category and category.code == kind):
            where = (cell and h3.cell_to_parent(cell, res), town)
            sums[where, 0] += figures.get("opened", 0)
            sums[where, 1] += figures.get("voices", 0)
    return {where: (sums[where, 0], sums[where, 1]) for where, _which in sums if sums[where, 0]}


# ---- any period is whole months and days


@hypothesis_settings(max_examples=300)
@given(back=st.integers(0, 800), length=st.integers(1, 800))
@example(back=25, length=26)
def test_months_and_days_make_up_a_period_day_by_day(back, length):
    start = dt.date(2026, 12, 31) - dt.timedelta(days=back)
    end = start + dt.timedelta(days=length - 1)
    months, edges = cover(start, end)
    held = Counter()
    for month in months:
        held.update(month + dt.timedelta(days=n) for n in range(31) if (month + dt.timedelta(days=n)).month == month.month)
    for first, last, sign in edges:
        assert 0 <= (last - first).days < 16, "an edge is at most half a month"
        for n in range((last - first).days + 1):
            held[first + dt.timedelta(days=n)] += sign
    assert {day for day, times in held.items() if times} == {start + dt.timedelta(days=n) for n in range(length)}
    assert set(held.values()) <= {0, 1}


def test_no_days_are_no_months():
    assert cover(dt.date(2026, 3, 2), dt.date(2026, 3, 1)) == ([], [])


# ---- maps


@pytest.mark.parametrize("res", [6, 8, 9])
def test_a_map_of_any_period_task_and_kind_is_the_tickets(told, res):
    kinds = [None, None, *{category.code for _day, _cell, _town, category, _unit, _figures in told if category}]
    for number in range(40):
        start = TODAY() - dt.timedelta(days=number * 37 % 760)
        end = start + dt.timedelta(days=(0, 3, 30, 91, 400, 3000)[number % 6])
        task, kind = (None, "六", "八")[number % 3], kinds[number % len(kinds)]
        answer = stats.counts(start, end, task, kind, res)
        expected = places(told, start, end, task, kind, res)
        assert {(row.cell, row.town): row[2:] for row in answer} == expected, (start, end, task, kind)
        assert answer == sorted(answer, key=lambda row: (row.cell is None, row.cell, row.town))


def test_a_month_that_runs_and_one_long_ago_ask_once_each(told, django_assert_num_queries):
    for back in (20, 100, 700):
        with django_assert_num_queries(1):
            stats.counts(TODAY() - dt.timedelta(days=back), TODAY(), "六", res=8)


def test_a_map_of_far_away_days_is_empty_and_no_error(told):
    assert stats.counts(dt.date.min, dt.date(1969, 12, 31)) == stats.counts(dt.date(2200, 1, 1), dt.date.max) == []
    assert sum(row.count for row in stats.counts(dt.date.min, dt.date.max)) == sum(row[-1].get("opened", 0) for row in told)


def test_what_is_looked_at_closely_is_what_the_whole_county_has_there(told):
    start, end, box = TODAY() - dt.timedelta(days=200), TODAY(), (107.75, 32.98, 107.765, 32.99)
    seen, towns = frames.heat(None, start, end, bbox=box, res=9)
    whole, all_towns = frames.heat(None, start, end, res=9)
    centres = whole[whole.geometry.centroid.within(frames.shapely.box(*box))]
    assert len(seen) == len(centres) > 0 and towns == all_towns
    assert sorted(seen[["cell", "count", "voices"]].itertuples(index=False)) == sorted(
        centres[["cell", "count", "voices"]].itertuples(index=False)
    )


def test_cells_inside_a_coarser_one_are_numbered_in_a_row():
    for cell in county_cells(frames.shapely.box(107.7, 32.9, 107.8, 33.0), 7).tolist():
        for res in (8, 9):
            lowest, highest = descendants([cell], res)
            inside = sorted(h3.cell_to_children(cell, res))
            assert (inside[0], inside[-1]) == (lowest[0], highest[0])
            neighbours = {child for other in h3.grid_ring(cell, 1) for child in h3.cell_to_children(other, res)}
            assert not any(lowest[0] <= other <= highest[0] for other in neighbours)


def test_a_box_is_touched_by_all_that_hold_a_finer_centre_in_it():
    box = (107.751, 32.981, 107.783, 33.002)
    fine = [c for c in county_cells(frames.shapely.box(107.7, 32.9, 107.85, 33.1), 9).tolist() if _inside(c, box)]
    assert {h3.cell_to_parent(cell, 8) for cell in fine} <= set(touching(box, 8)) and len(fine) > 40


def _inside(cell, box):
    lat, lon = h3.cell_to_latlng(cell)
    return box[0] <= lon <= box[2] and box[1] <= lat <= box[3]


# ---- how it goes over time


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_a_series_is_the_tickets_period_by_period(told, step, figure):
    start, end = TODAY() - dt.timedelta(days=250), TODAY() - dt.timedelta(days=2)
    monday = lambda day: day - dt.timedelta(days=day.weekday())  # noqa: E731
    first = {"day": lambda day: day, "week": monday, "month": lambda day: day.replace(day=1)}
    keys = {
        "cell": lambda row: row[1] and h3.cell_to_parent(row[1], 8),
        "town": lambda row: row[2],
        "task": lambda row: row[3].task if row[3] else "",
        "unit": lambda row: row[4],
    }
    for by, key in keys.items():
        expected = Counter()
        for row in told:
            if start <= row[0] <= end and key(row) is not None:
                expected[key(row), first[step](row[0])] += row[-1].get(figure, 0)
        answer = stats.series(start, end, step, by, figure=figure)
        found = {(k, day): n for k, counts in answer.counts.items() for day, n in zip(answer.periods, counts, strict=True) if n}
        assert found == {which: n for which, n in expected.items() if n}
        assert answer.periods == sorted({first[step](start + dt.timedelta(days=n)) for n in range(249)})


def test_a_series_of_one_kind_in_one_town_at_any_size(told):
    category, town = next((row[3].code, row[2]) for row in told if row[3] and row[1])
    for res in (7, 9):
        answer = stats.series(TODAY() - dt.timedelta(days=729), TODAY(), "month", category=category, town=town, res=res)
        expected = Counter()
        for _day, cell, where, kind, _unit, figures in told:
            if cell and where == town and kind and kind.code == category:
                expected[h3.cell_to_parent(cell, res)] += figures.get("opened", 0)
        assert {cell: counts.sum() for cell, counts in answer.counts.items()} == {cell: n for cell, n in expected.items() if n}


def test_a_series_of_what_is_not_kept_is_refused():
    for asked in ({"by": "street"}, {"step": "hour"}, {"figure": "count"}, {"by": "unit", "task": "六"}):
        with pytest.raises(ValueError):
            stats.series(TODAY(), TODAY(), **asked)


def test_a_units_days_are_its_tickets(told):
    start, end = TODAY() - dt.timedelta(days=400), TODAY()
    expected = {}
    for day, *_where, unit, figures in told:
        if unit and start <= day <= end:
            days = expected.setdefault(unit, np.zeros((401, 4), dtype=int))
            days[(day - start).days] += [figures.get(name, 0) for name in FIGURES]
    answer = stats.unit_days(start, end)
    assert answer.keys() == expected.keys() and all((answer[unit] == days).all() for unit, days in expected.items())
    one = next(iter(expected))
    assert stats.unit_days(start, end, unit=one).keys() == {one}


def test_what_is_late_now_is_asked_of_the_tickets_as_time_goes_on(told):
    for now in (timezone.now(), timezone.now() - dt.timedelta(days=300)):
        late = [ticket for ticket in Ticket.objects.filter(ended_at=None).select_related("town", "unit") if ticket.late(now)]
        assert stats.late_now(now) == Counter(ticket.town.code for ticket in late)
        assert stats.late_now(now, by="unit") == Counter(ticket.unit and ticket.unit.code for ticket in late)


# ---- what steps leave


def test_a_ticket_is_counted_as_closed_on_its_day_for_its_unit_until_it_is_disputed(cast):
    ticket = cast.finished()
    assert stats.unit_days(TODAY(), TODAY())["chazhen"].tolist() == [[1, 0, 0, 1]]
    cast.dispatcher.takes(ticket, "close", result="ok")
    assert stats.unit_days(TODAY(), TODAY())["chazhen"].tolist() == [[1, 1, 0, 1]] and counted() == recounted()
    tally.fold()
    row = Ticket.objects.get(pk=ticket["id"])
    code = row.reports.get().code
    citizen(code, "dispute", reason="还是不亮")
    assert Ticket.objects.get(pk=row.pk).state == "accepted"
    assert stats.unit_days(TODAY(), TODAY()) == {} and counted() == recounted()
    assert sum(row.closed for row in TaskMonth.objects.all()) == 1, "taken back by a delta that is not folded yet"


def test_what_was_finished_too_late_is_late_on_the_day_when_it_is_closed(cast):
    ticket = cast.finished()
    Ticket.objects.filter(pk=ticket["id"]).update(
        accepted_at=timezone.now() - dt.timedelta(days=9), due_at=timezone.now() - dt.timedelta(days=8)
    )
    cast.dispatcher.takes(ticket, "close", result="ok")
    assert stats.series(TODAY(), TODAY(), by="task", figure="late").counts["六"].tolist() == [1] and counted() == recounted()


def test_a_unit_has_what_was_sent_to_it_until_it_sends_it_back(cast):
    ticket = cast.dispatched()
    assert stats.unit_days(TODAY(), TODAY())["chazhen"].tolist() == [[1, 0, 0, 1]]
    cast.officer.takes(ticket, "return", reason="不是我们的")
    assert stats.unit_days(TODAY(), TODAY()) == {} and counted() == recounted()


def test_closing_asks_no_more_often_than_starting(cast):
    ticket = cast.finished()
    assert len(asked_by(ticket, "close", cast.dispatcher, result="ok")) <= MOST
    assert counted() == recounted()


# ---- folding, counting anew, holding against the tickets


def test_days_that_nobody_asks_for_any_more_are_removed_and_change_no_number(told):
    tally.fold()
    start = TODAY() - dt.timedelta(days=190)
    before = stats.counts(start, TODAY(), res=8)
    tally_rows = TaskDay.objects.count()
    old = TaskDay.objects.create(day=TODAY() - dt.timedelta(days=500), town_id=Ticket.objects.first().town_id, opened=5)
    assert tally.forget_days() == 1 and not TaskDay.objects.filter(pk=old.pk).exists() and TaskDay.objects.count() == tally_rows
    assert stats.counts(start, TODAY(), res=8) == before


def test_a_kind_that_counts_for_another_task_takes_its_past_along(told, tmp_path, settings):
    tally.fold()
    kind = Category.objects.filter(tickets__state="closed").first()
    rows = (settings.FIXTURES / "categories.csv").read_text(encoding="utf-8-sig").splitlines()
    header = rows[0].split(",")
    place, other = header.index("task"), "七" if kind.task != "七" else "六"
    changed = [_with(row, place, other) if row.startswith(f"{kind.code},") else row for row in rows]
    (tmp_path / "categories.csv").write_text("\n".join(changed) + "\n", encoding="utf-8")
    before = stats.counts(dt.date.min, dt.date.max, kind.task, res=8)
    call_command("load_categories", tmp_path / "categories.csv", verbosity=0)
    assert Category.objects.get(pk=kind.pk).task == other
    assert sum(row.count for row in before) > sum(row.count for row in stats.counts(dt.date.min, dt.date.max, kind.task, res=8))
    assert counted() == recounted()


def _with(row, place, value):
    cells = row.split(",")
    cells[place] = value
    return ",".join(cells)


def test_slices_drawn_at_random_are_the_tickets(told):
    assert "30 slices compared" in rolled_up("--check", "--slices", "30", "--seed", "4")
    assert stats.check(5) == [] and tasks.check_counts.func() == []


@pytest.mark.parametrize("model", [TaskMonth, TaskDay, CategoryMonth, UnitDay, CellCount])
def test_a_number_that_is_wrong_anywhere_is_found_and_said(told, model):
    model.objects.filter(pk__in=list(model.objects.values_list("pk", flat=True))[::3]).update(opened=77)
    with pytest.raises(CommandError) as said:
        rolled_up("--check", "--slices", "60", "--seed", "1")
    assert "The counts are not the tickets; run `rollup --rebuild`" in str(said.value) and "opened +" in str(said.value)
    rolled_up("--rebuild")
    assert "60 slices compared" in rolled_up("--check", "--slices", "60", "--seed", "1")


def test_nothing_to_compare_is_said_plainly(db):
    with pytest.raises(CommandError, match="at least 1"):
        rolled_up("--check", "--slices", "0")
    assert stats.check(3) == [], "a county without tickets has no wrong numbers"


def test_the_job_that_compares_says_what_differs(told, caplog):
    UnitDay.objects.update(voices=9)
    assert any("unit" in each for each in tasks.check_counts.func()) and "rollup --rebuild" in caplog.text
