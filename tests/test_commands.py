"""The contract with the shell: a file loaded twice changes nothing, a bad one is named and changes nothing, no job is lost."""

import datetime as dt
import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from shutil import copytree

import h3
import psycopg2
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from gis_app import locate, tasks
from gis_app.intake import demo
from gis_app.loading import accounts
from gis_app.management.commands import worker
from gis_app.models import (
    Boundary,
    Category,
    CellCount,
    Danger,
    Duty,
    Edition,
    Event,
    Handoff,
    Holiday,
    Major,
    Member,
    OfficeHours,
    Photo,
    Report,
    TaskMonth,
    Ticket,
    Token,
    Town,
    Training,
    Unit,
    Village,
    Visit,
    Words,
    Zone,
)
from tests.conftest import LOTUS_LANE, TEA_TOWN
from tests.test_teaching import a_few

pytestmark = pytest.mark.django_db
FIXTURES = django_settings.FIXTURES
NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
LOADED = (Town, Village, Major, Category, Unit, Duty, Handoff, Danger, OfficeHours, Holiday, Zone, Boundary, Edition)
WRITTEN = (Ticket, Report, Event, Words, Photo, CellCount, User, Member, Zone, Duty)


def manage(command, *args):
    """What a management command says; a refusal is a CommandError."""
    out = io.StringIO()
    call_command(command, *map(str, args), stdout=out)
    return out.getvalue()


def refused(command, *args):
    """The sentence of a command that refuses, checked to end with exit code 1."""
    with pytest.raises(CommandError) as told:
        manage(command, *args)
    assert told.value.returncode == 1
    return str(told.value)


def stored(*models):
    """{table: (rows, digest of them)} as they stand, without the numbers that a reload of duties and hours gives anew."""
    told = {}
    for model in models:
        names = [
            field.attname for field in model._meta.fields if field.attname != "id" or model not in (Duty, Danger, OfficeHours)
        ]
        rows = sorted(" ".join(map(str, row)) for row in model.objects.values_list(*names))
        told[model.__name__] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return told


def altered(name, folder, *changes):
    """A copy of a file of the county's folder in which some words are others."""
    text = (FIXTURES / name).read_text(encoding="utf-8-sig")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / Path(name).name
    path.write_text(text, encoding="utf-8")
    return path


def redrawn(name, folder, change):
    """A copy of a GeoJSON file whose list of features was changed."""
    told = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    change(told["features"])
    path = folder / Path(name).name
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def holidays(folder, *lines):
    path = folder / "holidays.csv"
    path.write_text("\n".join(["day,working,name", *lines]), encoding="utf-8")
    return path


# ---- token


def test_a_token_is_the_last_word_and_opens_the_api(cast):
    secret = manage("token", "dispatcher").split()[-1]
    answer = Client().get("/api/v1/tickets", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_a_token_is_not_kept_in_readable_form_and_each_is_another(cast):
    secrets = {manage("token", "leader", "--scope", "export").split()[-1] for _ in "ab"}
    assert len(secrets) == 2 and all(len(secret) > 30 for secret in secrets)
    kept = str(list(Token.objects.values_list("user__username", "digest", "scope")))
    assert "export" in kept and not any(secret in kept for secret in secrets)


@pytest.mark.parametrize("name", ["nobody", "worker-610724110"])
def test_who_is_not_there_or_has_left_gets_no_token(cast, name):
    User.objects.filter(username="worker-610724110").update(is_active=False)
    assert name in refused("token", name)
    assert not Token.objects.exists()


# ---- loading


FILES = {  # command: the file of the county's folder that it loads, and how many rows it holds
    "load_categories": ("categories.csv", 109),
    "load_units": ("units.csv", None),
    "load_places": ("villages.csv", 215),
    "load_duties": ("duties.csv", None),
    "load_holidays": ("holidays.csv", 0),
}


@pytest.mark.parametrize("command", FILES)
def test_a_file_that_is_loaded_again_changes_nothing(command):
    name, rows = FILES[command]
    first = manage(command, FIXTURES / name)
    before = stored(*LOADED)
    assert manage(command, FIXTURES / name) == first
    assert stored(*LOADED) == before
    assert rows is None or f"loaded {rows} from {Path(name).name}" in first


CHANGED = {  # a file that would change something
    "load_categories": lambda folder: altered("categories.csv", folder, (",4,工作时", ",6,工作时")),
    "load_units": lambda folder: altered("units.csv", folder, ("城北街道办事处", "城北街道办事处（新）")),
    "load_places": lambda folder: altered("villages.csv", folder, ("107.76659", "107.76660")),
    "load_duties": lambda folder: altered("duties.csv", folder, ("huanwei,0101", "shizheng,0101")),
    "load_holidays": lambda folder: holidays(folder, "2026-11-26,no,县庆"),
}


@pytest.mark.parametrize("command", CHANGED)
def test_a_dry_run_counts_and_writes_nothing(command, tmp_path):
    path, before = CHANGED[command](tmp_path), stored(*LOADED)
    told = manage(command, path, "--dry-run")
    assert told.startswith("would load ") and stored(*LOADED) == before
    assert manage(command, path) == told.replace("would load", "loaded")
    assert stored(*LOADED) != before


def test_what_a_clerk_changes_in_a_file_is_the_rule_at_once(cast, tmp_path):
    at_lane = {"category": "0101", "lon": LOTUS_LANE[0], "lat": LOTUS_LANE[1]}
    assert cast.reporter.client.get("/api/v1/route", at_lane).json()["unit"]["code"] == "huanwei"
    manage("load_duties", CHANGED["load_duties"](tmp_path))
    assert cast.reporter.client.get("/api/v1/route", at_lane).json()["unit"]["code"] == "shizheng"


def test_loading_again_keeps_rows_that_others_point_to(cast, tmp_path):
    ticket = Ticket.objects.get(reports__code=cast.reporter.reports("垃圾桶满了", TEA_TOWN, category="0101")["code"])
    manage("load_categories", CHANGED["load_categories"](tmp_path))
    assert ticket.category.pk == Category.objects.get(code="0101").pk
    assert Category.objects.get(code="0101").limit == 6


def test_a_spreadsheets_file_is_read_as_well(tmp_path):
    """With a byte order mark and Windows line ends, as Excel saves it."""
    before = stored(Category)
    path = tmp_path / "categories.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (FIXTURES / "categories.csv").read_bytes().replace(b"\n", b"\r\n"))
    manage("load_categories", path)
    assert stored(Category) == before


BAD = {  # what is wrong: command, file, its line, a word of the reason
    "a limit in words": ("load_categories", lambda f: altered("categories.csv", f, (",4,工作时", ",四,工作时")), 2, "四"),
    "a limit below nothing": ("load_categories", lambda f: altered("categories.csv", f, (",4,工作时", ",-4,工作时")), 2, "limit"),
    "a limit that is no number": ("load_categories", lambda f: altered("categories.csv", f, (",4,工作时", ",NaN,工作时")), 2, ""),
    "an unknown task": ("load_categories", lambda f: altered("categories.csv", f, (",六,A", ",五,A")), 2, "五"),
    "a code twice": ("load_categories", lambda f: altered("categories.csv", f, ("\n0102,", "\n0101,")), 3, "0101"),
    "a code with a letter": ("load_categories", lambda f: altered("categories.csv", f, ("\n0102,", "\n01x2,")), 3, "digits"),
    "an unknown major": ("load_categories", lambda f: altered("categories.csv", f, ("\n0102,01,", "\n0102,77,")), 3, "77"),
    "a column missing": ("load_categories", lambda f: altered("categories.csv", f, ("limit,", "limits,")), 2, "limit"),
    "an order in words": ("load_categories", lambda f: altered("categories.csv", f, (",bin,2,", ",bin,two,")), 2, "two"),
    "neither yes nor no": ("load_categories", lambda f: altered("categories.csv", f, (",工作时,yes", ",工作时,ja")), 2, "ja"),
    "an unknown town of a unit": ("load_units", lambda f: altered("units.csv", f, ("610724001", "610724999")), 2, "610724999"),
    "a town's unit without town": ("load_units", lambda f: altered("units.csv", f, ("town,610724001", "town,")), 2, "town"),
    "a second desk": ("load_units", lambda f: altered("units.csv", f, (",department,", ",desk,")), None, "desk"),
    "an unknown unit": ("load_duties", lambda f: altered("duties.csv", f, ("huanwei", "nobody")), 2, "nobody"),
    "an unknown kind": ("load_duties", lambda f: altered("duties.csv", f, ("huanwei,0101", "huanwei,9999")), 2, "9999"),
    "a digit lost": ("load_duties", lambda f: altered("duties.csv", f, ("huanwei,0101", "huanwei,010")), 2, "010"),
    "no kind at all": ("load_duties", lambda f: altered("duties.csv", f, ("huanwei,0101", "huanwei,")), 2, ""),
    "an unknown sort of area": ("load_duties", lambda f: altered("duties.csv", f, (",town,", ",planet,")), 2, "planet"),
    "an unknown area": ("load_duties", lambda f: altered("duties.csv", f, ("610724001|", "610724999|")), 2, "610724999"),
    "the county with areas": ("load_duties", lambda f: altered("duties.csv", f, (",town,", ",county,")), 2, "county"),
    "no area": ("load_duties", lambda f: altered("duties.csv", f, ("610724001|610724002", "")), 2, "area_codes"),
    "no such month": (
        "load_duties",
        lambda f: altered("duties.csv", f, (",2026-01-01,2026-01-01,", ",2026-01-01,2026-13-01,")),
        2,
        "13",
    ),
    "an end before the beginning": (
        "load_duties",
        lambda f: altered("duties.csv", f, ("2026-01-01,2026-01-01,,", "2026-01-01,2026-01-01,2025-01-01,")),
        2,
        "2025-01-01",
    ),
    "no such day": ("load_holidays", lambda f: holidays(f, "2026-11-26,no,县庆", "2026-02-30,no,"), 3, "2026-02-30"),
    "a day twice": ("load_holidays", lambda f: holidays(f, "2026-11-26,no,县庆", "2026-11-26,yes,"), 3, "2026-11-26"),
    "no day": ("load_holidays", lambda f: holidays(f, ",no,县庆"), 2, ""),
    "a longitude in words": ("load_places", lambda f: altered("villages.csv", f, ("107.76659", "east")), 2, "east"),
    "a longitude that is none": ("load_places", lambda f: altered("villages.csv", f, ("107.76659", "nan")), 2, "180"),
    "a longitude off the earth": ("load_places", lambda f: altered("villages.csv", f, ("107.76659", "407.76659")), 2, "180"),
    "a village's code too short": (
        "load_places",
        lambda f: altered("villages.csv", f, ("610724001001", "61072400100")),
        2,
        "digits",
    ),
    "an empty file": ("load_duties", lambda f: (f / "duties.csv").write_text("") or f / "duties.csv", None, "空"),
    "no file": ("load_duties", lambda f: f / "duties.csv", None, ""),
    "a folder": ("load_duties", lambda f: f, None, ""),
    "another encoding": (
        "load_units",
        lambda f: (f / "units.csv").write_bytes((FIXTURES / "units.csv").read_text().encode("gb18030")) and f / "units.csv",
        None,
        "UTF-8",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_named_with_line_and_reason_and_changes_nothing(what, tmp_path):
    command, make, line, word = BAD[what]
    path, before = make(tmp_path), stored(*LOADED)
    told = refused(command, path)
    assert path.name in told and word in told
    assert line is None or f"第 {line} 行" in told
    assert "Traceback" not in told and "<class" not in told and str(tmp_path) not in told
    assert stored(*LOADED) == before


@pytest.mark.parametrize("what", ["a limit below nothing", "no area", "a second desk", "a digit lost"])
def test_a_dry_run_finds_what_the_load_would_stumble_over(what, tmp_path):
    command, make, _line, _word = BAD[what]
    path = make(tmp_path)
    assert refused(command, path, "--dry-run") == refused(command, path)


def test_a_good_line_before_a_bad_one_is_not_kept(tmp_path):
    path = altered("categories.csv", tmp_path, (",4,工作时", ",6,工作时"), ("\n1401,", "\n14x1,"))
    refused("load_categories", path)
    assert Category.objects.get(code="0101").limit == 4


def test_at_the_shell_a_refusal_is_a_sentence_and_exit_code_1(tmp_path):
    asked = [sys.executable, "-m", "gis_app", "load_units", str(tmp_path / "units.csv")]
    done = subprocess.run(
        asked, cwd=django_settings.ROOT, env={**os.environ, "VAR_DIR": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 1 and done.stdout == ""
    assert "units.csv" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_on_a_database_that_was_never_prepared_a_command_says_so(tmp_path):
    told = connection.settings_dict
    server = psycopg2.connect(dbname="postgres", user=told["USER"], host=told["HOST"], port=told["PORT"] or None)
    server.autocommit = True
    server.cursor().execute("CREATE DATABASE unprepared")
    try:
        url = f"postgis://{told['USER']}@{str(told['HOST']).replace('/', '%2F')}:{told['PORT'] or 5432}/unprepared"
        surroundings = {**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": url}
        asked = [sys.executable, "-m", "gis_app", "editions"]
        done = subprocess.run(asked, cwd=django_settings.ROOT, env=surroundings, capture_output=True, text=True)
    finally:
        server.cursor().execute("DROP DATABASE unprepared")
        server.close()
    assert done.returncode == 1 and "./run" in done.stderr and "Traceback" not in done.stderr


# ---- the whole folder


def test_a_folder_that_has_not_changed_is_not_loaded_again(settings):
    assert "nothing has changed" in manage("load_fixtures")
    before = stored(*LOADED)
    assert "categories 109" in manage("load_fixtures", "--again")
    assert stored(*LOADED) == before


@pytest.fixture
def edited(settings, tmp_path):
    """A folder of a county that may be changed."""
    settings.FIXTURES = copytree(FIXTURES, tmp_path / "county")
    return settings.FIXTURES


def test_a_changed_file_of_the_folder_is_loaded_at_the_next_start(edited):
    altered("categories.csv", edited, (",4,工作时", ",6,工作时"))
    assert "categories 109" in manage("load_fixtures")
    assert Category.objects.get(code="0101").limit == 6
    assert "nothing has changed" in manage("load_fixtures")


def test_one_bad_file_of_the_folder_and_none_is_loaded(edited):
    altered("categories.csv", edited, (",4,工作时", ",6,工作时"))
    altered("duties.csv", edited, ("huanwei", "nobody"))
    before = stored(*LOADED)
    assert "duties.csv" in refused("load_fixtures")
    assert stored(*LOADED) == before
    altered("duties.csv", edited)
    manage("load_fixtures")
    assert Category.objects.get(code="0101").limit == 6


# ---- the demo


@pytest.fixture
def here(settings, tmp_path, monkeypatch):
    """A service whose files lie in a folder of the test's own, on a Wednesday at noon."""
    settings.VAR_DIR, settings.DEMO_PASSWORD = tmp_path, ""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return tmp_path


def told_by_demo():
    """What the demo has told, as far as the dice decide it."""
    names = ("state", "category__code", "town__code", "cell", "opened_at", "unit__code", "due_at", "ended_at", "precision")
    steps = Counter(Event.objects.values_list("step", "at", "to_state"))
    return Counter(Ticket.objects.values_list(*names)), steps, Counter(Report.objects.values_list("public_text", "said_at"))


def test_the_same_seed_tells_the_same_story_and_another_another(here):
    stories = []
    for seed in (5, 5, 6):
        with transaction.atomic():
            manage("demo", "--reports", 60, "--seed", seed)
            assert Ticket.objects.count() == Report.objects.count() == 60
            stories.append(told_by_demo())
            transaction.set_rollback(True)
    assert stories[0] == stories[1] != stories[2]


def test_a_demo_is_loaded_once_and_another_seed_adds_to_it(here):
    manage("demo", "--reports", 20)
    before = stored(*WRITTEN)
    assert "--seed" in refused("demo", "--reports", 20)
    assert manage("demo", "--reports", 20, "--if-empty") == ""
    assert stored(*WRITTEN) == before
    manage("demo", "--reports", 20, "--seed", 2)
    assert Ticket.objects.count() == 40


def test_a_dry_run_of_the_demo_writes_nothing(here):
    before = stored(*WRITTEN)
    assert "20 reports" in manage("demo", "--reports", 20, "--dry-run")
    assert stored(*WRITTEN) == before and list(here.iterdir()) == []


def test_a_demo_that_breaks_off_leaves_no_report(here, monkeypatch):
    monkeypatch.setattr(demo, "BATCH", 10)
    batches = iter([demo.replay])
    monkeypatch.setattr(demo, "replay", lambda batch: next(batches)(batch))
    with pytest.raises(StopIteration):
        manage("demo", "--reports", 20)
    assert not Ticket.objects.exists() and not Zone.objects.exists()


def test_the_accounts_are_printed_once_and_kept_for_their_owner_alone(here):
    refused("demo", "--accounts")
    Member.objects.all().delete()
    User.objects.all().delete()
    told = manage("demo", "--reports", 5)
    kept = here / "demo-accounts.txt"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    password = kept.read_text().splitlines()[0].split()[-1]
    assert password in told and manage("demo", "--accounts").strip() == kept.read_text().strip()
    for name in ("leader", "dispatcher", "clerk", "unit-chazhen", "worker-610724110"):
        assert name in kept.read_text().splitlines()
        assert Client().post("/accounts/login/", {"username": name, "password": password}).status_code == 302


def test_every_town_has_a_worker_and_every_unit_an_officer(here):
    names = set(User.objects.values_list("username", flat=True))
    assert {f"worker-{town.code}" for town in Town.objects.all()} <= names
    assert {f"unit-{unit.code}" for unit in Unit.objects.exclude(kind="desk")} <= names


def test_the_demo_has_its_planted_hotspots_and_looks_like_a_county(here):
    demo.write(FIXTURES, 600, 1, NOW)
    for task, (steady, *others) in demo.HOTSPOTS.items():
        stored_cells = Ticket.objects.filter(category__task=task, cell__isnull=False).values_list("cell", flat=True)
        cells = Counter(h3.cell_to_parent(h3.int_to_str(cell), 8) for cell in stored_cells)
        rings = {cell: sum(cells[each] for each in h3.grid_disk(cell, 1)) for cell in cells}
        seed = h3.latlng_to_cell(steady.lat, steady.lon, 8)
        assert rings[seed] > 0.1 * sum(cells.values()), task
        assert sum(cells[each] > 0 for each in h3.grid_disk(seed, 1)) >= 5, task  # nearly all seven
        for spot in others:  # by chance a ring would hold less than one
            assert sum(cells[each] for each in h3.grid_disk(h3.latlng_to_cell(spot.lat, spot.lon, 8), 1)) >= 3, spot
    assert Ticket.objects.values("town").distinct().count() == 17
    assert set(Ticket.objects.values_list("state", flat=True)) >= {"dispatched", "working", "closed", "rejected"}
    assert 6 <= Ticket.objects.filter(precision="town").count() <= 60  # only words, now and then
    opened = sorted(Ticket.objects.values_list("opened_at", flat=True))
    assert dt.timedelta(80) < opened[-1] - opened[0] <= dt.timedelta(91) and opened[-1] <= NOW


def test_nothing_in_the_demo_lies_ahead(here):
    manage("demo", "--reports", 60)
    assert not Event.objects.filter(at__gt=NOW).exists()
    for point in Ticket.objects.exclude(point=None).values_list("point", flat=True)[:20]:
        assert locate.town_of(*point.coords)


# ---- the first start without a demo


def test_the_first_clerk_is_made_once_where_nobody_is():
    assert accounts.first_clerk() is None
    Member.objects.all().delete()
    User.objects.all().delete()
    password = accounts.first_clerk()
    assert Client().post("/accounts/login/", {"username": "clerk", "password": password}).status_code == 302
    assert [member.role for member in Member.objects.all()] == ["clerk"]
    assert accounts.first_clerk() is None


def test_a_start_without_a_demo_prints_the_first_password_once(here, settings):
    settings.DEMO, settings.STATIC_ROOT = False, here / "static"
    settings.FIXTURES = copytree(settings.FIXTURES, here / "county")
    a_few(settings.FIXTURES / "seeds.csv")
    Member.objects.all().delete()
    User.objects.all().delete()
    first, second = manage("prepare"), manage("prepare")
    assert "first account: clerk, password " in first and Training.objects.get().active
    assert User.objects.get().check_password(first.split("password ")[1].split()[0])
    assert "password" not in second and not Ticket.objects.exists()
    assert (here / "static" / "style.css").exists()


# ---- jobs


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """Workers drop connections that are old; here all is one transaction that is rolled back."""
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)


def work():
    """Let a worker do all that waits, and stop."""
    db_worker.Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="w" * 32,
        excluded_queue_names=[],
    ).run()


def jobs(**chosen):
    return list(DBTaskResult.objects.filter(**chosen).order_by("enqueued_at").values_list("status", flat=True))


def test_the_job_folds_what_steps_have_counted(cast):
    for _ in range(3):
        cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    tasks.fold_counts.enqueue()
    work()
    assert jobs() == [TaskResultStatus.SUCCESSFUL]
    assert not CellCount.objects.exists()
    assert [row.opened for row in TaskMonth.objects.all()] == [3]


def test_the_job_forgets_visits_after_an_hour_and_no_sooner():
    now = timezone.now()
    for minutes in (59, 61):
        Visit.objects.create(address="a", minute=now - dt.timedelta(minutes=minutes), count=1)
    tasks.forget_visits.enqueue()
    work()
    assert [visit.minute for visit in Visit.objects.all()] == [now - dt.timedelta(minutes=59)]


def test_every_minute_one_job_of_each_kind_waits_and_never_two():
    often, seldom = len(tasks.EVERY_MINUTE), len(tasks.SELDOM)
    for _ in range(3):
        tasks.housekeeping()
    assert jobs() == [TaskResultStatus.READY] * (often + seldom)
    assert len(set(DBTaskResult.objects.values_list("task_path", flat=True))) == often + seldom
    work()
    tasks.housekeeping()
    assert sorted(jobs()) == [TaskResultStatus.READY] * often + [TaskResultStatus.SUCCESSFUL] * (often + seldom)


def test_a_seldom_job_waits_for_its_time():
    tasks.housekeeping()
    work()
    escalated = DBTaskResult.objects.filter(task_path=tasks.escalate.module_path)
    escalated.update(enqueued_at=timezone.now() - dt.timedelta(minutes=4, seconds=50))
    tasks.housekeeping()
    assert escalated.count() == 1
    escalated.update(enqueued_at=timezone.now() - dt.timedelta(minutes=5, seconds=1))
    tasks.housekeeping()
    assert escalated.count() == 2


def killed(job, minutes, name):
    """A worker takes a job and is killed; that was so many minutes ago."""
    job.refresh_from_db()
    job.claim(name)
    DBTaskResult.objects.filter(pk=job.pk).update(started_at=timezone.now() - dt.timedelta(minutes=minutes))


@pytest.fixture
def job():
    tasks.fold_counts.enqueue()
    return DBTaskResult.objects.get()


def test_a_job_whose_worker_was_killed_is_done_by_the_next(job):
    killed(job, 11, "first")
    work()
    assert jobs() == [TaskResultStatus.RUNNING]  # the library leaves it so for ever
    assert tasks.reap(timezone.now()) == 1
    work()
    assert jobs() == [TaskResultStatus.SUCCESSFUL]


def test_a_job_that_may_still_be_running_is_left_alone(job):
    killed(job, 9, "first")
    assert tasks.reap(timezone.now()) == 0
    assert jobs() == [TaskResultStatus.RUNNING]


def test_after_three_workers_a_job_is_given_up(job):
    for name in ("first", "second"):
        killed(job, 11, name)
        assert tasks.reap(timezone.now()) == 1
    killed(job, 11, "third")
    assert tasks.reap(timezone.now()) == 0
    assert jobs() == [TaskResultStatus.FAILED]
    assert DBTaskResult.objects.get().finished_at is not None


def test_results_are_kept_for_a_week(job):
    work()
    DBTaskResult.objects.update(finished_at=timezone.now() - dt.timedelta(days=6, hours=23))
    tasks.housekeeping()
    assert TaskResultStatus.SUCCESSFUL in jobs()
    DBTaskResult.objects.filter(pk=job.pk).update(finished_at=timezone.now() - dt.timedelta(days=7, minutes=1))
    tasks.housekeeping()
    assert not DBTaskResult.objects.filter(pk=job.pk).exists()


def test_housekeeping_goes_on_after_a_minute_that_went_wrong(monkeypatch):
    stopped, minutes = threading.Event(), []

    def goes_wrong_once():
        minutes.append(1)
        if len(minutes) == 2:
            stopped.set()
        raise RuntimeError("the database was away")

    monkeypatch.setattr(worker, "MINUTE", 0)
    monkeypatch.setattr(worker, "housekeeping", goes_wrong_once)
    worker.keep_house(stopped)
    assert len(minutes) == 2
