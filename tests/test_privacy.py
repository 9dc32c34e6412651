"""Who sees what is personal: no public answer holds it; staff who may see it do, and each look is remembered."""

import json
import logging
import runpy
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from gunicorn.config import Config
from gunicorn.glogging import Logger
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from gis_app import audit, privacy
from gis_app.models import Act, Member, Ticket
from tests.conftest import TEA_TOWN, Person

pytestmark = pytest.mark.django_db
DEPLOY = Path(__file__).parent.parent / "deploy"
SAID = "我叫王翠娟，电话13912345678，茶镇老街路灯不亮"
SHOWN = "我叫＊＊＊，电话＊＊＊＊＊＊＊＊＊＊＊，茶镇老街路灯不亮"


@pytest.fixture
def sent(cast):
    """A ticket that 茶镇 has got, whose report says who its sender is."""
    told = cast.reporter.reports(SAID, TEA_TOWN, category="0401")
    cast.dispatcher.takes(told["code"], "accept")
    return cast.dispatcher.takes(told["code"], "dispatch", unit="chazhen")["id"]


def page(person, address):
    return person.client.get(address).content.decode()


def looks():
    """[(who, at which ticket)] that are remembered."""
    return [(act.user.username, act.about) for act in Act.objects.filter(act="look")]


# ---- staff


def test_a_worker_sees_the_masked_words_and_a_look_at_the_original_is_remembered(cast, sent):
    first = page(cast.worker, f"/work/{sent}")
    assert SHOWN in first and "王翠娟" not in first and f"/work/{sent}/original" in first and looks() == []
    opened = page(cast.worker, f"/work/{sent}/original")
    name = cast.worker.name
    assert SAID in opened and looks() == [(name, Ticket.objects.get(pk=sent).number)]
    page(cast.worker, f"/work/{sent}/original")
    assert len(looks()) == 2 and audit.broken_acts(Act.objects.all()) == []
    call_command("verify_audit")


def test_words_without_anything_personal_have_no_original_to_ask_for(cast):
    pk = cast.dispatched()["id"]
    assert "/original" not in page(cast.worker, f"/work/{pk}")
    page(cast.worker, f"/work/{pk}/original"), page(cast.dispatcher, f"/desk/{pk}")
    assert looks() == []


def test_the_desk_shows_the_original_and_tells_it_once_a_day_for_each_person(cast, sent, monkeypatch):
    for _time in "ab":
        assert SAID in page(cast.dispatcher, f"/desk/{sent}")
    assert looks() == [(cast.dispatcher.name, Ticket.objects.get(pk=sent).number)]
    Member.objects.create(user=User.objects.create_user("second"), role="dispatcher")
    page(Person("second"), f"/desk/{sent}")
    assert [name for name, _number in looks()] == [cast.dispatcher.name, "second"]
    tomorrow = SimpleNamespace(now=lambda: timezone.now() + timedelta(days=1))
    monkeypatch.setattr(privacy, "timezone", tomorrow)
    page(cast.dispatcher, f"/desk/{sent}")
    assert [name for name, _number in looks()] == [cast.dispatcher.name, "second", cast.dispatcher.name]


def test_a_stranger_and_a_worker_elsewhere_get_no_look(cast, sent):
    assert cast.far_worker.client.get(f"/work/{sent}/original").status_code == 404
    assert cast.reporter.client.get(f"/work/{sent}/original").status_code == 302
    assert looks() == []


def test_a_program_gets_the_masked_words_unless_it_asks_and_that_is_remembered(cast, sent):
    told = cast.worker.client.get(f"/api/v1/tickets/{sent}").json()["said"]
    assert [(each["text"], each["hides"]) for each in told] == [(SHOWN, True)] and looks() == []
    asked = cast.worker.client.get(f"/api/v1/tickets/{sent}", {"original": "true"}).json()["said"]
    assert asked[0]["text"] == SAID and len(looks()) == 1
    stepped = cast.worker.takes(sent, "start")
    assert stepped["said"][0]["text"] == SHOWN and len(looks()) == 1


def test_the_clerk_s_list_of_what_was_loaded_is_not_full_of_looks(cast, sent):
    page(cast.worker, f"/work/{sent}/original")
    assert "看原文" not in page(cast.clerk, "/clerk/boundaries")


# ---- the public


def test_the_sender_s_own_page_is_masked_too_and_says_so(cast):
    code = cast.reporter.reports(SAID, TEA_TOWN, place_text="茶镇老街，找王师傅")["code"]
    told = page(cast.reporter, f"/r/{code}")
    assert SHOWN in told and "王师傅" not in told and "遮住了" in told
    plain = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    assert "遮住了" not in page(cast.reporter, f"/r/{plain}")


@pytest.fixture
def no_limit(settings):
    settings.RATE_LIMIT = 10_000


names = st.builds(str.__add__, st.sampled_from("王李张刘陈杨赵吴徐孙朱"), st.text("翠鹏娟霞倩涛蕾婷", min_size=2, max_size=2))
digits = st.text("0123456789", min_size=9, max_size=9)
PERSONAL = st.one_of(
    names.map(lambda name: (f"我叫{name}，", name)),
    names.map(lambda name: (f"联系人：{name}。", name)),
    names.map(lambda name: (f"本人{name}，", name)),
    digits.map(lambda tail: (f"电话13{tail}，", f"13{tail}")),
    digits.map(lambda tail: (f"座机6{tail[:6]}，", f"6{tail[:6]}")),
    digits.map(lambda tail: (f"微信 wx_{tail}，", f"wx_{tail}")),
    digits.map(lambda tail: (f"我的邮箱 q{tail}@qq.com，", f"q{tail}@qq.com")),
    digits.map(lambda tail: (f"身份证610724{tail}123，", f"610724{tail}123")),
)


def test_the_web_server_s_log_says_which_page_and_not_what_was_asked():
    settings = Config()
    settings.set("accesslog", "-")
    settings.set("access_log_format", runpy.run_path(str(DEPLOY / "gunicorn.py"))["access_log_format"])
    log, lines = Logger(settings), []
    log.access_log.addHandler(handler := logging.Handler())
    handler.emit = lambda record: lines.append(record.getMessage())
    log.access_log.setLevel(logging.INFO)
    asked = {"REQUEST_METHOD": "GET", "RAW_URI": f"/api/v1/classify?text={SAID}", "PATH_INFO": "/api/v1/classify"}
    asked |= {"QUERY_STRING": f"text={SAID}", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_REFERER": f"http://x/?q={SAID}"}
    log.access(SimpleNamespace(status="200 OK", sent=10, headers=[]), SimpleNamespace(headers=[]), asked, timedelta(seconds=1))
    assert len(lines) == 1 and "GET /api/v1/classify HTTP/1.1" in lines[0] and "200" in lines[0]
    assert "13912345678" not in lines[0] and "王翠娟" not in lines[0]


@given(st.lists(PERSONAL, min_size=1, max_size=4), st.booleans())
@tries(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_public_answer_and_no_line_of_the_log_holds_what_is_personal(cast, caplog, no_limit, told, as_place):
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    words = "".join(text for text, _secret in told)
    extra = {"place_text": f"茶镇老街 {words}"[:200]} if as_place else {}
    made = cast.reporter.reports(f"路灯不亮。{words}晚上很黑", TEA_TOWN, contact="13900001111", **extra)
    answers = [json.dumps(made, ensure_ascii=False), caplog.text]
    cast.dispatcher.takes(made["code"], "release")
    cast.reporter.client.post(f"/api/v1/reports/{made['code']}/steps", {"step": "comment", "note": f"还不亮。{words}"})
    for address in (
        f"/api/v1/near?lon={TEA_TOWN[0]}&lat={TEA_TOWN[1]}",
        "/open?q=茶镇",
        f"/api/v1/reports/{made['code']}",
        f"/r/{made['code']}",
        f"/r/{made['code']}?sent=1",
        "/known",
        "/api/v1/heat?task=六",
        "/",
    ):
        answers.append(page(cast.reporter, address))
    answers.append(caplog.text)
    for _text, secret in [*told, ("", "13900001111")]:
        assert not [answer for answer in answers if secret in answer], secret
