"""The clerk's pages of the hotline's files: sent, looked through, taken in by jobs that may die, corrected, forgotten."""

import datetime as dt
import html
import re
import stat

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from gis_app import forgetting, tasks
from gis_app.intake import sent
from gis_app.models import Act, CellCount, Edition, Event, HotlineFile, Notice, Report, Ticket, Words
from gis_app.views.staff import imports
from gis_app.words import ActName, FileStage, Retained
from tests.dying import Point, killed_at
from tests.hotline_files import COLUMNS, REFUSED, REPEAT, STORED, Hotline, Row, write
from tests.ledger import counted, recounted
from tests.test_english import chinese_of

PAGE = "/clerk/imports"
ROWS = 40


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Where files are kept, in this test alone."""
    settings.HOTLINE_ROOT = tmp_path / "kept"
    return settings.HOTLINE_ROOT


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(sent, "BATCH", 15)


@pytest.fixture
def dirty(tmp_path):
    """(bytes of a dirty file, its rows)."""
    rows = Hotline(3).rows(ROWS)
    return write(tmp_path / "dirty.csv", rows).read_bytes(), rows


@pytest.fixture
def done(django_capture_on_commit_callbacks):
    """As at the end of a transaction."""
    return django_capture_on_commit_callbacks


def words_of(answer):
    """A page as a reader sees it."""
    text = re.sub(r"<(script|style|head).*?</\1>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def send(clerk, content, name="11月.csv"):
    return clerk.client.post(PAGE, {"file": SimpleUploadedFile(name, content)})


def sends(clerk, content, name="11月.csv"):
    """The HotlineFile of what a clerk sends, looked through as a job does it."""
    answer = send(clerk, content, name)
    assert answer.status_code == 302, words_of(answer)
    row = HotlineFile.objects.get(pk=answer["Location"].rsplit("/", 1)[1])
    work()
    row.refresh_from_db()
    return row


def work():
    """Run the jobs that wait for a file, and those that they ask for."""
    path = tasks.read_hotline.module_path
    while job := DBTaskResult.objects.ready().filter(task_path=path).first():
        DBTaskResult.objects.filter(pk=job.pk).delete()
        tasks.read_hotline.call(*job.args_kwargs["args"])


def takes(clerk, row):
    """The same file taken in."""
    clerk.client.post(f"{PAGE}/{row.pk}/take")
    work()
    row.refresh_from_db()
    return row


def outcomes(rows):
    return [sum(row.outcome == kind for row in rows) for kind in (STORED, REPEAT, REFUSED)]


def whole(rows):
    """Whether each row that must be stored is, once, with all that belongs to it."""
    wanted = sorted(row.number for row in rows if row.outcome == STORED)
    assert sorted(Report.objects.values_list("source_ref", flat=True)) == wanted
    assert {model.objects.count() for model in (Ticket, Words, Event, Notice, CellCount)} == {len(wanted)}
    call_command("verify_audit")
    assert counted() == recounted()
    return True


def test_a_file_is_looked_through_taken_in_and_its_refused_rows_come_back_corrected(cast, dirty, folder):
    content, rows = dirty
    row = sends(cast.clerk, content)
    assert row.stage == FileStage.LOOKED and not Report.objects.exists()
    assert [row.stored, row.repeats, row.refused] == outcomes(rows)
    page = words_of(cast.clerk.client.get(f"{PAGE}/{row.pk}"))
    assert f"能装 {row.stored} 行" in page and "头几行会读成这样" in page and "落到哪些镇街" in page
    for each in rows[:8]:
        assert each.cells["联系电话"] not in page and (each.cells["来电人"] in ("", "匿名") or each.cells["来电人"] not in page)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())

    assert takes(cast.clerk, row).stage == FileStage.DONE and whole(rows)
    assert [row.stored, row.repeats, row.refused] == outcomes(rows)
    assert not row.path.exists(), "the file itself is gone"
    told = [act.given.get("stored") for act in Act.objects.filter(act=ActName.LOAD, about=row.about_act)]
    assert told == [None, row.stored]

    assert not Act.objects.filter(act=ActName.LOOK).exists()
    answer = cast.clerk.client.post(f"{PAGE}/{row.pk}/refused")
    look = Act.objects.get(act=ActName.LOOK)
    assert (look.about, look.user, look.given) == (row.about_act, cast.clerk.user, {"what": "hotline"})
    assert "退回的行" in words_of(cast.leader.client.get("/clerk/looks"))
    back = b"".join(answer.streaming_content)
    lines = back.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + row.refused and "原因" in lines[0]
    again = sends(cast.clerk, back.replace("城固县".encode(), "茶镇".encode()), "11月-退回.csv")
    assert again.rows == row.refused


def test_what_towns_and_kinds_a_look_tells_is_what_is_stored(cast, dirty):
    row = sends(cast.clerk, dirty[0])
    towns, kinds = row.look["towns"], row.look["kinds"]
    takes(cast.clerk, row)
    for told, path in ((towns, "town__code"), (kinds, "category__code")):
        stored = Ticket.objects.values_list(path, flat=True)
        assert told == {code or "": list(stored).count(code) for code in set(stored)}


def test_the_same_file_says_so_and_adds_nothing(cast, dirty):
    content, rows = dirty
    first = sends(cast.clerk, content)
    assert send(cast.clerk, content)["Location"] == f"{PAGE}/{first.pk}", "while it is under way it is one"
    takes(cast.clerk, first)
    second = sends(cast.clerk, content, "again.csv")
    assert second.pk != first.pk and second.stored == 0 and second.repeats == first.stored + first.repeats
    assert "一模一样的文件" in words_of(cast.clerk.client.get(f"{PAGE}/{second.pk}"))
    assert whole(rows)


def test_a_file_is_taken_in_once_however_often_that_is_pressed(cast, dirty):
    row = sends(cast.clerk, dirty[0])
    for _ in range(2):
        cast.clerk.client.post(f"{PAGE}/{row.pk}/take")
    assert DBTaskResult.objects.filter(task_path=tasks.read_hotline.module_path).count() == 1
    tasks.read_hotline.call(row.pk)
    tasks.read_hotline.call(row.pk)  # and a job that was put back although it was done
    assert whole(dirty[1])


def test_jobs_that_share_a_file_come_to_the_same_as_one(cast, dirty, monkeypatch):
    monkeypatch.setattr(sent.go_on, "__defaults__", (0,))  # a batch for each
    row = sends(cast.clerk, dirty[0])
    assert [row.rows, row.stored, row.repeats, row.refused] == [sum(outcomes(dirty[1])), *outcomes(dirty[1])]
    takes(cast.clerk, row)
    assert [row.stored, row.repeats, row.refused] == outcomes(dirty[1]) and whole(dirty[1])


KILLED = {
    "in the middle of its rows": Point('INSERT INTO "gis_app_refusedrow"'),
    "after all but the end": Point('UPDATE "gis_app_hotlinefile"'),
}


@pytest.mark.parametrize("point", KILLED.values(), ids=KILLED)
def test_after_a_kill_a_file_goes_on_and_nothing_is_there_twice(county, tmp_path, folder, point):
    rows = Hotline(3).rows(ROWS)
    clerk = User.objects.get(username="clerk")
    row, _fresh = sent.keep([write(tmp_path / "a.csv", rows).read_bytes()], "a.csv", clerk)
    sent.go_on(row.pk)
    sent.take(row, clerk)
    sent.go_on(row.pk, seconds=0)
    part = Report.objects.count()
    killed_at(point, lambda: sent.go_on(row.pk))
    row.refresh_from_db()
    assert Report.objects.count() == part == row.stored, "a batch is there with what is told of it, or not at all"
    late = timezone.now() + 2 * tasks.STALLED
    assert sent.stalled(late, tasks.STALLED, tasks.GIVEN_UP) == [row.pk], "the job that minds them finds it"
    sent.go_on(row.pk)
    row.refresh_from_db()
    assert [row.stage, row.stored, row.repeats, row.refused] == [FileStage.DONE, *outcomes(rows)]
    assert whole(rows) and row.rejects.exists() and not row.path.exists()


BAD = {
    "nothing": (None, "选一个文件"),
    "an empty file": (("a.csv", b""), "文件是空的"),
    "a picture": (("a.png", b"\x89PNG"), "要 .csv"),
    "what only bears the name": (("a.xlsx", b"PK\x03\x04 no sheet"), "不是表格"),
    "other columns": (("a.csv", "姓名,年龄\n张三,3\n".encode()), "要有这几列：工单编号、来电时间、诉求内容"),
    "no row": (("a.csv", ",".join(COLUMNS).encode()), "一行也没有"),
}


@pytest.mark.parametrize(("file", "told"), BAD.values(), ids=BAD)
def test_a_file_that_is_none_gets_a_sentence_and_is_not_kept(cast, folder, file, told):
    answer = cast.clerk.client.post(PAGE, {"file": SimpleUploadedFile(*file)} if file else {})
    assert answer.status_code == 422 and told in words_of(answer)
    assert not HotlineFile.objects.exists() and not (folder.exists() and list(folder.iterdir()))


def test_a_file_that_is_too_large_is_told_how_to_make_it_smaller(cast, monkeypatch):
    monkeypatch.setattr(imports, "MOST_MB", 0.0001)
    assert "按月导出" in words_of(send(cast.clerk, b"x" * 1000))


def test_without_towns_nothing_is_kept(cast, dirty):
    Edition.objects.filter(kind="towns").update(active=False)
    assert "还没有启用的镇街边界" in words_of(send(cast.clerk, dirty[0]))


def test_a_file_that_is_lost_on_the_way_says_so_and_can_be_sent_again(cast, dirty):
    row = sends(cast.clerk, dirty[0])
    row.path.unlink()
    assert takes(cast.clerk, row).stage == FileStage.BROKEN
    assert "再传一次" in words_of(cast.clerk.client.get(f"{PAGE}/{row.pk}"))
    assert takes(cast.clerk, sends(cast.clerk, dirty[0])).stage == FileStage.DONE and whole(dirty[1])


def test_what_is_not_wanted_is_removed_at_once_and_only_the_numbers_stay(cast, dirty, folder, done):
    row = sends(cast.clerk, dirty[0])
    with done(execute=True):
        cast.clerk.client.post(f"{PAGE}/{row.pk}/drop")
    row.refresh_from_db()
    assert row.stage == FileStage.DROPPED and not list(folder.iterdir()) and not row.refusals.exists() and "first" not in row.look
    assert Act.objects.filter(act=ActName.FORGET, about=row.about_act).exists()
    assert cast.clerk.client.post(f"{PAGE}/{row.pk}/refused").status_code == 404
    cast.clerk.client.post(f"{PAGE}/{row.pk}/take")
    assert not Report.objects.exists() and row.name in words_of(cast.clerk.client.get(PAGE))


def test_refused_rows_go_when_their_time_is_over_by_job_and_by_purge(cast, dirty, folder, done):
    row = takes(cast.clerk, sends(cast.clerk, dirty[0]))
    days = forgetting.periods()[Retained.HOTLINE]
    tasks.forget_hotline.call()
    assert row.rejects.exists() and f"退回的行留 {days} 天" in words_of(cast.clerk.client.get(PAGE))
    HotlineFile.objects.update(moved_at=timezone.now() - dt.timedelta(days=days, minutes=1))
    call_command("purge", "--retention", "--dry-run")
    assert row.rejects.exists()
    with done(execute=True):
        call_command("purge", "--retention")
    assert not list(folder.iterdir()) and not row.refusals.exists()
    row.refresh_from_db()
    assert row.gone_at and row.stored == outcomes(dirty[1])[0]


def test_what_a_killed_upload_left_is_swept_and_what_is_kept_stays(cast, dirty, folder):
    row = sends(cast.clerk, dirty[0])
    (folder / ".half").write_bytes(b"x")
    assert sent.sweep(timezone.now(), dt.timedelta(hours=1)) == 0
    assert sent.sweep(timezone.now() + dt.timedelta(hours=2), dt.timedelta(hours=1)) == 1
    assert row.path.exists() and row.rejects.exists() and not (folder / ".half").exists()


def test_why_a_row_was_refused_shows_nothing_personal(cast, tmp_path):
    cells = Hotline().plain("路灯不亮", 来电时间="打13912345678", 事发地址="茶镇南沟村")
    row = sends(cast.clerk, write(tmp_path / "a.csv", [Row(cells, REFUSED)]).read_bytes())
    page = words_of(cast.clerk.client.get(f"{PAGE}/{row.pk}"))
    assert row.refused == 1 and "13912345678" not in page and "没有能装的" in page


def foreign(answer):
    """What a page says in Chinese beside what stands in the file: its headings, names of places elsewhere, times."""
    in_it = {*COLUMNS, "、", "城固县", "宁强县", "石泉县", "洋县", "昨天下午"}
    return [found for found in chinese_of(answer) if found not in in_it]


def test_every_stage_is_english_for_who_reads_english(cast, dirty):
    clerk = cast.clerk.client
    clerk.cookies["django_language"] = "en"
    assert foreign(clerk.get(PAGE)) == [] == foreign(clerk.get("/clerk/help/imports"))
    row = HotlineFile.objects.get(pk=send(cast.clerk, dirty[0], "a.csv")["Location"].rsplit("/", 1)[1])
    assert foreign(clerk.get(f"{PAGE}/{row.pk}")) == []
    work()
    page = clerk.get(f"{PAGE}/{row.pk}")
    assert "How the columns were understood" in page.content.decode() and foreign(page) == []
    takes(cast.clerk, row)
    for path in (PAGE, f"{PAGE}/{row.pk}", "/clerk/boundaries"):
        assert foreign(clerk.get(path)) == [], path
    for stage in (FileStage.BROKEN, FileStage.DROPPED):
        HotlineFile.objects.filter(pk=row.pk).update(stage=stage)
        assert foreign(clerk.get(f"{PAGE}/{row.pk}")) == []
