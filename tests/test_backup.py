"""Backup and restore of what the service really stores: every row, every picture, and the keys that open what is encrypted."""

import hashlib
import re
import shutil
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import override_settings

from gis_app.intake import sent
from gis_app.models import Contact, HotlineFile, Photo
from tests.conftest import TEA_TOWN, Cast, photo
from tests.hotline_files import Hotline, write
from tests.test_run import ROOT, SERVER, call, shell

SHAPES = {  # beside the rows: what must be there so that the service goes on as before
    "sequences": "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'",
    "constraints": "SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE '%event%'",
}


def keys_that_are_made():
    """The names under var/ of all keys that settings.py makes once and keeps."""
    source = (ROOT / "gis_app/settings.py").read_text(encoding="utf-8")
    return set(re.findall(r'kept\((?:\s*#.*)?\s*"([\w.]+)"', source))


class Place:
    """A database and a folder of their own, on the server of the tests."""

    def __init__(self, name, var):
        its = connection.settings_dict
        self.name, self.var = name, var
        self.known = {"host": its["HOST"], "user": its["USER"], "password": its["PASSWORD"], "port": its["PORT"] or "5432"}
        secret = f":{quote(its['PASSWORD'])}" if its["PASSWORD"] else ""
        self.url = f"postgis://{its['USER']}{secret}@{quote(its['HOST'], safe='')}:{self.known['port']}/{name}"

    def run(self, *words):
        """What `./run` says here."""
        return call(ROOT, *words, DATABASE_URL=self.url, VAR_DIR=str(self.var))

    def asked(self, database=None):
        """A connection without Django."""
        own = psycopg2.connect(dbname=database or self.name, **self.known)
        own.autocommit = True
        return closing(own)

    def everything(self):
        """{table: its rows as text, sorted}, and what stands beside the rows."""
        with self.asked() as own, own.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
            tables = [name for (name,) in cursor.fetchall()]
            found = {}
            for name in tables:
                cursor.execute(f'SELECT t::text FROM "{name}" AS t ORDER BY 1')
                found[name] = cursor.fetchall()
            for name, sql in SHAPES.items():
                cursor.execute(f"{sql} ORDER BY 1, 2")
                found[name] = cursor.fetchall()
        return found


@pytest.fixture
def here(county, tmp_path_factory):
    """The county's service with some life in it, as a place with a folder of its own."""
    if not SERVER or shell(ROOT, "environment_ready").returncode:
        pytest.skip("needs PostgreSQL's programs and the .venv that ./run makes")
    cast = Cast()
    cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", photos=[photo(), photo((64, 64))], contact="13900000000")
    cast.finished()
    var = tmp_path_factory.mktemp("here")
    shutil.copytree(settings.MEDIA_ROOT, var / "media")
    (var / "media/unfinished/half").write_bytes(b"somebody is sending this")
    kept = {"contact.key": settings.CONTACT_KEY, "secret_key": settings.SECRET_KEY}
    kept |= {name: f"the one and only {name}" for name in keys_that_are_made() - kept.keys()}
    for name, key in kept.items():
        (var / name).touch(mode=0o600)
        (var / name).write_text(key)
    with override_settings(HOTLINE_ROOT=var / "hotline"):
        hotline_files_wait()
    return Place(connection.settings_dict["NAME"], var)


def hotline_files_wait():
    """Of one file nothing is left but the rows that were refused, one waits for a clerk, one is half sent."""
    clerk, hotline = User.objects.get(username="clerk"), Hotline(3)
    done, waits = [hotline.outside(), hotline.silent()], [hotline.village(), hotline.village()]
    for name, rows in (("done.csv", done), ("waits.csv", waits)):
        file = settings.HOTLINE_ROOT.parent / name
        row, _new = sent.keep([write(file, rows).read_bytes()], name, clerk)
        sent.go_on(row.pk)
        file.unlink()
    row = HotlineFile.objects.get(name="done.csv")
    assert sent.take(row, clerk) and not sent.go_on(row.pk)
    (settings.HOTLINE_ROOT / ".half").write_bytes("工单编号,来电".encode())


def waiting(var):
    """{name: bytes} of the hotline's files under a folder var/, and who may read them."""
    found = {path.name: (path.read_bytes(), path.stat().st_mode) for path in (var / "hotline").iterdir()}
    return found | {"": (var / "hotline").stat().st_mode}


@pytest.fixture
def empty(here, tmp_path_factory):
    """An empty database and an empty folder."""
    place = Place(f"{here.name}_restored", tmp_path_factory.mktemp("empty") / "var")
    with here.asked("postgres") as own:
        for suffix in ("", "_new"):
            own.cursor().execute(f'DROP DATABASE IF EXISTS "{place.name}{suffix}"')
        own.cursor().execute(f'CREATE DATABASE "{place.name}"')
        yield place
        own.cursor().execute(f'DROP DATABASE IF EXISTS "{place.name}"')


def test_in_an_empty_place_every_row_and_every_picture_is_as_it_was(here, empty, tmp_path):
    file = tmp_path / "all.tar"
    made = here.run("backup", str(file))
    assert made.returncode == 0 and "Writing the database" in made.stderr, made.stderr
    told = empty.run("restore", str(file))
    assert told.returncode == 0 and "Reading the database" in told.stderr, told.stderr
    mine, theirs = here.everything(), empty.everything()
    assert mine.keys() == theirs.keys() and len(mine["gis_app_event"]) >= 6
    for name, rows in mine.items():
        assert theirs[name] == rows, name
    for row in Photo.objects.all():
        picture = (empty.var / "media" / row.file.name).read_bytes()
        assert picture == (here.var / "media" / row.file.name).read_bytes()
        assert hashlib.sha256(picture).hexdigest() == row.digest
    assert not (empty.var / "media/unfinished").exists()
    files = waiting(here.var)
    files.pop(".half")
    assert waiting(empty.var) == files and len(files) == 3
    with override_settings(HOTLINE_ROOT=empty.var / "hotline"):
        rows = {row.name: row for row in HotlineFile.objects.all()}
        assert hashlib.sha256(rows["waits.csv"].path.read_bytes()).hexdigest() == rows["waits.csv"].digest
        assert rows["done.csv"].stage == "done" and rows["done.csv"].rejects.exists()
    assert len(keys_that_are_made()) > 3
    for name in keys_that_are_made():
        assert (empty.var / name).read_text() == (here.var / name).read_text(), name
    key = Fernet((empty.var / "contact.key").read_text())
    assert key.decrypt(bytes(Contact.objects.get().cipher)).decode() == "13900000000"
    assert all(path.stat().st_mode & 0o077 == 0 for path in empty.var.glob("*key")), "keys are their owner's alone"


def cut_short(data):
    return data[: len(data) // 2]


def altered(data):
    middle = data.index(b"PGDMP") + 4096  # inside of the database's part
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def no_backup(data):
    return "工单编号,来电时间\n".encode() * 100


@pytest.mark.parametrize(("harm", "why"), [(cut_short, "not a whole"), (altered, "damaged"), (no_backup, "not a whole")])
def test_a_file_that_is_not_what_was_written_is_refused_before_anything_is_touched(here, empty, tmp_path, harm, why):
    file = tmp_path / "all.tar"
    assert here.run("backup", str(file)).returncode == 0
    file.write_bytes(harm(file.read_bytes()))
    before = empty.everything()
    told = empty.run("restore", str(file))
    assert told.returncode == 1 and why in told.stderr, told.stderr
    assert empty.everything() == before
    assert not {"media", "contact.key", "secret_key"} & {path.name for path in empty.var.iterdir()}


def test_a_database_that_somebody_uses_is_not_replaced(here, tmp_path):
    file = tmp_path / "all.tar"
    assert here.run("backup", str(file)).returncode == 0
    assert connection.cursor() and Photo.objects.exists()
    told = here.run("restore", str(file), "--force")
    assert told.returncode == 1 and "in use by 1 connections" in told.stderr and "stop what uses it" in told.stderr
    assert Photo.objects.exists() and not list(Path(here.var).glob("before-restore-*"))
    connections.close_all()
    assert "--force" in here.run("restore", str(file)).stderr, "a database that is not empty is not replaced unasked"
