"""Every address × every role, as one table; who sees report codes and photos."""

import copy
import re
from fnmatch import fnmatchcase

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from gis_app import notify
from gis_app.models import (
    Address,
    Delivery,
    Edition,
    Holiday,
    HotlineFile,
    Member,
    Photo,
    Reachable,
    Report,
    Ticket,
    Town,
    Village,
)
from gis_app.tasks import fold_counts
from tests.conftest import TEA_TOWN, Person, photo, pk_of
from tests.test_bulletins import published_by
from tests.test_promises import drawn_for

# The ticket lies in 茶镇 and is sent to its government: `officer` and `worker` are that unit's, `far` is another town's
# worker and `afar` that town's officer. A number is an HTTP status, a path where one is sent on to (`BOUNDARIES` is the
# clerk's), `login` to log in.
TABLE = """
address                              stranger  dispatcher  leader      clerk       analyst  officer   worker    far     afar

GET  /                               200       200         200         200         200      200       200       200     200
POST /                               /r/CODE   /r/CODE     /r/CODE     /r/CODE     /r/CODE  /r/CODE   /r/CODE   /r/CODE /r/CODE
GET  /r/                             200       200         200         200         200      200       200       200     200
GET  /r/<str:code>                   200       200         200         200         200      200       200       200     200
POST /r/<str:code>/steps             /r/CODE   403         403         403         403      403       403       403     403
GET  /r/<str:code>/steps             /r/CODE   /r/CODE     /r/CODE     /r/CODE     /r/CODE  /r/CODE   /r/CODE   /r/CODE /r/CODE
GET  /known                          200       200         200         200         200      200       200       200     200
GET  /open                           200       200         200         200         200      200       200       200     200
GET  /help                           200       200         200         200         200      200       200       200     200
GET  /help/workflow                  200       200         200         200         200      200       200       200     200
GET  /help/hotspots                  200       200         200         200         200      200       200       200     200
GET  /help/data                      200       200         200         200         200      200       200       200     200
GET  /photos/<int:pk>                404       200         200         404         404      200       200       404     404
GET  /photos/<int:pk>?code=CODE      200       200         200         200         200      200       200       200     200
GET  /map/county.json                200       200         200         200         200      200       200       200     200
GET  /map/places.json                200       200         200         200         200      200       200       200     200
GET  /healthz                        200       200         200         200         200      200       200       200     200
GET  /readyz                         200       200         200         200         200      200       200       200     200

GET  /home                           /         /desk/      /lead/heat  BOUNDARIES  /lead/export /unit/    /work/    /work/  /unit/
GET  /unit/                          login     403         403         403         403      200       403       403     200
GET  /work/                          login     403         403         403         403      200       200       200     200
GET  /work/<int:pk>                  login     200         200         403         403      200       200       404     404
GET  /work/<int:pk>/original         login     200         200         403         403      200       200       404     404
POST /work/<int:pk>/contact          login     200         403         403         403      200       403       403     404
POST /tickets/<int:pk>/steps         login     /work/PK    /work/PK    404         404      /work/PK  /work/PK  404     404
GET  /desk/                          login     200         403         403         403      403       403       403     403
GET  /desk/<int:pk>                  login     200         403         403         403      403       403       403     403
POST /desk/many                      login     200         403         403         403      403       403       403     403
GET  /desk/automatic                 login     200         200         200         403      403       403       403     403
POST /desk/automatic/<int:pk>        login     404         403         403         403      403       403       403     403
POST /desk/automatic/switch/<str:code> login   403         403         404         403      403       403       403     403
POST /desk/<int:pk>/dispatch         login     /desk/      403         403         403      403       403       403     403
GET  /inbox                          login     200         200         200         200      200       200       200     200
POST /inbox/read                     login     /inbox      /inbox      /inbox      /inbox   /inbox    /inbox    /inbox  /inbox
POST /inbox/<int:pk>                 login     404         404         404         404      /work/PK  404       404     404
POST /inbox/addresses                login     422         422         422         422      422       422       422     422
POST /inbox/addresses/<int:pk>       login     404         404         404         404      /inbox    404       404     404
GET  /clerk/notices                  login     403         403         200         403      403       403       403     403
POST /clerk/notices/resend           login     403         403         404         403      403       403       403     403
POST /clerk/notices/try              login     403         403         404         403      403       403       403     403
GET  /lead/export                    login     403         200         200         200      200       403       403     200
POST /lead/export                    login     403         200         200         200      200       403       403     200
GET  /lead/meeting                   login     200         200         403         403      403       403       403     403
GET  /lead/meeting.xlsx              login     200         200         403         403      403       403       403     403
GET  /lead/ranking                   login     200         200         200         403      403       403       403     403
GET  /lead/ranking.xlsx              login     200         200         200         403      403       403       403     403
GET  /lead/ranking/<str:code>        login     404         404         404         403      404       403       403     404
GET  /lead/orders                    login     200         200         403         403      403       403       403     403
GET  /lead/heat                      login     200         200         200         403      403       403       403     403
GET  /lead/heat/map                  login     200         200         200         403      403       403       403     403
GET  /lead/hotspots                  login     200         200         200         403      403       403       403     403
GET  /lead/hotspots/<str:key>        login     404         404         404         403      403       403       403     403
POST /lead/hotspots/<str:key>/order  login     404         404         403         403      403       403       403     403
GET  /lead/heat/weeks                login     200         200         200         403      403       403       403     403
GET  /lead/heat.png                  login     200         200         200         403      403       403       403     403
GET  /draws/                         200       200         200         200         200      200       200       200     200
GET  /draws/<int:pk>                 200       200         200         200         200      200       200       200     200
GET  /draws/<int:pk>/<str:name>      200       200         200         200         200      200       200       200     200
GET  /lead/draws                     login     200         200         200         403      403       403       403     403
POST /lead/draws                     login     403         422         403         403      403       403       403     403
GET  /lead/draws/<int:pk>            login     200         200         200         403      403       403       403     403
POST /lead/draws/<int:pk>/draw       login     403         422         403         403      403       403       403     403
GET  /bulletins/                     200       200         200         200         200      200       200       200     200
GET  /bulletins/<int:pk>             200       200         200         200         200      200       200       200     200
GET  /bulletins/<int:pk>/<str:name>  200       200         200         200         200      200       200       200     200
GET  /lead/bulletins                 login     200         200         200         403      403       403       403     403
POST /lead/bulletins                 login     422         422         403         403      403       403       403     403
GET  /lead/bulletins/<int:pk>        login     200         200         200         403      403       403       403     403
GET  /lead/bulletins/<int:pk>/<str:name>    login  200     200         200         403      403       403       403     403
POST /lead/bulletins/<int:pk>/act/<str:act> login  403     409         403         403      403       403       403     403
GET  /lead/assessment                login     YEAR        YEAR        YEAR        403      YEAR      403       403     YEAR
GET  /lead/assessment/<int:year>     login     200         200         200         403      200       403       403     200
GET  /lead/assessment/<int:year>.xlsx  login   200         200         200         403      200       403       403     200
POST /lead/assessment/<int:year>/appeal  login 403         403         403         403      422       403       403     422
POST /lead/appeals/<int:pk>          login     403         404         403         403      403       403       403     403
GET  /checks/                        login     200         403         403         403      200       200       200     200
GET  /checks/<int:pk>                login     404         403         403         403      404       404       200     404
POST /checks/<int:pk>                login     404         403         403         403      404       404       422     404
GET  /clerk/boundaries               login     403         403         200         403      403       403       403     403
POST /clerk/boundaries               login     403         403         422         403      403       403       403     403
POST /clerk/boundaries/undo          login     403         403         409         403      403       403       403     403
GET  /clerk/boundaries/<int:pk>      login     403         403         200         403      403       403       403     403
POST /clerk/boundaries/<int:pk>/activate    login  403     403         BOUNDARIES  403      403       403       403     403
POST /clerk/boundaries/<int:pk>/forget  login  403        403         BOUNDARIES  403      403       403       403     403
GET  /clerk/boundaries/<int:pk>/report.txt  login  403     403         200         403      403       403       403     403
GET  /clerk/boundaries/<int:pk>/report.json login  403     403         200         403      403       403       403     403
GET  /clerk/boundaries/<int:pk>/map.json    login  403     403         200         403      403       403       403     403
GET  /clerk/relocations              login     403         403         200         403      403       403       403     403
POST /clerk/relocations              login     403         403         422         403      403       403       403     403
GET  /clerk/help/boundaries          login     403         403         200         403      403       403       403     403
GET  /clerk/calendar                 login     403         403         200         403      403       403       403     403
POST /clerk/calendar                 login     403         403         422         403      403       403       403     403
POST /clerk/calendar/set             login     403         403         422         403      403       403       403     403
POST /clerk/calendar/forget          login     403         403         422         403      403       403       403     403
GET  /clerk/imports                  login     403         403         200         403      403       403       403     403
POST /clerk/imports                  login     403         403         422         403      403       403       403     403
GET  /clerk/imports/<int:pk>         login     403         403         200         403      403       403       403     403
POST /clerk/imports/<int:pk>/take    login     403         403         IMPORT      403      403       403       403     403
POST /clerk/imports/<int:pk>/again   login     403         403         IMPORT      403      403       403       403     403
POST /clerk/imports/<int:pk>/drop    login     403         403         IMPORT      403      403       403       403     403
POST /clerk/imports/<int:pk>/refused login     403         403         404         403      403       403       403     403
GET  /clerk/help/imports             login     403         403         200         403      403       403       403     403
GET  /clerk/looks                    login     403         200         200         403      403       403       403     403
GET  /clerk/coverage                 login     200         200         200         403      200       403       403     200
GET  /clerk/coverage.xlsx            login     200         200         200         403      200       403       403     200
GET  /clerk/duties                   login     403         403         200         403      403       403       403     403
POST /clerk/duties                   login     403         403         422         403      403       403       403     403
GET  /clerk/duties.xlsx              login     403         403         200         403      403       403       403     403
POST /clerk/duties/undo              login     403         403         409         403      403       403       403     403
GET  /clerk/duties/<int:pk>          login     403         403         200         403      403       403       403     403
GET  /clerk/duties/<int:pk>.xlsx     login     403         403         200         403      403       403       403     403
POST /clerk/duties/<int:pk>/activate login     403         403         COVERAGE    403      403       403       403     403
GET  /clerk/help/duties              login     403         403         200         403      403       403       403     403
GET  /accounts/login/                200       /home       /home       /home       /home    /home     /home     /home   /home
POST /accounts/logout/               login     login       login       login       login    login     login     login   login
POST /i18n/setlang/                  /         /           /           /           /        /         /         /       /

GET  /api/                           200       200         200         200         200      200       200       200     200
GET  /api/v1/openapi.json            200       200         200         200         200      200       200       200     200
GET  /api/v1/                        404       404         404         404         404      404       404       404     404
POST /api/v1/reports                 201       201         201         201         201      201       201       201     201
GET  /api/v1/reports/<code>          200       200         200         200         200      200       200       200     200
POST /api/v1/reports/<code>/steps    200       403         403         403         403      403       403       403     403
GET  /api/v1/near?lon=108.045&lat=32.96 200    200         200         200         200      200       200       200     200
GET  /api/v1/locate?lon=108&lat=33   200       200         200         200         200      200       200       200     200
GET  /api/v1/classify?text=灯        200       200         200         200         200      200       200       200     200
POST /api/v1/classify                200       200         200         200         200      200       200       200     200
GET  /api/v1/route?ASKED             200       200         200         200         200      200       200       200     200
GET  /api/v1/heat?task=六            200       200         200         200         200      200       200       200     200
GET  /api/v1/heat?task=六&res=9      422       200         200         200         200      422       422       422     422
GET  /api/v1/hotspots?task=六        401       200         200         200         200      403       403       403     403
GET  /api/v1/export                  401       403         200         200         200      200       403       403     200
GET  /api/v1/coverage                401       200         200         200         403      200       403       403     200
GET  /api/v1/indicators              401       200         200         200         200      200       403       403     200
GET  /api/v1/tickets                 401       200         200         200         200      200       200       200     200
GET  /api/v1/tickets?code=CODE       401       200         403         403         403      403       403       403     403
GET  /api/v1/tickets/<number>        401       200         200         404         404      200       200       404     404
GET  /api/v1/inbox                   401       200         200         200         200      200       200       200     200
POST /api/v1/inbox/read              401       200         200         200         200      200       200       200     200
POST /api/v1/inbox/<number>/read     401       404         404         404         404      200       404       404     404
POST /api/v1/tickets/steps           401       422         422         422         422      422       422       422     422
POST /api/v1/tickets/<number>/steps  401       403         403         404         404      200       200       404     404

GET  /admin/                         login     login       login       200         login    login     login     login   login
GET  /admin/login/                   200       200         200         /admin/     200      200       200       200     200
GET  /admin/logout/                  /admin/   /admin/     /admin/     405         /admin/  /admin/   /admin/   /admin/ /admin/
GET  /admin/password_change/         login     login       login       200         login    login     login     login   login
GET  /admin/password_change/done/    login     login       login       200         login    login     login     login   login
GET  /admin/autocomplete/            login     login       login       403         login    login     login     login   login
GET  /admin/jsi18n/                  login     login       login       200         login    login     login     login   login
GET  /admin/r/*                      login     login       login       404         login    login     login     login   login
GET  /admin/<app_label>/             login     login       login       200         login    login     login     login   login
GET  /admin/<url>                    login     login       login       404         login    login     login     login   login
GET  /admin/*/<path:object_id>/      login     login       login       change/     login    login     login     login   login
GET  /admin/axes/*                   login     login       login       403         login    login     login     login   login
GET  /admin/django_tasks_database/*  login     login       login       403         login    login     login     login   login
GET  /admin/gis_app/town/add/        login     login       login       403         login    login     login     login   login
GET  /admin/gis_app/village/add/     login     login       login       403         login    login     login     login   login
GET  /admin/gis_app/address/add/     login     login       login       403         login    login     login     login   login
GET  /admin/auth/user/*              login     login       login       200         login    login     login     login   login
GET  /admin/gis_app/*                login     login       login       200         login    login     login     login   login
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines() if line]
WHO = HEAD[1:]
EXPECTED = {(method, address): dict(zip(WHO, cells, strict=True)) for method, address, *cells in ROWS}


def addresses(resolver=None, before="/"):
    """Every address that the resolver knows, as it is written there; named groups of expressions in short."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = before + re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", str(entry.pattern)).strip("^$").replace("^", "").rstrip("$")
        if isinstance(entry, URLResolver):
            yield from addresses(entry, address)
        else:
            yield address


def rows_of(address):
    """The rows of the table that tell of an address: those with its name, else the first that covers it."""
    named = [row for row in EXPECTED if row[1].partition("?")[0] == address]
    return named or [row for row in EXPECTED if "*" in row[1] and fnmatchcase(address, row[1])][:1]


@pytest.fixture
def everyone(cast):
    """{who: Person} as the table's head names them."""
    Member.objects.create(user=User.objects.create_user("analyst"), role="analyst")
    return {
        "stranger": cast.reporter,
        "dispatcher": cast.dispatcher,
        "leader": cast.leader,
        "clerk": cast.clerk,
        "analyst": Person("analyst"),
        "officer": cast.officer,
        "worker": cast.worker,
        "far": cast.far_worker,
        "afar": Person("unit-dahe"),
    }


class Scene:
    """What addresses and posts speak of: a dispatched ticket with a photo, a new one, and a row of every kind under /admin/."""

    def __init__(self, cast):
        self.code = cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401", photos=[photo()])["code"]
        cast.dispatcher.takes(self.code, "accept")
        self.ticket = cast.dispatcher.takes(self.code, "dispatch", unit="chazhen")["id"]
        self.fresh = pk_of(cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401"))
        self.photo = Photo.objects.get(report__code=self.code).pk
        seen = {"username": "x", "ip_address": "127.0.0.1", "user_agent": "x", "attempt_time": timezone.now()}
        for model in (AccessAttempt, AccessFailureLog, AccessLog):
            model.objects.create(**seen, **({"failures_since_start": 1} if model is AccessAttempt else {}))
        Holiday.objects.get_or_create(day="2026-12-31", defaults={"working": True})
        placed = {"town": Town.objects.first(), "point": Village.objects.first().point}
        Address.objects.create(edition=Edition.objects.first(), name="老码头", **placed)
        self.draft = Edition.objects.create(kind="villages", source="villages.geojson", digest="not in use").pk
        self.in_use = ",".join(str(pk) for pk in Edition.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))
        self.duties = Edition.objects.get(kind="duties", active=True).pk
        self.towns = Edition.objects.get(kind="towns", active=True).pk
        self.draw, self.check = drawn_for(Ticket.objects.get(pk=self.fresh), cast.leader.user, "worker-610724114")
        self.bulletin = published_by(cast.leader.user)
        now, clerk = timezone.now(), cast.clerk.user
        self.sent = HotlineFile.objects.create(name="a.csv", size=1, sent_by=clerk, sent_at=now, moved_at=now, about=1).pk
        fold_counts.enqueue()
        notify.address()
        officer = cast.officer.user
        self.letter = Delivery.objects.get(person=officer, notice__event__ticket=self.ticket, notice__event__step="dispatch").pk
        self.own = Reachable.objects.create(user=officer, channel="email", to="a@example.com").pk

    def path(self, address):
        """An address with everything filled in."""
        pk = self.photo if address.startswith("/photos") else self.fresh if address.endswith("/dispatch") else self.ticket
        pk = self.check if address.startswith("/checks") else self.draw if "/draws" in address else pk
        pk = self.draft if address.startswith("/clerk") else pk
        pk = self.duties if address.startswith("/clerk/duties") else self.sent if address.startswith("/clerk/imports") else pk
        pk = self.own if "/addresses/" in address else self.letter if "/inbox" in address else pk
        filled = {"<int:pk>": pk, "<number>": pk, "<str:code>": self.code, "<code>": self.code, "=CODE": f"={self.code}"}
        pk = self.bulletin if "/bulletins" in address else pk
        filled |= {"<int:pk>": pk, "<str:act>": "publish", "<int:year>": 2026}
        filled |= {"<str:name>": "bulletin.html" if "/bulletins" in address else "tickets.csv"}
        filled |= {"<app_label>": "gis_app", "<url>": "nowhere", "ASKED": "category=0401&lon=108.045&lat=32.96"}
        if found := re.match(r"/admin/(\w+)/(\w+)/<", address):
            pk = apps.get_model(found[1], found[2]).objects.order_by("pk").first().pk
        filled |= {"<path:content_type_id>": 1, "<path:object_id>": pk, "<id>": pk}
        for name, value in filled.items():
            address = address.replace(name, str(value))
        return address

    def body(self, address):
        """What a post to an address carries."""
        version = Ticket.objects.get(pk=self.ticket).version
        return {
            "/": {"text": "路灯不亮", "lon": "108.045", "lat": "32.96", "category": "0401"},
            "/tickets/<int:pk>/steps": {"step": "comment", "note": "去看过了"},
            "/r/<str:code>/steps": {"step": "comment", "note": "还有一盏"},
            "/api/v1/reports/<code>/steps": {"step": "comment", "note": "还有一盏"},
            "/desk/<int:pk>/dispatch": {"seen": 1},
            "/desk/many": {"deed": "urge", "tickets": f"{self.ticket}:{version}"},
            "/clerk/duties/undo": {"seen": self.duties},
            "/clerk/duties/<int:pk>/activate": {"seen": self.in_use},
            "/clerk/boundaries/undo": {"kind": "towns", "seen": self.towns},
            "/clerk/boundaries/<int:pk>/activate": {"seen": self.in_use},
            "/clerk/relocations": {"seen": self.in_use},
            "/api/v1/reports": {"text": "路灯不亮", "lon": 108.045, "lat": 32.96},
            "/api/v1/classify": {"text": "路灯不亮"},
            "/api/v1/tickets/<number>/steps": {"step": "start", "seen": version},
        }.get(address, {})


@pytest.fixture
def scene(cast):
    return Scene(cast)


def outcome(person, scene, method, address):
    """What comes of a request, undone again with its cookies, in the table's words."""
    cookies, path = copy.copy(person.client.cookies), scene.path(address)
    with transaction.atomic():
        answer = person.client.get(path) if method == "GET" else person.client.post(path, scene.body(address))
        newest = Report.objects.order_by("-pk").first().code
        transaction.set_rollback(True)
    person.client.cookies = cookies
    if answer.status_code != 302:
        return str(answer.status_code)
    place = answer["Location"].partition("?")[0]
    if place in ("/accounts/login/", "/admin/login/"):
        return "login"
    if place == f"{path}change/":
        return "change/"
    if place == f"/lead/assessment/{timezone.localdate().year}":
        return "YEAR"
    if place == f"/clerk/imports/{scene.sent}":
        return "IMPORT"
    if place in ("/clerk/boundaries", "/clerk/coverage"):
        return place.rpartition("/")[2].upper()
    return place.replace(newest, "CODE").replace(scene.code, "CODE").replace(f"/work/{scene.ticket}", "/work/PK")


def test_every_address_is_in_the_table_and_the_table_has_no_other():
    known = set(addresses())
    assert {address for address in known if not rows_of(address)} == set()
    assert set(EXPECTED) == {row for address in known for row in rows_of(address)}


@pytest.mark.parametrize("who", WHO)
def test_every_address_answers_as_the_table_says(everyone, scene, who):
    found, expected = {}, {}
    for address in set(addresses()):
        for row in rows_of(address):
            method, asked = row[0], address if "*" in row[1] else row[1]
            found[method, asked] = outcome(everyone[who], scene, method, asked)
            expected[method, asked] = EXPECTED[row][who]
    assert found == expected


# ---- what is not there for everybody


def test_a_list_holds_the_tickets_that_one_may_open_and_no_other(everyone, scene):
    tickets = {scene.fresh, scene.ticket}
    sees = {who: set(person.sees()) for who, person in everyone.items() if who != "stranger"}
    assert sees == {who: tickets if who in ("dispatcher", "leader", "officer", "worker") else set() for who in sees}


def test_report_codes_are_told_to_dispatchers_alone(everyone, scene):
    for who in ("dispatcher", "leader", "officer", "worker"):
        person = everyone[who]
        told = [person.opens(scene.ticket), person.client.get("/api/v1/tickets"), person.client.get(f"/work/{scene.ticket}")]
        knows = {scene.code in answer.content.decode().replace(" ", "") for answer in told[:2]}
        assert knows == {who == "dispatcher"}, who
        assert who == "dispatcher" or scene.code not in told[2].content.decode().replace(" ", ""), who


def test_a_photo_is_shown_to_the_holder_of_its_own_reports_code_only(cast, scene):
    other = Report.objects.get(ticket=scene.fresh).code
    asked = {code: cast.reporter.client.get(f"/photos/{scene.photo}", {"code": code}).status_code for code in (other, "x")}
    assert asked == {other: 404, "x": 404}
    shown = cast.reporter.client.get(f"/photos/{scene.photo}", {"code": scene.code})
    assert shown["Content-Type"] == "image/jpeg" and b"".join(shown.streaming_content)[:2] == b"\xff\xd8"


def test_the_reporter_sees_the_mended_place_and_not_what_staff_show_each_other(cast, scene):
    cast.worker.takes(scene.ticket, "comment", note="先看一眼", photos=[photo(color=(1, 2, 3))])
    cast.worker.takes(scene.ticket, "start")
    cast.worker.takes(scene.ticket, "finish", note="换了灯泡", photos=[photo(color=(4, 5, 6))])
    seen = {}
    for row in Photo.objects.filter(event__ticket=scene.ticket):
        seen[row.event.step] = cast.reporter.client.get(f"/photos/{row.pk}", {"code": scene.code}).status_code
    assert seen == {"comment": 404, "finish": 200}


def test_only_a_clerk_changes_reference_data(everyone, scene):
    day = Holiday.objects.create(day="2026-11-26", working=False)
    for who, person in everyone.items():
        person.client.post(f"/admin/gis_app/holiday/{day.pk}/delete/", {"post": "yes"})
        assert Holiday.objects.filter(pk=day.pk).exists() == (who != "clerk"), who
        if who == "clerk":
            day.save(force_insert=True)
