"""`POST /api/v1/reports` with everything on, against a view that writes three rows, on the same server in the same run.

Ours reads the place and the kind, asks whose it is, works out when it is due, masks what is personal, and writes the words, the
report, the ticket, its event with its hash, the desk's notice, the counts and the key, after counting the sender's address.
"""

import csv
import json
import os
import sys

import geopandas
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum

from gis_app.models import CellCount, Event, Notice, Report, Ticket, Words
from tests.bench.http_load import hold, posts
from tests.bench.http_locate import compare
from tests.bench.http_server import serve
from tests.bench.locate import scattered
from tests.bench.million import own_database

LENGTH, WARM = 1.0, 10  # seconds: of a turn; until every thread has read what it needs
MANY = 40_000  # different reports, more than are sent in all


def run():
    """Lines of the bench `intake`."""
    with own_database("bench_intake"):
        call_command("train", stdout=sys.stderr)
        reports = list(as_people_say())
        more = {"DJANGO_SETTINGS_MODULE": "tests.bench.intake_settings", "DATABASE_URL": address(), "RATE_LIMIT": str(10**9)}
        connection.close()
        with serve("gis_app.wsgi", **more) as port:
            ours, bare = Server(port, "/api/v1/reports", reports), Server(port, "/bare", reports)
            hold(port, ours.asked, WARM)
            what = "a report by POST /api/v1/reports; the peer writes three rows"
            yield {"what": what} | compare("a bare Django view", ours, bare, whole)


def address():
    """The DATABASE_URL of the bench's own database."""
    url, _slash, name = os.environ["DATABASE_URL"].rpartition("/")
    return f"{url}/{connection.settings_dict['NAME']}{name[name.find('?') :] if '?' in name else ''}"


def as_people_say():
    """MANY bodies: the demo's texts, at places inside the county; every third with words for the place as well."""
    with open(settings.FIXTURES / "demo/texts.csv", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    towns = geopandas.read_file(settings.FIXTURES / "towns.geojson")
    county = towns.union_all().buffer(-0.005)
    lon, lat = scattered(towns, 3 * MANY)
    inside = geopandas.points_from_xy(lon, lat).within(county)
    for number, (x, y) in enumerate(zip(lon[inside][:MANY], lat[inside][:MANY], strict=True)):
        yield json.dumps({"text": texts[number % len(texts)], "lon": round(x, 6), "lat": round(y, 6)}).encode()


class Server:
    """An address that is sent one report after the other, none of them twice."""

    def __init__(self, port, path, reports):
        self.port, self.asked = port, iter(posts(path, reports))

    def turn(self):
        """One turn, Held."""
        return hold(self.port, self.asked, LENGTH)


def whole():
    """Whether all that belongs to a report is there for each."""
    reports, counted = Report.objects.count(), CellCount.objects.aggregate(told=Sum("opened"))["told"]
    others = [model.objects.count() for model in (Ticket, Event, Notice)]
    words = Report.objects.exclude(said=None).count()
    return reports > 0 and set(others) == {reports} == {counted, words} and Words.objects.count() >= reports
