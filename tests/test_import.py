"""A file of the hotline, through the command that a clerk types: what comes of its rows, one by one or many at once."""

import csv
import io
import os
import signal
import stat
import subprocess
import sys
import time
from collections import Counter

import psutil
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from gis_app.errors import BadField, OutsideWords, Unplaced
from gis_app.intake import bulk, hotline, hotline_file, receive
from gis_app.models import CellCount, Contact, Edition, Event, Notice, Report, Submission, Ticket, Words
from gis_app.words import Source
from tests.hotline_files import REFUSED, STORED, Hotline, Row, write
from tests.ledger import counted, recounted

GIVEN_ANEW = {"id", "code", "ticket", "said", "hash", "event", "made_at"}  # on every intake
ROWS = 400  # of a dirty file


def bring_in(path, *words):
    """What the command says; a refusal is a CommandError."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_reports", str(path), *map(str, words), stdout=out, stderr=err)
    return out.getvalue()


def refused(path, *words):
    """The sentence of a command that refuses, checked to end with exit code 1."""
    with pytest.raises(CommandError) as told:
        bring_in(path, *words)
    assert told.value.returncode == 1
    return str(told.value)


def rejects(path):
    """[{column: cell}] of a file of refused rows."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def row(**cells):
    """A clean row of a place that is clear."""
    dirty = Hotline().plain("路灯不亮", 来电时间="2025-11-03 09:05:00", 事发地址="茶镇南沟村3组", 所属区域="西乡县")
    return Row(dirty | {"工单编号": "XX1"} | cells)


def said(**cells):
    """A row as the door hears it."""
    return hotline.said_of(row(**cells).cells)


# ---- the same rows


def columns(row):
    """What stands in a row, without what every intake gives anew."""
    return {each.name: str(getattr(row, each.attname)) for each in row._meta.concrete_fields if each.name not in GIVEN_ANEW}


def stored():
    """{the hotline's number: all that its report has left}, and the counts."""
    found = {}
    for report in Report.objects.filter(source=Source.HOTLINE).select_related("ticket", "said"):
        contact = Contact.objects.filter(report=report).first()
        events = report.ticket.events.all()
        found[report.source_ref] = {
            "report": columns(report),
            "ticket": columns(report.ticket),
            "words": report.said.text,
            "contact": contact and contact.read(),
            "events": [columns(event) for event in events],
            "notices": [columns(notice) for notice in Notice.objects.filter(event__in=events)],
        }
    return found, Counter(str(columns(each)) for each in CellCount.objects.all())


def test_many_at_once_leave_the_same_rows_as_one_by_one(db):
    read = [hotline_file.heard(row.cells) for row in Hotline(7).rows(250)]
    heard = [each for each in read if not isinstance(each, BadField)]
    before = transaction.savepoint()
    kept = sum(_taken_in(each) for each in heard)
    one_by_one, tables = stored(), [model.objects.count() for model in (Words, Ticket, Report, Event, Notice, Submission)]
    call_command("verify_audit")
    transaction.savepoint_rollback(before)
    assert stored() == ({}, Counter())

    taken = bulk.take_in(list(enumerate(heard)), set())
    assert taken.stored == kept > 150 and taken.refused
    at_once = stored()
    assert at_once[0].keys() == one_by_one[0].keys()
    for number, row in at_once[0].items():
        assert row == one_by_one[0][number]
    assert at_once[1] == one_by_one[1]
    assert [model.objects.count() for model in (Words, Ticket, Report, Event, Notice, Submission)] == tables
    call_command("verify_audit")
    assert counted() == recounted()


def _taken_in(each):
    """Whether receive() kept it."""
    try:
        return receive(each)[1]
    except (Unplaced, OutsideWords):
        return False


def test_a_number_that_is_stored_is_the_same_report_through_either_door(db):
    first, fresh = receive(said())
    again, anew = receive(said(诉求内容="别的"))
    assert (fresh, anew) == (True, False) and first.pk == again.pk
    assert bulk.take_in([(1, said())], set()).repeats == 1
    assert Report.objects.count() == Ticket.objects.count() == 1


# ---- a whole file


@pytest.mark.parametrize("saved", ["gb18030", "utf-8-sig", "utf-16", "xlsx"])
def test_every_row_of_a_dirty_file_comes_to_what_it_must(db, tmp_path, saved):
    rows = Hotline(3).rows(ROWS)
    told = bring_in(write(tmp_path / ("a.xlsx" if saved == "xlsx" else "a.csv"), rows, saved))
    wanted = {row.number: row for row in rows if row.outcome == STORED}
    for report in Report.objects.select_related("town", "village"):
        row = wanted.pop(report.source_ref)
        assert (report.town.code, getattr(report.village, "code", "")) == (row.town, row.village), row.cells
    assert not wanted
    bad = Counter(row.slug for row in rows if row.outcome == REFUSED)
    lines = rejects(tmp_path / "a-退回.csv")
    assert len(lines) == sum(bad.values()) and all(line["原因"] for line in lines)
    assert f"{bad.total()} refused" in told and f"{bad['unplaced']} place not clear" in told
    assert counted() == recounted()


def test_a_second_run_stores_nothing_and_says_so(db, tmp_path):
    path = write(tmp_path / "a.csv", Hotline(4).rows(100))
    bring_in(path)
    before = stored()
    assert "stored 0 of" in bring_in(path)
    assert stored() == before


def test_refused_rows_come_back_as_they_were_with_their_reason_and_can_be_corrected(db, tmp_path):
    rows = [row(), row(工单编号="XX2", 事发地址="家门口", 来电人="=1+1"), row(工单编号="610724202511030001", 来电时间="昨天")]
    path = write(tmp_path / "a.csv", rows)
    bring_in(path)
    back = tmp_path / "a-退回.csv"
    assert stat.S_IMODE(back.stat().st_mode) == 0o600
    lines = rejects(back)
    assert [line["行号"] for line in lines] == ["5", "6"]
    assert "没有认出" in lines[0]["原因"] and "昨天" in lines[1]["原因"] and "来电时间" in lines[1]["原因"]
    assert lines[0]["来电人"] == hotline_file.UNSEEN + "=1+1", "a spreadsheet must not calculate what somebody wrote"
    assert lines[1]["工单编号"] == hotline_file.UNSEEN + "610724202511030001", "nor round it"
    text = back.read_text(encoding="utf-8-sig").replace("家门口", "茶镇南沟村").replace("昨天", "2025/11/3 9:05")
    back.write_text(text, encoding="utf-8-sig")
    assert "stored 2 of 2" in bring_in(back)
    assert set(Report.objects.values_list("source_ref", flat=True)) == {"XX1", "XX2", "610724202511030001"}
    assert Contact.objects.get(report__source_ref="XX2").read().startswith("=1+1 ")


def test_a_row_that_was_refused_does_not_keep_a_better_one_of_its_number_out(db, tmp_path):
    path = write(tmp_path / "a.csv", [row(事发地址="家门口"), row(), row()])
    assert "stored 1 of 3 rows from a.csv: 1 were there already, 1 refused" in bring_in(path)


def test_what_somebody_is_correcting_is_not_written_over(db, tmp_path):
    path = write(tmp_path / "a.csv", [row(事发地址="家门口")])
    bring_in(path)
    (tmp_path / "a-退回.csv").write_text("mine", encoding="utf-8")
    bring_in(path)
    assert (tmp_path / "a-退回.csv").read_text(encoding="utf-8") == "mine"
    assert len(rejects(tmp_path / "a-2-退回.csv")) == 1
    assert "不能写进" in refused(path, "--rejects", path)


def test_a_dry_run_tells_the_same_and_keeps_nothing(db, tmp_path):
    path = write(tmp_path / "a.csv", Hotline(5).rows(200))
    told = bring_in(path, "--dry-run")
    assert not Report.objects.exists() and not Words.objects.exists() and not list(tmp_path.glob("*退回*"))
    bring_in(path, "--dry-run", "--rejects", tmp_path / "why.csv")
    counts = bring_in(path)
    assert told.split(";")[0] == counts.split(";")[0].replace("stored", "would store")
    assert (tmp_path / "why.csv").read_bytes() == (tmp_path / "a-退回.csv").read_bytes()


def test_no_personal_data_is_kept_outside_the_words_and_the_contact(db, tmp_path):
    told = {"诉求内容": "路灯不亮，打13912345678", "来电人": "张三丰", "联系电话": "13912345678"}
    more = {"回访结果": "张三丰13912345678说很满意", "承办单位": "城管局13912345678"}
    bring_in(write(tmp_path / "a.csv", [row(**told, **more)]))
    report = Report.objects.get()
    assert Contact.objects.get().read() == "张三丰 13912345678" and b"139" not in bytes(Contact.objects.get().cipher)
    everything = " ".join(str(columns(each)) for each in (report, report.ticket, report.ticket.events.get()))
    assert "13912345678" not in everything and "张三丰" not in everything
    assert report.reading["hotline"]["result"] == "满意" and report.reading["hotline"]["unit"].startswith("城管局＊")


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("编号,别的\n1,2\n", (), "工单编号、来电时间、诉求内容"),
        ("", (), "空的"),
        ("工单编号,来电时间,诉求内容\n", ("--workers", 0), "--workers"),
        ("工单编号,来电时间,诉求内容\n", ("--rejects", "/nowhere/a.csv"), "a.csv"),
    ],
)
def test_bad_input_is_one_plain_sentence(db, tmp_path, text, words, why):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    assert why in refused(path, *words)


def test_without_towns_the_command_says_what_to_load_first(db, tmp_path):
    Edition.objects.update(active=False)
    assert "load_fixtures" in refused(write(tmp_path / "a.csv", [row()]))


def test_a_quotation_mark_that_is_missing_is_told_before_a_row_is_stored(db, tmp_path):
    path = write(tmp_path / "a.csv", Hotline(6).rows(50), "utf-8")
    path.write_text(path.read_text(encoding="utf-8") + 'XX9,"' + "没有关的引号\n" * 30_000, encoding="utf-8")
    assert "引号" in refused(path)
    assert not Report.objects.exists()


def test_on_a_terminal_a_bar_grows_to_its_end(db, tmp_path):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    call_command("import_reports", str(write(tmp_path / "a.csv", [row()])), stdout=io.StringIO(), stderr=screen)
    assert screen.getvalue().endswith(f"[{'#' * 30}] 100% 1 rows\n")


def test_a_file_without_a_row_is_no_fault(db, tmp_path):
    assert "stored 0 of 0" in bring_in(write(tmp_path / "a.csv", []))


# ---- many processes, and the end of one


@pytest.fixture
def long_file(county, tmp_path):
    """A file that several processes share, and its rows."""
    rows = Hotline(11).rows(2 * hotline_file.SMALL)
    return write(tmp_path / "long.csv", rows), rows


def importing(path, *words):
    """The command in a process of its own, on this test's database."""
    name = connection.settings_dict["NAME"]
    started = f"""
import django; django.setup()
from django.db import connections; connections.databases["default"]["NAME"] = {name!r}
from django.core.management import call_command
call_command("import_reports", {str(path)!r}, *{list(map(str, words))!r})
"""
    return subprocess.Popen([sys.executable, "-c", started], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_whole(rows):
    """Whether each row that must be stored is, once, with all that belongs to it."""
    wanted = Counter(row.number for row in rows if row.outcome == STORED)
    assert Counter(Report.objects.values_list("source_ref", flat=True)) == wanted
    whole = len(wanted)
    assert [m.objects.count() for m in (Report, Ticket, Words, Event, Notice, CellCount)] == [whole] * 6
    assert Report.objects.filter(ticket__events__step="open").count() == whole
    call_command("verify_audit")
    return True


def test_after_a_kill_at_any_moment_a_second_run_makes_it_whole(long_file):
    path, rows = long_file
    wanted = sum(row.outcome == STORED for row in rows)
    run = importing(path)
    while run.poll() is None and not Report.objects.exists():
        time.sleep(0.02)
    time.sleep(int.from_bytes(os.urandom(1)) / 256 / 8)  # somewhere in a batch
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    _everybody_has_left()
    part = Report.objects.count()
    assert 0 < part < wanted, "it was killed on its way"
    again = importing(path)
    out, err = again.communicate()
    assert again.returncode == 0, err
    assert f"stored {wanted - part:,} of" in out
    assert is_whole(rows)


def test_when_one_of_its_processes_dies_the_command_says_so_and_a_second_run_makes_it_whole(long_file):
    path, rows = long_file
    run = importing(path, "--workers", 2)
    while run.poll() is None and Report.objects.count() <= hotline_file.FEW:
        time.sleep(0.02)
    os.kill(psutil.Process(run.pid).children()[-1].pid, signal.SIGKILL)
    _out, err = run.communicate(timeout=60)
    assert run.returncode == 1 and "has ended" in err and "run the same command again" in err
    assert importing(path).wait() == 0
    assert is_whole(rows)


def _everybody_has_left():
    """Wait until the processes of a killed run have noticed and their transactions have ended."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(others)
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.05)
    raise AssertionError("a process of a killed run is still there")


def test_two_imports_of_one_file_at_once_double_nothing(long_file, tmp_path):
    path, rows = long_file
    runs = [importing(path, "--workers", workers, "--rejects", tmp_path / f"{workers}.csv") for workers in (1, 2)]
    told = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told[0][1] + told[1][1]
    assert is_whole(rows)
    assert len(rejects(tmp_path / "1.csv")) == len(rejects(tmp_path / "2.csv"))
    assert not list(tmp_path.glob(".*")), "nothing half written is left"
