"""Statements that are spelled once: they answer and store as Django does, on any connection, whatever came between."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Subquery
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gis_app.models import (
    Blank,
    CellCount,
    Event,
    Notice,
    Report,
    Spelled,
    SpelledUpdate,
    Submission,
    Ticket,
    Unit,
    Visit,
    Words,
    spelled,
    store_together,
)
from tests.conftest import Person

pytestmark = pytest.mark.django_db
WORDS = Report.objects.filter(ticket=Blank("ticket")).values("public_text")
LAST = Spelled(
    Event.objects.filter(ticket=Blank("ticket"), seq__lte=Blank("upto"))
    .select_related("ticket__category", "unit", "said")
    .annotate(words=Subquery(WORDS))
    .order_by("-seq")
)
KEYS = Spelled(Ticket.objects.filter(state=Blank("state")).order_by("pk").values_list("pk", "point"))
ONE_MORE = SpelledUpdate(Visit.objects.filter(address=Blank("address"), count__lt=Blank("limit")), count=F("count") + 1)


def whole(event):
    """Everything that an Event and what stands beside it hold."""
    beside = (event.ticket, event.ticket.category, event.unit, event.said)
    return [model_to_dict(each) if each else None for each in (event, *beside)] + [event.words, event.ticket.point.coords]


@pytest.fixture
def lived(cast):
    """A ticket with a point, words, a unit and a receipt."""
    ticket = cast.dispatched()
    cast.officer.takes(ticket, "comment", note="去看过")
    return Ticket.objects.get(pk=ticket["id"])


def test_a_question_is_answered_as_its_queryset_answers_it(lived):
    found = LAST.ask(ticket=lived.pk, upto=9)
    asked = Event.objects.filter(ticket=lived.pk).select_related("ticket__category", "unit", "said").order_by("-seq")
    expected = asked.annotate(words=Subquery(Report.objects.filter(ticket=lived.pk).values("public_text")))
    assert [each.seq for each in found] == [4, 3, 2, 1] and list(map(whole, found)) == list(map(whole, expected))
    assert found[0].said.text == "去看过" and found[3].unit is None
    with CaptureQueriesContext(connection) as asked:
        assert LAST.ask(ticket=lived.pk, upto=1)[0].ticket.category.code == "0401"
    assert len(asked) == 1, "what stands beside it was asked for with it"
    assert KEYS.ask(state="dispatched") == [(lived.pk, lived.point)] and KEYS.ask(state="closed") == []


def test_what_is_filled_in_is_a_value_and_never_read_as_sql(lived):
    assert KEYS.ask(state="dispatched' OR '1'='1") == KEYS.ask(state="%s $1 \\'") == []


def test_a_statement_outlives_a_transaction_that_failed_and_a_column_that_came_later(lived):
    fresh = Spelled(Visit.objects.filter(address=Blank("address")).values_list("count"))
    with pytest.raises(RuntimeError), transaction.atomic():
        fresh.ask(address="a")
        raise RuntimeError
    assert fresh.ask(address="a") == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gis_app_visit ADD COLUMN later integer")
    Visit.objects.create(address="a", minute=timezone.now(), count=3)
    assert fresh.ask(address="a") == [(3,)]


def test_a_connection_that_was_cut_is_followed_by_one_that_knows_nothing(county):
    assert KEYS.ask(state="new") == []
    connection.close()
    assert KEYS.ask(state="new") == []


def prepared():
    """How many statements this connection knows by a name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'spelled%'")
        return cursor.fetchone()[0]


def test_a_connection_learns_a_statement_once_and_only_so_many(county, monkeypatch):
    connection.close()
    KEYS.ask(state="new"), KEYS.ask(state="closed")
    assert prepared() == 1
    monkeypatch.setattr(spelled, "MOST_PREPARED", 2)
    others = [Spelled(Visit.objects.filter(count=Blank("count"), minute__year=year).values_list("count")) for year in (1, 2, 3)]
    assert [other.ask(count=1) for other in others] == [[], [], []] and prepared() == 2


def test_behind_a_pooler_nothing_is_left_on_a_connection(county, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    connection.close()
    Visit.objects.create(address="a", minute=timezone.now(), count=1)
    assert (KEYS.ask(state="new"), ONE_MORE.write(address="a", limit=3), prepared()) == ([], 1, 0)


def test_each_thread_reads_with_what_is_its_own(county, monkeypatch):
    """What reads geometries serves one thread at a time: shared, it fails under load and seldom before."""
    made, real, gate = [], Spelled._reader, threading.Barrier(3)
    monkeypatch.setattr(Spelled, "_reader", lambda self, compiler: made.append(threading.get_ident()) or real(self, compiler))
    Person().reports("路灯不亮", (108.045, 32.96), category="0401")
    fresh = Spelled(Ticket.objects.filter(state=Blank("state")).values_list("pk", "point"))

    def asks(_number):
        try:
            gate.wait()
            return [fresh.ask(state="new"), fresh.ask(state="new")]
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(asks, range(3)))
    assert told == [[list(Ticket.objects.values_list("pk", "point"))] * 2] * 3
    assert len(made) == len(set(made)) == 3


def test_a_change_says_how_many_rows_it_changed():
    visit = Visit.objects.create(address="a", minute=timezone.now(), count=1)
    assert [ONE_MORE.write(address=name, limit=3) for name in "aaab"] == [1, 1, 0, 0]
    visit.refresh_from_db()
    assert visit.count == 3


def rows_of(ticket, key="k", note="说明"):
    """A step's rows, none of them stored, pointing to each other."""
    said = Words(text=note)
    told = {"actor_kind": "system", "to_state": "new", "given": {"a": ["%s", None]}, "change": {}, "before": "b", "hash": "h"}
    event = Event(ticket=ticket, seq=99, step="comment", at=timezone.now(), said=said, **told)
    notices = [Notice(event=event, audience="desk"), Notice(event=event, audience="unit", unit=ticket.proposed)]
    count = CellCount(day=timezone.localdate(), cell=ticket.cell, town=ticket.town, opened=1)
    return [said, event, *notices, Submission(caller="1", path="p", key=key, digest="", answer=event), count]


def test_rows_that_point_to_each_other_are_stored_in_one_statement_and_know_their_keys(lived):
    rows = rows_of(lived)
    with CaptureQueriesContext(connection) as asked:
        store_together(*rows)
    assert len(asked) == 1
    said, event, desk, unit, known, count = rows
    assert (event.said_id, desk.event_id, unit.event_id, known.answer) == (said.pk, event.pk, event.pk, event.pk)
    for row in rows:
        stored = type(row).objects.get(pk=row.pk)
        assert {name: str(value) for name, value in model_to_dict(stored).items()} == {
            name: str(value) for name, value in model_to_dict(row).items()
        }
    assert desk.made_at and event.said is said
    event.refresh_from_db()
    assert event.given == {"a": ["%s", None]} and event.said.text == "说明"
    said.save()  # it is no new row any more
    assert Words.objects.filter(text="说明").count() == 1


def test_a_row_is_rewritten_beside_them_in_what_is_named_alone(lived):
    lived.unit, lived.resume_to, lived.place_name = Unit.objects.get(code="gongdian"), "new", "nobody named this"
    lived.point.x += 0.001
    store_together(*rows_of(lived), changed=(lived, {"unit": 1, "point": 2}))
    now = Ticket.objects.get(pk=lived.pk)
    assert (now.unit.code, now.point, now.resume_to) == ("gongdian", lived.point, "") and now.place_name != lived.place_name


def test_when_one_of_them_may_not_be_there_none_is(lived):
    store_together(*rows_of(lived))
    before = [model.objects.count() for model in (Words, Event, Notice, Submission, CellCount)]
    lived.released = True
    with pytest.raises(IntegrityError), transaction.atomic():
        store_together(*rows_of(lived, key="another"), changed=(lived, {"released": True}))  # this number is given
    assert [model.objects.count() for model in (Words, Event, Notice, Submission, CellCount)] == before
    assert not Ticket.objects.get(pk=lived.pk).released
