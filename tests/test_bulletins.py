"""Bulletins: what is published is what was frozen, whatever becomes of the tickets; a mistake is corrected in sight of all."""

import datetime as dt
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile

import docx
import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gis_app import audit
from gis_app.assess import bulletins, documents
from gis_app.assess.blocks import Picture, Table
from gis_app.assess.changes import changes
from gis_app.assess.figures import figures
from gis_app.assess.telling import tell
from gis_app.assess.withheld import withheld
from gis_app.clock import SHANGHAI
from gis_app.errors import BadField, BulletinSettled, FourEyes
from gis_app.models import Act, Bulletin, Category, CellCount, Edition, Event, Member, Ticket, Town
from layers.cells import cell_of
from layers.picture_png import path_of, png
from tests.conftest import TEA_TOWN
from tests.scenes import scene
from tests.test_at_once import at_once

pytestmark = pytest.mark.django_db
MONTH, WEEK = (dt.date(2026, 5, 1), dt.date(2026, 5, 31)), (dt.date(2026, 5, 11), dt.date(2026, 5, 17))


def at(day, hour=10):
    return dt.datetime(2026, 5, day, hour, tzinfo=SHANGHAI)


def row_of(day, town="茶镇", category="0401", place=TEA_TOWN, state="closed", late=False):
    """A ticket that was reported on a day of May, dispatched, and closed unless it is open; with the events that say so."""
    town, kind = Town.objects.get(name=town), Category.objects.get(code=category)
    unit, edition = town.unit, Edition.objects.get(kind="towns", active=True)
    opened, due = at(day), at(day) + dt.timedelta(days=2)
    done = opened + dt.timedelta(days=4 if late else 1)
    kept = {"category": kind, "town": town, "proposed": unit, "edition": edition}
    if state == "closed":
        kept |= {"unit": unit, "finished_at": done, "ended_at": done, "accepted_at": opened, "due_at": due, "unit_due_at": due}
        kept |= {"dispatched_at": opened, "finished_by": User.objects.get(username="worker-610724110")}
    spot = {"point": Point(*place), "cell": cell_of(*place), "precision": "point"}
    ticket = Ticket.objects.create(state=state, opened_at=opened, triage_due_at=due, version=1, **kept, **spot)
    told = {"state": "new", "opened_at": opened, "town_id": town.pk, "category_id": kind.pk, "cell": ticket.cell}
    before = event_of(ticket, "open", opened, told | {"triage_due_at": due, "proposed_id": unit.pk})
    if state == "closed":
        change = {"state": "dispatched", "unit_id": unit.pk, "due_at": due, "unit_due_at": due, "accepted_at": opened}
        before = event_of(ticket, "dispatch", opened + dt.timedelta(hours=1), change, before)
        before = event_of(ticket, "finish", done, {"state": "done", "finished_at": done}, before)
        event_of(ticket, "close", done + dt.timedelta(minutes=5), {"state": "closed", "ended_at": done}, before)
    where = {"cell": ticket.cell, "town": town, "category": kind}
    CellCount.objects.create(day=opened.astimezone(SHANGHAI).date(), opened=1, voices=1, **where)
    return ticket


def event_of(ticket, step, moment, change, before=None):
    kept = {"at": moment, "actor_kind": "system", "from_state": "", "to_state": change["state"], "given": {}, "change": change}
    event = audit.seal(Event(ticket=ticket, step=step, **kept), before=before)
    event.save(force_insert=True)
    return event


@scene
def may():
    """Tickets of a May: 8 in 茶镇, 2 in 大河镇, one still open; one of the April before."""
    for day in range(2, 10):
        row_of(day, late=day < 4)
    for day in (12, 13):
        row_of(day, town="大河镇", place=(107.45, 32.78))
    row_of(14, state="new")


def published_by(leader, month="2026-05"):
    """A published bulletin of a month. Returns its id."""
    row = bulletins.make("month", *bulletins.period_of("month", month))
    return bulletins.publish(bulletins.approve(row, [], leader), leader).pk


@pytest.fixture
def published(may, cast):
    row = bulletins.make("month", *MONTH, cast.dispatcher.user)
    return bulletins.publish(bulletins.approve(row, [], cast.leader.user), cast.leader.user)


def text_of(told):
    """All words of a document, cells of tables included."""
    blocks = [block for section in told.sections for block in section.blocks]
    cells = [cell for block in blocks if isinstance(block, Table) for row in (block.heads, *block.rows) for cell in row]
    return " ".join([section.title for section in told.sections] + [b.words for b in blocks if b.kind == "text"] + cells)


def approved(kind, days):
    leader = User.objects.get(username="leader")
    return bulletins.approve(bulletins.make(kind, *days), [], leader)


def table(told, caption):
    return next(b for s in told.sections for b in s.blocks if isinstance(b, Table) and b.caption.startswith(caption))


# ---- figures


def test_the_same_period_frozen_twice_is_the_same_text(may):
    first, second = (audit.canonical(figures("month", *MONTH)) for _ in range(2))
    assert first == second and not re.search(r"\d\.\d+[,}\]]", re.sub(r'"<svg.*?</svg>"', "", first))


def test_figures_are_those_of_the_tickets(may):
    told = figures("month", *MONTH)
    total, tasks = told["total"]["counts"], {row["task"]: row for row in told["tasks"]}
    assert (total["reported"], total["closed"], total["closed_in_time"], total["open"]) == (11, 10, 8, 1)
    assert sum(row["reported"] for row in tasks.values()) == 11 and tasks["六"]["closed"] == 10
    towns = {row["name"]: row["counts"] for row in told["towns"]}
    assert (towns["茶镇"]["to_close"], towns["大河镇"]["to_close"], towns["沙河镇"]["to_close"]) == (8, 2, 0)
    assert told["before"] is None  # nothing was taken in before May: a comparison would mean nothing


def test_a_month_after_another_is_compared_with_it(may):
    Ticket.objects.filter(pk=Ticket.objects.earliest("pk").pk).update(opened_at=dt.datetime(2026, 3, 30, tzinfo=SHANGHAI))
    assert figures("month", *MONTH)["before"] == ["2026-04-01", "2026-04-30"]


@pytest.mark.parametrize("days", [MONTH, WEEK])
def test_of_nothing_a_bulletin_reads_well(days, db):
    row = bulletins.make("month" if days == MONTH else "week", *days)
    said = text_of(tell(row))
    assert "全县没有上报。" in said and "按期结案率算不出来" in said and "没有一处" not in said and "近 90 天没有上报" in said
    assert "没有要另外布置的。" in said and "None" not in said and "0.0%" not in said
    assert "全县上报 不足" not in said and "不足 3 件" in text_of(tell(row, public=True))


def test_of_one_ticket_a_bulletin_reads_well(db):
    row_of(3)
    said = text_of(tell(bulletins.make("month", *MONTH)))
    assert "本月全县上报 1 件。" in said and "按期结案率 100.0%" in said and "各单位的差别都在偶然波动内" in said
    assert "件数太少" in said


def test_a_name_of_sixty_letters_stands_whole_in_every_file(may):
    Town.objects.get(name="茶镇").unit.__class__.objects.filter(code="chazhen").update(name="茶" * 60)
    row = bulletins.make("month", *MONTH)
    assert "茶" * 60 in documents.web(row).decode()
    assert "茶" * 60 in "".join(cell.text for t in docx.Document(io.BytesIO(documents.word(row))).tables for cell in t._cells)
    assert documents.pdf(row).startswith(b"%PDF")


# ---- what the public is not told


def test_small_counts_look_alike_and_none_stands_alone():
    assert withheld([0, 1, 2, 3, None]) == [True, True, True, False, False]
    assert withheld([2, 9, 4, 7]) == [True, False, True, False]  # the sum would give the one away
    assert withheld([5, 4]) == [False, False] and withheld([]) == []


@given(st.lists(st.integers(0, 12), max_size=30))
def test_whoever_knows_the_sum_cannot_work_out_a_withheld_count(counts):
    small = withheld(counts)
    assert all(hidden for count, hidden in zip(counts, small, strict=True) if count < 3)
    assert sum(small) != 1 or len(counts) == 1


def test_the_public_edition_lists_no_town_of_two_tickets_and_no_single_ticket(published):
    office, public = tell(published), tell(published, public=True)
    assert ["大河镇", "2"] in [row[:2] for row in table(office, "各镇街").rows]
    shown = [row[0] for row in table(public, "各镇街").rows]
    assert "大河镇" not in shown and "应结案件少，不列" in table(public, "各镇街").caption
    numbers = set(Ticket.objects.values_list("pk", flat=True))
    assert not any(f"X{number:07d}" in text_of(public) for number in numbers)


def test_the_map_for_everybody_shows_no_cell_that_merely_has_tickets(hot_may):
    row = bulletins.make("month", *MONTH)
    maps = [[b for s in tell(row, public).sections for b in s.blocks if isinstance(b, Picture)] for public in (False, True)]
    assert maps[0] and len(maps[0]) == len(maps[1])
    assert "#CFD8CE" in maps[0][0].svg and "#CFD8CE" not in maps[1][0].svg and "#9C1C16" in maps[1][0].svg
    assert "#CFD8CE" not in documents.web(row, public=True).decode()


@pytest.fixture
def hot_may(db):
    """Much told at one place of 茶镇, and a little elsewhere."""
    dice = np.random.default_rng(7)
    for number in range(30):
        row_of(5 + number % 20, place=(TEA_TOWN[0] + dice.uniform(-0.004, 0.004), TEA_TOWN[1] + dice.uniform(-0.004, 0.004)))
    for number in range(20):
        row_of(2 + number, town="大河镇", place=(dice.uniform(107.6, 107.9), dice.uniform(32.9, 33.0)))


def test_a_map_speaks_the_readers_language_and_stays_the_picture_that_is_frozen(hot_may):
    row = bulletins.make("month", *MONTH)
    [frozen] = [found["map"] for found in row.figures["hotspots"] if found["map"]]
    [chinese] = [block.svg for section in tell(row).sections for block in section.blocks if isinstance(block, Picture)]
    with override("en"):
        [drawn] = [block for section in tell(row).sections for block in section.blocks if isinstance(block, Picture)]
    words = re.findall(r"<(?:text|title)\b[^>]*>([^<]+)<", drawn.svg)
    assert chinese == frozen and {"茶镇", "示意边界，非法定界线"} <= set(re.findall(r"<text\b[^>]*>([^<]+)<", frozen))
    assert {"Chazhen", drawn.caption} <= set(words) and not [each for each in words if re.search(r"[\u4e00-\u9fff]", each)]
    assert [re.sub(r">[^<]+<", "><", svg) for svg in (drawn.svg, frozen)] == [re.sub(r">[^<]+<", "><", frozen)] * 2


def test_a_hotspot_stands_with_its_place_and_what_is_open_there(hot_may):
    row = bulletins.make("month", *MONTH)
    [place] = [place for found in row.figures["hotspots"] for place in found["places"]]
    assert place["town"][0] == "茶镇" and place["of"] >= 25 and place["open"] == 0
    assert place["name"] in text_of(tell(row)) and "列出热点 1 处" in text_of(tell(row))


def test_all_orders_are_counted_and_the_first_fifty_listed(may):
    row = bulletins.make("month", *MONTH)
    order = {"category": ["路灯", "Lamp"], "town": ["茶镇", "Chazhen"], "unit": ["甲", "A"], "since": "2026-05-02"}
    days = [None] * 53 + ["2026-05-19"] * 7
    orders = [order | {"number": f"X{n:07d}", "due": "2026-05-20", "answered": day} for n, day in enumerate(days)]
    row = bulletins.kept(row, row.figures | {"orders": orders}, None, "draft")
    assert "期末督办中 60 件，已回复 7 件，过期没有回复 53 件。" in text_of(tell(row))
    told = table(tell(row), "督办中的案件")
    assert len(told.rows) == 50 and told.caption == "督办中的案件（另有 10 处没有列出）"
    assert table(tell(row, public=True), "督办中的案件").rows == [["甲", "60"]]


def test_nobodys_name_and_nobodys_words_are_in_it(published):
    frozen = published.frozen
    for user in User.objects.all():
        assert f'"{user.username}"' not in frozen or user.username in {"chazhen"}
    assert "已经换了灯泡" not in frozen and "text" not in json.loads(frozen)


# ---- its life


def test_a_published_bulletin_stays_when_its_tickets_change(published, cast):
    before = documents.web(published), documents.pdf(published), documents.word(published)
    row_of(20)
    Town.objects.filter(name="茶镇").update(name="别的镇")
    again = Bulletin.objects.get(pk=published.pk)
    assert (documents.web(again), documents.pdf(again), documents.word(again)) == before
    assert hashlib.sha256(again.frozen.encode()).hexdigest() == again.digest == published.digest


@pytest.mark.parametrize("change", [{"frozen": "{}"}, {"serial": 7}, {"reason": "x"}, {"published_at": None}])
def test_the_database_refuses_to_change_a_published_bulletin(published, change):
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Bulletin.objects.filter(pk=published.pk).update(**change)
    with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
        Bulletin.objects.filter(pk=published.pk).delete()


def test_the_database_refuses_other_figures_once_approved_and_any_wrong_digest(may, cast):
    row = bulletins.approve(bulletins.make("month", *MONTH), [], cast.leader.user)
    other = {"frozen": "{}", "digest": hashlib.sha256(b"{}").hexdigest()}
    for change, why in ((other, "fixed"), ({"digest": "0" * 64}, "digest")):
        with pytest.raises(DatabaseError, match=why), transaction.atomic():
            Bulletin.objects.filter(pk=row.pk).update(**change)


def test_a_draft_is_made_again_until_it_is_approved(may, cast):
    row = bulletins.make("month", *MONTH, cast.dispatcher.user)
    row_of(21)
    again = bulletins.make("month", *MONTH, cast.dispatcher.user)
    assert again.pk == row.pk and again.figures["total"]["counts"]["reported"] == 12
    bulletins.approve(again, [], cast.leader.user)
    with pytest.raises(BulletinSettled):
        bulletins.make("month", *MONTH, cast.dispatcher.user)
    assert bulletins.reopen(again, cast.leader.user).approved_at is None
    assert bulletins.make("month", *MONTH, cast.dispatcher.user).pk == row.pk


def test_whoever_drafted_it_does_not_approve_it_while_there_is_another_leader(may, cast):
    other = User.objects.create_user("leader-2")
    post = Member.objects.create(user=other, role="leader")
    row = bulletins.make("month", *MONTH, cast.leader.user)
    with pytest.raises(FourEyes):
        bulletins.approve(row, [], cast.leader.user)
    post.delete()
    bulletins.approve(row, [], cast.leader.user)
    assert Act.objects.latest("seq").given["alone"] is True


def test_a_bulletin_is_published_once_and_only_when_approved(may, cast):
    row = bulletins.make("month", *MONTH)
    with pytest.raises(BulletinSettled):
        bulletins.publish(row, cast.leader.user)
    bulletins.publish(bulletins.approve(row, [], cast.leader.user), cast.leader.user)
    with pytest.raises(BulletinSettled):
        bulletins.publish(row, cast.leader.user)


def test_numbers_have_no_gaps_and_a_failure_takes_none(may, cast):
    rows = [approved("month", MONTH), approved("week", WEEK)]
    with pytest.raises(RuntimeError), transaction.atomic():
        bulletins.publish(rows[0], cast.leader.user)
        raise RuntimeError
    assert [bulletins.publish(row, cast.leader.user).serial for row in rows] == [1, 2]
    year = timezone.localdate().year
    assert Bulletin.objects.get(serial=2).number == f"西乡城管通报〔{year}〕第 2 期"


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_get_two_numbers(county, cast):
    rows = [approved("month", MONTH), approved("week", WEEK)]
    leader = cast.leader.user
    at_once(*(lambda row=row: bulletins.publish(row, leader) for row in rows))
    assert sorted(Bulletin.objects.values_list("serial", flat=True)) == [1, 2]


def test_a_correction_has_the_same_number_and_tells_what_changed(published, cast):
    row_of(22)
    row = bulletins.correct(published, "补了一件", cast.dispatcher.user)
    assert ["total/counts/reported", 11, 12] in row.figures["changes"]["rows"]
    row = bulletins.publish(bulletins.approve(row, [], cast.leader.user), cast.leader.user)
    assert (row.serial, row.edition, row.corrects_id) == (published.serial, 2, published.pk)
    told = tell(row)
    assert told.sections[0].title == "一、更正" and "补了一件" in text_of(told) and "第 2 版" in told.number
    assert ["全县 上报", "11", "12"] in table(told, "更正的数").rows
    with pytest.raises(BulletinSettled):
        bulletins.correct(published, "再改一次", cast.dispatcher.user)


def test_of_equal_figures_nothing_changed_and_a_row_is_known_by_whom_it_is_of():
    old = {name: [] for name in ("tasks", "units", "towns", "hotspots", "followed", "draws")}
    old |= {"total": {"counts": {"late": 3}}, "scores": {}, "orders": [], "boards": {}, "left_out": {}}
    units = [{"code": "a", "counts": {"open": 1}}, {"code": "b", "counts": {"open": 2}}]
    assert changes(old, old) == []
    assert changes(old | {"units": units}, old | {"units": units[::-1]}) == []
    assert changes(old, old | {"total": {"counts": {"late": 4}}}) == [["total/counts/late", 3, 4]]


def test_making_approving_and_publishing_are_acts_in_the_chain(published):
    rows = list(Act.objects.order_by("seq"))
    assert [row.act for row in rows][-3:] == ["draft", "approve", "publish"] and audit.broken_acts(rows) == []
    assert rows[-1].given["digest"] == published.digest


@pytest.mark.parametrize("kind, text", [("month", "2026-13"), ("month", "May"), ("week", "2026-W60"), ("month", "2999-01")])
def test_a_period_that_is_none_or_not_over_is_refused_in_a_sentence(kind, text):
    with pytest.raises(BadField) as refused:
        bulletins.period_of(kind, text)
    assert refused.value.sentence().count("。") >= 2


def test_periods_are_whole_months_and_iso_weeks():
    assert bulletins.period_of("month", "2026-02") == (dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    assert bulletins.period_of("week", "2026-W01") == (dt.date(2025, 12, 29), dt.date(2026, 1, 4))


# ---- files


def test_the_files_need_nothing_and_say_the_same(published):
    page = documents.web(published).decode()
    assert not re.search(r'(?:src|href)="(?!#)', page) and "<script" not in page and "@import" not in page
    paper = docx.Document(io.BytesIO(documents.word(published)))
    heads = [p.text for p in paper.paragraphs if p.style.name == "Heading 1"]
    assert heads == [section.title for section in tell(published).sections]
    assert all(t.rows[0]._tr.xpath("./w:trPr/w:tblHeader") for t in paper.tables) and paper.tables
    parts = zipfile.ZipFile(io.BytesIO(documents.word(published))).infolist()
    assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}


def test_a_paper_in_chinese_whoever_asks(published):
    with override("en"):
        assert "一、总体情况" in documents.web(published).decode()


def test_the_pdf_fetches_nothing():
    page = b"<link rel=stylesheet href=file:///etc/passwd><p>x"
    press = [sys.executable, "-m", "layers.press", "00" * 16]
    made = subprocess.run(press, input=page, capture_output=True, cwd=settings.ROOT)
    assert made.returncode and not made.stdout and b"nothing is fetched for print: file:///etc/passwd" in made.stderr


def test_what_makes_pdfs_is_not_loaded_where_photos_come_in():
    assert not [name for name in sys.modules if name.split(".")[0] == "weasyprint"]


def test_a_picture_becomes_the_same_png_each_time():
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#ECEFE9"/>'
    svg = head + '<path d="M10 5l10 0l0 10l-10 0z" fill="#9C1C16"/></svg>'
    first = png(svg, inches=0.4)
    assert first == png(svg, inches=0.4) and first.startswith(b"\x89PNG")
    picture = Image.open(io.BytesIO(first)).convert("RGB")
    wide, high = picture.size
    assert picture.getpixel((round(wide * 15 / 40), high // 2)) == (0x9C, 0x1C, 0x16)
    assert picture.getpixel((round(wide * 35 / 40), high // 2)) == (0xEC, 0xEF, 0xE9)


def test_a_path_is_read_as_it_is_written():
    path = path_of("M1 2l3 0v4h-1zM5 5L6 7")
    assert path.vertices.tolist() == [[1, 2], [4, 2], [4, 6], [3, 6], [1, 2], [5, 5], [6, 7]]


# ---- doors


def test_the_command_makes_draft_and_files_and_a_dry_run_leaves_nothing(may, tmp_path, capsys):
    call_command("bulletin", month="2026-05", out=tmp_path, dry_run=True)
    assert not Bulletin.objects.exists() and list(tmp_path.iterdir()) == [] and "would make" in capsys.readouterr().out
    call_command("bulletin", month="2026-05", out=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-05.docx", "2026-05.html", "2026-05.pdf"]
    assert "11 reported" in capsys.readouterr().out and Bulletin.objects.get().published_at is None
    call_command("bulletin", month="2026-05", publish="leader")
    assert Bulletin.objects.get().serial == 1
    with pytest.raises(CommandError, match=r"^This bulletin is published. [\x20-\x7e]*$"):
        call_command("bulletin", month="2026-05")


def test_only_a_leaders_account_publishes_from_the_terminal(may):
    with pytest.raises(CommandError, match="no leader"):
        call_command("bulletin", month="2026-05", publish="dispatcher")
    assert not Bulletin.objects.exists()


def test_a_leader_makes_approves_and_publishes_on_the_pages(may, cast):
    made = cast.dispatcher.client.post("/lead/bulletins", {"kind": "month", "period": "2026-05"})
    address = made["Location"]
    assert cast.dispatcher.client.post(f"{address}/act/approve").status_code == 403
    assert cast.reporter.client.get(address.replace("/lead", "")).status_code == 404
    for act in ("approve", "publish"):
        assert cast.leader.client.post(f"{address}/act/{act}")["Location"] == address
    page = cast.reporter.client.get(address.replace("/lead", ""))
    assert "第 1 期" in page.content.decode()
    assert "第 1 期" in cast.reporter.client.get("/bulletins/").content.decode()
    corrected = cast.leader.client.post(f"{address}/act/correct", {"reason": "补一件"}, follow=True)
    assert "第 2 版" in corrected.content.decode()


def test_a_bad_step_is_told_on_the_page_and_what_was_typed_stays(published, cast):
    address = f"/lead/bulletins/{published.pk}"
    answer = cast.leader.client.post(f"{address}/act/publish")
    assert answer.status_code == 409 and "已经发布了" in answer.content.decode()
    answer = cast.leader.client.post(f"{address}/act/correct", {"reason": "x"})
    assert answer.status_code == 422 and ">x</textarea>" in answer.content.decode()
    answer = cast.leader.client.post("/lead/bulletins", {"kind": "week", "period": "W99"})
    assert answer.status_code == 422 and 'value="W99"' in answer.content.decode()
    assert cast.leader.client.post(f"{address}/act/burn").status_code == 404


def test_public_files_are_made_once_may_be_kept_and_are_the_public_edition(published, monkeypatch):
    anybody, address = Client(), f"/bulletins/{published.pk}/bulletin.pdf"
    first = anybody.get(address)
    assert first["Content-Type"] == "application/pdf" and "immutable" in first["Cache-Control"]
    monkeypatch.setitem(documents.FILES, "bulletin.pdf", (None, "application/pdf"))  # nothing is made a second time
    assert anybody.get(address).content == first.content
    assert anybody.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert anybody.get(f"/bulletins/{published.pk}/bulletin.docx").status_code == 404
    page = anybody.get(f"/bulletins/{published.pk}/bulletin.html").content
    assert page == documents.web(published, public=True) != documents.web(published)


def test_a_draft_is_nobodys_but_the_offices(may, cast):
    row = bulletins.make("month", *MONTH)
    for path in (f"/bulletins/{row.pk}", f"/bulletins/{row.pk}/bulletin.pdf", f"/bulletins/{row.pk}/bulletin.html"):
        assert Client().get(path).status_code == 404
    answer = cast.leader.client.get(f"/lead/bulletins/{row.pk}/bulletin.docx")
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]


def test_only_proposals_that_were_ticked_are_printed(published, cast):
    row = bulletins.correct(published, "红黑榜", cast.dispatcher.user)
    frozen = row.figures
    frozen["boards"] = {
        "rules": [["red", "closed_in_time", "high", 950, 20]],
        "proposed": [{"board": "red", "code": code, "name": name, "name_en": name, "met": [["closed_in_time", 30, 30]]}
                     for code, name in (("a", "甲单位"), ("b", "乙单位"))],
        "printed": None,
    }
    row = bulletins.kept(row, frozen, None, "draft")
    assert "甲单位" in text_of(tell(row)) and "乙单位" in text_of(tell(row))
    with pytest.raises(BadField):
        bulletins.approve(row, ["black:a"], cast.leader.user)
    row = bulletins.approve(row, ["red:a"], cast.leader.user)
    assert "甲单位" in text_of(tell(row)) and "乙单位" not in text_of(tell(row)) and "95% 的漏斗之外" in text_of(tell(row))
