"""The yearly sheet: published months and nothing else; what a unit contests is answered once, and both numbers stand."""

import datetime as dt
import io

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.utils import timezone
from python_calamine import CalamineWorkbook

from gis_app import audit
from gis_app.assess import bulletins, yearly
from gis_app.errors import BadField, BulletinSettled
from gis_app.models import Act, Appeal, AppealRule, Bulletin, Unit
from tests.scenes import scene
from tests.test_bulletins import row_of

pytestmark = pytest.mark.django_db
PAGE = "/lead/assessment/2026"


@scene
def may():
    """A May in which 茶镇 closed 8 of 10 in time, published."""
    for day in range(2, 12):
        row_of(day, late=day < 4)
    return published("2026-05")


def published(month):
    leader = User.objects.get(username="leader")
    row = bulletins.make("month", *bulletins.period_of("month", month))
    return bulletins.publish(bulletins.approve(row, [], leader), leader)


def tea(sheet):
    return next(row for row in sheet.rows if row.code == "chazhen")


def unit():
    return Unit.objects.get(code="chazhen")


def contest(row, cast, reason="有两件是停电"):
    return yearly.appeal(row, unit(), reason, cast.officer.user)


def test_a_years_score_is_the_mean_of_the_published_months(may):
    score = may.figures["scores"]["units"]["chazhen"]["total"]
    published("2026-04")  # in which nothing happened: no score, and none that counts as nothing
    sheet = yearly.sheet(2026)
    assert sorted(sheet.months) == [4, 5] and tea(sheet).cells[3].published is None
    assert 0 < score < 10_000 and tea(sheet).total == score and tea(sheet).cells[4].counts == score
    assert sheet.versions == ["2026"]


def test_a_score_is_what_the_rules_make_of_the_shares(may):
    """80 % in time of 60 to 95 gives 4/7 of 40; the unit's own limit the same of 20; no rework all 15: of the 75 with figures."""
    assert may.figures["scores"]["units"]["chazhen"]["total"] == round(10_000 * (4 / 7 * 60 + 15) / 75)


def test_months_that_are_over_and_not_published_are_said_to_be_missing(may, cast):
    bulletins.make("month", *bulletins.period_of("month", "2026-03"))  # a draft is none
    assert {1, 2, 3, 4} <= set(yearly.sheet(2026).missing) and 5 not in yearly.sheet(2026).missing
    assert "这些月份还没有发布" in cast.leader.client.get(PAGE).content.decode()


def test_tickets_that_change_later_change_nothing(may):
    before = yearly.sheet(2026).rows
    row_of(20, late=True)
    assert yearly.sheet(2026).rows == before


def test_an_officer_contests_a_leader_grants_and_both_numbers_stand(may, cast):
    before = tea(yearly.sheet(2026)).total
    sent = cast.officer.client.post(f"{PAGE}/appeal", {"unit": "chazhen", "month": "5", "reason": "有两件是停电"})
    assert sent["Location"] == PAGE
    row = Appeal.objects.get()
    answered = cast.leader.client.post(f"/lead/appeals/{row.pk}", {"answer": "granted", "points": "97.5", "note": "查过属实"})
    assert answered["Location"] == PAGE
    line = tea(yearly.sheet(2026))
    assert (line.cells[4].published, line.cells[4].granted, line.total) == (before, 9750, 9750)
    page = cast.officer.client.get(PAGE).content.decode()
    assert f"97.50（原 {before / 100:.2f}）" in page and "查过属实" in page
    assert Bulletin.objects.get(pk=may.pk).digest == may.digest
    assert [act.act for act in Act.objects.order_by("-seq")[:2]] == ["answer", "appeal"]
    assert audit.broken_acts(Act.objects.order_by("seq")) == []


def test_a_refused_appeal_changes_no_score(may, cast):
    before = tea(yearly.sheet(2026)).total
    yearly.answer(contest(may, cast), False, "", "查过不属实", cast.leader.user)
    assert tea(yearly.sheet(2026)).total == before and tea(yearly.sheet(2026)).cells[4].granted is None


def test_an_appeal_is_answered_once_and_a_unit_contests_an_edition_once(may, cast):
    row = contest(may, cast)
    with pytest.raises(BulletinSettled):
        contest(may, cast)
    yearly.answer(row, True, "90", "属实", cast.leader.user)
    with pytest.raises(BulletinSettled):
        yearly.answer(row, False, "", "再想想", cast.leader.user)


def test_the_database_refuses_to_change_an_answered_appeal_and_to_remove_any(may, cast):
    row = contest(may, cast)
    with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
        Appeal.objects.filter(pk=row.pk).delete()
    yearly.answer(row, True, "90", "属实", cast.leader.user)
    with pytest.raises(DatabaseError, match="answered appeal"), transaction.atomic():
        Appeal.objects.filter(pk=row.pk).update(points=10_000)


def test_after_the_days_of_the_rule_nobody_contests(may, cast, monkeypatch):
    limit = yearly.last_day(may)
    assert limit == timezone.localdate() + dt.timedelta(days=7)
    monkeypatch.setattr(yearly, "last_day", lambda _row: timezone.localdate())
    contest(may, cast)
    monkeypatch.setattr(yearly, "last_day", lambda _row: timezone.localdate() - dt.timedelta(days=1))
    with pytest.raises(BulletinSettled):
        yearly.appeal(may, Unit.objects.get(code="dahe"), "晚了一天", cast.officer.user)


def test_without_a_rule_nobody_contests(may, cast):
    AppealRule.objects.all().delete()
    with pytest.raises(BulletinSettled):
        contest(may, cast)


def test_a_corrected_edition_takes_the_place_of_what_was_granted_before(may, cast):
    yearly.answer(contest(may, cast), True, "90", "属实", cast.leader.user)
    row = bulletins.correct(may, "重算", cast.dispatcher.user)
    assert tea(yearly.sheet(2026)).cells[4].granted == 9000  # a draft takes nobody's place
    later = bulletins.publish(bulletins.approve(row, [], cast.leader.user), cast.leader.user)
    assert tea(yearly.sheet(2026)).cells[4].granted is None and len(yearly.sheet(2026).appeals) == 1
    with pytest.raises(BulletinSettled):
        contest(may, cast)
    contest(later, cast)


@pytest.mark.parametrize("text", ["", "-1", "100.01", "87.255", "一百", "1e2", "٣"])
def test_a_score_that_is_none_is_refused(text):
    with pytest.raises(BadField):
        yearly.hundredths(text)


def test_scores_are_read_to_two_places():
    assert [yearly.hundredths(text) for text in ("0", "100", "87.5", "87.25", " 9.07 ")] == [0, 10_000, 8750, 8725, 907]


def test_an_officer_sees_the_own_line_alone_and_contests_no_other(may, cast):
    page = cast.officer.client.get(PAGE).content.decode()
    assert "茶镇人民政府" in page and "大河镇人民政府" not in page
    answer = cast.officer.client.post(f"{PAGE}/appeal", {"unit": "dahe", "month": "5", "reason": "别的单位"})
    assert answer.status_code == 422 and ">别的单位</textarea>" in answer.content.decode() and not Appeal.objects.exists()
    assert cast.leader.client.post(f"{PAGE}/appeal", {"unit": "chazhen", "month": "5", "reason": "领导"}).status_code == 403
    assert cast.worker.client.get(PAGE).status_code == 403


BAD = [{"answer": "granted", "points": "x", "note": "好的"}, {"answer": "x", "note": "好的"}, {"answer": "refused"}]


@pytest.mark.parametrize("sent", BAD)
def test_a_bad_answer_is_told_and_keeps_nothing(may, cast, sent):
    row = contest(may, cast)
    assert cast.leader.client.post(f"/lead/appeals/{row.pk}", sent).status_code == 422
    assert Appeal.objects.get().answer == ""


def test_the_spreadsheet_holds_both_numbers_and_the_missing_months(may, cast):
    before = tea(yearly.sheet(2026)).total
    yearly.answer(contest(may, cast), True, "90", "属实", cast.leader.user)
    answer = cast.leader.client.get(f"{PAGE}.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_name("年度考核").to_python()
    line = next(row for row in rows if row[0] == "chazhen")
    assert line[2] == "缺" and line[13] == "" and line[6] == f"90.00（原 {before / 100:.2f}）" and line[-1] == "90.00"
    appeals = book.get_sheet_by_name("申诉").to_python()
    assert appeals[1][1:4] == ["2026-05", 1.0, "有两件是停电"] and appeals[1][5:7] == [f"{before / 100:.2f}", "90.00"]


def test_a_year_of_nothing_says_so(db, cast):
    page = cast.leader.client.get("/lead/assessment/2020").content.decode()
    assert "这一年还没有发布过月通报" in page
    assert cast.leader.client.get("/lead/assessment/1999").status_code == 404
    assert cast.leader.client.get("/lead/assessment")["Location"] == f"/lead/assessment/{timezone.localdate().year}"
