"""A large file of points and their towns, on two worker processes: against shapely asked outline by outline."""

import io
import json
import os
import signal
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from distributed import Client
from django.core.management import CommandError, call_command

from gis_app.locate.points import active_edition
from gis_app.management.commands import locate_points
from layers import partitions
from layers.crs import wgs84_to_gcj02
from layers.geoparquet import coordinates, place_of
from layers.towns import TownIndex

FEATURES = json.loads((Path(__file__).parent.parent / "fixtures/towns.geojson").read_text(encoding="utf-8"))["features"]
OUTLINES = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in FEATURES}
CODES = sorted(OUTLINES)
VERTICES = shapely.get_coordinates(list(OUTLINES.values()))


@pytest.fixture(scope="module")
def client():
    """Two processes with 1 GB each, for all tests of this file."""
    with partitions.local_cluster(2, "1GB") as cluster, Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def index():
    return TownIndex(CODES, [OUTLINES[code] for code in CODES])


def scattered(number, seed=5):
    """(number, 2) points about the county, a fifth of them on edges and vertices, and some nowhere."""
    random = np.random.default_rng(seed)
    points = random.uniform((107.2, 32.45), (108.3, 33.3), (number, 2))
    both = np.vstack([VERTICES, (VERTICES[:-1] + VERTICES[1:]) / 2])
    points[::5] = both[random.integers(0, len(both), len(points[::5]))]
    points[7::97] = np.nan
    return points


def reference(points, outlines=OUTLINES):
    """The lowest code whose outline covers each point, by shapely alone."""
    shapes, found = shapely.points(points), np.full(len(points), None, dtype=object)
    for code in sorted(outlines, reverse=True):
        shapely.prepare(outlines[code])
        found[shapely.covers(outlines[code], shapes)] = code
    return found.tolist()


def frame(points):
    names = [f"点{number % 9}" for number in range(len(points))]
    return geopandas.GeoDataFrame({"id": np.arange(len(points)), "name": names}, geometry=shapely.points(points), crs=4326)


def written(folder):
    """All parts of a result, in order."""
    return pa.concat_tables([pq.read_table(path) for path in sorted(Path(folder).glob("part-*.parquet"))], promote_options="none")


def of_axes(path, points, **columns):
    pq.write_table(pa.table({"lon": points[:, 0], "lat": points[:, 1], **columns}), path)


# ---- the same answers


@pytest.mark.parametrize("group", [700, 30_000], ids=["small row groups", "one row group"])
@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_every_point_gets_the_town_that_shapely_gives_it(client, index, tmp_path, monkeypatch, group, encoding):
    monkeypatch.setattr(partitions, "ROWS", 2000)
    points = scattered(20_000)
    frame(points).to_parquet(tmp_path / "in.parquet", geometry_encoding=encoding, row_group_size=group)
    found = partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client)
    table = written(tmp_path / "out")
    assert table["town"].to_pylist() == reference(points)
    assert {code: table["town"].to_pylist().count(code) for code in CODES} == found.counts
    assert found.outside == table["town"].null_count and found.points == 20_000
    assert len(list((tmp_path / "out").iterdir())) == (10 if group == 700 else 1)


def test_whole_columns_are_kept_and_geopandas_reads_the_folder(client, index, tmp_path):
    came = frame(scattered(3000))
    came.to_parquet(tmp_path / "in.parquet")
    partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client)
    read = geopandas.read_parquet(tmp_path / "out")
    assert list(read.columns) == ["id", "name", "geometry", "town"] and read.crs == came.crs
    assert read["id"].equals(came["id"]) and list(read["name"]) == list(came["name"])
    assert shapely.to_wkb(read.geometry).tolist() == shapely.to_wkb(came.geometry).tolist()


def test_several_files_are_one_input_and_nothing_is_lost_between_them(client, index, tmp_path):
    points = scattered(5000)
    (tmp_path / "in").mkdir()
    for number, rows in enumerate(np.array_split(points, 3)):
        frame(rows).to_parquet(tmp_path / f"in/{number}.parquet")
    seen = []
    partitions.locate(tmp_path / "in", tmp_path / "out", index, client, tell=lambda *told: seen.append(told))
    assert written(tmp_path / "out")["town"].to_pylist() == reference(points)
    assert seen[-1] == (5000, 5000) and len(seen) == 3


def test_columns_of_degrees_will_do_and_shifted_ones_are_brought_back(client, index, tmp_path):
    points = scattered(4000, seed=6)
    points = points[~np.isnan(points[:, 0])]
    points = points[np.arange(len(points)) % 5 != 0]  # a shift and back may move a point off an edge by 1e-13 degrees
    of_axes(tmp_path / "in.parquet", np.column_stack(wgs84_to_gcj02(*points.T)))
    partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client, crs="gcj02")
    assert written(tmp_path / "out")["town"].to_pylist() == reference(points)
    read = geopandas.read_parquet(tmp_path / "out")
    assert np.abs(shapely.get_coordinates(read.geometry) - points).max() < 1e-9 and read.crs == "OGC:CRS84"
    assert np.abs(read[["lon", "lat"]].to_numpy() - points).max() > 1e-3  # kept as they came


def test_points_that_are_null_empty_or_in_another_form_of_wkb_are_read(tmp_path):
    shapes = np.array([shapely.Point(1, 2), None, shapely.Point(), shapely.Point(3, 4, 5), shapely.Point(5, 6)])
    for form in ({"byte_order": 0}, {"byte_order": 1}, {"include_srid": True}):
        wkb = pa.array(shapely.to_wkb(shapely.set_srid(shapes, 4326), **form).tolist(), pa.binary())
        batch = pa.record_batch({"geometry": wkb}).slice(1)
        lon, lat = coordinates(batch, place_of(batch.schema))
        np.testing.assert_array_equal(lon, [np.nan, np.nan, 3, 5])
        np.testing.assert_array_equal(lat, [np.nan, np.nan, 4, 6])
    kind = pa.list_(pa.float64(), 2)
    batch = pa.record_batch({"geometry": pa.array([[1, 2], None, [3, 4]], kind)}).slice(1)
    np.testing.assert_array_equal(coordinates(batch, place_of(batch.schema)), [[np.nan, 3], [np.nan, 4]])


def test_a_dry_run_counts_and_writes_nothing(client, index, tmp_path):
    points = scattered(1000)
    frame(points).to_parquet(tmp_path / "in.parquet")
    found = partitions.locate(tmp_path / "in.parquet", None, index, client)
    assert found.outside == reference(points).count(None) and found.points == 1000
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


# ---- memory, and workers that die


def test_a_worker_holds_a_batch_and_not_a_row_group(client, index, tmp_path):
    """24 MB of points and 225 MB of words in one row group: the peak stays where the libraries alone bring it, and a batch."""
    word, number = "茶" * 50, 1_500_000
    points = np.random.default_rng(1).uniform((107.2, 32.45), (108.3, 33.3), (number, 2))
    words = pa.DictionaryArray.from_arrays(pa.array(np.zeros(number, np.int8)), [word]).cast(pa.string())
    table = pa.table({"lon": points[:, 0], "lat": points[:, 1], "words": words})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=number, use_dictionary=False)
    assert pq.ParquetFile(tmp_path / "in.parquet").num_row_groups == 1
    client.restart()
    found = partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client)
    assert found.points == number and 50e6 < max(found.peaks.values()) < 400e6


def test_a_worker_killed_midway_takes_nothing_along(client, index, tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "ROWS", 20_000)
    points = scattered(600_000)
    with pq.ParquetWriter(tmp_path / "in.parquet", pa.schema({"lon": pa.float64(), "lat": pa.float64()})) as writer:
        for rows in np.array_split(points, 30):
            writer.write_table(pa.table({"lon": rows[:, 0], "lat": rows[:, 1]}))
    killed = []

    def kill(done, total):
        if not killed:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    found = partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client, tell=kill)
    assert killed and found.points == 600_000 and len(list((tmp_path / "out").iterdir())) == 30
    expected = index.rows_at(*points.T)
    assert [found.counts[code] for code in CODES] == [(expected == row).sum() for row in range(len(CODES))]
    table = written(tmp_path / "out")
    assert np.array_equal(table["lon"].to_numpy(), points[:, 0], equal_nan=True)
    assert table["town"].to_pylist() == np.array([*CODES, None], dtype=object)[expected].tolist()


def test_a_failure_leaves_an_empty_folder_and_no_part_that_looks_whole(client, index, tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "ROWS", 500)
    wkb = shapely.to_wkb([*shapely.points(scattered(4000)), shapely.box(107.5, 32.9, 107.6, 33)])
    pq.write_table(pa.table({"geometry": wkb}), tmp_path / "in.parquet", row_group_size=500)
    with pytest.raises(ValueError, match="there is a Polygon"):
        partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_interrupt_leaves_an_empty_folder(client, index, tmp_path):
    frame(scattered(2000)).to_parquet(tmp_path / "in.parquet", row_group_size=100)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client, tell=interrupt)
    assert list((tmp_path / "out").iterdir()) == []


# ---- bad input


def no_points(path):
    pq.write_table(pa.table({"id": [1]}), path)


def words_for_degrees(path):
    pq.write_table(pa.table({"lon": ["东"], "lat": ["北"]}), path)


def polygons(path):
    geopandas.GeoDataFrame(geometry=[OUTLINES[CODES[0]]], crs=4326).to_parquet(path)


def lines_in_geoarrow(path):
    lines = geopandas.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=4326)
    lines.to_parquet(path, geometry_encoding="geoarrow")


def metres(path):
    frame(scattered(10)).to_crs(4545).to_parquet(path)


def towns_already(path):
    frame(scattered(10)).assign(town="x").to_parquet(path)


def a_text(path):
    path.write_text("lon,lat\n107.7,33\n", encoding="utf-8")


def half_a_file(path):
    frame(scattered(1000)).to_parquet(path)
    path.write_bytes(path.read_bytes()[:9000])


def told_as(geo):
    """A maker of a file whose GeoParquet metadata is this."""

    def make(path):
        table = pa.table({"geometry": pa.array([shapely.to_wkb(shapely.Point(107.7, 33))], pa.binary())})
        pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), path)

    return make


@pytest.mark.parametrize(
    ("geo", "said"),
    [
        (["a", "list"], "metadata is no JSON object: write it anew"),
        ("words", "metadata is no JSON object"),
        (None, "metadata is no JSON object"),
        ({"columns": [1]}, "metadata of its columns is no JSON object"),
        ({"columns": {"geometry": "WKB"}}, "metadata of geometry is no JSON object"),
        ({"columns": {"geometry": {"geometry_types": 5}}}, "does not list the geometry types of geometry"),
        ({"columns": {"geometry": {"geometry_types": ["Point", 5]}}}, "does not list the geometry types of geometry"),
        ({"columns": {"geometry": {"geometry_types": [""]}}}, "there are kinds"),
        ({"columns": {"geometry": {"crs": [1]}}}, "a coordinate system that nobody knows"),
        ({"primary_column": ["geometry"]}, "there are no columns lon and lat"),
    ],
)
def test_metadata_that_is_none_is_told_in_a_sentence(geo, said, tmp_path):
    told_as(geo)(tmp_path / "in.parquet")
    with pytest.raises(ValueError, match=said):
        partitions.divide(tmp_path / "in.parquet")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (no_points, "there is no geometry, and there are no columns lon and lat"),
        (words_for_degrees, "the column lon holds no numbers"),
        (polygons, "the geometry is to be points, and there are kinds"),
        (lines_in_geoarrow, "the geometry is to be points"),
        (metres, "give them in degrees"),
        (towns_already, "has a column `town` already"),
        (a_text, "in.parquet is not a Parquet file"),
        (half_a_file, "in.parquet is not a Parquet file, or not a whole one"),
        (lambda path: None, "there is no file .*in.parquet"),
        (lambda path: path.mkdir(), "there is no .parquet file in in.parquet"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(make, said, tmp_path):
    make(tmp_path / "in.parquet")
    with pytest.raises(ValueError, match=said):
        partitions.divide(tmp_path / "in.parquet")


def test_files_of_different_columns_and_unknown_systems_are_refused(tmp_path):
    of_axes(tmp_path / "a.parquet", scattered(5))
    with pytest.raises(ValueError, match="unknown coordinate system mars"):
        partitions.divide(tmp_path / "a.parquet", "mars")
    of_axes(tmp_path / "b.parquet", scattered(5), more=range(5))
    with pytest.raises(ValueError, match="b.parquet has other columns"):
        partitions.divide(tmp_path)


def test_damage_inside_a_file_is_told_and_nothing_is_left(client, index, tmp_path):
    of_axes(tmp_path / "in.parquet", scattered(50_000))
    whole = bytearray((tmp_path / "in.parquet").read_bytes())
    whole[4:60] = b"\xff" * 56  # the first page's head
    (tmp_path / "in.parquet").write_bytes(whole)
    with pytest.raises(ValueError, match="in.parquet is damaged"):
        partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, client)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TimeoutError(), "the cluster has no workers"),
        (Exception("ModuleNotFoundError(\"No module named 'layers'\")"), "start them in the project's folder"),  # as Dask says it
    ],
)
def test_a_cluster_that_cannot_do_it_is_told_and_nothing_is_made(index, tmp_path, error, said):
    class Unfit:
        def wait_for_workers(self, number, timeout):
            raise error

    of_axes(tmp_path / "in.parquet", scattered(5))
    with pytest.raises(partitions.Stopped, match=said):
        partitions.locate(tmp_path / "in.parquet", tmp_path / "out", index, Unfit())
    assert not (tmp_path / "out").exists()


# ---- the command


def manage(*words):
    out = io.StringIO()
    call_command("locate_points", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_locates_by_the_active_edition_and_never_over_a_result(tmp_path, monkeypatch):
    monkeypatch.setattr(locate_points, "SOON", 1)
    points = scattered(3000)
    frame(points).to_parquet(tmp_path / "in.parquet")
    words = tmp_path / "in.parquet", tmp_path / "out"
    told = manage(*words, "--dry-run", "--workers", 1)
    assert "would write" in told and not (tmp_path / "out").exists()
    told = manage(*words, "--workers", 1)
    used = active_edition().index
    towns = reference(points, dict(zip(used.codes, used.outlines, strict=True)))
    assert f"3,000 points, {towns.count(None):,} of them outside" in told and "peak memory of each worker" in told
    assert f"{CODES[0]} {towns.count(CODES[0]):,}\n" in told
    assert written(tmp_path / "out")["town"].to_pylist() == towns
    for wrong, said in (
        (words, "is not empty"),
        ((tmp_path / "out/none", tmp_path / "b"), "^none 打不开：没有这个文件。 看看名字和路径"),
        ((words[0], tmp_path / "b", "--scheduler", "tcp://127.0.0.1:9"), "No Dask scheduler answers"),
        ((words[0], tmp_path / "b", "--memory", "much"), "--memory"),
    ):
        with pytest.raises(CommandError, match=said):
            manage(*wrong)
    assert not (tmp_path / "b").exists()
