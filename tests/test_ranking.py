"""Who stands out, what a score is made of, and who may see it: pages, spreadsheet, API and the clerk's files."""

import datetime as dt
import io
import re

import pytest
import python_calamine as calamine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from gis_app.assess import indicators, periods, ranking, scores
from gis_app.assess.indicators import Line, Ratio
from gis_app.models import BoardRule, DrawnCheck, ScoreRule, Ticket
from tests import histories
from tests.histories import shanghai
from tests.scenes import scene
from tests.test_promises import drawn_for

pytestmark = pytest.mark.django_db
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}
DAYS = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
BEGIN = shanghai("2026-10-12")


def done(unit, in_time, back=False, **more):
    """A ticket of a unit's, due on the 14th of October, closed in October: in time or not, sent back once or not."""
    day = dt.timedelta(days=0.2 if in_time else 7)
    steps = [("desk", "accept", BEGIN, {}), ("desk", "dispatch", BEGIN + dt.timedelta(minutes=1), {"unit": unit})]
    steps += [(unit, "start", BEGIN + day, {}), (unit, "finish", BEGIN + day * 1.1, {"note": "好了"})]
    if back:
        steps += [("desk", "rework", BEGIN + day * 1.2, {"reason": "没好"})]
        steps += [(unit, "finish", BEGIN + day * 1.3, {"note": "好了"})]
    return histories.story(
        BEGIN - dt.timedelta(minutes=9), [*steps, ("desk", "close", BEGIN + day * 1.4, {"result": "ok"})], **more
    )


@scene
def october():
    """茶镇 40 tickets, 10 of them in time; 大河 40, 36 in time; 环卫 30, all; 供电 3, none. The county: 76 of 113."""
    told = {"chazhen": (10, 30), "dahe": (36, 4), "huanwei": (30, 0), "gongdian": (0, 3)}
    stories = [done(unit, True) for unit, (good, _bad) in told.items() for _each in range(good)]
    stories += [done(unit, False) for unit, (_good, bad) in told.items() for _each in range(bad)]
    histories.write(*stories)


def text_of(answer, status=200):
    """What a page says, without its tags."""
    assert answer.status_code == status, answer.content.decode()[:800]
    return re.sub(r"\s+", " ", re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S))


def rows_of(answer):
    """The rows of a page's first table: lists of what stands in their cells."""
    table = re.search(r"<tbody>(.*?)</tbody>", answer.content.decode(), re.S)[1]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)]
    return [[re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


# ---- who stands out


def test_the_judged_ones_come_first_and_inside_the_funnel_there_is_no_rank(october):
    found = ranking.ranking("unit", "closed_in_time", *DAYS)
    told = [(place.line.code, place.verdict.name, place.bad) for place in found.places if place.ratio.whole]
    assert found.county == (76, 113)
    assert told == [("chazhen", "low", True), ("dahe", "high", False), ("huanwei", "high", False), ("gongdian", "few", False)]
    assert found.outside("low") == 1 and found.outside("high") == 2


def test_of_what_should_be_rare_the_high_side_is_the_bad_one(db):
    histories.write(*[done("chazhen", True, back=number < 20) for number in range(40)])
    histories.write(*[done("dahe", True) for _each in range(60)])
    found = ranking.ranking("unit", "reworked", *DAYS)
    assert [(place.line.code, place.verdict.name, place.bad) for place in found.places[:2]] == [
        ("chazhen", "high", True),
        ("dahe", "low", False),
    ]


def test_a_change_is_told_where_both_periods_have_enough(october):
    week = dt.date(2026, 10, 12), dt.date(2026, 10, 18)
    found = {place.line.code: place for place in ranking.ranking("unit", "dispatched_right", *week).places}
    assert found["chazhen"].change is None and found["chazhen"].moved == "—"
    assert ranking.before(*week) == (dt.date(2026, 10, 5), dt.date(2026, 10, 11))
    assert ranking.before(*DAYS) == (dt.date(2026, 9, 1), dt.date(2026, 9, 30))
    line = Line("x", "x", {}, {"closed": Ratio(9, 10)})
    county = Line("county", "", {}, {"closed": Ratio(90, 100)})
    moved = [ranking.place(line, "closed", county, earlier).moved for earlier in (Ratio(8, 10), Ratio(10, 10), Ratio(4, 4), None)]
    assert moved == ["+10.0", "−10.0", "—", "—"]


def test_lists_are_proposed_by_the_rules_and_never_by_raw_rate(october):
    found = {proposal.line.code: proposal for proposal in ranking.ranking("unit", "closed_in_time", *DAYS).boards}
    assert {code: proposal.board for code, proposal in found.items()} == {"chazhen": "black", "dahe": "red", "huanwei": "red"}
    assert str(found["chazhen"].met[0][1]) == "25.00%"  # 供电's 0 % of three is no ground
    BoardRule.objects.update(cases=35)
    assert {proposal.line.code for proposal in ranking.ranking("unit", "closed", *DAYS).boards} == {"chazhen", "dahe"}
    BoardRule.objects.all().delete()
    assert ranking.ranking("unit", "closed_in_time", *DAYS).boards == []


# ---- pages


def test_the_page_says_it_in_a_sentence_and_its_table_says_all_that_the_plot_shows(cast, october):
    answer = cast.leader.client.get("/lead/ranking", OCTOBER)
    assert "1 个单位明显偏低，2 个单位明显偏高，其余在偶然波动内" in text_of(answer)
    rows = rows_of(answer)
    assert rows[0][:5] == ["茶镇人民政府", "40", "10", "25.0%，其中 10/40", "▼ 偏低 99.8%"]
    few = next(row for row in rows if row[0].startswith("国网"))
    assert few[4] == "件数太少"
    page = answer.content.decode()
    dots = re.findall(r"<title>([^<]+)</title>(?:<path|<circle)", page)
    assert sorted(dots) == sorted(row[0] for row in rows if row[1] != "0")
    assert page.count('class="name"') == 1 + 3  # the county's line and those outside
    assert "黑榜" in page and "规则（boards.csv）" in page


def test_towns_weeks_and_other_indicators_are_a_click_away(cast, october):
    page = cast.leader.client.get("/lead/ranking", OCTOBER | {"by": "town", "key": "reworked"}).content.decode()
    assert "返工率" in page and '<a href="?by=unit&amp;key=reworked&amp;from=2026-10-01&amp;to=2026-10-31">' in page
    assert 'href="?by=town&amp;key=reworked&amp;period=week"' in page
    assert 'href="/lead/ranking" aria-current="page"' in page
    assert cast.leader.client.get("/lead/ranking?period=week&by=town").status_code == 200


def test_a_period_with_nothing_in_it_says_so(cast):
    told = text_of(cast.leader.client.get("/lead/ranking", OCTOBER))
    assert "这段时间没有可以算的" in told and "换一段时间" in told and "%" not in told.split("这段时间没有")[1]


@pytest.mark.parametrize(
    "query",
    [
        *("by=moon", "key=nothing", "period=year", "from=2026-02-30&to=2026-03-01", "from=2026-10-01", "days=9"),
        *("from=2026-10-02&to=2026-10-01", "from=0001-01-01&to=2026-10-01", "period=chosen"),
    ],
)
def test_what_the_page_does_not_offer_is_refused_with_a_sentence(cast, query):
    answer = cast.leader.client.get(f"/lead/ranking?{query}")
    assert answer.status_code == 422
    assert re.search("只认|可以选|要写成|开始日期|年之间", text_of(answer, 422))


def test_a_score_is_traced_to_its_tickets(cast, october):
    answer = cast.leader.client.get("/lead/ranking/chazhen", OCTOBER | {"key": "closed_in_time", "hit": "0"})
    told, page = text_of(answer), answer.content.decode()
    assert "30 没算上" in told and "10 算上" in told and "按期结案率 · 没算上的：30 件" in told
    linked = {int(pk) for pk in re.findall(r'href="/work/(\d+)"', page)}
    late = {ticket.pk for ticket in Ticket.objects.filter(unit__code="chazhen") if ticket.finished_at > ticket.due_at}
    assert linked == late and len(late) == 30


def test_the_tickets_behind_a_figure_come_in_pages(cast, october):
    histories.write(*[done("dahe", True) for _each in range(30)])
    pages = [cast.leader.client.get("/lead/ranking/dahe", OCTOBER | {"page": page}).content.decode() for page in (1, 2)]
    found = [set(re.findall(r'href="/work/(\d+)"', page)) for page in pages]
    assert [len(each) for each in found] == [50, 20] and not found[0] & found[1]
    assert 'rel="next"' in pages[0] and 'rel="prev"' in pages[1] and 'rel="next"' not in pages[1]


def test_who_sees_no_tickets_sees_the_figures_alone_and_a_unit_only_its_own(cast, october):
    page = cast.clerk.client.get("/lead/ranking/chazhen", OCTOBER)
    assert "工单由领导和派遣员看" in text_of(page) and "/work/" not in page.content.decode().split("<main")[1]
    assert cast.officer.client.get("/lead/ranking/chazhen", OCTOBER).status_code == 200
    assert cast.officer.client.get("/lead/ranking/dahe", OCTOBER).status_code == 404
    assert cast.officer.client.get("/lead/ranking/610724110", OCTOBER | {"by": "town"}).status_code == 200
    assert cast.officer.client.get("/lead/ranking/610724114", OCTOBER | {"by": "town"}).status_code == 404


def test_the_sheet_holds_what_the_page_says(cast, october):
    answer = cast.leader.client.get("/lead/ranking.xlsx", OCTOBER)
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert list(sheets) == ["排名", "指标", "得分", "红黑榜"]
    assert sheets["排名"][1][:6] == ["chazhen", "茶镇人民政府", 10, 40, 25, "偏低"]
    assert sheets["排名"][-1][1:5] == ["全县", 76, 113, 67.26]
    assert len(sheets["指标"]) == 1 + 41 and len(sheets["得分"]) == 1 + 41
    assert [row[0] for row in sheets["红黑榜"]] == ["榜", "黑榜", "红榜", "红榜"]


# ---- scores


def rule(**more):
    told = {"version": "t", "indicator": "closed", "weight": 40, "floor": 60, "target": 90, "since": dt.date(2026, 1, 1)}
    return ScoreRule(**told | more)


def scored(ratio, *rules, looked=None):
    return scores.score(Line("x", "x", {}, dict.fromkeys(indicators.RATIOS, ratio)), rules, looked)


@pytest.mark.parametrize(
    ("ratio", "points"),
    [(Ratio(0, 10), 0), (Ratio(6, 10), 0), (Ratio(75, 100), 20), (Ratio(9, 10), 40), (Ratio(10, 10), 40)],
)
def test_between_floor_and_target_a_rule_gives_its_part(ratio, points):
    assert scored(ratio, rule()).parts[0].points == pytest.approx(points)


def test_of_what_should_be_rare_the_floor_stands_above_the_target():
    rare = rule(indicator="reworked", floor=25, target=5)
    assert [scored(Ratio(part, 20), rare).parts[0].points for part in (0, 1, 3, 5, 9)] == pytest.approx([40, 40, 20, 0, 0])


def test_what_has_nothing_to_go_by_is_neither_nothing_nor_all():
    both = [rule(), rule(indicator="rechecked", weight=60)]
    found = scored(Ratio(75, 100), *both)
    assert found.parts[1].points is None and found.asked == 40 and found.total == pytest.approx(50)
    assert scored(Ratio(0, 0), *both).total is None


def test_the_rules_that_held_on_the_last_day_judge_a_period():
    ScoreRule.objects.all().delete()
    rule(version="old", until=dt.date(2026, 6, 30)).save()
    rule(version="new", since=dt.date(2026, 7, 1)).save()
    days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 6, 30), dt.date(2026, 7, 1)]
    assert [[each.version for each in scores.rules_on(day)] for day in days] == [[], ["old"], ["old"], ["new"]]


def test_a_units_drawn_rechecks_count_by_the_upper_end_of_their_interval(cast, october):
    _draw, pk = drawn_for(Ticket.objects.first(), cast.leader.user)
    check = DrawnCheck.objects.get(pk=pk)
    now = timezone.now()
    today = periods.today(now)
    event = check.ticket.events.last()
    DrawnCheck.objects.filter(pk=check.pk).update(result="not_ok", at=now, event=event, far=False)
    found = {each.line.code: each for each in scores.scores("unit", today, today)}
    part = next(each for each in found[check.unit.code].parts if each.rule.indicator == "rechecked")
    assert part.ratio == (0, 1) and part.judged == pytest.approx(0.7935, abs=1e-4)  # Wilson's interval of 0 of 1, its upper end
    assert part.points == pytest.approx(15 * (part.judged - 0.7) / 0.25)
    others = [each for code, score in found.items() if code != check.unit.code for each in score.parts]
    assert all(each.points is None for each in others if each.rule.indicator == "rechecked")
    asked = {"key": "rechecked", "from": today, "to": today, "hit": "0"}
    page = cast.leader.client.get(f"/lead/ranking/{check.unit.code}", asked).content.decode()
    assert f'href="/work/{check.ticket_id}"' in page and "按上端 79% 算" in page


HEAD = "version,indicator,weight,floor,target,from,to,note,note_en\n"


@pytest.mark.parametrize(
    ("rows", "line", "why"),
    [
        ("a,closed,90,60,95,2026-01-01,,,\n", 2, "a 版的权重加起来是 90，要是 100"),
        ("a,closed,100,60,60,2026-01-01,,,\n", 2, "floor and target are two different shares"),
        ("a,closed,100,60,95,,,,\n", 2, "不能"),
        ("a,closed,100,sixty,95,2026-01-01,,,\n", 2, "要一个数，写的是 sixty"),
        ("a,speed,100,60,95,2026-01-01,,,\n", 2, "speed"),
        ("a,closed,50,60,95,2026-01-01,,,\na,filed,50,60,95,2026-02-01,,,\n", 3, "同样的起止日期"),
        ("a,closed,100,60,95,2026-01-01,,,\nb,closed,100,60,95,2026-07-01,,,\n", 3, "在 2026-07-01 都有效"),
        ("a,closed,100,60,95,2026-01-01,2025-01-01,,\n", 2, "a version ends after it begins"),
    ],
)
def test_a_file_of_rules_that_cannot_be_used_is_named_by_its_line_and_changes_nothing(tmp_path, rows, line, why):
    (tmp_path / "scores.csv").write_text(HEAD + rows, encoding="utf-8")
    before = list(ScoreRule.objects.values())
    with pytest.raises(CommandError) as told:
        call_command("load_scores", tmp_path / "scores.csv")
    assert f"第 {line} 行" in str(told.value) and why in str(told.value)
    assert list(ScoreRule.objects.values()) == before and before


def test_rules_are_tried_before_they_are_loaded(tmp_path, capsys):
    (tmp_path / "scores.csv").write_text(HEAD + "a,closed,100,60,95,2026-01-01,,,\n", encoding="utf-8")
    call_command("load_scores", tmp_path / "scores.csv", "--dry-run")
    assert capsys.readouterr().out == "would load 1 from scores.csv\n" and ScoreRule.objects.count() == 5
    call_command("load_scores", tmp_path / "scores.csv")
    assert list(ScoreRule.objects.values_list("version", "indicator")) == [("a", "closed")]
    call_command("load_boards", settings.FIXTURES / "boards.csv", "--dry-run")


# ---- API


def asked(person, status=200, **query):
    answer = person.client.get("/api/v1/indicators", query)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_the_api_says_counts_ratios_and_verdicts(cast, october):
    told = asked(cast.leader, by="unit", **OCTOBER)
    assert (told["by"], told["from"], told["to"]) == ("unit", "2026-10-01", "2026-10-31")
    line = next(line for line in told["lines"] if line["code"] == "chazhen")
    assert line["ratios"]["closed_in_time"] == {"part": 10, "whole": 40, "share": 0.25, "verdict": "low"}
    assert line["ratios"]["satisfied"] == {"part": 0, "whole": 0, "share": None, "verdict": "few"}
    assert line["counts"]["due"] == 40 and told["county"]["ratios"]["closed_in_time"]["part"] == 76
    assert {line["code"] for line in asked(cast.leader, by="category", **OCTOBER)["lines"]} == {histories.KIND}
    assert len(asked(cast.leader, by="town")["lines"]) == 17


def test_a_unit_sees_its_own_line_and_a_worker_the_own_one(cast, october):
    told = asked(cast.officer, **OCTOBER)
    assert [line["code"] for line in told["lines"]] == ["chazhen"] and "county" not in told
    for by in ("town", "category", "worker"):
        asked(cast.officer, 403, by=by)
    assert asked(cast.worker, by="worker", **OCTOBER)["lines"] == []
    asked(cast.worker, 403, by="unit")
    assert "unit-dahe" in {line["code"] for line in asked(cast.leader, by="worker", **OCTOBER)["lines"]}


@pytest.mark.parametrize(
    "query",
    [
        *({"By": "unit"}, {"by": "moon"}, {"by": "county"}, {"from": "x"}, {"to": "0001-01-01"}),
        {"from": "2026-10-02", "to": "2026-10-01"},
    ],
)
def test_what_the_api_does_not_know_is_422(cast, query):
    told = asked(cast.leader, 422, **query)
    assert told["type"] == "bad-field" and told["detail"]
