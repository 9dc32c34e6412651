"""The main story: a citizen reports in 茶镇, the right unit mends it, and the map's square changes."""

from gis_app.models import Event, Notice, Ticket
from tests.conftest import LOTUS_LANE, TEA_TOWN, photo


def test_a_dark_lamp_in_cha_town_is_mended_and_the_map_shows_it(cast):
    before = cast.leader.counts(TEA_TOWN)
    told = cast.reporter.reports("老街口路灯不亮三天了", TEA_TOWN)
    assert told["place"]["town"]["name"] == "茶镇"
    assert told["category"]["code"] == "0401" and told["category"]["guessed"]
    assert told["unit"]["code"] == "chazhen" and "茶镇" in told["why"]
    assert cast.leader.counts(TEA_TOWN) == before + 1

    cast.dispatcher.takes(told["code"], "accept")
    ticket = cast.dispatcher.takes(told["code"], "dispatch", unit="chazhen")
    assert ticket["id"] in cast.worker.sees() and ticket["id"] not in cast.far_worker.sees()
    assert cast.far_worker.opens(ticket).status_code == 404

    cast.worker.takes(ticket, "start")
    cast.worker.takes(ticket, "finish", note="换了灯泡", photos=[photo()])
    cast.dispatcher.takes(ticket, "close", result="ok")
    followed = cast.reporter.follows(told["code"])
    assert followed["state"] == "closed"
    assert [event["step"] for event in followed["events"]] == ["open", "accept", "dispatch", "start", "finish", "close"]
    assert "worker-610724110" not in str(followed)
    assert list(Notice.objects.filter(audience="reporter").values_list("event__step", flat=True).order_by("pk")) == [
        "accept",
        "dispatch",
        "start",
        "finish",
        "close",
    ]


def test_the_same_problem_in_the_county_seat_goes_to_the_city_department(cast):
    assert cast.reporter.reports("路灯不亮", LOTUS_LANE)["unit"]["code"] == "shizheng"
    assert cast.reporter.reports("路灯不亮", TEA_TOWN)["unit"]["code"] == "chazhen"


def test_a_place_known_by_its_town_alone_is_counted_for_the_town_and_is_no_dot(cast):
    told = cast.reporter.reports("路灯不亮", place_text="沙河镇")
    assert told["place"]["precision"] == "town" and told["place"]["lon"] is None
    heat = cast.leader.client.get("/api/v1/heat", {"task": "六"}).json()
    assert heat["towns"] == {"610724103": 1} and heat["features"] == []


def test_a_rejected_report_leaves_the_map_and_is_told_whom_to_ask(cast):
    told = cast.reporter.reports("老街口路灯不亮", TEA_TOWN)
    cast.dispatcher.takes(told["code"], "reject", reason="not-ours", handoff="H18")
    assert cast.leader.counts(TEA_TOWN) == 0
    assert cast.reporter.follows(told["code"])["state"] == "rejected"
    assert Event.objects.get(step="reject").given == {"reason": "not-ours", "handoff": "H18"}
    page = cast.reporter.client.get(f"/r/{told['code']}").content.decode()
    assert "12345" in page


def test_rework_brings_the_ticket_back_with_the_clock_moved_by_the_wait(cast):
    ticket = cast.finished()
    due = Ticket.objects.get(pk=ticket["id"]).unit_due_at
    again = cast.dispatcher.takes(ticket, "rework", reason="晚上还是不亮")
    assert again["state"] == "working" and Ticket.objects.get(pk=ticket["id"]).unit_due_at >= due
    cast.officer.takes(ticket, "finish", note="换了镇流器")
    assert cast.dispatcher.takes(ticket, "close", result="ok")["state"] == "closed"


def test_a_returned_ticket_is_the_desks_again_and_can_go_elsewhere(cast):
    ticket = cast.dispatched()
    back = cast.officer.takes(ticket, "return", reason="灯是供电公司的", suggested="gongdian")
    assert back["state"] == "accepted" and back["unit"] is None and back["due_at"] == ticket["due_at"]
    assert cast.dispatcher.takes(ticket, "dispatch", unit="gongdian")["unit"]["code"] == "gongdian"
    assert ticket["id"] in cast.worker.sees(), "it lies in the worker's town"
    assert cast.worker.tries(ticket, "start").status_code == 403
