"""What a page costs: questions to the database, the same for one ticket and for many, and bytes before the first touch."""

import gzip
import json
import re
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote

import pytest
from django.conf import settings as plain_settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import find
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from gis_app import loading
from gis_app.models import Member, Photo, Ticket
from tests.conftest import LOTUS_LANE, TEA_TOWN, Person, photo
from tests.test_bulletins import published_by

MOST_QUERIES = 10  # a ticket at the desk, with its kin, those close by and whom to send there
MOST_BYTES = 150_000
MANY = 32
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 860}

ANYBODY = """/ /r/ /r/CODE /r/CODE?sent=1 /r/?code=wrong /known /known?task=八 /api/ /photos/PHOTO?code=CODE /nowhere
 /map/county.json /map/places.json /healthz /open /open?q=茶镇 /open?lon=108.045&lat=32.96 /help /help/workflow /help/data
 /help/hotspots /bulletins/ /bulletins/BULLETIN"""
SOME = "/ /r/CODE /known /nowhere"
DESK = """/desk/ /desk/?tab=open /desk/?tab=done /desk/?tab=ended /desk/?tab=asked /desk/?tab=held /desk/?tab=ordered
 /desk/?q=茶镇 /desk/PK /desk/WORKING /desk/DONE /desk/HELD /desk/MERGED"""
TICKET = "/work/PK /work/WORKING /work/DONE /work/CLOSED /work/HELD /photos/PHOTO"
WORK = "/work/ /work/?tab=done /work/?tab=all /work/?tab=check"
UNIT = "/unit/ /unit/?tab=orders /unit/?tab=asked"
ORDERS = "/lead/orders /lead/orders?tab=answered /lead/orders?whose=mine"
BULLETINS = "/lead/bulletins /lead/bulletins/BULLETIN /lead/bulletins/BULLETIN?edition=public /lead/assessment/2026"
HEAT = """/lead/heat /lead/heat?task=八&days=365 /lead/heat/map /lead/heat?show=change&days=30 /lead/heat?show=density
 /lead/heat?show=towns&major=04 /lead/heat?show=people /lead/heat?show=per-people /lead/heat/map?show=per-road
 /lead/heat/map?show=change&days=30 /lead/heat/weeks"""
PRINTED = "/lead/heat.png?show=count /lead/heat.png?show=change&days=30"
RANKING = "/lead/ranking /lead/ranking?by=town&period=week /lead/ranking/chazhen /lead/ranking/chazhen?key=rechecked"
HOTSPOTS = """/lead/hotspots /lead/hotspots?question=share /lead/hotspots?question=change&task=八 /lead/hotspots?days=365
 /lead/hotspots?per=people /lead/hotspots?per=roads&days=30"""
FIGURES = f"{HEAT} {HOTSPOTS} {PRINTED} {RANKING} {BULLETINS} /lead/export"
PAGES = {  # who: the pages that they open
    "stranger": f"{ANYBODY} /accounts/login/ /home /desk/ /work/PK",
    "dispatcher": f"{ANYBODY} /home {DESK} {TICKET} {HEAT} {ORDERS} {BULLETINS} /work/ /inbox",
    "leader": f"{SOME} /home {TICKET} {FIGURES} {ORDERS} /desk/ /inbox /lead/meeting",
    "clerk": f"{SOME} /home {HEAT} /lead/ranking /clerk/boundaries /clerk/help/boundaries /clerk/relocations"
    " /clerk/calendar /clerk/imports /admin/ /work/PK /clerk/notices",
    "analyst": f"{SOME} /home /lead/heat /lead/export",
    "officer": f"{ANYBODY} /home {WORK} {UNIT} {TICKET} /inbox /inbox?tab=all",
    "worker": f"{SOME} /home {WORK} {TICKET}",
    "far worker": f"{SOME} /home {WORK} /work/PK",
}


@pytest.fixture
def people(cast):
    Member.objects.create(user=User.objects.create_user("analyst"), role="analyst")
    return cast.everyone() | {"analyst": Person("analyst")}


def stand(cast, pictures=()):
    """One ticket on every list of 茶镇 and of the desk. Returns {its state: its id}."""
    new = cast.reporter.reports("路灯不亮，晚上很黑", TEA_TOWN, category="0401", photos=[photo((64, 48)) for _ in pictures])
    working = cast.dispatched()
    cast.officer.takes(working, "start")
    cast.leader.takes(working, "supervise", order="快修好", until="2030-01-07")
    cast.officer.takes(working, "ask_extension", reason="等灯杆", until="2030-01-07")
    closed, held, done = cast.finished(), cast.dispatched(), cast.finished()
    cast.dispatcher.takes(closed, "close", result="ok")
    cast.leader.takes(held, "supervise", order="快修好", until="2030-01-07")
    cast.officer.takes(held, "answer", note="等修路")
    cast.leader.takes(held, "suspend", reason="等修路", until="2030-01-07")
    merged = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")["code"]
    merged = cast.dispatcher.takes(merged, "merge", other=working["code"])
    looked_at = cast.finished()
    cast.dispatcher.takes(looked_at, "send_check", worker=cast.worker.name)
    ids = {"WORKING": working["id"], "DONE": done["id"], "CLOSED": closed["id"], "HELD": held["id"], "MERGED": merged["id"]}
    return ids | {"CODE": new["code"], "PK": Ticket.objects.get(reports__code=new["code"]).pk}


def crowd(cast, ids):
    """Make many of the few: more tickets on every list, and on the tickets that are opened more remarks and pictures."""
    for _ in range(MANY // 8):
        stand(cast)
    for number in range(MANY // 2):
        cast.reporter.reports("垃圾桶满了", LOTUS_LANE if number % 2 else TEA_TOWN, category="0101")
    for pk in (ids["PK"], ids["WORKING"], ids["DONE"], ids["CLOSED"]):
        for number in range(3):
            cast.dispatcher.takes(pk, "comment", note=f"问过了 {number}", photos=[photo((64, 48))])


def held_against(folder, load):
    """A file of people or of a road around 茶镇."""
    if load is loading.load_people:
        (folder / "people.csv").write_text(f"lon,lat,people\n{TEA_TOWN[0]},{TEA_TOWN[1]},3000\n", encoding="utf-8")
        return folder / "people.csv"
    road = {"type": "LineString", "coordinates": [TEA_TOWN, (TEA_TOWN[0] + 0.05, TEA_TOWN[1])]}
    (folder / "roads.geojson").write_text(json.dumps(road), encoding="utf-8")
    return folder / "roads.geojson"


def counted(people, ids, opened_before=True):
    """{(who, page): how often it asks the database} in a process that has opened the page before, here or in an earlier count."""
    found = {}
    for who, pages in PAGES.items():
        for page in pages.split():
            address = re.sub("|".join(ids), lambda match: str(ids[match[0]]), page)
            if not opened_before:
                people[who].client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert people[who].client.get(address).status_code < 500
            found[who, page] = len(asked)
    return found


def test_no_page_asks_more_than_ten_times_nor_more_often_when_there_is_more(people, cast, one_look, tmp_path):
    for load in (loading.load_people, loading.load_roads):
        loading.activate(load(held_against(tmp_path, load)))
    ids = stand(cast, pictures=range(2))
    ids["PHOTO"] = Photo.objects.earliest("pk").pk
    ids["BULLETIN"] = published_by(cast.leader.user)
    few = counted(people, ids, opened_before=False)
    crowd(cast, ids)
    many = counted(people, ids)
    assert Ticket.objects.count() >= MANY
    table = "\n".join(f"{many[row]:3} {few[row]:3}  {row[0]:11} {row[1]}" for row in sorted(many, key=many.get, reverse=True))
    assert max(many.values()) <= MOST_QUERIES, f"queries with {MANY} tickets and with few:\n{table}"
    assert many == few, f"queries with {MANY} tickets and with few:\n{table}"
    print(table)


def loads(client, wide=False):
    """{path: bytes as served, compressed} of everything that `/` loads before any touch; on wide screens the counts too."""
    sizes, todo = {}, ["/"]
    while todo:
        path = todo.pop()
        if path in sizes:
            continue
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, path
        body = b"".join(answer) if answer.streaming else answer.content
        sizes[path] = len(body)
        text = (gzip.decompress(body) if answer.get("Content-Encoding") == "gzip" else body).decode()
        todo += further(path, text, wide)
    return sizes


def further(path, text, wide):
    """The addresses that a page, stylesheet or module loads by itself."""
    if path == "/":
        found = re.findall(r'(?:href|src)="(/static/[^"]+)"|data-(?:county|places)="([^"]+)"', text)
        return [one or other for one, other in found] + (["/api/v1/heat?task=六"] if wide else [])
    if path.endswith(".js"):
        return [normpath(join(dirname(path), name)) for name in re.findall(r'\bfrom *"(\./[^"]+)"', text)]
    if path.endswith(".css"):
        return [
            join(dirname(path), name) for name in re.findall(r"url\([\"']?([^\"')]+)", text) if ":" not in name and name[0] != "#"
        ]
    return []


HASHED = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The folder of static files as they are for real: collected, hashed and compressed."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder, STORAGES=plain_settings.STORAGES | HASHED):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture
def served(settings, collected, db):
    """A client of the service as it is set up for real."""
    settings.STATIC_ROOT, settings.WHITENOISE_AUTOREFRESH = collected, False
    settings.STORAGES = settings.STORAGES | HASHED
    return Client()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("wide", [False, True], ids=["phone", "desktop"])
def test_the_first_page_is_light_before_any_touch(served, cast, language, wide):
    for _ in range(4):
        cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    served.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    sizes = loads(served, wide)
    told = "\n".join(f"{size:7,}  {path}" for path, size in sorted(sizes.items(), key=lambda item: -item[1]))
    told = f"{sum(sizes.values()):,} bytes of at most {MOST_BYTES:,}\n{told}"
    assert len(sizes) > 10 and sum(sizes.values()) <= MOST_BYTES, told
    print(told)


@pytest.mark.browser
def test_what_is_weighed_is_what_a_browser_loads(chromium, live_server, county):
    for size in (PHONE, DESKTOP):
        page, asked = chromium.new_page(viewport=size), []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(live_server.url)
        page.wait_for_load_state("networkidle")
        found = {unquote(url.removeprefix(live_server.url)) for url in asked}
        expected = set(loads(PlainFiles(), wide=size is DESKTOP))
        assert found | {"/static/leaf.svg"} == expected  # a browser without a window does not ask for the icon


class PlainFiles(Client):
    """The service with static files as they lie in the source."""

    def get(self, path, **more):
        if not path.startswith("/static/"):
            return super().get(path, **more)
        return HttpResponse(Path(find(path.removeprefix("/static/"))).read_bytes())
