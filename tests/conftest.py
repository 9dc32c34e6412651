"""The cast: people with their posts, who act through the doors that people use."""

import functools
import gc
import io
import os
import shutil
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, TransactionTestCase, override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from PIL import Image
from playwright.sync_api import sync_playwright

from gis_app import loading, teaching
from gis_app.loading import accounts, boundaries, editions
from gis_app.models import Report, Stamp, Ticket, Training
from layers import cells
from tests import pristine, scenes
from tests.hashing import HASHERS
from tests.scenes import on_stage  # noqa: F401 - of every test

# Playwright keeps an event loop in the thread that also asks the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
hypothesis_settings.register_profile("suite", max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
hypothesis_settings.load_profile("suite")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]

# What is imported while tests are collected stays: to look through it for rubbish again and again is a third of that time.
gc.disable()

PASSWORD = "tea-leaf-2026"
LOTUS_LANE = (107.7573, 32.9870)  # 莲花社区, 城北街道
TEA_TOWN = (108.0450, 32.9600)  # 茶镇
SAND_TOWN_VILLAGE = "沙河镇"
BEYOND = (107.5500, 33.2200)  # 洋县


@functools.cache
def read_once(*asked):
    """The county's own outlines as they were read: every test that empties the database needs them again."""
    return boundaries.read(*asked)


hashed_once = functools.cache(accounts.make_password)


def load_county():
    """The county's folder and the demo's accounts, without reports."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(editions, "read", read_once)
        patched.setattr(accounts, "make_password", hashed_once)
        loading.load_everything(settings.FIXTURES, again=True)
        accounts.make_demo_accounts(PASSWORD)


def pytest_collection_modifyitems(items):
    items[:] = scenes.in_order(items)


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem):
    done = yield
    scenes.after(nextitem)
    return done


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Every test finds the county loaded."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=HASHERS):
        load_county()
        pristine.keep()
    gc.collect()  # what the libraries brought stays: looking through it again and again is a tenth of the suite
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", pristine.put_back)
        yield


@pytest.fixture(scope="session", autouse=True)
def as_they_lie():
    """Static files as they lie in the folder. For all tests at once: a late request of one test must not find it changed."""
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=settings.STORAGES | plain):
        yield


@pytest.fixture(autouse=True)
def fresh_eyes(tmp_path_factory, settings):
    """No reference data and no language of another test is left; photos go to a folder of the test's own; hashing is quick."""
    translation.deactivate()
    settings.MEDIA_ROOT, settings.ROOTS = tmp_path_factory.mktemp("media"), tmp_path_factory.mktemp("roots")
    settings.PASSWORD_HASHERS = HASHERS
    Stamp.forget()
    yield
    Stamp.forget()


@pytest.fixture
def one_look(settings):
    """Whether reference data has changed is asked once in the whole test: else whichever page comes just then pays for it."""
    settings.STAMP_SECONDS = 3600
    Stamp.forget()


@pytest.fixture
def county(transactional_db):
    """The county in a database where things really commit; afterwards it is put back as it was."""
    Stamp.forget()


def photo(size=(640, 480), format="JPEG", color=(90, 120, 110), **save):
    """A picture as a named file, ready to be uploaded."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, format, **save)
    out.seek(0)
    out.name = f"photo.{format.lower()}"
    return out


@dataclass
class Person:
    """Somebody with a browser of their own, signed in when it is first used; not signed in when there is no user."""

    name: str = ""
    browser: Client = field(default_factory=Client)
    signed_in: bool = False

    @property
    def client(self):
        if self.name and not self.signed_in:
            self.signs_in()
        return self.browser

    def signs_in(self):
        """Sign in (again: a session ends after a day's work)."""
        self.signed_in = True
        self.browser.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")

    @property
    def user(self):
        return User.objects.get(username=self.name)

    def says(self, text="", at=None, key=None, **more):
        """Report something; the answer as it came."""
        where = {"lon": at[0], "lat": at[1]} if at else {}
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post("/api/v1/reports", {"text": text, **where, **more}, headers=headers)

    def reports(self, text="", at=None, **more):
        """Report something that is taken in; its answer."""
        answer = self.says(text, at, **more)
        assert answer.status_code == 201, answer.content.decode()
        return answer.json()

    def follows(self, code):
        """What the code's holder is told."""
        return self.client.get(f"/api/v1/reports/{code}").json()

    def tries(self, ticket, step, key=None, seen="now", **given):
        """Take a step; the answer as it came. seen: the version on screen, by default the newest."""
        pk = pk_of(ticket)
        if seen == "now":
            seen = Ticket.objects.values_list("version", flat=True).get(pk=pk)
        headers = {"Idempotency-Key": key} if key else {}
        body = {"step": step, **given} | ({"seen": seen} if seen is not None else {})
        return self.client.post(f"/api/v1/tickets/{pk}/steps", body, headers=headers)

    def takes(self, ticket, step, **given):
        """Take a step that succeeds; the ticket as it is now."""
        answer = self.tries(ticket, step, **given)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def opens(self, ticket):
        """The ticket's page in the API, as it came."""
        return self.client.get(f"/api/v1/tickets/{pk_of(ticket)}")

    def sees(self, **query):
        """The ids of the tickets on this person's list."""
        return [row["id"] for row in self.client.get("/api/v1/tickets", query).json()["results"]]

    def counts(self, point, task="六", res=9):
        """The number on the heat map's square at a point."""
        answer = self.client.get("/api/v1/heat", {"task": task, "res": res, "format": "counts"})
        assert answer.status_code == 200, answer.content.decode()
        return answer.json().get(cells.name(cells.cell_of(*point, res)), 0)


def pk_of(ticket):
    """The id of a ticket, from its row, its JSON, its id, or the code of its report."""
    if isinstance(ticket, dict):
        ticket = ticket.get("id") or ticket["code"]
    if isinstance(ticket, str):
        return Report.objects.values_list("ticket", flat=True).get(code=ticket)
    return getattr(ticket, "pk", ticket)


class Cast:
    """The people of the story."""

    def __init__(self):
        self.reporter = Person()
        self.dispatcher = Person("dispatcher")
        self.leader = Person("leader")
        self.clerk = Person("clerk")
        self.worker = Person("worker-610724110")  # of 茶镇
        self.officer = Person("unit-chazhen")
        self.lamp_crew = Person("unit-shizheng")  # 市政所, which mends lamps inside the two 街道
        self.far_worker = Person("worker-610724114")  # of 大河镇

    def everyone(self):
        """{role: Person}."""
        return {
            "stranger": self.reporter,
            "dispatcher": self.dispatcher,
            "leader": self.leader,
            "clerk": self.clerk,
            "officer": self.officer,
            "worker": self.worker,
            "far worker": self.far_worker,
        }

    def dispatched(self, text="路灯不亮", at=TEA_TOWN, category="0401"):
        """A report that has been accepted and sent to the unit that routing proposes; its ticket's JSON."""
        code = self.reporter.reports(text, at, category=category)["code"]
        ticket = self.dispatcher.takes(code, "accept")
        return self.dispatcher.takes(ticket, "dispatch", unit=ticket["proposed"]["code"])

    def finished(self, by=None, **where):
        """A ticket that its unit says is mended."""
        ticket = self.dispatched(**where)
        by = by or self.officer
        by.takes(ticket, "start")
        return by.takes(ticket, "finish", note="换了灯泡", photos=[photo()])


@pytest.fixture
def cast(db):
    return Cast()


@functools.cache
def lessons_learned():
    """What the county's own seeds teach: that takes a quarter of a minute, and all tests share it."""
    row = teaching.train(settings.FIXTURES / "seeds.csv")
    return {name: getattr(row, name) for name in ("digest", "kinds", "ours", "matters", "report")}


@scenes.scene
def taught():
    """The county's own seeds, taught and in use. Returns the Training."""
    learned = lessons_learned()
    row, _made = Training.objects.get_or_create(digest=learned["digest"], defaults=learned | {"active": True})
    Stamp.bump("rules")
    return row


@pytest.fixture(autouse=True)
def no_listing_of_static_files(settings):
    """Static files are looked up when asked for: listing them all costs each person of each test 0.1 s."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="module")
def chromium():
    """One browser for the tests of a file; without Chromium they skip and say so."""
    if not CHROMIUM:
        pytest.skip("no Chromium here; CHROMIUM= names one")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
