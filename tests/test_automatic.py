"""Dispatch without the desk: only what is beyond doubt, every step on record, a sample looked at; and who of a unit gets it."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gis_app import audit, automatic, loading
from gis_app.loading import duties as tables
from gis_app.models import Act, Automatic, Event, Grid, Member, Report, SpotCheck, Ticket, Town, Unit
from gis_app.route.workers import workers_of
from gis_app.tasks import dispatch_automatically
from tests.conftest import TEA_TOWN
from tests.test_duties import LAMP, a_row, written

pytestmark = pytest.mark.django_db
SAYS = "路灯不亮"


@pytest.fixture
def on(cast):
    """The lamps are switched on; a report's score is what the reading gives, at least this."""
    automatic.switch(LAMP, True, 0.5, cast.clerk.user)
    return cast


def sure(code, **reading):
    """A report whose words were read as surely as can be, whatever the model in use thinks; its ticket."""
    report = Report.objects.get(code=code)
    known = report.reading | {"candidates": [{"code": LAMP, "score": 0.99, "because": ["路灯"]}], "scope": "in"} | reading
    Report.objects.filter(pk=report.pk).update(reading=known)
    return report.ticket


def steps(ticket):
    return list(Event.objects.filter(ticket=ticket).order_by("seq").values_list("step", "actor_kind"))


def test_nothing_is_sent_without_the_desk_as_shipped(cast):
    ticket = sure(cast.reporter.reports(SAYS, TEA_TOWN)["code"])
    assert Automatic.objects.count() == 0 and automatic.run() == 0
    assert steps(ticket) == [("open", "system")]


def test_what_is_beyond_doubt_goes_to_its_unit_and_worker_and_every_step_says_so(on):
    ticket = sure(on.reporter.reports(SAYS, TEA_TOWN)["code"])
    assert automatic.run() == 1
    ticket.refresh_from_db()
    assert (ticket.state, ticket.unit.code, ticket.worker.username) == ("dispatched", "chazhen", "worker-610724110")
    assert steps(ticket) == [(step, "system") for step in ("open", "accept", "dispatch", "assign")]
    for event in Event.objects.filter(ticket=ticket, seq__gt=1):
        assert "0.99" in event.said.text and "自动" in event.said.text
    events = list(Event.objects.filter(ticket=ticket).select_related("said").order_by("seq"))
    assert audit.unbroken(events) and audit.adds_up(events, ticket)
    assert ticket.due_at and ticket.unit_due_at <= ticket.due_at
    assert on.worker.sees() == [ticket.pk]


def test_it_is_done_once(on):
    sure(on.reporter.reports(SAYS, TEA_TOWN)["code"])
    assert (automatic.run(), automatic.run()) == (1, 0)


DOUBTFUL = {
    "another kind is likelier": {"candidates": [{"code": "0404", "score": 0.99, "because": []}]},
    "not sure enough": {"candidates": [{"code": LAMP, "score": 0.49, "because": []}]},
    "no kind at all": {"candidates": []},
    "it may not be ours": {"scope": "edge"},
    "danger": {"danger": 1},
    "a border": {"borders": [{"town": "610724111", "distance_m": 20}]},
    "words name another town": {"flags": {"words_say": "大河镇"}},
    "two problems": {"parts": [{"code": LAMP}, {"code": "0101"}]},
}


@pytest.mark.parametrize("what", DOUBTFUL)
def test_any_doubt_leaves_it_to_the_desk(on, what):
    ticket = sure(on.reporter.reports(SAYS, TEA_TOWN, category=LAMP)["code"], **DOUBTFUL[what])
    assert automatic.run() == 0 and steps(ticket) == [("open", "system")]


def test_a_place_known_by_its_town_alone_is_left_to_the_desk(on):
    ticket = sure(on.reporter.reports(f"茶镇{SAYS}")["code"])
    assert ticket.precision == "town" and automatic.run() == 0


def test_what_two_units_claim_is_left_to_the_desk(on, tmp_path):
    pair = [a_row(unit=unit, category=LAMP) for unit in ("shizheng", "gongdian")]
    loading.activate(tables.load(written(tmp_path / "two.csv", pair), add=True))
    sure(on.reporter.reports(SAYS, TEA_TOWN)["code"])
    assert automatic.run() == 0


def test_what_a_dispatcher_has_just_taken_up_is_left_alone(on, monkeypatch):
    ticket = sure(on.reporter.reports(SAYS, TEA_TOWN)["code"])
    found = list(automatic.waiting())
    on.dispatcher.takes(ticket, "accept", category=LAMP)
    assert not automatic.send(found[0])
    assert steps(ticket)[-1] == ("accept", "member")


def test_what_waits_for_the_desk_does_not_hold_up_what_is_sure(on, monkeypatch):
    monkeypatch.setattr(automatic, "BATCH", 2)
    doubtful = [sure(on.reporter.reports(SAYS, TEA_TOWN)["code"], scope="edge") for _ in range(5)]
    clear = [sure(on.reporter.reports(SAYS, TEA_TOWN)["code"]) for _ in range(3)]
    assert (automatic.run(), automatic.run(), automatic.run()) == (2, 1, 0)
    assert {steps(ticket)[-1][0] for ticket in clear} == {"assign"} and {len(steps(ticket)) for ticket in doubtful} == {1}


def test_the_job_of_every_minute_sends_and_draws(on):
    ticket = sure(on.reporter.reports(SAYS, TEA_TOWN)["code"])
    dispatch_automatically.call()
    ticket.refresh_from_db()
    assert ticket.state == "dispatched"


# ---- the sample


def sent_yesterday(on, number):
    """So many tickets that were sent yesterday without the desk; their numbers."""
    for _ in range(number):
        sure(on.reporter.reports(SAYS, TEA_TOWN)["code"])
    assert automatic.run() == number
    return Ticket.objects.values_list("pk", flat=True)


def tomorrow():
    return timezone.now() + timedelta(days=1)


@pytest.mark.parametrize(("sent", "drawn"), [(0, 0), (2, 2), (5, 3)])
def test_at_least_three_are_drawn_of_a_day_that_has_ended(on, sent, drawn):
    sent_yesterday(on, sent)
    assert automatic.draw_missing() == 0  # the day has not ended
    assert automatic.draw_missing(tomorrow()) == drawn
    assert automatic.draw_missing(tomorrow()) == 0
    assert SpotCheck.objects.count() == drawn


def test_of_many_one_in_twenty_is_drawn_and_drawing_again_finds_the_same(monkeypatch):
    drawn = []
    monkeypatch.setattr(automatic, "sent_on", lambda day: list(range(1, 101)))
    keep = lambda rows, **more: drawn.append([row.ticket_id for row in rows]) or rows  # noqa: E731
    monkeypatch.setattr(SpotCheck.objects, "bulk_create", keep)
    automatic.draw(date(2026, 11, 24)), automatic.draw(date(2026, 11, 24)), automatic.draw(date(2026, 11, 25))
    assert len(drawn[0]) == 5 and drawn[0] == drawn[1] != drawn[2]


def test_a_dispatcher_looks_and_the_precision_is_shown(on):
    sent_yesterday(on, 3)
    automatic.draw_missing(tomorrow())
    page = on.dispatcher.client.get("/desk/automatic").content.decode()
    checks = list(SpotCheck.objects.order_by("pk"))
    assert all(check.ticket.number in page for check in checks) and "派对了" in page
    for check, right in zip(checks, ("yes", "yes", "no"), strict=True):
        assert on.dispatcher.client.post(f"/desk/automatic/{check.pk}", {"right": right}).status_code == 302
    by_kind, everything = automatic.precision()
    assert (everything.looked, everything.right) == (3, 2) and by_kind[LAMP] == everything
    page = on.leader.client.get("/desk/automatic").content.decode()
    assert "67%" in page and "没有要抽查的" in page


def test_what_is_judged_is_what_was_sent_and_not_what_the_desk_made_of_it_since(on):
    sent_yesterday(on, 1)
    automatic.draw_missing(tomorrow())
    check = SpotCheck.objects.get()
    plain = on.dispatcher.client.get("/desk/automatic").content.decode()
    assert "茶镇人民政府</b> · worker-610724110" in plain and "后来改过了" not in plain
    assert on.dispatcher.client.post(f"/desk/automatic/{check.pk}", {"right": "no"}).status_code == 302
    SpotCheck.objects.update(right=None, at=None)
    on.dispatcher.takes(check.ticket, "reclassify", category="0404")
    page = on.dispatcher.client.get("/desk/automatic").content.decode()
    assert "茶镇人民政府</b>" in page and "路灯" in page.split("blockquote>")[2] and "后来改过了" in page
    automatic.look(check, False, on.dispatcher.user)
    by_kind, _everything = automatic.precision()
    assert set(by_kind) == {LAMP} and (by_kind[LAMP].looked, by_kind[LAMP].right) == (1, 0)


def test_a_second_look_changes_nothing(on):
    sent_yesterday(on, 1)
    automatic.draw_missing(tomorrow())
    check = SpotCheck.objects.get()
    assert automatic.look(check, True, on.dispatcher.user) and not automatic.look(check, False, on.dispatcher.user)
    assert SpotCheck.objects.get().right is True
    assert on.dispatcher.client.post(f"/desk/automatic/{check.pk}", {"right": "no"}).status_code == 404


@given(looked=st.integers(1, 500), data=st.data())
def test_the_interval_holds_the_share_and_narrows(looked, data):
    right = data.draw(st.integers(0, looked))
    one = automatic.Precision(looked, right)
    low, high = one.interval
    assert 0 <= low <= one.share + 1e-12 and one.share - 1e-12 <= high <= 1
    ten_low, ten_high = automatic.Precision(10 * looked, 10 * right).interval
    assert ten_high - ten_low < high - low


def test_the_interval_is_the_published_one():
    """Wilson's interval of 8 right of 10: 0.490–0.943 (Newcombe 1998, method 3)."""
    assert automatic.Precision(10, 8).interval == pytest.approx((0.4902, 0.9433), abs=5e-4)
    assert automatic.Precision(0, 0).interval is None


def test_asking_for_a_day_reads_that_day_and_not_all_that_ever_happened(cast):
    row = sure(cast.reporter.reports(SAYS, TEA_TOWN)["code"])
    columns = {field.attname: getattr(row, field.attname) for field in Ticket._meta.concrete_fields if not field.primary_key}
    past = [row.opened_at - timedelta(days=days) for days in range(2000)]  # of a table of one row any index is as good
    Ticket.objects.bulk_create([Ticket(**columns | {"opened_at": when}) for when in past])
    said = {"ticket": row, "step": "comment", "actor_kind": "system", "to_state": "new", "given": {}, "change": {}}
    said |= {"before": "b", "hash": "h"}
    Event.objects.bulk_create([Event(**said, seq=100 + number, at=when) for number, when in enumerate(past)])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE gis_app_ticket, gis_app_event")
    day, later = timezone.now(), tomorrow()
    asked = Event.objects.filter(at__gte=day, at__lt=later)
    assert "automatic_by_day" in asked.filter(step="dispatch", actor_kind="system").explain()
    assert "returns_by_day" in asked.filter(step="return").explain()
    assert "tickets_by_day" in Ticket.objects.filter(opened_at__gte=day, opened_at__lt=later).explain()


# ---- switches


def test_a_clerk_switches_and_the_log_says_who(cast):
    assert cast.clerk.client.post(f"/desk/automatic/switch/{LAMP}", {"on": "yes", "least": "0.8"}).status_code == 302
    rule = Automatic.objects.get()
    assert (rule.category.code, rule.on, float(rule.least)) == (LAMP, True, 0.8)
    act = Act.objects.order_by("-seq").first()
    assert (act.act, act.user, act.given["on"]) == ("automatic", cast.clerk.user, True) and LAMP in act.about
    cast.clerk.client.post(f"/desk/automatic/switch/{LAMP}", {"on": "no", "least": "0.8"})
    assert not Automatic.objects.get().on


@pytest.mark.parametrize("least", ["", "much", "0.2", "1.5", "nan"])
def test_a_certainty_that_is_none_is_refused(cast, least):
    answer = cast.clerk.client.post(f"/desk/automatic/switch/{LAMP}", {"on": "yes", "least": least})
    assert answer.status_code == 422 and not Automatic.objects.exists()
    assert "0.5" in answer.content.decode()


def test_the_page_asks_little(on, django_assert_max_num_queries):
    sent_yesterday(on, 4)
    automatic.draw_missing(tomorrow())
    on.dispatcher.client.get("/desk/automatic")
    with django_assert_max_num_queries(8):
        assert on.dispatcher.client.get("/desk/automatic").status_code == 200


# ---- who of a unit


def worker(name, unit="chazhen"):
    user = User.objects.create_user(name)
    Member.objects.create(user=user, role="worker", unit=Unit.objects.get(code=unit))
    return user


def test_the_grids_own_worker_comes_first_then_whoever_has_least_in_hand(cast):
    unit = Unit.objects.get(code="chazhen")
    spare, busy = worker("spare"), worker("busy")
    worker("elsewhere", "dahe")
    for _ in range(2):
        cast.officer.takes(cast.dispatched(), "assign", worker="busy")
    cast.officer.takes(cast.dispatched(), "assign", worker="worker-610724110")
    grid = Grid.objects.create(code="G1", name="茶镇一网格", town=Town.objects.get(code="610724110"), worker=busy)
    assert [user.username for user in workers_of(unit.pk)] == ["spare", "worker-610724110", "busy"]
    assert [user.username for user in workers_of(unit.pk, grid.pk)][0] == "busy"
    assert [user.in_hand for user in workers_of(unit.pk)] == [0, 1, 2] and spare.is_active


def test_who_has_left_gets_nothing(cast):
    User.objects.filter(username="worker-610724110").update(is_active=False)
    assert workers_of(Unit.objects.get(code="chazhen").pk) == []


def test_an_officer_assigns_a_worker_of_the_own_unit_and_no_other(cast):
    ticket = cast.dispatched()
    assert cast.officer.takes(ticket, "assign", worker="worker-610724110")["worker"] == "worker-610724110"
    other = cast.officer.tries(ticket, "assign", worker="worker-610724114")
    assert other.status_code == 422 and "茶镇人民政府" in other.json()["detail"]
    assert cast.officer.tries(ticket, "assign", worker="nobody").status_code == 422
    assert cast.dispatcher.tries(ticket, "assign", worker="worker-610724110").status_code == 403


def test_a_ticket_that_is_returned_has_no_worker_any_more(cast):
    ticket = cast.officer.takes(cast.dispatched(), "assign", worker="worker-610724110")
    assert cast.officer.takes(ticket, "return", reason="不归我们")["worker"] is None


def test_the_officers_page_offers_the_workers_with_what_they_have_in_hand(cast):
    ticket = cast.dispatched()
    page = cast.officer.client.get(f"/work/{ticket['id']}").content.decode()
    assert "worker-610724110 · 手上 0 件" in page
    crew = cast.dispatched(at=(107.7573, 32.9870))  # the department has no workers
    assert "指派给人" not in cast.lamp_crew.client.get(f"/work/{crew['id']}").content.decode()
