"""The contract with other programs: the shape of every answer, pages of lists, refusals, and heat that gives nobody away."""

import datetime as dt
import importlib
import json
import re
from collections import Counter
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import h3
import pydantic
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, transaction
from django.test import Client
from django.utils import timezone, translation
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gis_app import frames, locate, tally
from gis_app.api.door import asked, unfit
from gis_app.intake import demo
from gis_app.models import Category, CellCount, Ticket, Town
from tests import bad_pictures
from tests.conftest import BEYOND, LOTUS_LANE, TEA_TOWN
from tests.test_intake import beside_the_border

pytestmark = pytest.mark.django_db
API = "/api/v1"
UTC8 = dt.timezone(dt.timedelta(hours=8))
NAMED = {"code", "name"}
PROBLEM = {"type", "title", "status", "detail", "next"}
TICKET = {
    "id",
    "code",
    "version",
    "state",
    "category",
    "town",
    "village",
    "unit",
    "proposed",
    "worker",
    "opened_at",
    "due_at",
    "unit_due_at",
    "late",
    "supervised",
    "reports",
    "place",
    "place_name",
}
PLACE = {"reading", "town", "village", "grid", "precision", "confidence", "lon", "lat", "name", "borders", "candidates"}
CANDIDATE = {"town", "village", "precision", "score", "name", "lon", "lat"}
DUTY = {"unit", "category", "area_kind", "area_codes", "document", "clause", "document_date", "from", "to", "note"}
TASKS = "六八七九"


def asks(person, path, query=None, status=200):
    """What an address answers, checked to be JSON of the right status."""
    answer = getattr(person, "client", person).get(API + path, query)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


NOW = dt.datetime(2026, 11, 25, 12, tzinfo=UTC8)  # a Wednesday
FIRST, LAST = dt.date(2026, 8, 24), dt.date(2026, 11, 22)  # the thirteen whole weeks before it


@pytest.fixture
def wednesday(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def lived(cast, wednesday):
    """A demo of 120 tickets, and the cast."""
    demo.write(django_settings.FIXTURES, 120, 3, NOW)
    return cast


# ---- shapes


def test_a_new_report_is_answered_with_all_that_its_sender_needs(cast):
    told = cast.reporter.reports("路灯不亮", TEA_TOWN)
    assert set(told) == {
        "code",
        "state",
        "category",
        "scope",
        "handoff",
        "danger",
        "place",
        "unit",
        "why",
        "due_at",
        "status_url",
    }
    assert set(told["category"]) == NAMED | {"task", "guessed", "confidence"}
    assert set(told["place"]) == {"lon", "lat", "precision", "town", "village", "grid", "borders"}
    assert set(told["place"]["town"]) == set(told["unit"]) == NAMED
    assert told["state"] == "new" and told["status_url"] == f"http://testserver/r/{told['code']}"
    assert dt.datetime.fromisoformat(told["due_at"]).utcoffset() == dt.timedelta(hours=8)


def test_what_nobody_can_name_has_no_category_and_still_a_unit(cast):
    told = cast.reporter.reports("唔", TEA_TOWN)
    assert told["category"] is None and told["unit"]["code"] == "zhuanban" and told["due_at"]


def test_a_matter_that_is_not_ours_comes_with_whom_to_turn_to(cast):
    told = cast.reporter.reports("工地拖欠工资三个月不给", TEA_TOWN)
    assert set(told["handoff"]) == {"topic", "to", "phone"} and told["handoff"]["phone"] == "12333"


def test_danger_comes_with_the_number_to_call_first(cast):
    told = cast.reporter.reports("楼上着火了，有人被困", LOTUS_LANE)
    assert told["danger"]["phone"] == "119" and set(told["danger"]) == {"phone", "what"}


def test_who_holds_the_code_is_told_the_steps_without_who_took_them(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    ticket = cast.dispatcher.takes(code, "accept")
    cast.dispatcher.takes(ticket, "dispatch", unit="chazhen")
    cast.leader.takes(ticket, "comment", note="请快一点")
    told = cast.reporter.follows(code)
    assert [event["step"] for event in told["events"]] == ["open", "accept", "dispatch"]
    assert all(set(event) == {"at", "step", "state", "unit"} for event in told["events"])
    assert told["state"] == "dispatched" and told["unit"]["code"] == "chazhen"
    assert "请快一点" not in json.dumps(told, ensure_ascii=False) and '"dispatcher"' not in json.dumps(told)


def test_a_ticket_in_a_list_and_a_ticket_alone(cast):
    cast.dispatched()
    told = asks(cast.dispatcher, "/tickets")
    assert set(told) == {"count", "next", "results"}
    [row] = told["results"]
    assert set(row) == TICKET
    assert set(row["category"]) == NAMED | {"task"} and set(row["place"]) == {"lon", "lat", "precision"}
    assert re.fullmatch(r"X\d{7}", row["code"]) and len(row["reports"]) == 1
    alone = asks(cast.dispatcher, f"/tickets/{row['id']}")
    assert set(alone) == TICKET | {"events", "may", "receipt", "clock", "said"}
    assert {name: alone[name] for name in TICKET} == row
    assert all(set(event) == {"at", "step", "by", "note", "from", "to", "given"} for event in alone["events"])
    assert set(alone["receipt"]) == {"why", "unit", "duty", "rank", "edition", "losers"} and set(alone["receipt"]["duty"]) == DUTY
    assert all(set(line) == {"label", "value"} for line in alone["clock"])


def test_a_step_is_answered_with_the_ticket_as_it_is_now(cast):
    ticket = cast.dispatched()
    after = cast.officer.takes(ticket, "start")
    assert after == asks(cast.officer, f"/tickets/{ticket['id']}")
    assert (after["state"], after["version"]) == ("working", ticket["version"] + 1)


@pytest.mark.parametrize(
    ("query", "reading", "more"),
    [
        ({"lon": TEA_TOWN[0], "lat": TEA_TOWN[1]}, "one", set()),
        ({"lon": BEYOND[0], "lat": BEYOND[1]}, "outside", {"nearest"}),
        ({"text": "茶镇渔丰村"}, "one", set()),
        ({"text": "五星"}, "ambiguous", set()),
        ({"text": "洋县谢村镇"}, "outside", set()),
        ({"text": "门口的灯"}, "none", set()),
    ],
)
def test_every_reading_of_a_place_is_200_and_has_one_shape(client, query, reading, more):
    told = asks(client, "/locate", query)
    assert (told["reading"], set(told)) == (reading, PLACE | more)
    known = [told[name] is not None for name in ("town", "precision")]
    assert known == [reading == "one"] * 2
    assert all(set(row) == CANDIDATE for row in told["candidates"])
    if more:
        assert set(told["nearest"]) == {"town", "km"} and set(told["nearest"]["town"]) == NAMED


def test_a_name_that_is_only_begun_is_answered_with_suggestions(client):
    told = asks(client, "/locate", {"text": "渔"})
    assert told["reading"] == "none" and any(row["village"]["name"] == "渔丰村" for row in told["candidates"])


def test_a_border_near_by_names_the_town_and_for_a_kind_the_unit_behind_it(client):
    (lon, lat), metres = beside_the_border()
    query = {"lon": lon, "lat": lat, "accuracy_m": 80}
    [plain] = asks(client, "/locate", query)["borders"]
    assert set(plain) == {"town", "distance_m"} and plain["distance_m"] == pytest.approx(metres, abs=1)
    [with_unit] = asks(client, "/locate", query | {"category": "1301"})["borders"]
    assert with_unit == plain | {"unit": {"code": "chengnan", "name": "城南街道办事处"}}


def test_a_verdict_has_one_shape_and_is_the_same_by_get_and_post(client):
    told = asks(client, "/classify", {"text": "路灯不亮，垃圾也没人收"})
    assert set(told) == {"scope", "sure", "handoff", "danger", "candidates", "parts"}
    assert all(set(row) == NAMED | {"task", "score", "because"} for row in told["candidates"])
    scores = [row["score"] for row in told["candidates"]]
    assert scores == sorted(scores, reverse=True) and len(scores) > 1
    posted = client.post(API + "/classify", {"text": "路灯不亮，垃圾也没人收"}, content_type="application/json")
    assert posted.json() == told


def test_a_route_is_a_unit_a_reason_a_duty_and_who_lost(client):
    told = asks(client, "/route", {"category": "0401", "lon": TEA_TOWN[0], "lat": TEA_TOWN[1]})
    assert set(told) == {"unit", "why", "duty", "losers"}
    assert set(told["duty"]) == DUTY and set(told["unit"]) == NAMED


def test_names_are_english_for_who_asks_in_english(client):
    query = {"category": "0401", "lon": TEA_TOWN[0], "lat": TEA_TOWN[1]}
    told = client.get(API + "/route", query, headers={"Accept-Language": "en"}).json()
    assert told["unit"] == {"code": "chazhen", "name": "Chazhen Town Government"}
    assert "“Street light out” in 茶镇 is handled by the Chazhen Town Government" in told["why"]


# ---- lists in pages


def walk(person, query):
    """Every page of a list, by the addresses that it gives itself."""
    pages, url = [], None
    while not pages or url:
        answer = person.client.get(url) if url else person.client.get(API + "/tickets", query)
        pages.append(answer.json())
        url = pages[-1]["next"]
        assert url is None or url.startswith("http://testserver/api/v1/tickets?")
    return pages


def test_the_pages_of_a_list_hold_every_ticket_once_newest_first(lived):
    pages = walk(lived.dispatcher, {})
    ids = [row["id"] for page in pages for row in page["results"]]
    assert ids == sorted(Ticket.objects.values_list("pk", flat=True), reverse=True)
    assert [len(page["results"]) for page in pages] == [50, 50, 20]
    assert {page["count"] for page in pages} == {120}


def test_the_next_page_keeps_what_was_asked_for(lived):
    pages = walk(lived.dispatcher, {"state": "closed", "late": "false"})
    assert len(pages) > 1
    assert dict(parse_qsl(urlsplit(pages[0]["next"]).query)).keys() == {"state", "late", "cursor"}
    assert {(row["state"], row["late"]) for page in pages for row in page["results"]} == {("closed", False)}


def test_a_ticket_that_comes_while_one_turns_the_page_moves_nothing(lived):
    first = asks(lived.dispatcher, "/tickets")
    lived.reporter.reports("路灯不亮", TEA_TOWN)
    second = lived.dispatcher.client.get(first["next"]).json()
    assert second["results"][0]["id"] == first["results"][-1]["id"] - 1


def test_a_count_that_is_too_large_to_be_exact_is_null(lived, monkeypatch):
    rooms = importlib.import_module("gis_app.api.staff")  # the package gives the router of that name
    monkeypatch.setattr(rooms, "COUNTED", 120)
    assert asks(lived.dispatcher, "/tickets")["count"] == 120
    monkeypatch.setattr(rooms, "COUNTED", 119)
    assert asks(lived.dispatcher, "/tickets")["count"] is None


READ = {  # what a filter means, read off the row as it is shown
    "state": lambda row: row["state"],
    "unit": lambda row: row["unit"] and row["unit"]["code"],
    "town": lambda row: row["town"]["code"],
    "late": lambda row: str(row["late"]).lower(),
}


def test_a_filter_takes_exactly_the_rows_that_it_names(lived):
    everything = [row for page in walk(lived.dispatcher, {}) for row in page["results"]]
    for name, read in READ.items():
        for value in {read(row) for row in everything} - {None}:
            found = [row for page in walk(lived.dispatcher, {name: value}) for row in page["results"]]
            assert found == [row for row in everything if read(row) == value], (name, value)
    assert {row["late"] for row in everything} == {True, False}


def test_a_dispatcher_finds_a_ticket_by_its_reports_code_and_nobody_else_may_ask(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    cast.reporter.reports("路灯不亮", TEA_TOWN)
    assert [row["reports"] for row in asks(cast.dispatcher, "/tickets", {"code": code})["results"]] == [[code]]
    assert asks(cast.worker, "/tickets", {"code": code}, 403)["type"] == "not-yours"


def test_a_list_asks_the_database_no_more_often_for_more_tickets(lived, django_assert_max_num_queries):
    lived.dispatcher.signs_in()
    with django_assert_max_num_queries(8):
        assert len(asks(lived.dispatcher, "/tickets")["results"]) == 50


# ---- refusals


GETS = {  # every address that is read, with a query that is right
    "/reports/{code}": {},
    "/locate": {"text": "茶镇"},
    "/classify": {"text": "路灯不亮"},
    "/route": {"category": "0401", "lon": TEA_TOWN[0], "lat": TEA_TOWN[1]},
    "/near": {"lon": TEA_TOWN[0], "lat": TEA_TOWN[1]},
    "/coverage": {"category": "0401"},
    "/indicators": {"by": "unit"},
    "/inbox": {},
    "/tickets": {},
    "/tickets/{number}": {},
    "/heat": {"task": "六"},
    "/hotspots": {"task": "六"},
}
FILES = {"/export"}  # whose answer is a file: tests/test_export.py


def test_every_address_that_is_read_is_tried_below(client):
    paths = client.get(API + "/openapi.json").json()["paths"]
    assert {path.removeprefix(API) for path, doors in paths.items() if "get" in doors} == GETS.keys() | FILES


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("name", ["CRS", "nonsense", "limit", "page"])
def test_an_unknown_query_name_is_refused_and_the_known_ones_are_named(cast, path, name):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    where = path.format(code=code, number=Ticket.objects.get().pk)
    asks(cast.dispatcher, where, GETS[path])
    told = asks(cast.dispatcher, where, GETS[path] | {name: "gcj02"}, 422)
    assert (told["type"], told["field"]) == ("bad-field", name)
    assert all(known in told["detail"] for known in GETS[path])


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/tickets", {"state": "lost"}, "state"),
        ("/tickets", {"late": "perhaps"}, "late"),
        ("/tickets", {"cursor": "0"}, "cursor"),
        ("/tickets", {"cursor": str(2**63)}, "cursor"),
        ("/tickets", {"cursor": "' OR 1=1"}, "cursor"),
        ("/locate", {}, "lon, lat"),
        ("/locate", {"lon": 108}, "lon, lat"),
        ("/locate", {"lon": "NaN", "lat": 32.9}, "lon"),
        ("/locate", {"lon": 108, "lat": 32.9, "crs": "GCJ02"}, "crs"),
        ("/locate", {"lon": 108, "lat": 32.9, "accuracy_m": -1}, "accuracy_m"),
        ("/locate", {"text": "茶" * 4001}, "text"),
        ("/classify", {}, "text"),
        ("/classify", {"text": "灯" * 4001}, "text"),
        ("/route", {"category": "9999", "lon": 108, "lat": 32.9}, "category"),
        ("/route", {"category": "0401"}, "lon"),
        ("/heat", {"task": "五"}, "task"),
        ("/heat", {"res": 10}, "res"),
        ("/heat", {"from": "yesterday"}, "from"),
        ("/heat", {"from": "2026-11-02", "to": "2026-11-01"}, "from"),
        ("/heat", {"category": "9999"}, "category"),
        ("/heat", {"format": "csv"}, "format"),
        ("/heat", {"bbox": "107,32,108"}, "bbox"),
        ("/heat", {"bbox": "108,32,107,33"}, "bbox"),
        ("/heat", {"bbox": "107,33,108,32"}, "bbox"),
        ("/heat", {"bbox": "a,b,c,d"}, "bbox"),
        ("/heat", {"bbox": "nan,32,108,33"}, "bbox"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(cast, path, query, field):
    told = asks(cast.dispatcher, path, query, 422)
    assert (told["type"], told["field"]) == ("bad-field", field)


def posts(client, path, body=None, **more):
    return client.post(API + path, body or {}, content_type="application/json", **more)


REFUSALS = {  # what a program may run into: how, and what it hears
    "no such page": (lambda cast: cast.reporter.client.get(API + "/nowhere"), 404, "not-found"),
    "no such page under api": (lambda cast: cast.reporter.client.get("/api/v2/reports"), 404, "not-found"),
    "no such code": (lambda cast: cast.reporter.client.get(API + "/reports/AAAAAAAAAAAA"), 404, "not-found"),
    "no such ticket": (lambda cast: cast.dispatcher.client.get(API + "/tickets/999999999"), 404, "not-found"),
    "another's ticket": (lambda cast: cast.far_worker.opens(cast.dispatched()), 404, "not-found"),
    "no number": (lambda cast: cast.dispatcher.client.get(API + "/tickets/abc"), 422, "bad-field"),
    "too large a number": (lambda cast: cast.dispatcher.client.get(f"{API}/tickets/{2**63}"), 422, "bad-field"),
    "wrong method": (lambda cast: cast.reporter.client.delete(API + "/reports"), 405, "wrong-method"),
    "wrong method on a ticket": (lambda cast: cast.dispatcher.client.put(API + "/tickets/1"), 405, "wrong-method"),
    "wrong method on a place": (lambda cast: posts(cast.reporter.client, "/locate"), 405, "wrong-method"),
    "nobody": (lambda cast: cast.reporter.client.get(API + "/tickets"), 401, "not-signed-in"),
    "a citizen's step": (lambda cast: posts(cast.reporter.client, "/tickets/1/steps"), 401, "not-signed-in"),
    "not for this role": (lambda cast: cast.worker.client.get(API + "/tickets", {"code": "x"}), 403, "not-yours"),
    "outside": (lambda cast: cast.reporter.says("路灯不亮", BEYOND), 422, "outside-area"),
    "nowhere": (lambda cast: cast.reporter.says("路灯不亮"), 422, "unplaced"),
    "stale": (lambda cast: cast.officer.tries(cast.dispatched(), "start", seen=1), 409, "stale-ticket"),
    "wrong state": (lambda cast: cast.officer.tries(cast.dispatched(), "finish", note="好"), 409, "wrong-state"),
    "not theirs": (lambda cast: cast.leader.tries(cast.dispatched(), "start"), 403, "not-yours"),
    "lacking": (lambda cast: cast.officer.tries(cast.dispatched(), "return"), 422, "needs-reason"),
    "no photo": (lambda cast: cast.reporter.says("灯", TEA_TOWN, photos=[bad_pictures.named(b"no")]), 422, "bad-photo"),
    "wrong media": (lambda cast: cast.reporter.client.post(API + "/reports", "a", content_type="text/csv"), 415, "wrong-media"),
}


UNFIT = {  # where and what was sent: the field, and its sentence in both languages
    "missing": ("/hotspots", {}, "task", "没有填，这一项是必填的。", "It is missing, and it is required."),
    "below": ("/heat", {"task": "六", "res": 6}, "res", "不能小于 7。", "It must not be less than 7."),
    "above": ("/heat", {"task": "六", "res": 15}, "res", "不能大于 9。", "It must not be greater than 9."),
    "no number": ("/heat", {"task": "六", "res": "all"}, "res", "要一个整数。", "A whole number is wanted."),
    "half": ("/heat", {"task": "六", "res": "7.5"}, "res", "要一个整数。", "A whole number is wanted."),
    "no day": (
        "/heat",
        {"task": "六", "from": "May"},
        "from",
        "要一个日期，写成 2026-11-25 这样。",
        "A day is wanted, written like 2026-11-25.",
    ),
}


@pytest.mark.parametrize("what", UNFIT)
def test_why_a_value_does_not_fit_is_said_in_the_readers_language(cast, what):
    path, query, field, *sentences = UNFIT[what]
    for language, sentence in zip(("zh-CN", "en"), sentences, strict=True):
        answer = cast.dispatcher.client.get(API + path, query, headers={"accept-language": language})
        told = answer.json()
        assert (answer.status_code, told["type"], set(told)) == (422, "bad-field", PROBLEM | {"field", "why"})
        assert (told["field"], told["detail"]) == (field, sentence)


def test_a_body_that_does_not_fit_is_told_in_chinese_without_the_schemas_english(cast):
    def sends(**body):
        answer = cast.reporter.client.post(API + "/reports", body, content_type="application/json")
        assert answer.status_code == 422
        return answer.json()["field"], answer.json()["detail"]

    assert sends(text=5) == ("text", "要一段文字。")
    assert sends(text="灯", lon=True, lat=33) == ("lon", "要一个数，不是真假")
    assert sends(text="灯", lon=181, lat=33) == ("lon", "不能大于 180。")
    assert sends(text="灯", agreed="perhaps") == ("agreed", "要 true 或 false。")
    assert sends(text="灯", photo="a") == ("photo", "不认识这一项。")


def test_each_kind_of_misfit_has_its_sentence():
    class Asked(pydantic.BaseModel):
        choice: Literal["gcj02", "wgs84"] = "wgs84"
        some: list[int] = pydantic.Field([1], min_length=1, max_length=2)
        word: str = pydantic.Field("a", min_length=1, max_length=2)
        part: float = pydantic.Field(0.5, gt=0, lt=1, allow_inf_nan=False)
        shape: str = pydantic.Field("a", pattern="^a")

    def said_of(**values):
        with pytest.raises(pydantic.ValidationError) as told, translation.override("zh-hans"):
            Asked(**values)
        with translation.override("zh-hans"):
            return unfit(told.value.errors()[0])

    assert said_of(choice="bd09") == "只能是：gcj02、wgs84。"
    assert [said_of(some=some) for some in ("a", [], [1, 2, 3])] == ["要一个列表。", "最少 1 项。", "最多 2 项。"]
    assert [said_of(word=word) for word in ("", "abc")] == ["最少 1 字。", "最多 2 字。"]
    parts = [said_of(part=part) for part in (0, 1, float("inf"), "x")]
    assert parts == ["要大于 0。", "要小于 1。", "要一个有限的数。", "要一个数。"]
    assert "pattern" in said_of(shape="b"), "what has no sentence of ours is still said"


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_a_problem_in_sentences(cast, what):
    act, status, slug = REFUSALS[what]
    answer = act(cast)
    told = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert set(told) >= PROBLEM and (told["type"], told["status"]) == (slug, status)
    assert told["title"] and told["detail"] and told["next"] is not None


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_english_for_who_asks_in_english(cast, what):
    for person in (cast.reporter, cast.dispatcher, cast.worker, cast.officer, cast.leader, cast.far_worker):
        person.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    told = REFUSALS[what][0](cast).json()
    plain = re.sub("“[^”]*”|[^ ]*(镇|街道|县)", "", " ".join([told["title"], told["next"]]))  # names stay as they are
    assert not re.search("[\u4e00-\u9fff]", plain), told


def test_who_uses_the_wrong_method_hears_the_right_ones(client):
    assert client.put(API + "/reports").get("Allow") == "POST"
    assert set(client.put(API + "/classify")["Allow"].split(", ")) == {"GET", "POST"}


def test_a_place_is_asked_by_get_alone_with_or_without_a_session(cast):
    strict = Client(enforce_csrf_checks=True)
    answers = [client.head(API + "/locate") for client in (strict, cast.clerk.client)] + [strict.post(API + "/locate")]
    assert [(answer.status_code, answer["Allow"]) for answer in answers] == [(405, "GET")] * 3


def test_what_breaks_at_a_place_says_nothing_of_the_inside(client, monkeypatch):
    monkeypatch.setattr(locate, "at_point", lambda *args: 1 / 0)
    client.raise_request_exception = False
    answer = client.get(API + "/locate", {"lon": 108, "lat": 32.9})
    assert answer.status_code == 500 and "ZeroDivision" not in answer.content.decode()
    monkeypatch.setattr(locate, "at_point", lambda *args: (_ for _ in ()).throw(OperationalError("no server")))
    answer = client.get(API + "/locate", {"lon": 108, "lat": 32.9})
    assert (answer.status_code, answer.json()["type"], answer["Retry-After"]) == (503, "unavailable", "5")


def test_who_is_not_signed_in_hears_how(client):
    assert client.get(API + "/tickets")["WWW-Authenticate"] == "Bearer"


def test_what_breaks_inside_is_no_page_of_ours_and_says_nothing_of_the_inside(cast, monkeypatch):
    monkeypatch.setattr(frames, "heat", lambda *args, **kwargs: 1 / 0)
    cast.leader.client.raise_request_exception = False
    answer = cast.leader.client.get(API + "/heat", {"task": "六"})
    assert answer.status_code == 500 and "ZeroDivision" not in answer.content.decode()


# ---- the description


@pytest.fixture
def described(client):
    return client.get(API + "/openapi.json").json()


def parts(node):
    """Every object inside a JSON document."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(inner)


def operations(described):
    """[(path, method, operation)]."""
    return [(path, method, door) for path, doors in described["paths"].items() for method, door in doors.items()]


def test_every_reference_of_the_description_leads_somewhere(described):
    names = [part["$ref"] for part in parts(described) if "$ref" in part]
    assert names and all(name.removeprefix("#/components/schemas/") in described["components"]["schemas"] for name in names)


def test_every_operation_is_named_once_summed_up_and_declares_its_path(described):
    assert described["openapi"].startswith("3.1") and described["info"]["title"] and described["info"]["version"]
    doors = operations(described)
    assert len({door["operationId"] for _path, _method, door in doors}) == len(doors)
    for path, _method, door in doors:
        assert door["summary"] and door["responses"]
        declared = {each["name"] for each in door.get("parameters", ()) if each["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))


JSON_SCHEMA = {
    "$ref",
    "additionalProperties",
    "anyOf",
    "allOf",
    "oneOf",
    "const",
    "default",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maximum",
    "maxItems",
    "maxLength",
    "minimum",
    "minItems",
    "minLength",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
}


def schemas(node):
    """Every schema under a schema, itself included."""
    yield node
    inner = [*node.get("properties", {}).values(), *node.get("anyOf", ()), *([node["items"]] if "items" in node else ())]
    for each in inner:
        yield from schemas(each)


def test_the_description_speaks_json_schema_and_nothing_else(described):
    tops = [*described["components"]["schemas"].values()]
    tops += [each["schema"] for _path, _method, door in operations(described) for each in door.get("parameters", ())]
    words = {word for top in tops for schema in schemas(top) for word in schema}
    assert words <= JSON_SCHEMA, words - JSON_SCHEMA


def test_the_description_tells_the_bounds_of_a_coordinate(described):
    [lon] = [each["schema"] for each in described["paths"][API + "/route"]["get"]["parameters"] if each["name"] == "lon"]
    assert (lon["type"], lon["minimum"], lon["maximum"]) == ("number", -180, 180)


@pytest.mark.parametrize("path", ["/reports", "/reports/{code}/steps", "/tickets/{number}/steps"])
def test_what_is_posted_has_a_key_by_its_real_name_and_comes_as_json_or_form(described, path):
    door = described["paths"][API + path]["post"]
    assert "Idempotency-Key" in {each["name"] for each in door["parameters"] if each["in"] == "header"}
    assert set(door["requestBody"]["content"]) == {"application/json", "multipart/form-data"}


def test_staff_calls_say_that_they_want_somebody_signed_in(described):
    closed = {(method, path.removeprefix(API)) for path, method, door in operations(described) if door.get("security")}
    read = {"/coverage", "/export", "/hotspots", "/inbox", "/indicators", "/tickets", "/tickets/{number}"}
    done = {"/inbox/read", "/inbox/{number}/read", "/tickets/steps", "/tickets/{number}/steps"}
    assert closed == {("get", path) for path in read} | {("post", path) for path in done}


# ---- heat for everybody


SPOTS = [LOTUS_LANE, TEA_TOWN, (107.7661, 32.9931), (107.9895, 32.9455)]


def count(number, at=LOTUS_LANE, day=LAST, category="0401", folded=False):
    """So many tickets counted at a place on a day."""
    town, kind = Town.objects.get(code="610724001"), Category.objects.get(code=category)
    cell = h3.str_to_int(h3.latlng_to_cell(at[1], at[0], 9)) if at else None
    CellCount.objects.create(day=day, cell=cell, town=town, category=kind, opened=number, voices=number)
    if folded:
        tally.fold()


def public(task="六"):
    """The body of what a stranger is told of a task."""
    answer = Client().get(API + "/heat", {"task": task})
    assert answer.status_code == 200
    return answer.content


def shown(body):
    """{cell: class} of a stranger's answer; nothing else may stand in it."""
    told = json.loads(body)
    assert set(told) == {"type", "features"} and told["type"] == "FeatureCollection"
    for feature in told["features"]:
        assert set(feature) == {"type", "id", "properties", "geometry"} and set(feature["properties"]) == {"cell", "class"}
        assert feature["id"] == feature["properties"]["cell"]
    return {feature["id"]: feature["properties"]["class"] for feature in told["features"]}


def class_of(number):
    """The class that §4.6 names, or None where it is withheld."""
    bounds = [(32, "32+"), (16, "16–31"), (9, "9–15"), (5, "5–8"), (3, "3–4")]
    return next((label for least, label in bounds if number >= least), None)


@pytest.mark.parametrize("name", ["from", "to", "bbox", "res", "category"])
def test_a_stranger_may_choose_the_task_alone(client, wednesday, name):
    values = {"from": "2026-11-01", "to": "2026-11-25", "bbox": "107,32,108,33", "res": "7", "category": "0401"}
    told = asks(client, "/heat", {"task": "六", name: values[name]}, 422)
    assert (told["type"], told["field"]) == ("bad-field", name)


@pytest.mark.parametrize("query", [{}, {"task": "五"}, {"task": ""}])
def test_a_stranger_must_name_a_known_task(client, query):
    assert asks(client, "/heat", query, 422)["field"] == "task"


def test_counts_are_not_to_be_had_by_another_format(client, wednesday):
    count(7)
    answer = client.get(API + "/heat", {"task": "六", "format": "counts"})
    assert answer.status_code == 422 or shown(answer.content) == shown(public())


@hypothesis_settings(max_examples=12)
@given(
    told=st.lists(
        st.tuples(st.sampled_from(SPOTS), st.integers(0, 40), st.sampled_from([FIRST, LAST]), st.booleans()), max_size=8
    )
)
@example(told=[(LOTUS_LANE, 2, FIRST, False), (LOTUS_LANE, 1, LAST, True)])
def test_a_stranger_sees_the_class_of_every_place_and_no_place_with_fewer_than_three(wednesday, told):
    expected = Counter()
    with transaction.atomic():
        for at, number, day, folded in told:
            count(number, at, day, folded=folded)
            expected[h3.latlng_to_cell(at[1], at[0], 7)] += 0
            expected[h3.cell_to_parent(h3.latlng_to_cell(at[1], at[0], 9), 7)] += number
        seen = shown(public())
        transaction.set_rollback(True)
    assert seen == {cell: label for cell, number in expected.items() if (label := class_of(number))}


@hypothesis_settings(max_examples=12)
@given(
    others=st.lists(st.tuples(st.sampled_from(SPOTS[1:]), st.integers(1, 40)), max_size=5), first=st.sampled_from([FIRST, LAST])
)
def test_the_answer_does_not_change_while_a_place_goes_from_none_to_two(wednesday, others, first):
    with transaction.atomic():
        for at, number in others:
            count(number, at)
        lonely = (107.42, 32.78)
        answers = [public()]
        for _another in range(2):
            count(1, lonely, first)
            answers.append(public())
        count(1, lonely, LAST)
        third = public()
        transaction.set_rollback(True)
    assert answers[0] == answers[1] == answers[2] != third


@pytest.mark.parametrize(
    ("day", "seen"), [(FIRST, True), (LAST, True), (FIRST - dt.timedelta(1), False), (LAST + dt.timedelta(1), False)]
)
def test_the_window_is_thirteen_whole_weeks(wednesday, day, seen):
    count(9, day=day)
    assert bool(shown(public())) == seen


def test_a_stranger_sees_one_task_at_a_time(wednesday):
    count(9, category="0401")
    assert [bool(shown(public(task))) for task in TASKS] == [True, False, False, False]


def test_a_new_report_does_not_move_the_public_map(cast):
    before = public()
    for _ in range(4):
        cast.reporter.reports("路灯不亮", LOTUS_LANE, category="0401")
    assert public() == before


# ---- heat for staff


def recount(task, start, end, res, category=None):
    """({cell: tickets}, {town: tickets known by it alone}) from the tickets themselves."""
    cells, towns = Counter(), Counter()
    for ticket in Ticket.objects.exclude(state="rejected").select_related("category", "town"):
        kind = ticket.category
        if (task and (not kind or kind.task != task)) or (category and (not kind or kind.code != category)):
            continue
        if not start <= ticket.opened_at.astimezone(UTC8).date() <= end:
            continue
        if ticket.cell is None:
            towns[ticket.town.code] += 1
        else:
            cells[h3.cell_to_parent(h3.int_to_str(ticket.cell), res)] += 1
    return dict(cells), dict(towns)


def test_staff_heat_is_what_a_recount_of_the_tickets_gives(lived):
    today = NOW.date()

    @hypothesis_settings(max_examples=12)
    @given(task=st.sampled_from([*TASKS, None]), res=st.integers(7, 9), ages=st.tuples(st.integers(0, 89), st.integers(0, 89)))
    def recounted(task, res, ages):
        start, end = (today - dt.timedelta(days=age) for age in sorted(ages, reverse=True))
        query = {"from": start.isoformat(), "to": end.isoformat(), "res": res} | ({"task": task} if task else {})
        cells, towns = recount(task, start, end, res)
        told = asks(lived.leader, "/heat", query)
        assert {each["id"]: each["properties"]["count"] for each in told["features"]} == cells
        assert told["towns"] == towns
        assert asks(lived.leader, "/heat", query | {"format": "counts"}) == cells

    recounted()


def test_without_dates_it_is_today_and_the_89_days_before_in_cells_of_eight(lived):
    today = NOW.date()
    told = asks(lived.leader, "/heat", {"task": "六"})
    assert (told["from"], told["to"]) == ((today - dt.timedelta(days=89)).isoformat(), today.isoformat())
    assert {h3.get_resolution(each["id"]) for each in told["features"]} == {8}
    assert all(set(each["properties"]) >= {"cell", "count", "voices"} for each in told["features"])
    assert sum(each["properties"]["count"] for each in told["features"]) + sum(told["towns"].values()) > 30


def test_a_kind_is_a_part_of_its_task(lived):
    today = NOW.date()
    kind = Counter(Ticket.objects.filter(category__task="六").values_list("category__code", flat=True)).most_common(1)[0][0]
    cells, _towns = recount("六", today - dt.timedelta(days=89), today, 8, kind)
    assert asks(lived.leader, "/heat", {"task": "六", "category": kind, "format": "counts"}) == cells != {}
    assert asks(lived.leader, "/heat", {"task": "八", "category": kind, "format": "counts"}) == {}


def test_a_window_takes_the_cells_whose_centre_lies_in_it_with_their_whole_count(lived):
    everything = asks(lived.leader, "/heat", {"format": "counts"})
    window = (107.7, 32.9, 107.85, 33.05)
    inside = {
        cell: number
        for cell, number in everything.items()
        for lat, lon in [h3.cell_to_latlng(cell)]
        if window[0] <= lon <= window[2] and window[1] <= lat <= window[3]
    }
    assert asks(lived.leader, "/heat", {"format": "counts", "bbox": ",".join(map(str, window))}) == inside
    assert 0 < len(inside) < len(everything)


def test_shapes_are_the_hexagons_longitude_first(lived):
    for feature in asks(lived.leader, "/heat", {"task": "六"})["features"]:
        ring = {(lon, lat) for lon, lat in feature["geometry"]["coordinates"][0]}
        assert ring == {(round(lon, 6), round(lat, 6)) for lat, lon in h3.cell_to_boundary(feature["id"])}


def test_the_page_for_people_names_every_call_and_what_it_takes(client):
    described, page = client.get("/api/v1/openapi.json").json(), client.get("/api/").content.decode()
    for path, methods in described["paths"].items():
        assert path in page and all(call["summary"] in page for call in methods.values())
    for name in ("Idempotency-Key", "accuracy_m", "photos", "seen", "bbox", "from"):
        assert f"<code>{name}</code>" in page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lon=1&lat=2",
        "a=1&a=2",
        "a=",
        "a",
        "a=%E8%8C%B6%E9%95%87",
        "a=b+c%20d",
        "a=茶镇",
        "a=%FF%FE",
        "a=1;b=2",
        "&&a=1&",
        "a=b=c",
    ],
)
def test_a_query_is_read_as_django_reads_it(rf, query):
    request = rf.get("/", QUERY_STRING=query.encode().decode("latin-1"))
    assert asked(request) == request.GET.dict()
