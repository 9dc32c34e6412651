"""What is known near a place: bands and no dots, open ones only, words and photos once released."""

import math

import pytest
from django.db import connection

from gis_app import near
from gis_app.models import Photo, Report, Ticket
from layers import cells
from layers.crs import from_metres, to_metres
from tests.conftest import BEYOND, TEA_TOWN, photo

MIDDLE = cells.centre(cells.cell_of(*TEA_TOWN, 11))  # of the small cell from which distances are told


def off(metres, angle=0.7, start=MIDDLE):
    """The point so many metres away, EPSG:4545."""
    east, north = to_metres(*start)
    return tuple(map(float, from_metres(east + metres * math.cos(angle), north + metres * math.sin(angle))))


def known(cast, at=TEA_TOWN, **more):
    answer = cast.reporter.client.get("/api/v1/near", {"lon": at[0], "lat": at[1], **more})
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()["results"]


@pytest.mark.parametrize(("metres", "band"), [(0, 25), (24.5, 25), (25.5, 50), (49.5, 50), (50.5, 100), (99.5, 100)])
@pytest.mark.parametrize("angle", [0, 1.57, 2.4, 4.0])
def test_the_distance_is_told_as_a_band(cast, metres, band, angle):
    cast.reporter.reports("路灯不亮", MIDDLE, category="0401")
    [one] = known(cast, off(metres, angle))
    assert one["within_m"] == band and one["kind"]["code"] == "0401" and one["state"] == "new"
    assert set(one) == {"kind", "state", "since", "within_m"}


def test_beyond_a_hundred_metres_nothing_is_told(cast):
    cast.reporter.reports("路灯不亮", MIDDLE, category="0401")
    assert known(cast, off(100.5)) == []


def test_however_often_one_asks_two_places_in_one_small_cell_cannot_be_told_apart(cast):
    here, there = off(12), off(15, angle=3.8)
    assert cells.cell_of(*here, 11) == cells.cell_of(*there, 11)
    answers = []
    for place in (here, there):
        code = cast.reporter.reports("路灯不亮", place, category="0401")["code"]
        asked = [off(metres, angle) for metres in (20, 45, 90, 104) for angle in (0, 2, 4)]
        answers.append([[one["within_m"] for one in known(cast, at)] for at in asked])
        cast.dispatcher.takes(code, "reject", reason="not-found")
    assert answers[0] == answers[1] and any(answers[0])


def test_what_is_closed_rejected_or_of_another_kind_is_not_listed(cast):
    closed = cast.finished()
    cast.dispatcher.takes(closed, "close", result="ok")
    cast.dispatcher.takes(cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"], "reject", reason="mended")
    cast.reporter.reports("垃圾桶满了", TEA_TOWN, category="0101")
    assert [one["kind"]["code"] for one in known(cast)] == ["0101"]
    assert known(cast, category="0401") == []


def test_words_and_photo_are_told_once_released_and_masked(cast):
    code = cast.reporter.reports("灯坏了，找我 13812345678", TEA_TOWN, category="0401", photos=[photo()])["code"]
    picture = Photo.objects.get()
    assert "words" not in known(cast)[0] and cast.reporter.client.get(f"/photos/{picture.pk}").status_code == 404
    cast.dispatcher.takes(code, "release")
    [one] = known(cast)
    assert "灯坏了" in one["words"] and "13812345678" not in one["words"]
    assert cast.reporter.client.get(one["photo"].partition("testserver")[2]).status_code == 200
    cast.dispatcher.takes(code, "withhold")
    assert "photo" not in known(cast)[0] and cast.reporter.client.get(f"/photos/{picture.pk}").status_code == 404


def test_of_a_released_ticket_strangers_see_no_picture_that_staff_or_the_sender_added(cast):
    ticket = cast.dispatched()
    cast.dispatcher.takes(ticket, "release")
    cast.worker.takes(ticket, "comment", note="看过", photos=[photo(color=(1, 2, 3))])
    cast.officer.takes(ticket, "start")
    cast.officer.takes(ticket, "finish", note="换了", photos=[photo(color=(4, 5, 6))])
    steps = {row.event.step: row.pk for row in Photo.objects.filter(event__isnull=False)}
    assert answers(cast, steps) == {"comment": 404, "finish": 404}
    cast.dispatcher.takes(ticket, "close", result="ok")
    assert answers(cast, steps) == {"comment": 404, "finish": 200}


def answers(cast, pictures):
    """{step: the status with which a stranger is answered for its picture}."""
    return {step: cast.reporter.client.get(f"/photos/{pk}").status_code for step, pk in pictures.items()}


def test_a_place_outside_the_county_is_said_to_be(cast):
    answer = cast.reporter.client.get("/api/v1/near", {"lon": BEYOND[0], "lat": BEYOND[1]})
    assert (answer.status_code, answer.json()["type"]) == (422, "outside-area")
    assert cast.reporter.client.get("/open", {"lon": BEYOND[0], "lat": BEYOND[1]}).status_code == 422


def test_the_page_lists_a_village_or_a_town_by_name_without_script(cast):
    cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    cast.reporter.reports("垃圾桶满了", place_text="城北街道莲花社区", category="0101")
    assert Report.objects.get(category__code="0101").village
    names = ("茶镇", "城北街道莲花社区", "城北街道", "茶镇渔丰村")  # of the last nothing is known: its town is looked at
    shown = {q: cast.reporter.client.get("/open", {"q": q}).content.decode() for q in names}
    assert ["路灯不亮" in text for text in shown.values()] == [True, False, False, True]
    assert ["垃圾满溢" in text for text in shown.values()] == [False, True, True, False]
    assert not any(f"{value:.3f}" in text for text in shown.values() for value in TEA_TOWN)


def test_a_name_that_nobody_knows_is_answered_with_what_to_do(cast):
    assert "认不出这个地方" in cast.reporter.client.get("/open", {"q": "月球"}).content.decode()
    assert cast.reporter.client.get("/open", {"lon": "east", "lat": "1"}).status_code == 422


def test_a_place_is_asked_of_the_index_of_points(cast):
    found = Ticket.objects.filter(point__bboverlaps=near._box(*TEA_TOWN))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # a table of a test is too small for any index
    assert "gis_app_ticket_point" in found.explain()
