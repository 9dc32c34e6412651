"""The command `./run`: what it starts it stops, what is broken it says, what was interrupted it finishes.

It is tried on a stand-in for the application, so that a start takes a second.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVER = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
TEXT = {"capture_output": True, "text": True}

STAND_IN = {
    "gis_app/__init__.py": "",
    "gis_app/wsgi.py": """
def application(environ, answer):
    answer("200 OK", [("Content-Length", "0")])
    return [b""]
""",
    "gis_app/__main__.py": """
import os, sys, time
import psycopg2

word, *rest = sys.argv[1:]
if word == os.environ.get("BROKEN"):
    sys.exit(f"{word} is broken")
if word == "worker":
    time.sleep(600)
if word == "listen":
    print("listening", flush=True)
    sys.stdin.readline()
if word == "sql":
    connection = psycopg2.connect(os.environ["DATABASE_URL"].replace("postgis://", "postgresql://"))
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(rest[0])
    print(cursor.fetchall() if cursor.description else cursor.statusmessage)
""",
}


def make_project(folder):
    """A checkout whose application is the stand-in; it borrows this checkout's .venv."""
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    for name in ("run", "requirements.txt", "requirements.in"):
        shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for name, text in STAND_IN.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def surroundings(**more):
    """The environment of a person's shell: none of what the test run itself was given."""
    mine = ("DATABASE_URL", "VAR_DIR", "HOST", "PORT", "FIXTURES", "DJANGO_SETTINGS_MODULE")
    return {**{k: v for k, v in os.environ.items() if k not in mine}, **more}


def shell(project, code):
    """Run bash code that has read ./run for its functions."""
    command = ["bash", "-c", f". {project}/run\n{code}"]
    return subprocess.run(command, env=surroundings(), check=False, timeout=30, **TEXT)


def call(project, *words, **more):
    command = [project / "run", *words]
    return subprocess.run(command, env=surroundings(**more), check=False, stdin=subprocess.DEVNULL, timeout=60, **TEXT)


def processes(project):
    """Command lines of living processes that have the project's path in them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            inside = os.readlink(path.parent / "cwd").startswith(str(project))
        except OSError:
            continue
        if line and (f"{project}/" in line or inside):
            found.append(line)
    return found


def wait_for(condition, what, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


class Serving:
    """A `./run` that has said that it is ready."""

    def __init__(self, project, **more):
        self.port = free_port()
        self.process = subprocess.Popen(
            [project / "run"], env=surroundings(PORT=self.port, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.line = self.process.stdout.readline()

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture(scope="module")
def project():
    if not SERVER or shell(ROOT, "environment_ready").returncode:
        pytest.skip("needs PostgreSQL and the .venv that ./run makes")
    # Not under pytest's own folder: PostgreSQL's user may not enter that.
    top = Path(tempfile.mkdtemp(prefix="run-", dir="/tmp"))
    top.chmod(0o711)
    yield make_project(top / "checkout")
    shutil.rmtree(top)


@pytest.fixture
def serving(project):
    begun = []

    def start(**more):
        begun.append(Serving(project, **more))
        return begun[-1]

    yield start
    for one in begun:
        if one.process.poll() is None:
            one.end()


def test_help_names_every_word():
    told = call(ROOT, "help")
    assert told.returncode == 0
    assert all(f"./run {word}" in told.stdout for word in ("test", "manage", "bench", "backup", "restore", "lock"))


def test_an_unknown_word_is_told_and_the_words_are_listed():
    told = call(ROOT, "sereve")
    assert told.returncode == 2
    assert "no `./run sereve`" in told.stderr and "./run manage" in told.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_says_ready_and_leaves_nothing_running(project, serving, how):
    one = serving()
    assert one.line == f"ready http://127.0.0.1:{one.port}\n"
    assert len(processes(project)) >= 4
    assert one.end(how) == 0
    assert processes(project) == []


def test_beside_a_running_one(project, serving):
    one = serving()
    second = call(project)
    assert second.returncode == 1 and "one is running here already" in second.stderr
    elsewhere = call(project, VAR_DIR=str(project / "var2"), PORT=one.port)
    assert elsewhere.returncode == 1 and f"port {one.port} is taken" in elsewhere.stderr and "PORT=" in elsewhere.stderr
    beside = call(project, "manage", "sql", "select 6 * 7")
    assert beside.stdout == "[(42,)]\n"
    assert one.process.poll() is None and any("/pg" in line for line in processes(project))


def test_killed_without_a_word_it_leaves_no_server_and_starts_again(project, serving):
    one = serving()
    assert one.end(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: not any("gunicorn" in line or "worker" in line for line in processes(project)), "the web server ends")
    again = serving()
    assert again.line.startswith("ready ")
    assert again.end() == 0 and processes(project) == []


@pytest.mark.parametrize(
    ("part", "sentence"), [("prepare", "could not be prepared"), ("worker", "the job worker has stopped by itself")]
)
def test_a_part_that_breaks_stops_everything_and_is_named(project, part, sentence):
    told = call(project, BROKEN=part, PORT=free_port())
    assert told.returncode == 1
    assert sentence in told.stderr and f"{part} is broken" in told.stderr
    assert processes(project) == []


def test_manage_gives_back_output_and_exit_code(project):
    assert call(project, "manage", "sql", "select 1").stdout == "[(1,)]\n"
    assert call(project, "manage", "sql", "select").returncode == 0
    assert call(project, "manage", "stumble", BROKEN="stumble").returncode == 1
    assert processes(project) == []


def test_who_leaves_last_stops_the_database(project):
    pipe = subprocess.PIPE
    first = subprocess.Popen([project / "run", "manage", "listen"], env=surroundings(), stdin=pipe, stdout=pipe, text=True)
    assert first.stdout.readline() == "listening\n"
    assert call(project, "manage", "sql", "select 1").returncode == 0
    assert any("/pg" in line for line in processes(project))
    first.communicate("\n", timeout=30)
    assert processes(project) == []


def test_a_pid_file_that_names_another_program_is_no_obstacle(project):
    call(project, "manage", "sql", "select 1")
    pid_file = project / "var/pg/postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{project}/var/pg\n1\n5432\n{project}/var/sock\n\n1 1\n")
    shutil.chown(pid_file, (project / "var/pg").owner())
    assert call(project, "manage", "sql", "select 1").stdout == "[(1,)]\n"


def test_a_half_made_database_is_made_anew_in_a_folder_with_an_awkward_name(project):
    var = project / f"乡 'du' thé, {'deep ' * 16}"
    (var / "pg.new").mkdir(parents=True)
    (var / "pg.new/PG_VERSION").write_text("15\n")
    told = call(project, "manage", "sql", "select postgis_lib_version() is not null", VAR_DIR=str(var))
    assert told.stdout == "[(True,)]\n", told.stderr
    assert not (var / "pg.new").exists() and (var / "pg/PG_VERSION").exists()
    shutil.rmtree((var / "pg.socket").read_text().strip())  # so deep down the socket is under /tmp


def test_a_folder_that_postgresql_cannot_be_told_is_refused(project):
    told = call(project, "manage", "sql", "select 1", VAR_DIR=str(project / 'a "b"'))
    assert told.returncode == 1 and "VAR_DIR" in told.stderr


def test_a_database_of_another_version_is_refused_with_advice(project):
    var = project / "old"
    (var / "pg").mkdir(parents=True)
    (var / "pg/PG_VERSION").write_text("9\n")
    told = call(project, "manage", "sql", "select 1", VAR_DIR=str(var))
    assert told.returncode == 1
    assert "made by PostgreSQL 9" in told.stderr and "./run restore" in told.stderr


def test_an_existing_server_that_does_not_answer_is_told_without_its_password(project):
    told = call(project, "manage", "sql", "select 1", DATABASE_URL="postgis://app:geheim@127.0.0.1:9/chaxiang")
    assert told.returncode == 1
    assert "DATABASE_URL cannot be used" in told.stderr and "geheim" not in told.stderr


def test_without_rights_it_says_what_an_administrator_types(project):
    told = shell(
        project, "find_root() { return 1; }; WANTED=(postgresql postgresql-postgis); REASONS=(a b); install_missing serve"
    )
    assert told.returncode == 1
    assert "apt-get update && apt-get install -y --no-install-recommends postgresql postgresql-postgis" in told.stderr


def test_too_little_room_and_an_old_python_are_sentences(project):
    full = shell(project, "df() { printf 'Filesystem\\nx 1 1 51200 1 /\\n'; }; enough_room /srv 100")
    assert full.returncode == 1 and "has 50 MB left and at least 100 MB" in full.stderr
    old = shell(project, "PYTHON=/none; system_python() { return 1; }; old_python() { return 0; }; look_for_missing none")
    assert old.returncode == 1 and "Python 3.11 or newer is needed" in old.stderr


def test_an_environment_without_its_stamp_counts_as_half_made(project):
    assert shell(project, "environment_ready").returncode == 0
    assert shell(project, "echo '# one more' >> $ROOT/requirements.txt; environment_ready").returncode == 1
    shutil.copy2(ROOT / "requirements.txt", project / "requirements.txt")


def test_backup_and_restore_bring_back_rows_and_photos(project, tmp_path):
    photo, file = project / "var/media/ab/photo.jpg", tmp_path / "all.tar"
    call(project, "manage", "sql", "create table django_migrations as select 'tea' as name")
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"leaf")
    assert call(project, "backup", str(file)).returncode == 0
    assert file.stat().st_mode & 0o077 == 0
    call(project, "manage", "sql", "update django_migrations set name = 'coffee'")
    photo.write_bytes(b"bean")

    refused = call(project, "restore", str(file))
    assert refused.returncode == 1 and "--force" in refused.stderr
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(file.read_bytes().replace(b"leaf", b"loaf"))
    assert "damaged" in call(project, "restore", str(damaged), "--force").stderr
    assert photo.read_bytes() == b"bean"

    assert call(project, "restore", str(file), "--force").returncode == 0
    assert call(project, "manage", "sql", "select name from django_migrations").stdout == "[('tea',)]\n"
    assert photo.read_bytes() == b"leaf"
    assert [old.read_bytes() for old in project.glob("var/before-restore-*/media/ab/photo.jpg")] == [b"bean"]


def test_beside_a_running_service_nothing_is_restored(project, serving, tmp_path):
    call(project, "manage", "sql", "create table if not exists django_migrations as select 'tea' as name")
    file = tmp_path / "all.tar"
    one = serving()
    assert call(project, "backup", str(file)).returncode == 0, "a backup needs no pause"
    told = call(project, "restore", str(file), "--force")
    assert told.returncode == 1 and "is running: stop it" in told.stderr
    assert one.process.poll() is None and one.end() == 0


def test_the_build_server_calls_the_same_command():
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK) and os.access(ROOT / "run", os.X_OK)
    assert 'run" test' in script.read_text()
