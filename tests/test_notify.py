"""Who hears of what, on which ways and in which words; that it arrives, is tried again, is given up, is sent again."""

import datetime as dt
import email
import hashlib
import hmac
import json

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from gis_app import audit, notify, workflow
from gis_app.clock import SHANGHAI
from gis_app.models import Act, Category, Contact, Delivery, Event, Notice, QuietHours, Reachable, Stamp, Unit
from gis_app.models.report import way_of
from gis_app.notify import outbox, quiet, texts
from gis_app.words import Audience, StepName
from tests import other_side
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.scenes import scene

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_day")]
PHONE, MAIL = "13912345678", "reporter@example.com"


@scene
def by_day():
    """No quiet hours, whatever the time is."""
    QuietHours.objects.all().delete()
    Stamp.bump("rules")


@pytest.fixture(autouse=True)
def with_an_address(settings):
    """Links have a host."""
    settings.PUBLIC_URL = "https://311.example.cn"


@pytest.fixture
def far():
    """A program on this machine that takes posts."""
    with other_side.http() as posts:
        yield posts


@pytest.fixture
def provider(far, settings):
    """The same as a provider of short messages."""
    settings.SMS_URL, settings.SMS_OK = far.url, r'"code": ?0.*?"id": ?"(\w+)"'
    far.answers = [(200, b'{"code": 0, "id": "m17"}', {})]
    return far


@pytest.fixture
def post_office(settings):
    """A mail server on this machine."""
    with other_side.smtp() as mail:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.DEFAULT_FROM_EMAIL = "127.0.0.1", mail.port, "a@county.example"
        yield mail


def hears(owner, channel, to, **more):
    """A person or a unit hears on a way."""
    of = {"unit": owner} if isinstance(owner, Unit) else {"user": owner}
    return Reachable.objects.create(channel=channel, to=to, **of, **more)


def told():
    """Everything that is owed is addressed and sent; what became of it."""
    notify.address()
    return notify.deliver()


def due_again():
    """The time until the next try has passed."""
    Delivery.objects.filter(state="waiting").update(next_at=timezone.now())


def inbox(person):
    return [notify.line(row.notice) for row in notify.inbox_of(person.user)]


def outward():
    return list(Delivery.objects.exclude(channel="inbox").order_by("pk").values_list("channel", "to", "state"))


# ---- who hears, in the inbox


def test_a_unit_hears_of_what_is_sent_to_it_and_others_do_not(cast):
    cast.dispatched()
    assert told() == {}
    assert len(inbox(cast.officer)) == 1 and inbox(cast.officer)[0].startswith("派来一件：路灯不亮，")
    assert not (inbox(cast.lamp_crew) or inbox(cast.worker) or inbox(cast.leader) or inbox(cast.clerk))


def test_the_desk_hears_of_a_return_and_of_danger_and_not_of_every_new_report(cast):
    ticket = cast.dispatched()
    cast.reporter.reports("楼道里闻到煤气味，很浓", LOTUS_LANE)
    cast.officer.takes(ticket, "return", reason="不归我们")
    notify.address()
    first, second = inbox(cast.dispatcher)
    assert first.startswith("退回来了：路灯不亮") and second.startswith("险情：")
    assert not Notice.objects.filter(addressed_at=None).exists()


def test_whoever_is_no_longer_active_hears_nothing(cast):
    user = cast.officer.user
    hears(user, "webhook", "http://127.0.0.1:1/")
    user.is_active = False
    user.save()
    cast.dispatched()
    notify.address()
    assert not Delivery.objects.exists()


def test_a_notice_is_addressed_once(cast):
    cast.dispatched()
    assert notify.address() >= 1 and notify.address() == 0
    assert Delivery.objects.filter(person=cast.officer.user).count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_line_is_told_in_both_languages_without_gaps(cast, language):
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "rework", reason="还是不亮")
    cast.dispatcher.takes(cast.finished(), "recall", reason="派错了")
    with override(language):
        for notice in Notice.objects.select_related(*outbox.ABOUT):
            line = notify.line(notice)
            assert "%" not in line.replace("%)", "") and "None" not in line
            assert not line or line[-1] in ("。" if language == "zh-hans" else ".:")


def told_by_steps():
    """[(step, who is owed a notice of it)] of the whole table."""
    return [(StepName(name), audience) for name, rule in workflow.STEPS.items() for audience in rule.tells]


def test_whoever_is_owed_a_notice_of_a_step_has_a_line_of_their_own_or_is_left_in_peace_on_purpose():
    assert [each for each in told_by_steps() if each not in texts.TEXTS] == []
    assert {each for each, line in texts.TEXTS.items() if line is None} == {
        *((StepName.FINISH, Audience.DESK), (StepName.CLOSE, Audience.UNIT)),
        *((step, Audience.REPORTER) for step in (StepName.ACCEPT, StepName.START, StepName.FINISH)),
    }


@pytest.mark.parametrize(("step", "audience"), [each for each in told_by_steps() if texts.TEXTS.get(each)])
def test_each_line_is_there_in_chinese_and_in_english_and_names_what_it_is_about(cast, step, audience):
    ticket = cast.dispatched()
    cast.leader.takes(ticket, "supervise", order="快", until="2030-01-07")
    event = Event.objects.order_by("-pk").select_related("ticket__category").first()
    event.step = step
    event.ticket.danger = step == StepName.OPEN
    notice = Notice(event=event, audience=audience)
    said = {}
    for language in ("zh-hans", "en"):
        with override(language):
            said[language] = notify.line(notice)
            kind = event.ticket.category.label
            assert kind in said[language] or step == StepName.SPLIT, "two things have no one name"
            assert "%" not in said[language] and "None" not in said[language] and "()" not in said[language]
    assert said["en"] != said["zh-hans"]


def test_a_reporter_is_told_the_date_that_stands_on_the_page_though_the_unit_has_another(cast):
    ticket = cast.dispatched()
    row = Event.objects.get(ticket=ticket["id"], step="dispatch")
    row.ticket.unit_due_at = row.ticket.due_at - dt.timedelta(days=1)
    notices = {who: Notice(event=row, audience=who) for who in (Audience.REPORTER, Audience.UNIT)}
    assert texts.due_of(notices[Audience.REPORTER]) == row.ticket.due_at
    assert texts.due_of(notices[Audience.UNIT]) == row.ticket.unit_due_at


# ---- other programs


def test_a_post_is_signed_with_its_time_and_names_nobody(cast, far):
    hears(Unit.objects.get(code="chazhen"), "webhook", far.url)
    cast.reporter.reports(f"我叫王翠娟，电话{PHONE}，老街路灯不亮", TEA_TOWN, category="0401", contact=PHONE)
    cast.dispatched()
    assert told() == {"sent": 1}
    (headers, body), row = far.got[0], Delivery.objects.get(channel="webhook")
    stamp = headers["X-Chaxiang-Timestamp"]
    right = hmac.new(django_settings.WEBHOOK_KEY.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Chaxiang-Signature"] == f"sha256={right}" and abs(int(stamp) - timezone.now().timestamp()) < 60
    said = json.loads(body)
    assert headers["Idempotency-Key"] == said["id"] == str(row.notice_id)
    assert (said["event"], said["category"], said["town"], said["unit"]) == ("dispatch", "0401", "610724110", "chazhen")
    assert said["link"] == f"https://311.example.cn/work/{row.notice.ticket.pk}"
    assert PHONE not in body.decode() and "王翠娟" not in body.decode()


def test_an_address_that_a_person_and_the_unit_share_hears_once(cast, far):
    hears(Unit.objects.get(code="chazhen"), "webhook", far.url)
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    assert told() == {"sent": 1} and len(far.got) == 1


def test_an_address_that_is_switched_off_hears_nothing(cast, far):
    hears(cast.officer.user, "webhook", far.url, on=False)
    cast.dispatched()
    assert told() == {} and not far.got


def test_the_desks_own_address_hears_what_the_desk_hears(cast, far):
    hears(Unit.objects.get(kind="desk"), "webhook", far.url)
    ticket = cast.dispatched()
    cast.officer.takes(ticket, "return", reason="不归我们")
    told()
    assert [said["event"] for said in far.told()] == ["return"]


def test_a_receiver_that_is_away_gets_it_later_with_the_same_id(cast, far):
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    far.answers = [(503, b"", {}), (200, b"", {})]
    before = timezone.now()
    assert told() == {"waiting": 1}
    row = Delivery.objects.get(channel="webhook")
    assert row.tries == 1 and row.error == "answered 503"
    assert dt.timedelta(seconds=44) < row.next_at - before < dt.timedelta(seconds=80)  # a minute, give or take a quarter
    assert told() == {}
    due_again()
    assert told() == {"sent": 1}
    assert len(set(far.ids())) == 1 and len(far.got) == 2 and Delivery.objects.get(channel="webhook").error == ""


def test_waits_double_have_chance_in_them_and_end(cast, far):
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    far.answers = [(500, b"", {})]
    waits = []
    for _ in range(outbox.TRIES):
        before = timezone.now()
        told()
        row = Delivery.objects.get(channel="webhook")
        waits += [(row.next_at - before).total_seconds() / 60] if row.next_at else []
        due_again()
    for number, wait in enumerate(waits):
        assert 0.74 * min(2**number, 360) < wait < 1.27 * min(2**number, 360)
    assert (row.state, row.tries, len(far.got)) == ("dead", outbox.TRIES, outbox.TRIES)
    assert told() == {}


def test_a_receiver_may_ask_for_patience(cast, far):
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    far.answers = [(429, b"", {"Retry-After": "7200"})]
    told()
    assert Delivery.objects.get(channel="webhook").next_at > timezone.now() + dt.timedelta(seconds=7100)


@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_a_refusal_is_not_tried_again(cast, far, status):
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    far.answers = [(status, b"", {"Location": far.url})]
    assert told() == {"failed": 1} and len(far.got) == 1
    due_again()
    assert told() == {}


def test_one_that_does_not_answer_does_not_hold_up_the_others(cast, far):
    for number in range(3):
        hears(cast.officer.user, "webhook", f"http://127.0.0.1:9/{number}")
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched(), cast.dispatched()
    assert told() == {"waiting": 3, "sent": 2}  # each of the silent ones was tried once


def test_a_fault_of_ours_puts_off_one_and_sends_the_rest(cast, far, monkeypatch, caplog):
    hears(cast.officer.user, "webhook", far.url)
    hears(cast.officer.user, "email", MAIL)
    monkeypatch.setattr(notify.CHANNELS["email"], "ready", lambda: True)
    monkeypatch.setattr(notify.CHANNELS["email"], "send", lambda message: 1 / 0)
    cast.dispatched()
    assert told() == {"sent": 1, "waiting": 1}
    assert Delivery.objects.get(channel="email").error == "ZeroDivisionError" and MAIL not in caplog.text


# ---- mail


def test_mail_carries_the_line_the_link_and_an_id_of_its_own(cast, post_office):
    hears(cast.officer.user, "email", "office@county.example", language="en")
    cast.dispatched()
    assert told() == {"sent": 1}
    (to, text), row = post_office.got[0], Delivery.objects.get(channel="email")
    mail = email.message_from_string(text)
    assert "office@county.example" in to and mail["Message-ID"] == f"<notice-{row.notice_id}@county.example>" == row.reference
    body = mail.get_payload(decode=True).decode()
    assert "Sent to you: Street light out" in body and f"https://311.example.cn/work/{row.notice.ticket.pk}" in body


def test_a_mail_box_that_does_not_exist_is_a_refusal_and_one_that_is_full_is_not(cast, post_office):
    hears(cast.officer.user, "email", MAIL)
    cast.dispatched()
    post_office.to_rcpt = "452 mailbox full"
    assert told() == {"waiting": 1}
    due_again()
    post_office.to_rcpt = "550 nobody here"
    assert told() == {"failed": 1}
    row = Delivery.objects.get(channel="email")
    assert row.error == "the mail server answered 550" and not post_office.got


def test_what_is_not_configured_is_not_addressed(cast, settings):
    settings.EMAIL_HOST = settings.SMS_URL = ""
    hears(cast.officer.user, "email", MAIL), hears(cast.officer.user, "sms", PHONE)
    cast.dispatched()
    assert told() == {} and outward() == []


# ---- short messages


def test_the_providers_template_is_filled_and_its_number_kept(cast, provider, settings):
    settings.SMS_FIELDS = '{"to": ["{to}"], "sign": "茶乡", "body": {"content": "{text}", "ref": "{id}"}, "retry": 0}'
    settings.SMS_HEADERS = "Authorization: Bearer x|X-App: 7"
    hears(cast.officer.user, "sms", "+86 139-1234-5678")
    cast.dispatched()
    assert told() == {"sent": 1}
    (headers, body), row = provider.got[0], Delivery.objects.get(channel="sms")
    said = json.loads(body)
    assert said["to"] == [PHONE] and said["body"]["ref"] == str(row.notice_id) and said["retry"] == 0
    assert (headers["Authorization"], headers["X-App"], row.reference) == ("Bearer x", "7", "m17")
    assert "路灯不亮" in said["body"]["content"] and len(said["body"]["content"]) <= 70


def test_a_provider_that_says_yes_and_means_no_is_tried_again(cast, provider, settings):
    provider.answers = [(200, b'{"code": 7, "phone": "13912345678"}', {})]
    hears(cast.officer.user, "sms", PHONE)
    cast.dispatched()
    assert told() == {"waiting": 1}
    assert PHONE not in Delivery.objects.get(channel="sms").error


def test_a_form_is_posted_where_the_provider_wants_one(cast, provider, settings):
    settings.SMS_FORMAT = "form"
    hears(cast.officer.user, "sms", PHONE)
    cast.dispatched()
    assert told() == {"sent": 1} and b"phone=13912345678&content=" in provider.got[0][1]


# ---- those who report


def test_who_agreed_is_told_on_the_telephone_and_that_look_is_remembered(cast, provider):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", contact=f"王师傅 {PHONE}"[4:], agreed=True)["code"]
    cast.dispatcher.takes(code, "accept"), cast.dispatcher.takes(code, "dispatch", unit="chazhen")
    assert told() == {"sent": 1}
    said = json.loads(provider.got[0][1])
    assert said["phone"] == PHONE and said["content"].startswith("您报的") and code in said["content"]
    assert len(said["content"]) <= 70
    assert outward() == [("sms", "", "sent")]  # the number itself is nowhere but in its envelope
    act = Act.objects.get(act="reach")
    assert (act.user, act.about, act.given["channel"]) == (None, Delivery.objects.get(channel="sms").notice.ticket.number, "sms")
    assert audit.broken_acts(Act.objects.all()) == []


def test_who_did_not_agree_is_not_written_to_and_loses_nothing(cast, provider):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", contact=PHONE)["code"]
    cast.dispatcher.takes(code, "accept"), cast.dispatcher.takes(code, "dispatch", unit="chazhen")
    assert told() == {} and not provider.got and not Act.objects.filter(act="reach").exists()
    assert cast.reporter.follows(code)["state"] == "dispatched"


def test_who_agrees_must_leave_something_that_can_be_written_to(cast):
    answer = cast.reporter.says("路灯不亮", TEA_TOWN, contact="0916-6212345", agreed=True)
    assert answer.status_code == 422 and "手机号" in answer.json()["detail"]
    assert not Contact.objects.exists()


def test_a_reporter_who_writes_in_english_is_told_in_english(cast, provider):
    cast.reporter.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    code = cast.reporter.reports("lamp is dark", TEA_TOWN, category="0401", contact=PHONE, agreed=True)["code"]
    cast.dispatcher.takes(code, "reject", reason="not-found")
    told()
    assert json.loads(provider.got[0][1])["content"].startswith("Your report (")


def test_a_contact_that_was_removed_meanwhile_is_no_fault(cast, provider):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", contact=PHONE, agreed=True)["code"]
    cast.dispatcher.takes(code, "reject", reason="not-found")
    notify.address()
    Contact.objects.all().delete()
    assert notify.deliver() == {"failed": 1} and not provider.got


@pytest.mark.parametrize(
    ("contact", "way"),
    [
        *((PHONE, "sms"), ("+86 139 1234 5678", "sms"), ("0086-13912345678", "sms"), (MAIL, "email")),
        *(("0916-6212345", ""), ("微信 abc", ""), ("12345678901", ""), ("139123456789", ""), ("", ""), (f"王 {PHONE}", "")),
    ],
)
def test_on_which_way_a_contact_can_be_used(contact, way):
    assert way_of(contact) == way


def test_every_short_message_fits_whatever_the_kind_and_the_unit(cast, settings):
    settings.PUBLIC_URL = "https://suishoupai.xixiang.gov.cn"
    ticket = cast.finished()
    cast.dispatcher.takes(ticket, "rework", reason="还是不亮")
    cast.dispatcher.takes(cast.reporter.reports("路灯不亮", TEA_TOWN)["code"], "reject", reason="not-found")
    notices = list(Notice.objects.select_related(*outbox.ABOUT))
    longest = sorted(Category.objects.all(), key=lambda row: -len(row.name))[:5], Unit.objects.all()
    for notice in notices:
        for notice.ticket.category in longest[0]:
            for notice.ticket.proposed in longest[1]:
                for language in ("zh-hans", "en"):
                    if texts.template(notice):
                        said = texts.message(notice, "", language).short
                        assert texts.fits(said), said
                        assert notice.audience != Audience.REPORTER or notice.report.code in said


# ---- quiet hours

HOURS = st.times().map(lambda time: time.replace(second=0, microsecond=0))


@given(HOURS, HOURS, st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 12, 31)))
@tries(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_quiet_hours_it_waits_for_their_end_and_never_longer(monkeypatch, begins, ends, moment):
    if begins == ends:
        return
    rule = QuietHours(audience="unit", begins=begins, ends=ends, danger_wakes=True)
    monkeypatch.setattr(quiet, "hours", lambda: {"unit": rule})
    moment = moment.replace(tzinfo=SHANGHAI)
    later = quiet.awake("unit", moment)
    length = (dt.datetime.combine(dt.date.min, ends) - dt.datetime.combine(dt.date.min, begins)).seconds
    assert dt.timedelta(0) <= later - moment <= dt.timedelta(seconds=length)
    since = (dt.datetime.combine(dt.date.min, moment.time()) - dt.datetime.combine(dt.date.min, begins)).seconds
    assert (later > moment) == (since < length)
    assert quiet.awake("unit", later) == later and (later == moment or later.time() == ends)
    assert quiet.awake("unit", moment, danger=True) == moment and quiet.awake("leader", moment) == moment


@pytest.fixture
def night(monkeypatch):
    """Quiet hours all day but for a minute that has just passed, danger excepted."""
    now = timezone.now().astimezone(SHANGHAI)
    past = [(now - dt.timedelta(minutes=minutes)).time() for minutes in (2, 3)]
    QuietHours.objects.create(audience="unit", begins=past[0], ends=past[1], danger_wakes=True)
    QuietHours.objects.create(audience="desk", begins=past[0], ends=past[1], danger_wakes=True)
    Stamp.bump("rules")


def test_at_night_no_telephone_rings_and_programs_are_told(cast, night, provider):
    hears(cast.officer.user, "sms", PHONE), hears(cast.officer.user, "webhook", provider.url)
    cast.dispatched()
    assert told() == {"sent": 1}
    row = Delivery.objects.get(channel="sms")
    assert row.state == "waiting" and row.next_at > timezone.now() + dt.timedelta(hours=23)
    due_again()  # it had been due by day, and nobody sent it then
    assert told() == {"waiting": 1} and Delivery.objects.get(channel="sms").tries == 0
    assert len(inbox(cast.officer)) == 1


def test_danger_rings_at_night(cast, night, provider):
    hears(cast.dispatcher.user, "sms", PHONE)
    cast.reporter.reports("楼道里闻到煤气味，很浓", LOTUS_LANE)
    assert told() == {"sent": 1} and "险情" in json.loads(provider.got[0][1])["content"]


# ---- what was given up


def test_what_was_given_up_is_sent_again_when_a_clerk_says_so_and_that_is_remembered(cast, far):
    hears(cast.officer.user, "webhook", far.url)
    cast.dispatched()
    far.answers = [(404, b"", {}), (200, b"", {})]
    told()
    row = notify.given_up().get()
    assert notify.resend(cast.clerk.user, pk=row.pk) == 1
    assert told() == {"sent": 1} and len(set(far.ids())) == 1
    act = Act.objects.get(act="reach")
    assert (act.user, act.about) == (cast.clerk.user, f"delivery {row.pk}")
    assert notify.figures()["webhook"] | {"last": None} == {"waiting": 0, "failed": 0, "dead": 0, "sent": 1, "last": None}


def test_what_was_sent_half_a_year_ago_is_forgotten_and_what_was_given_up_is_not(cast, far):
    hears(cast.officer.user, "webhook", far.url)
    far.answers = [(404, b"", {}), (200, b"", {})]
    cast.dispatched(), cast.dispatched()
    told()
    assert notify.forget_old() == 0
    Delivery.objects.filter(state="sent").update(sent_at=timezone.now() - outbox.KEPT - dt.timedelta(minutes=1))
    assert notify.forget_old() == 3 and outward() == [("webhook", far.url, "failed")]
    assert Event.objects.exists() and Notice.objects.exists()
