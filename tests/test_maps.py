"""The leaders' page and its map, and the county for everybody's map, as a browser asks for them."""

import gzip
import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from gis_app.models import Member, Unit
from gis_app.words import Role
from tests.two_towns import EAST, MARKET, tell, two_towns  # noqa: F401 (a fixture that every test uses)

pytestmark = pytest.mark.django_db
SEE = [Role.LEADER, Role.DISPATCHER, Role.CLERK]


def signed_in(client, role):
    user = User.objects.create_user(f"some-{role}")
    unit = Unit.objects.filter(kind="department").first() or Unit.objects.create(code="test-unit", name="试验", kind="department")
    Member.objects.create(user=user, role=role, unit=unit if role in (Role.UNIT, Role.WORKER) else None)
    client.force_login(user)
    return client


@pytest.fixture
def leader(client):
    return signed_in(client, Role.LEADER)


def told_today(count, **more):
    tell(count, day=timezone.localdate(), **more)


@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
@pytest.mark.parametrize("role", SEE)
def test_those_who_judge_see_the_map(client, page, role):
    assert signed_in(client, role).get(page).status_code == 200


@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
@pytest.mark.parametrize("role", [Role.UNIT, Role.WORKER, Role.ANALYST])
def test_others_are_told_that_it_is_not_theirs(client, page, role):
    assert signed_in(client, role).get(page).status_code == 403


@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
def test_strangers_are_asked_to_sign_in(client, page):
    answer = client.get(page)
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


def test_the_page_says_how_many_and_where(leader):
    told_today(3)
    told_today(1, at=MARKET, town=EAST)
    told_today(1, at=None, town=EAST)
    page = leader.get("/lead/heat").content.decode()
    assert "5 件，60% 在县城" in page
    assert "另有 1 件只知道镇街" in page
    assert "这是数量图，没有检验" in page
    rows = re.findall(r'<th scope="row">(\S+)</th>.*?<td class="number">(\d+)</td>', page)
    assert rows[:2] == [("西街道", "3"), ("东镇", "2")]


def test_a_comparison_waits_until_there_is_something_to_compare_with(leader):
    told_today(3)
    assert "比上期" not in leader.get("/lead/heat?days=30").content.decode()
    tell(5, day=timezone.localdate() - timedelta(days=59))  # the first day of the thirty before
    page = leader.get("/lead/heat?days=30").content.decode()
    assert "比上期 −2 件" in page
    assert '<td class="number">−2</td>' in page


def test_nothing_in_the_period_before_is_nought_and_no_gap(leader):
    told_today(3)
    tell(5, day=timezone.localdate() - timedelta(days=200))
    assert "比上期 +3 件" in leader.get("/lead/heat?days=30").content.decode()


def test_without_reports_the_page_says_so(leader):
    assert "这段时间没有上报" in leader.get("/lead/heat?task=七").content.decode()


def test_the_switches_keep_each_others_choice(leader):
    page = leader.get("/lead/heat?task=八&days=30").content.decode()
    assert "?task=七&amp;days=30" in page and "?task=八&amp;days=365" in page
    assert "/lead/heat/map?task=八&amp;days=30" in page


@pytest.mark.parametrize("query", ["task=十", "days=31", "days=x", "TASK=六"])
@pytest.mark.parametrize("page", ["/lead/heat", "/lead/heat/map"])
def test_what_the_page_does_not_offer_is_refused(leader, page, query):
    assert leader.get(f"{page}?{query}").status_code == 422


def test_the_page_asks_the_database_at_most_eight_times(leader, django_assert_max_num_queries):
    told_today(3)
    leader.get("/lead/heat")  # what is kept of the kinds and the boundaries is asked for once
    with django_assert_max_num_queries(8):
        leader.get("/lead/heat")


def test_the_map_runs_only_what_this_answer_signed(leader):
    told_today(3)
    answer = leader.get("/lead/heat/map")
    nonce = re.search(r"script-src [^;]*'nonce-([^']+)'", answer["Content-Security-Policy"])[1]
    document = answer.content.decode()
    assert set(re.findall(r"<(?:script|style)(?: nonce=\"([^\"]*)\")?>", document)) == {nonce}
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"].split("style-src-attr")[0]
    assert re.findall(r"""(?:https?:)?//[\w.-]+\.\w+""", document) == []


def test_two_answers_never_share_a_nonce(leader):
    one, two = (leader.get("/lead/heat/map")["Content-Security-Policy"] for _ in range(2))
    assert one != two


def test_the_county_is_for_everybody_and_named_in_both_languages(client):
    towns = client.get("/map/county.json").json()["towns"]
    assert [(town["name"], town["name_en"]) for town in towns] == [("西街道", "Xijiedao"), ("东镇", "Dongzhen")]


def test_the_county_travels_packed_and_only_when_it_changed(client):
    first = client.get("/map/county.json", headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip" and "public" in first["Cache-Control"]
    assert json.loads(gzip.decompress(first.content)) == client.get("/map/county.json").json()
    again = client.get("/map/county.json", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and not again.content
