"""People and roads that a county loads: every kind of file, what is kept of it, and what is wrong with one told as a sentence."""

import json
import re
from io import StringIO

import geopandas
import numpy as np
import pytest
import shapely
from django.contrib.gis.gdal import GDALRaster
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from gis_app import loading, stats
from gis_app.locate.points import active_edition, in_use
from gis_app.models import Act, Boundary, Edition, Exposure, Town, Village
from gis_app.views.staff.editions import acts
from gis_app.words import EditionKind
from layers.cells import cell_of
from layers.crs import wgs84_to_gcj02
from layers.metres import flat
from tests.two_towns import EAST, LANE, MARKET, WEST, two_towns  # noqa: F401 (a fixture that every test uses)

pytestmark = pytest.mark.django_db
ROAD = shapely.LineString([(107.70, 32.99), (107.78, 32.995), (107.82, 33.03)])
OUT = shapely.LineString([(107.95, 33.0), (108.10, 33.0)])  # half of it beyond 108.0, where the county of these tests ends


def county():
    return shapely.union_all(list(active_edition().index.outlines))


def command(name, *args, **more):
    """(what it said, what it said aside)."""
    out, err = StringIO(), StringIO()
    call_command(name, *args, stdout=out, stderr=err, **more)
    return out.getvalue(), err.getvalue()


def lines_file(tmp_path, name="roads.geojson", lines=(ROAD, OUT), crs=4326, **more):
    path = tmp_path / name
    geopandas.GeoDataFrame({"n": range(len(lines))}, geometry=list(lines), crs=crs).to_file(path, **more)
    return path


def amounts(kind):
    return dict(Exposure.objects.filter(edition=in_use(kind)).values_list("cell", "amount"))


def squares_file(path, values, west=107.7, north=33.1, step=0.01, nodata=-9999.0, srid=4326):
    """A GeoTIFF of so many people in each square."""
    values = np.asarray(values, dtype=float)
    GDALRaster(
        {
            "driver": "GTiff",
            "name": str(path),
            "width": values.shape[1],
            "height": values.shape[0],
            "srid": srid,
            "origin": (west, north),
            "scale": (step, -step),
            "datatype": 7,
            "bands": [{"data": values, "nodata_value": nodata}],
        }
    )
    return path


def kilometres_inside(lines):
    return sum(flat(line).intersection(flat(county())).length for line in lines) / 1000


DRIVERS = [("roads.geojson", "GeoJSON"), ("roads.gpkg", "GPKG"), ("roads.shp", "ESRI Shapefile")]


@pytest.mark.parametrize(("name", "driver"), DRIVERS)
@pytest.mark.parametrize("crs", [4326, 4545])
def test_roads_of_every_kind_of_file_are_kilometres_inside_the_county(tmp_path, name, driver, crs):
    lines = geopandas.GeoSeries([ROAD, OUT], crs=4326).to_crs(crs)
    path = lines_file(tmp_path, name, lines, crs, driver=driver)
    told, aside = command("load_roads", path, source="县交通局", licence="内部资料", **({"crs": str(crs)} if crs != 4326 else {}))
    km = kilometres_inside([ROAD, OUT])
    assert f"县内 {km:,.1f} 千米" in told and "in use: edition" in aside
    assert sum(amounts("roads").values()) / 1000 == pytest.approx(km, rel=1e-5)
    edition = in_use(EditionKind.ROADS)
    assert (edition.source, edition.licence, edition.rows) == ("县交通局", "内部资料", len(amounts("roads")))


@given(ends=st.lists(st.tuples(st.floats(107.6, 108.1), st.floats(32.8, 33.2)), min_size=2, max_size=8, unique=True))
def test_the_road_of_all_cells_is_the_road_inside_the_county(tmp_path_factory, ends):
    line = shapely.LineString(ends)
    path = lines_file(tmp_path_factory.mktemp("roads"), lines=[line])
    expected = kilometres_inside([line])
    if expected < 0.01:
        return
    edition = loading.load_roads(path)
    total = sum(edition.exposures.values_list("amount", flat=True)) / 1000
    assert total == pytest.approx(expected, rel=1e-6)


def test_roads_in_gcj02_are_where_they_are(tmp_path):
    moved = shapely.transform(ROAD, lambda at: np.column_stack(wgs84_to_gcj02(*at.T)))
    command("load_roads", lines_file(tmp_path, lines=[moved]), crs="gcj02")
    plain = loading.load_roads(lines_file(tmp_path, "plain.geojson", [ROAD]))
    there = dict(plain.exposures.values_list("cell", "amount"))
    assert amounts("roads").keys() == there.keys()
    assert sum(amounts("roads").values()) == pytest.approx(sum(there.values()), rel=1e-6)


def test_a_line_that_is_there_twice_is_taken_once(tmp_path):
    told, _aside = command("load_roads", lines_file(tmp_path, lines=[ROAD, ROAD, ROAD.reverse()]))
    assert "重复的线去掉了 2 段" in told
    assert sum(amounts("roads").values()) / 1000 == pytest.approx(kilometres_inside([ROAD]), rel=1e-6)


def test_a_dry_run_tells_all_and_keeps_nothing(tmp_path):
    told, aside = command("load_roads", lines_file(tmp_path), dry_run=True)
    assert "千米" in told and "would load" in told and not aside
    assert not Edition.objects.filter(kind="roads").exists() and not Exposure.objects.exists()


def test_the_same_file_again_is_the_edition_that_it_was_and_the_log_tells_of_the_load(tmp_path):
    path = lines_file(tmp_path)
    for _again in range(2):
        command("load_roads", path)
    assert Edition.objects.filter(kind="roads").count() == 1
    assert [act for act, about in Act.objects.values_list("act", "about") if about.endswith("of roads")] == ["load", "activate"]


def test_a_newer_file_takes_its_place_and_undoing_brings_the_former_back(tmp_path):
    command("load_roads", lines_file(tmp_path))
    before = amounts("roads")
    command("load_roads", lines_file(tmp_path, "more.geojson", [ROAD]))
    assert amounts("roads") != before and stats.exposures()["roads"].total != pytest.approx(sum(before.values()))
    command("editions", undo="roads")
    assert amounts("roads") == before and stats.exposures()["roads"].total == pytest.approx(sum(before.values()))
    first = in_use(EditionKind.ROADS)
    told, _aside = command("editions", undo="roads")
    assert "none, as before" in told and in_use(EditionKind.ROADS) is None and "roads" not in stats.exposures()
    assert f"第 {first.pk} 版道路不用了" in [sentence for _act, sentence in acts()]
    with pytest.raises(CommandError, match="没有可以撤回的"):
        command("editions", undo="roads")


def test_people_of_points_are_in_their_cells_and_those_outside_are_told(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(f"lon,lat,people\n{LANE[0]},{LANE[1]},120\n{MARKET[0]},{MARKET[1]},30.5\n109,33,7\n,33,1\n", encoding="utf-8")
    told, _aside = command("load_population", path, source="统计局")
    assert amounts("people") == {cell_of(*LANE): 120, cell_of(*MARKET): 30.5}
    assert "3 个点" not in told and "4 个点，共 158 人；县内 150 人" in told
    assert "4: 不在任何镇街里" in told and "5: 经纬度不是数字" in told


def test_people_of_villages_are_at_their_points_until_there_are_outlines(tmp_path):
    town = Town.objects.get(code=WEST)
    for code, name, at in ((f"{WEST}201", "桥头村", LANE), (f"{WEST}202", "河边村", MARKET)):
        Village.objects.create(code=code, name=name, kind="村", town=town, point=f"SRID=4326;POINT({at[0]} {at[1]})")
    path = tmp_path / "people.csv"
    path.write_text(f"村社,常住人口\n{WEST}201,300\n河边村,200\n没有这村,9\n", encoding="gb18030")
    loading.activate(first := loading.load_people(path))
    assert amounts("people") == {cell_of(*LANE): 300, cell_of(*MARKET): 200}
    assert first.report["skipped"] == [{"line": 4, "why": "没有对上哪个村社：没有这村"}]
    edition = Edition.objects.create(kind="villages", source="test", digest="one square", active=True)
    square = shapely.MultiPolygon([shapely.box(107.76, 32.98, 107.78, 33.0)])
    Boundary.objects.create(edition=edition, code=f"{WEST}201", name="桥头村", outline=square.wkt)
    loading.tables.Stamp.bump("places")
    loading.activate(loading.load_people(path))
    found = amounts("people")
    assert len(found) > 20 and sum(found.values()) == pytest.approx(500) and found[cell_of(*MARKET)] == 200


def test_people_of_areas_live_evenly_in_them(tmp_path):
    path = tmp_path / "areas.gpkg"
    areas = [shapely.box(107.70, 32.9, 107.80, 33.0), shapely.box(107.95, 32.95, 108.05, 33.0)]  # the second lies half outside
    geopandas.GeoDataFrame({"人口": [1000, 400]}, geometry=areas, crs=4326).to_file(path)
    told, _aside = command("load_population", path)
    assert sum(amounts("people").values()) == pytest.approx(1200, rel=1e-3)
    assert "2 块，共 1,400 人" in told


@pytest.mark.parametrize("srid", [4326, 4545])
def test_people_of_squares_are_those_of_the_squares_in_the_county(tmp_path, srid):
    """Squares that begin in the county's north-west corner; some have no value."""
    if srid == 4326:
        where = {"west": 107.7, "north": 33.1, "step": 0.01}
    else:
        east, north = shapely.get_coordinates(flat(shapely.Point(107.75, 33.05)))[0]
        where = {"west": east, "north": north, "step": 100}
    values = np.arange(400, dtype=float).reshape(20, 20)
    values[5, 5] = -9999
    path = squares_file(tmp_path / "people.tif", values, srid=srid, **where)
    told, _aside = command("load_population", path)
    expected = values.sum() + 9999
    assert sum(amounts("people").values()) == pytest.approx(expected, rel=1e-9)
    assert f"县内 {expected:,.0f} 人" in told


def test_of_a_whole_countrys_squares_only_the_countys_are_read(tmp_path):
    path = squares_file(tmp_path / "people.tif", np.ones((40, 80)), west=107.4, north=33.2)
    edition = loading.load_people(path)
    assert edition.report["read"] < 40 * 80
    assert sum(edition.exposures.values_list("amount", flat=True)) == pytest.approx(30 * 20, rel=0.01)


def bad_files(tmp_path):
    """{name: path} of files that are no use."""
    texts = {
        "empty.csv": "",
        "no-people.csv": "lon,lat\n107.8,33\n",
        "no-place.csv": "town,people\n1,2\n",
        "words.csv": "lon,lat,people\n107.8,33,many\n",
        "minus.csv": "lon,lat,people\n107.8,33,-4\n",
        "far.csv": "lon,lat,people\n100,33,4\n",
        "no.tif": "not a picture",
        "no.geojson": "{",
        "points.geojson": json.dumps({"type": "Point", "coordinates": [107.8, 33]}),
        "metres.geojson": json.dumps({"type": "LineString", "coordinates": [[36500000, 3650000], [36500100, 3650000]]}),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    squares_file(tmp_path / "far.tif", np.ones((4, 4)), west=90)
    squares_file(tmp_path / "nobody.tif", np.zeros((4, 4)))
    lines_file(tmp_path, "far.gpkg", [shapely.LineString([(100, 33), (101, 33)])])
    geopandas.GeoDataFrame({"n": [1]}, geometry=[shapely.box(107.8, 33, 107.9, 33.05)], crs=4326).to_file(tmp_path / "plain.gpkg")


@pytest.mark.parametrize(
    ("name", "file", "told"),
    [
        ("load_population", "missing.csv", "missing.csv 打不开：没有这个文件。 看看名字和路径"),
        ("load_population", "empty.csv", "缺一列 people"),
        ("load_population", "no-people.csv", "缺一列 people"),
        ("load_population", "no-place.csv", "要有 lon 和 lat 两列，或者 village 一列"),
        ("load_population", "words.csv", "第 2 行用不了：要一个数，写的是 many"),
        ("load_population", "minus.csv", "第 2 行用不了：人数要是 0 或以上的数，写的是 -4"),
        ("load_population", "far.csv", "没有一项落在县内"),
        ("load_population", "no.tif", "这不是读得出来的栅格"),
        ("load_population", "far.tif", "没有一项落在县内"),
        ("load_population", "nobody.tif", "没有一项落在县内"),
        ("load_population", "plain.gpkg", "缺一列 people"),
        ("load_roads", "missing.geojson", "missing.geojson 打不开：没有这个文件。 看看名字和路径"),
        ("load_roads", "no.geojson", "这不是读得出来的地图文件"),
        ("load_roads", "points.geojson", "要的是 LineString, MultiLineString，文件里是 Point"),
        ("load_roads", "metres.geojson", "经度要在 ±180 内"),
        ("load_roads", "far.gpkg", "没有一项落在县内"),
        ("load_roads", "plain.gpkg", "要的是 LineString, MultiLineString"),
    ],
)
def test_what_is_wrong_with_a_file_is_a_sentence_and_nothing_is_kept(tmp_path, name, file, told):
    bad_files(tmp_path)
    with pytest.raises(CommandError, match=re.escape(told)):
        command(name, tmp_path / file)
    assert not Exposure.objects.exists()


def test_a_column_that_is_not_there_is_said(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("lon,lat,people\n107.8,33,4\n", encoding="utf-8")
    with pytest.raises(CommandError, match="没有“inhabitants”这一列"):
        command("load_population", path, people_field="inhabitants")


def test_a_file_that_cannot_be_in_the_county_yet_waits_for_its_towns(tmp_path):
    Edition.objects.filter(kind="towns", active=True).update(active=False)
    with pytest.raises(CommandError, match="先装入镇街边界"):
        command("load_roads", lines_file(tmp_path))
    assert Town.objects.filter(code=EAST).exists()
