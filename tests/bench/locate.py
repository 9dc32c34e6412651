"""A million points and their towns: our index, and what else one could use."""

import tempfile
import tracemalloc
from pathlib import Path

import geopandas
import numpy as np
import shapely
from django.conf import settings
from django.db import connection
from psycopg2.extras import execute_values

from layers.towns import TownIndex
from tests.bench.turns import Peer, compare, seconds

POINTS, MANY = 1_000_000, 5_000_000
PEERS = ("sedonadb", "duckdb", "polars-st")


def run():
    """Lines of the bench `locate`."""
    towns = geopandas.read_file(settings.FIXTURES / "towns.geojson").sort_values("code", ignore_index=True)
    yield building(towns)
    yield border(towns)
    lon, lat = scattered(towns, POINTS)
    ours = Ours(towns, lon, lat)
    for theirs in (Geopandas, Prepared, PostGIS):
        yield against(ours, theirs(towns, lon, lat))
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "points.npy", np.column_stack([lon, lat]))
        for name in PEERS:
            yield against(ours, Foreign(name, Path(folder)))
    yield one_point(ours, towns)


def scattered(towns, number, seed=7):
    """(lon, lat) of points all over the towns' box."""
    west, south, east, north = towns.total_bounds
    random = np.random.default_rng(seed)
    return random.uniform(west, east, number), random.uniform(south, north, number)


def against(ours, theirs):
    """One line: our index and one peer."""
    line = compare(
        f"{len(ours.lon):,} points, {len(ours.index.codes)} towns",
        theirs.peer,
        ours.turn,
        theirs.turn,
        len(ours.lon),
        "points/s",
        lambda: np.array_equal(ours.answer, theirs.answer()),
    )
    theirs.end()
    return line


class Ours:
    """The index of the application."""

    def __init__(self, towns, lon, lat):
        self.lon, self.lat, self.index = lon, lat, TownIndex(list(towns["code"]), list(towns.geometry))

    def turn(self):
        """One turn: rows of towns, −1 outside."""

        def work():
            self.answer = self.index.rows_at(self.lon, self.lat)

        return seconds(work)


class Inside:
    """A peer in this process; `found` is (row of point, row of town) pairs, or rows of towns."""

    def __init__(self, towns, lon, lat):
        self.towns, self.lon, self.lat = towns, lon, lat
        self.prepare()

    def turn(self):
        """One turn."""
        return seconds(self.work)

    def end(self):
        """Nothing to let go."""


class Geopandas(Inside):
    """geopandas.sjoin(predicate="within"); its points are built beforehand."""

    peer = "geopandas"

    def prepare(self):
        """Build the points, which the turn is not charged for."""
        self.points = geopandas.GeoDataFrame(geometry=shapely.points(self.lon, self.lat), crs=4326)

    def work(self):
        """The join."""
        self.found = geopandas.sjoin(self.points, self.towns[["geometry"]], predicate="within")

    def answer(self):
        """Rows of towns; the lowest where a point has two."""
        rows = np.full(len(self.lon), -1, dtype=np.int16)
        found = self.found.sort_values("index_right", ascending=False)
        rows[found.index] = found["index_right"]
        return rows


class Prepared(Inside):
    """shapely: each outline prepared, its box first, then intersects_xy."""

    peer = "shapely"

    def prepare(self):
        """Prepare the outlines."""
        self.outlines = self.towns.geometry.to_numpy()
        shapely.prepare(self.outlines)

    def work(self):
        """Polygon by polygon, the lowest row first."""
        self.rows = np.full(len(self.lon), -1, dtype=np.int16)
        for row, outline in enumerate(self.outlines):
            west, south, east, north = outline.bounds
            inside = (self.lon >= west) & (self.lon <= east) & (self.lat >= south) & (self.lat <= north) & (self.rows < 0)
            ask = np.flatnonzero(inside)
            self.rows[ask[shapely.intersects_xy(outline, self.lon[ask], self.lat[ask])]] = row

    def answer(self):
        """Rows of towns."""
        return self.rows


class PostGIS(Inside):
    """The join in the database, on subdivided outlines with one town a point; a tenth of the points, counted tenfold."""

    peer = "postgis"
    TENTH = 10

    def prepare(self):
        """Points and outlines as indexed tables."""
        connection.ensure_connection()
        self.cursor = connection.connection.cursor()
        self.cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        self.cursor.execute("CREATE TEMP TABLE part (row int, outline geometry)")
        rows = [(row, shape.wkb) for row, shape in enumerate(self.towns.geometry)]
        execute_values(
            self.cursor, "INSERT INTO part SELECT r, ST_Subdivide(ST_GeomFromWKB(w, 4326), 64) FROM (VALUES %s) v(r, w)", rows
        )
        self.cursor.execute("CREATE INDEX ON part USING gist (outline)")
        self.cursor.execute("CREATE TEMP TABLE point (id int, at geometry)")
        few = list(zip(range(len(self.lon) // self.TENTH), self.lon.tolist(), self.lat.tolist(), strict=False))
        execute_values(self.cursor, "INSERT INTO point VALUES %s", few, "(%s, ST_SetSRID(ST_MakePoint(%s, %s), 4326))", 5000)
        self.cursor.execute("ANALYZE part; ANALYZE point; SET max_parallel_workers_per_gather = 0")

    def turn(self):
        """A turn on a tenth of the points."""
        return self.TENTH * seconds(self.work)

    def work(self):
        """The join."""
        self.cursor.execute("SELECT id, min(row) FROM point JOIN part ON ST_Covers(outline, at) GROUP BY id")
        self.found = self.cursor.fetchall()

    def answer(self):
        """Rows of towns of the points that were asked; the others are not compared."""
        rows = TownIndex(list(self.towns["code"]), list(self.towns.geometry)).rows_at(self.lon, self.lat)
        rows[: len(rows) // self.TENTH] = -1
        ids, towns = np.array(self.found).T
        rows[ids] = towns
        return rows

    def end(self):
        """Close the connection."""
        connection.close()


class Foreign:
    """A peer in an environment of its own."""

    def __init__(self, name, folder):
        self.peer, self.folder = name, folder
        self.program = Peer("locate_peer.py", name, folder, settings.FIXTURES / "towns.geojson")
        self.turn, self.end = self.program.turn, self.program.end

    def answer(self):
        """Rows of towns."""
        return np.load(self.folder / "found.npy")


def building(towns):
    """How long the index takes to build, and what it needs; the peer is shapely's own index."""
    codes, outlines = list(towns["code"]), list(towns.geometry)
    tracemalloc.start()
    index = TownIndex(codes, outlines)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    lon, lat = scattered(towns, 1000)
    tree = shapely.STRtree(outlines)

    def equal():
        found = [min(tree.query(point, "covered_by"), default=-1) for point in shapely.points(lon, lat)]
        return np.array_equal(index.rows_at(lon, lat), found)

    return compare(
        f"building; its picture takes {index.raster.squares.nbytes / 1e6:.1f} MB, building peaks at {peak / 1e6:.0f} MB",
        "shapely.STRtree",
        lambda: seconds(lambda: TownIndex(codes, outlines)),
        lambda: seconds(lambda: shapely.STRtree(outlines).query(shapely.points(0, 0))),
        1,
        "builds/s",
        equal,
    )


def border(towns):
    """Identity with shapely's `covers` and the lower code, on 5 million points and 100,000 on edges and vertices."""
    lon, lat = scattered(towns, MANY, seed=11)
    edge = on_edges(towns, 100_000)
    lon, lat = np.concatenate([lon, edge[:, 0]]), np.concatenate([lat, edge[:, 1]])
    ours, theirs = Ours(towns, lon, lat), Prepared(towns, lon, lat)
    line = against(ours, theirs)
    return line | {"what": f"{len(lon):,} points, 100,000 of them on edges and vertices: identical"}


def on_edges(towns, number, seed=3):
    """(number, 2) points: vertices, and middles of edges, of the outlines."""
    vertices = shapely.get_coordinates(towns.geometry.to_numpy())
    both = np.vstack([vertices, (vertices[:-1] + vertices[1:]) / 2])
    return both[np.random.default_rng(seed).integers(0, len(both), number)]


def one_point(ours, towns):
    """One point after the other, as a request asks; the peer is shapely's STRtree."""
    tree, few = shapely.STRtree(towns.geometry.to_numpy()), slice(20_000)
    points = list(zip(ours.lon[few].tolist(), ours.lat[few].tolist(), strict=True))

    answer = {}

    def mine():
        answer["ours"] = [ours.index.code_at(lon, lat) for lon, lat in points]

    def other():
        answer["theirs"] = [tree.query(shapely.Point(lon, lat), "covered_by") for lon, lat in points]

    def equal():
        return answer["ours"] == [min((ours.index.codes[row] for row in rows), default=None) for rows in answer["theirs"]]

    turns = (lambda: seconds(mine)), (lambda: seconds(other))
    return compare("one point at a time", "shapely.STRtree", *turns, len(points), "points/s", equal)
