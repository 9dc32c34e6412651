"""What is ticked in the desk's list is done at once, and each ticket has its own sentence."""

import re

import pytest

from gis_app.models import Event, Ticket, Unit
from gis_app.views.staff import lists
from tests.conftest import TEA_TOWN, pk_of


@pytest.fixture
def three(cast):
    """Three new tickets of one kind."""
    return [cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"] for _ in range(3)]


def ticks(cast, deed, codes, tab="new", key="k", **given):
    rows = [Ticket.objects.get(pk=pk_of(code)) for code in codes]
    form = {"deed": deed, "tab": tab, "key": key, "tickets": [f"{row.pk}:{row.version}" for row in rows], **given}
    return cast.dispatcher.client.post("/desk/many", form)


def outcomes(answer):
    """The sentences on the page, in order."""
    found = re.search(r'<section class="outcomes".*?</section>', answer.content.decode(), re.S)
    return [re.sub(r"<[^>]+>", "", line) for line in re.findall(r"<span>(.*?)</span>", found[0])]


def states():
    return list(Ticket.objects.order_by("pk").values_list("state", flat=True))


def test_what_is_ticked_is_accepted_and_dispatched_as_proposed_each_with_its_sentence(cast, three):
    desk = Unit.objects.filter(kind="desk").first()
    Ticket.objects.filter(pk=pk_of(three[1])).update(proposed=desk)
    page = cast.dispatcher.client.get("/desk/").content.decode()
    assert all(f'name="tickets" value="{pk_of(code)}:1"' in page for code in three)
    told = outcomes(ticks(cast, "proposed", three))
    assert "已派给茶镇人民政府" in told[0] and "还差承办单位" in told[1] and "已派给" in told[2]
    assert states() == ["dispatched", "new", "dispatched"], "what lacks a unit is not half done"
    assert outcomes(ticks(cast, "proposed", three))[0] == told[0], "a form that is sent again answers as before"
    assert Event.objects.filter(step="dispatch").count() == 2


def test_what_is_ticked_goes_to_one_unit_or_is_refused_or_urged(cast, three, monkeypatch):
    told = outcomes(ticks(cast, "dispatch", three[:2], unit="shizheng"))
    assert len(told) == 2 and all("已派给" in line for line in told)
    assert set(Ticket.objects.filter(state="dispatched").values_list("unit__code", flat=True)) == {"shizheng"}
    assert "不予立案，记下了" in outcomes(ticks(cast, "reject", three[2:], reason="not-found"))[0]
    monkeypatch.setattr(lists, "PAGE", 1)
    answer = ticks(cast, "urge", three, tab="open", key="k2")
    assert 'href="/desk/?tab=open&amp;page=2"' in answer.content.decode(), "not to the address that was posted to"
    told = outcomes(answer)
    assert [("催办，记下了" in line) for line in told] == [True, True, False]


@pytest.mark.parametrize(
    ("deed", "codes", "given", "said"),
    [
        ("proposed", 0, {}, "在列表里勾"),
        ("dispatch", 1, {}, "先选好"),
        ("reject", 1, {"reason": "whatever"}, "只能是"),
        ("explode", 1, {}, "没有“explode”这一步"),
    ],
)
def test_a_list_that_cannot_be_read_says_why_and_does_nothing(cast, three, deed, codes, given, said):
    answer = ticks(cast, deed, three[:codes], **given)
    assert answer.status_code == 422 and said in outcomes(answer)[0]
    assert states() == ["new"] * 3


def test_enter_at_the_desk_sends_nothing_to_the_desk_itself(cast, three):
    Ticket.objects.filter(pk=pk_of(three[0])).update(proposed=Unit.objects.filter(kind="desk").first())
    answer = cast.dispatcher.client.post(f"/desk/{pk_of(three[0])}/dispatch", {"seen": 1, "category": "0401", "key": "k"})
    assert answer.status_code == 422 and "还差承办单位" in answer.content.decode()
    assert states() == ["new"] * 3
