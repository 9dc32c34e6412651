"""What a dispatcher refuses as not ours teaches what is not ours, and whose it is."""

import pytest

from gis_app import teaching, workflow
from gis_app.access import SYSTEM
from gis_app.classify import as_heard
from gis_app.errors import NotYours
from gis_app.models import Event, Report
from layers.ngrams import unpacked
from tests.conftest import TEA_TOWN
from tests.test_fixtures import rows
from tests.test_teaching import SEEDS, a_few

pytestmark = pytest.mark.django_db
PICK_UP = "接娃的托管班跑路了，预交的钱找哪个退，班主任也联系不上{}"


def refused(cast, text, **given):
    """A report that the dispatcher refuses; returns its code."""
    code = cast.reporter.reports(text, TEA_TOWN)["code"]
    cast.dispatcher.takes(code, "reject", **given)
    return code


def test_what_is_refused_as_not_ours_is_a_lesson_with_whose_it_is(cast):
    refused(cast, PICK_UP.format(1), reason="not-ours", handoff="H08")
    refused(cast, PICK_UP.format(2), reason="not-ours")
    refused(cast, PICK_UP.format(3), reason="not-found")
    cast.reporter.reports(PICK_UP.format(4), TEA_TOWN)
    assert teaching.refusals() == [(PICK_UP.format(1), "H08"), (PICK_UP.format(2), "")]
    assert teaching.decisions() == []


def test_the_demo_and_what_nobody_decided_teach_nothing(cast):
    demo, system = refused(cast, "示例", reason="not-ours", handoff="H08"), cast.reporter.reports("没人看过", TEA_TOWN)["code"]
    Report.objects.filter(code=demo).update(source="demo")
    ticket = Report.objects.get(code=system).ticket
    with pytest.raises(NotYours):  # no machine refuses
        workflow.advance(ticket, "reject", SYSTEM, seen=ticket.version, reason="not-ours")
    assert Event.objects.filter(step="reject").count() == 1 and teaching.refusals() == []


def test_refusals_are_taught_beside_the_seeds_and_what_it_is_judged_by_never(cast):
    frozen = next(row["text"] for row in rows("seeds.csv") if row["writer"] == "g" and row["category"] == "out")
    before = teaching.lessons(SEEDS)
    refused(cast, frozen, reason="not-ours", handoff="H08")
    assert teaching.lessons(SEEDS).digest() == before.digest()
    refused(cast, PICK_UP.format(""), reason="not-ours", handoff="H08")
    after = teaching.lessons(SEEDS)
    assert after.refused == [(PICK_UP.format("").replace("，", ","), "out")] and after.digest() != before.digest()
    assert after.matter_said == [(PICK_UP.format("").replace("，", ","), "H08")]
    assert (after.kinds, after.ours, after.said) == (before.kinds, before.ours, before.said)


def test_after_refusals_a_text_like_them_is_less_likely_ours_and_goes_where_they_went(cast, taught):
    asked = PICK_UP.format("，怎么办")
    before = taught_of(taught, asked)
    for number in range(8):
        refused(cast, PICK_UP.format(number), reason="not-ours", handoff="H08")
    row = teaching.train(SEEDS, dry_run=True)
    out, whose = taught_of(row, asked)
    assert out > before[0] and whose == "H08"
    assert row.report["frozen_out_caught"] >= taught.report["frozen_out_caught"] - 0.01


def taught_of(row, text):
    """(score that speaks for not ours, whose it is likeliest) of a text, by a Training."""
    heard = as_heard(text)
    ours, matters = unpacked(bytes(row.ours)), unpacked(bytes(row.matters))
    return float(ours.scores([heard])[0][ours.classes.index("out")]), matters.classes[int(matters.scores([heard])[0].argmax())]


def test_a_name_in_what_was_refused_is_in_no_model(cast, tmp_path):
    for number in range(3):
        refused(cast, f"欧阳翠花欠我工钱{number}个月", reason="not-ours", handoff="H05")
    row = teaching.train(a_few(tmp_path / "seeds.csv"))
    models = [row.kinds, row.ours, row.matters] if row.matters else [row.kinds, row.ours]
    assert not [piece for model in models for piece in unpacked(bytes(model)).names if "翠花" in piece or "欧阳" in piece]
