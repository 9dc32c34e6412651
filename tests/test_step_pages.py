"""Every step through its form: read off the rendered page, sent as a browser would, by the person who may take it."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from gis_app import access, clock, workflow
from gis_app.clock import SHANGHAI
from gis_app.forms.labels import LABELS
from gis_app.models import Event, Ticket
from gis_app.words import StepName
from gis_app.workflow.alike import close_by
from tests.conftest import LOTUS_LANE, TEA_TOWN, Person, photo, pk_of

ON_NO_STAFF_PAGE = {"open", "retime", "confirm", "dispute", "rate"}
LAMP = "路灯不亮"


class Forms(HTMLParser):
    """The forms of a page as a browser would send them: {id: {"action", "fields": {name: value}, "buttons": [(name, value)]}}."""

    def __init__(self, page):
        super().__init__()
        self.found, self.form, self.select, self.area = {}, None, None, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        if tag == "form":
            self.form = {"action": at.get("action"), "fields": {}, "buttons": [], "files": False}
            self.found[at.get("id") or f"form-{len(self.found)}"] = self.form
        if self.form is None or not at.get("name") and tag != "option":
            return
        if tag == "input" and at.get("type") == "file":
            self.form["files"] = True
        elif tag == "input":
            self.form["fields"][at["name"]] = at.get("value", "")
        elif tag == "button":
            self.form["buttons"].append((at["name"], at.get("value", "")))
        elif tag == "textarea":
            self.area = at["name"]
            self.form["fields"][self.area] = ""
        elif tag == "select":
            self.select = at["name"]
        elif tag == "option" and self.select and (self.select not in self.form["fields"] or "selected" in at):
            self.form["fields"][self.select] = at.get("value", "")

    def handle_data(self, data):
        if self.area:
            self.form["fields"][self.area] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


def opens(person, ticket):
    """The page of a ticket, as text."""
    answer = person.client.get(reverse("ticket", args=[pk_of(ticket)]))
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(person, ticket, step):
    """The form of a step as the page offers it to this person."""
    found = Forms(opens(person, ticket)).found
    assert f"step-{step}" in found, sorted(found)
    return found[f"step-{step}"]


def sends(person, ticket, step, photos=(), **typed):
    """Fill in the step's form and send it; what is not typed stays as proposed. The answer as it came."""
    form = form_of(person, ticket, step)
    assert typed.keys() <= form["fields"].keys(), (typed.keys(), form["fields"])
    files = {"photos": list(photos)} if photos else {}
    return person.client.post(form["action"], form["fields"] | typed | files)


def does(person, ticket, step, photos=(), **typed):
    """Take a step through its form; it is taken. Returns the ticket as it is now."""
    before = Event.objects.filter(ticket=pk_of(ticket), step=step).count()
    answer = sends(person, ticket, step, photos, **typed)
    assert answer.status_code == 302, re.sub(r"\s+", " ", answer.content.decode())[:2000]
    assert Event.objects.filter(ticket=pk_of(ticket), step=step).count() == before + 1
    return Ticket.objects.get(pk=pk_of(ticket))


def reported(cast, at=TEA_TOWN, category="0401", text=LAMP):
    return cast.reporter.reports(text, at, category=category)["code"]


def test_every_step_of_staff_has_a_button_that_names_it():
    assert {str(name) for name in LABELS} == workflow.STEPS.keys() - ON_NO_STAFF_PAGE


def test_from_the_first_word_to_the_end_by_forms_alone(cast):
    code = reported(cast)
    assert does(cast.dispatcher, code, "accept").state == "accepted"
    assert does(cast.dispatcher, code, "dispatch").unit.code == "chazhen"
    assert does(cast.officer, code, "assign", worker=cast.worker.name).worker.username == cast.worker.name
    assert does(cast.worker, code, "start").state == "working"
    assert does(cast.worker, code, "finish", note="换了灯泡").state == "done"
    assert does(cast.dispatcher, code, "rework", reason="还是暗").state == "working"
    does(cast.worker, code, "finish", note="又换了一只")
    assert does(cast.dispatcher, code, "close", result="ok", note="看过了").state == "closed"
    does(cast.leader, code, "comment", note="办得快")


def test_what_is_not_ours_is_refused_returned_or_taken_back(cast):
    assert does(cast.dispatcher, reported(cast), "reject", reason="not-found").state == "rejected"
    ticket = cast.dispatched()
    assert does(cast.officer, ticket, "return", reason="不是我们的").state == "accepted"
    does(cast.dispatcher, ticket, "dispatch")
    assert does(cast.dispatcher, ticket, "recall", reason="派错了").unit is None


def test_more_time_is_asked_for_with_a_date_proposed_and_granted_to_another(cast):
    ticket = cast.dispatched()
    asked = does(cast.officer, ticket, "ask_extension", reason="灯杆要订")
    assert asked.asked_until > asked.unit_due_at, "the proposed date lies behind the one that it has"
    page = opens(cast.dispatcher, ticket)
    assert "申请延到" in page and "灯杆要订" in page
    until = form_of(cast.dispatcher, ticket, "grant")["fields"]["until"]
    assert until == f"{asked.asked_until.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    later = asked.asked_until + dt.timedelta(days=1)
    granted = does(cast.dispatcher, ticket, "grant", until=f"{later.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
    assert abs(granted.due_at - later) < dt.timedelta(minutes=1) and granted.asked_until is None
    other = cast.dispatched()
    does(cast.officer, other, "ask_extension", reason="等灯杆")
    assert does(cast.dispatcher, other, "refuse", reason="库里有").asked_until is None


def test_a_pause_says_until_when_and_ends_by_a_button(cast):
    ticket = cast.dispatched()
    held = does(cast.leader, ticket, "suspend", reason="等修路")
    assert held.state == "suspended" and held.suspended_until > timezone.now() + dt.timedelta(days=9)
    page = opens(cast.officer, ticket)
    assert "挂账到" in page and "等修路" in page
    assert does(cast.dispatcher, ticket, "resume").state == "dispatched"


def test_an_order_stands_on_the_page_with_its_answer_until_it_is_lifted(cast):
    ticket = cast.dispatched()
    does(cast.leader, ticket, "supervise", order="本周五前修好")
    page = opens(cast.officer, ticket)
    assert "领导督办" in page and "本周五前修好" in page and "前要回复" in page
    does(cast.officer, ticket, "answer", note="灯杆周三到")
    assert "灯杆周三到" in opens(cast.leader, ticket)
    Ticket.objects.filter(pk=ticket["id"]).update(answered_at=None, answer_due_at=timezone.now() - dt.timedelta(hours=1))
    assert "过了还没有回" in opens(cast.officer, ticket)
    assert does(cast.leader, ticket, "lift").supervised_at is None
    assert "领导督办" not in opens(cast.officer, ticket)
    does(cast.dispatcher, ticket, "urge")


def test_a_double_is_merged_by_one_click_and_both_pages_say_so(cast):
    kept, double = cast.dispatched(), reported(cast)
    far = reported(cast, LOTUS_LANE)
    other_kind = reported(cast, category="0101", text="垃圾桶满了")
    page = Forms(opens(cast.dispatcher, double)).found
    near = next(form for form in page.values() if ("other", kept["code"]) in form["buttons"])
    offered = {value for _name, value in near["buttons"]}
    assert offered == {kept["code"]}, "neither the far one nor another kind"
    assert {Ticket.objects.get(reports__code=code).number for code in (far, other_kind)}.isdisjoint(offered)
    answer = cast.dispatcher.client.post(near["action"], near["fields"] | {"other": kept["code"]})
    assert answer.status_code == 302
    merged = Ticket.objects.get(reports__code=double)
    assert merged.merged_into_id == kept["id"]
    assert "已并入" in opens(cast.dispatcher, double) and merged.number in opens(cast.officer, kept)
    assert does(cast.dispatcher, double, "unmerge").state == "new"
    assert does(cast.dispatcher, double, "merge", other=kept["code"]).state == "merged", "and by its number"


def test_a_report_of_two_things_is_split_with_what_was_read_proposed(cast, taught):
    code = reported(cast, category="0201", text="老街那个井盖松了，车一过咣当响，另外巷子里的路灯也不亮")
    fields = form_of(cast.dispatcher, code, "split")["fields"]
    assert fields["parts-0-category"] == "0401" and "路灯也不亮" in fields["parts-0-words"]
    assert fields["parts-1-category"] == fields["parts-2-category"] == ""
    whole = does(cast.dispatcher, code, "split", **{"parts-1-category": "0101", "parts-1-words": "垃圾也满了"})
    parts = Ticket.objects.filter(split_from=whole).order_by("pk")
    assert [part.category.code for part in parts] == ["0401", "0101"]
    page = opens(cast.dispatcher, code)
    assert "拆出去的" in page and all(part.number in page for part in parts)
    assert "拆自" in opens(cast.dispatcher, parts[0]) and whole.number in opens(cast.dispatcher, parts[0])


def test_somebody_is_sent_to_look_and_says_from_where(cast):
    code = reported(cast)
    assert form_of(cast.dispatcher, code, "send_check")["fields"]["worker"] == cast.worker.name
    does(cast.dispatcher, code, "send_check")
    assert cast.worker.name in opens(cast.dispatcher, code)
    assert Ticket.objects.get(reports__code=code).number in cast.worker.client.get("/work/?tab=check").content.decode()
    page = opens(cast.worker, code)
    assert "确有其事" in page, "before acceptance the question is whether it is there"
    lon, lat = TEA_TOWN
    does(cast.worker, code, "check", [photo()], result="ok", lon=str(lon), lat=str(lat + 0.002))
    told = opens(cast.dispatcher, code)
    assert re.search(r"离工单 22\d 米", told) and "有点远" in told


def test_who_did_the_work_is_not_among_those_who_may_be_sent_to_look(cast):
    ticket = cast.finished(by=cast.worker)
    assert "step-send_check" not in Forms(opens(cast.dispatcher, ticket)).found, "the town has no other worker"
    other = cast.finished()
    does(cast.dispatcher, other, "send_check")
    assert "办好了" in opens(cast.worker, other)


def test_kind_and_place_are_put_right(cast):
    ticket = cast.dispatched()
    assert does(cast.dispatcher, ticket, "reclassify", category="0307").category.code == "0307"
    fields = form_of(cast.dispatcher, ticket, "relocate")["fields"]
    assert (float(fields["lon"]), float(fields["lat"])) == pytest.approx(TEA_TOWN)
    moved = does(cast.dispatcher, ticket, "relocate", lon=str(LOTUS_LANE[0]), lat=str(LOTUS_LANE[1]))
    assert moved.town.name == "城北街道"


def test_words_are_released_and_taken_back_by_one_click_each(cast):
    code = reported(cast)
    assert "没有公开。" in opens(cast.dispatcher, code)
    assert does(cast.dispatcher, code, "release").released
    assert "已公开" in opens(cast.leader, code), "others see how it stands, without the button"
    assert not does(cast.dispatcher, code, "withhold").released


# ---- what is refused comes back as it was typed


@pytest.mark.parametrize(
    ("step", "typed", "said"),
    [
        ("supervise", {"order": "快修好", "until": "2020-01-01T18:00"}, "要晚于现在"),
        ("supervise", {"order": "快修好", "until": "2026-02-30T18:00"}, "这样的日期"),
        ("suspend", {"reason": "", "until": "2030-01-01T18:00"}, "还差原因"),
        ("merge", {"other": "X7777777"}, "没有编号为"),
        ("relocate", {"lon": "一百零七", "lat": "32.9"}, "度数"),
        ("relocate", {"lon": "107.55", "lat": "33.22"}, "不在西乡县内"),
    ],
)
def test_what_was_typed_is_still_there_when_it_is_refused(cast, step, typed, said):
    ticket = cast.dispatched()
    answer = sends(cast.dispatcher, ticket, step, **typed)
    page = answer.content.decode()
    assert answer.status_code in (409, 422) and said in page
    fields = Forms(page).found[f"step-{step}"]["fields"]
    assert {name: fields[name] for name in typed} == typed
    assert not Event.objects.filter(ticket=ticket["id"], step=step).exists()


def test_parts_that_are_refused_stay_in_their_rows(cast):
    code = reported(cast)
    does(cast.dispatcher, code, "split", **{"parts-0-category": "0101"})
    answer = sends(cast.dispatcher, code, "split", **{"parts-1-category": "0101", "parts-1-words": "垃圾满了"})
    fields = Forms(answer.content.decode()).found["step-split"]["fields"]
    assert answer.status_code == 422
    assert (fields["parts-1-category"], fields["parts-1-words"], fields["parts-0-category"]) == ("0101", "垃圾满了", "")


def test_a_check_without_picture_or_position_comes_back(cast):
    ticket = cast.finished()
    does(cast.dispatcher, ticket, "send_check")
    answer = sends(cast.worker, ticket, "check", result="ok", note="灯亮着", lon="108.0450", lat="32.96")
    fields = Forms(answer.content.decode()).found["step-check"]["fields"]
    assert answer.status_code == 422 and "还差照片" in answer.content.decode()
    assert (fields["note"], fields["lon"], fields["lat"]) == ("灯亮着", "108.0450", "32.96")


def test_nobody_is_offered_a_step_that_is_not_theirs(cast):
    ticket = cast.dispatched()
    offered = {who: set(Forms(opens(getattr(cast, who), ticket)).found) for who in ("officer", "worker", "leader", "dispatcher")}
    assert "step-supervise" not in offered["officer"] and "step-grant" not in offered["dispatcher"], "nothing was asked for"
    assert {"step-start", "step-return", "step-ask_extension", "step-assign", "step-comment"} <= offered["officer"]
    assert {"step-supervise", "step-suspend", "step-comment"} <= offered["leader"]
    assert {"step-merge", "step-recall", "step-urge", "step-reclassify", "step-relocate"} <= offered["dispatcher"]
    refused = cast.officer.client.post(reverse("take_step", args=[ticket["id"]]), {"step": "urge"})
    assert refused.status_code == 403


def test_the_page_tells_how_its_dates_come_about(cast):
    ticket = cast.dispatched()
    page = opens(cast.officer, ticket)
    assert "时限怎么算的" in page and "承办单位应办完" in page
    cast.leader.takes(ticket, "suspend", reason="等修路", until="2030-01-07")
    row = Ticket.objects.get(pk=ticket["id"])
    assert clock.explain(row, events=list(row.events.order_by("seq"))) == clock.explain(row), "the page asks no second time"


def led_to(person, answer):
    """The page that a step leads to: (its address, as text)."""
    answer = person.client.get(answer["Location"], follow=True)
    assert answer.status_code == 200
    return answer.redirect_chain[-1][0] if answer.redirect_chain else "", answer.content.decode()


def test_who_returns_what_was_theirs_alone_is_led_home_and_told_that_it_was_taken_down(cast):
    code, person = reported(cast), Person("unit-gongdian")
    cast.dispatcher.takes(code, "accept")
    cast.dispatcher.takes(code, "dispatch", unit="gongdian")
    address, shown = led_to(person, sends(person, code, "return", reason="灯是市政的"))
    assert address == "/unit/" and "X0" in shown and "退单，记下了" in shown


def test_who_was_sent_to_look_elsewhere_is_led_home_afterwards(cast):
    code, person = reported(cast), cast.far_worker
    cast.dispatcher.takes(code, "send_check", worker=person.name)
    lon, lat = map(str, TEA_TOWN)
    address, shown = led_to(person, sends(person, code, "check", [photo()], lon=lon, lat=lat, result="ok"))
    assert address == "/work/" and "现场核查，记下了" in shown


def test_at_the_desk_a_step_leads_back_to_the_same_list(cast):
    ticket = cast.dispatched()
    cast.officer.takes(ticket, "ask_extension", reason="等灯杆", until="2030-01-07")
    page = cast.dispatcher.client.get("/desk/?tab=asked").content.decode()
    form = Forms(page).found["step-grant"]
    answer = cast.dispatcher.client.post(form["action"], form["fields"])
    assert answer.url == "/desk/?tab=asked"
    assert StepName.GRANT in Event.objects.filter(ticket=ticket["id"]).values_list("step", flat=True)


def test_the_desk_has_lists_of_what_waits_for_it(cast):
    asked, held, ordered = cast.dispatched(), cast.dispatched(), cast.dispatched()
    cast.officer.takes(asked, "ask_extension", reason="等灯杆", until="2030-01-07")
    cast.leader.takes(held, "suspend", reason="等修路", until="2030-01-07")
    cast.leader.takes(ordered, "supervise", order="快", until="2030-01-07")
    for tab, ticket in (("asked", asked), ("held", held), ("ordered", ordered)):
        page = cast.dispatcher.client.get(f"/desk/?tab={tab}").content.decode()
        assert set(re.findall(r"/desk/(\d+)\?tab", page)) == {str(ticket["id"])}, tab


def test_an_officer_lands_on_the_list_of_the_unit_with_orders_to_answer(cast):
    assert cast.officer.client.get("/home").url == "/unit/"
    ticket, other = cast.dispatched(), cast.dispatched()
    cast.leader.takes(ticket, "supervise", order="快", until="2030-01-07")
    page = cast.officer.client.get("/unit/?tab=orders").content.decode()
    assert ticket["code"] in page and other["code"] not in page and "chip-order" in page
    cast.officer.takes(ticket, "answer", note="明天修")
    assert ticket["code"] not in cast.officer.client.get("/unit/?tab=orders").content.decode()
    assert cast.worker.client.get("/unit/").status_code == 403


# ---- the leaders' own list


def test_leaders_see_their_orders_overdue_ones_first_and_lift_them_there(cast):
    late, calm = cast.dispatched(), cast.dispatched()
    for ticket in (calm, late):
        cast.leader.takes(ticket, "supervise", order=f"修好 {ticket['code']}", until="2030-01-07")
    Ticket.objects.filter(pk=late["id"]).update(answer_due_at=timezone.now() - dt.timedelta(days=1))
    page = cast.leader.client.get("/lead/orders").content.decode()
    assert page.index(late["code"]) < page.index(calm["code"]) and "1 件逾期没有回复" in page
    assert calm["code"] not in cast.leader.client.get("/lead/orders?tab=overdue").content.decode()
    cast.officer.takes(calm, "answer", note="周三换好")
    assert "周三换好" in cast.leader.client.get("/lead/orders?tab=answered").content.decode()
    form = next(form for form in Forms(page).found.values() if form["action"] == reverse("take_step", args=[calm["id"]]))
    assert cast.leader.client.post(form["action"], form["fields"]).url == "/lead/orders"
    assert not Ticket.objects.get(pk=calm["id"]).supervised
    again = cast.leader.client.post(form["action"], form["fields"] | {"key": "another"})
    assert again.status_code == 409 and "没有督办" in again.content.decode()


def test_the_list_of_orders_tells_whose_they_are(cast):
    ticket = cast.dispatched()
    cast.dispatcher.takes(ticket, "supervise", order="快", until="2030-01-07")
    assert ticket["code"] in cast.leader.client.get("/lead/orders").content.decode()
    assert ticket["code"] not in cast.leader.client.get("/lead/orders?whose=mine").content.decode()
    assert "没有督办" in Person("leader").client.get("/lead/orders?whose=mine").content.decode()
    assert cast.officer.client.get("/lead/orders").status_code == 403


def test_kin_and_what_is_close_by_are_found_by_indexes(cast):
    row = Ticket.objects.get(reports__code=reported(cast))
    columns = {field.attname: getattr(row, field.attname) for field in Ticket._meta.concrete_fields if not field.primary_key}
    far = {"point": Point(107.2, 32.7, srid=4326)}
    Ticket.objects.bulk_create([Ticket(**columns | far) for _ in range(2000)])  # a table of one row is read whole all the same
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE gis_app_ticket")
    asked = Q(merged_into=row.pk) | Q(split_from=row.pk) | close_by(row)
    plan = access.tickets_for(cast.dispatcher.user).filter(asked).explain()
    assert all(name in plan for name in ("merged_tickets", "split_tickets", "point")) and "Seq Scan" not in plan, plan
