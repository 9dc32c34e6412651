"""`/api/v1/locate` over HTTP: ours, django-mapit and represent-boundaries on the same towns and the same server."""

import http.client
import json
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import geopandas
import numpy as np
import shapely
from django.conf import settings
from django.core.management import call_command

from tests.bench.http_load import hold, questions
from tests.bench.http_server import serve, site
from tests.bench.locate import on_edges, scattered

LENGTH, TURNS = 0.5, 25  # seconds a turn: many short ones side by side see the same machine, whatever else runs on it
WARM = 10  # seconds: in a new process every thread builds the index at its first question
POINTS, COMPARED, EDGES = 40_000, 900, 100
MIDDLE = (108.0, 32.9)  # a place in the county


def run():
    """Lines of the bench `http-locate`."""
    call_command("migrate", verbosity=0)
    call_command("load_fixtures", stdout=sys.stderr)
    towns = geopandas.read_file(settings.FIXTURES / "towns.geojson").sort_values("code", ignore_index=True)
    points = as_people_ask(towns)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve("gis_app.wsgi", DJANGO_SETTINGS_MODULE="tests.bench.empty_settings") as port,
    ):
        ours = Server(port, points, our_path, our_code)
        hold(port, ours.asked, WARM)
        shapes = Path(folder) / "towns.shp"
        towns[["code", "name", "geometry"]].to_file(shapes, encoding="utf-8")
        with site("mapit", settings.FIXTURES / "towns.geojson") as port:
            yield against(ours, Server(port, points, mapit_path, mapit_code), "django-mapit 3.0 on Django 3.2", towns)
        with site("represent", shapes) as port:
            yield against(ours, Server(port, points, represent_path, represent_code), "represent-boundaries 0.10", towns)
        yield against_empty(ours, Server(ours.port, points, empty_path, None))


def as_people_ask(towns):
    """(n, 2) different points all over the county, and one of ten beside it."""
    lon, lat = scattered(towns, POINTS)
    inside = shapely.intersects_xy(towns.union_all(), lon, lat)
    every = round(9 * (~inside).sum() / inside.sum())
    kept = inside | (np.cumsum(~inside) % every == 0)
    return np.column_stack([lon[kept], lat[kept]])


class Server:
    """A site that answers where a point lies. path_of: (lon, lat) → path; code_of: answer → town's code or None."""

    def __init__(self, port, points, path_of, code_of):
        self.port, self.path_of, self.code_of = port, path_of, code_of
        self.asked = questions(path_of(lon, lat) for lon, lat in points.tolist())

    def turn(self):
        """One turn, Held."""
        return hold(self.port, self.asked, LENGTH)

    def codes(self, points):
        """The town's code of each point, None where the site names no town. Raises ValueError for another status than 200."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as line:
            return [self.code_of(self.answer(line, *point)) for point in points.tolist()]

    def answer(self, line, lon, lat):
        """The JSON for one point, asked over a connection of http.client, which takes it apart better than `hold` does."""
        line.request("GET", self.path_of(lon, lat))
        answer = line.getresponse()
        if answer.status != 200:
            raise ValueError(f"{answer.status} {self.path_of(lon, lat)}")
        return json.loads(answer.read())


def our_path(lon, lat):
    """Ours."""
    return f"/api/v1/locate?lon={lon}&lat={lat}"


def our_code(answer):
    """The town that covers the point."""
    return answer["town"] and answer["town"]["code"]


def mapit_path(lon, lat):
    """mapit's look-up by point."""
    return f"/point/4326/{lon},{lat}"


def mapit_code(answer):
    """The lowest code of the areas."""
    return min((area["codes"]["town"] for area in answer.values()), default=None)


def represent_path(lon, lat):
    """represent's look-up by point, latitude first."""
    return f"/boundaries/?contains={lat},{lon}"


def represent_code(answer):
    """The lowest code of the boundaries."""
    return min((boundary["external_id"] for boundary in answer["objects"]), default=None)


def empty_path(lon, lat):
    """The view that does nothing, asked the same."""
    return f"/empty?lon={lon}&lat={lat}"


def compare(peer, ours, theirs, agree):
    """One line. ours, theirs: Servers, asked turn about, each turn over connections of its own.

    ratio: the median of the turns' own ratios; spread: their quartiles. cpu_us: microseconds of the web servers' processor
    an answer, ours and theirs, of all turns, without the database's. agree: a call, asked after the turns.
    """
    ours.turn(), theirs.turn()  # warm
    pairs = [_pair(ours, theirs, turn % 2) for turn in range(TURNS)]
    ratios = [other.answer / mine.answer for mine, other in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4)
    sides = list(zip(*pairs, strict=True))
    mine, other = (round(1 / statistics.median(turn.answer for turn in side)) for side in sides)
    return {
        "ours": mine,
        "theirs": other,
        "peer": peer,
        "unit": "req/s",
        "ratio": round(middle, 3),
        "spread": [round(low, 3), round(high, 3)],
        "cpu_us": [round(1e6 * statistics.mean(turn.server for turn in side)) for side in sides],
        "client": round(max(turn.asking for side in sides for turn in side), 2),
        "agree": bool(agree()),
    }


def _pair(ours, theirs, turned):
    """(Held of ours, Held of theirs), asked in that order or turned about."""
    if turned:
        other = theirs.turn()
        return ours.turn(), other
    return ours.turn(), theirs.turn()


def against(ours, theirs, peer, towns):
    """One line: ours and one peer."""
    points = np.vstack([np.column_stack(scattered(towns, COMPARED, seed=5)), on_edges(towns, EDGES)])
    mine, other = ours.codes(points), theirs.codes(points)
    differ = [row for row in range(len(points)) if mine[row] != other[row]]
    what = f"{len(points):,} points compared, {mine.count(None)} of them outside"
    what += f"; {len(differ)} differ: on an edge theirs names no town"
    return {"what": what} | compare(peer, ours, theirs, lambda: right(towns, points, mine, other))


def right(towns, points, mine, other):
    """Both as they say of themselves: ours by `covers` and the lower code, theirs by `contains`, by shapely's word."""
    codes, tree = towns["code"].to_numpy(), shapely.STRtree(towns.geometry.to_numpy())
    spots = shapely.points(points)
    wanted = [[min(codes[tree.query(spot, how)], default=None) for spot in spots] for how in ("covered_by", "within")]
    return wanted == [mine, other]


def against_empty(ours, empty):
    """One line: ours and a view that does nothing, in the same process.

    Where an answer's time goes, in microseconds of one thread without gunicorn, which adds some 550: Django's handler and
    middleware 236 (CSP's header 60 of them, the language 28); ours beside that: the query parsed 27, checked 15, the point
    45 to 65, the answer written 25. The empty view: its address, the last of all, 19, and its answer written 39.
    """

    def alike():
        with closing(http.client.HTTPConnection("127.0.0.1", ours.port)) as line:
            return ours.answer(line, *MIDDLE).keys() == empty.answer(line, *MIDDLE).keys()

    what = "a view that always gives the same answer, on the same server with the same middleware"
    return {"what": what} | compare("an empty view", ours, empty, alike)
