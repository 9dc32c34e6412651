"""A clerk's boundary file: in whatever form it comes, it lands in the right place, and what is wrong with it is told."""

import geopandas
import numpy as np
import pytest
import shapely
from django.conf import settings

from layers import outlines
from layers.crs import METRES, wgs84_to_bd09, wgs84_to_gcj02

SQUARE = shapely.box(500_000, 3_650_000, 501_000, 3_651_000)  # 1 km², EPSG:4545


@pytest.fixture(scope="module")
def county():
    return geopandas.read_file(settings.FIXTURES / "county.geojson").geometry.iloc[0]


@pytest.fixture(scope="module")
def towns():
    return geopandas.read_file(settings.FIXTURES / "towns.geojson")[["code", "name", "geometry"]]


def shifted(frame, to):
    """The same towns as a map of another system draws them."""
    moved = shapely.transform(frame.geometry.to_numpy(), lambda at: np.column_stack(to(*at.T)))
    return geopandas.GeoDataFrame(frame.drop(columns="geometry"), geometry=list(moved))  # with no word about its system


def off(frame, towns):
    """How far, in degrees, the outlines lie from the towns at the worst vertex of their boxes."""
    return np.abs(frame.geometry.bounds.to_numpy() - towns.geometry.bounds.to_numpy()).max()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("towns.geojson", {}),
        ("towns.gpkg", {}),
        ("towns.kml", {"driver": "KML"}),
        ("towns.shp.zip", {"driver": "ESRI Shapefile", "encoding": "UTF-8"}),
        ("towns.shp.zip", {"driver": "ESRI Shapefile", "encoding": "GBK"}),
    ],
)
def test_every_usual_kind_of_file_is_read_with_its_names(tmp_path, towns, county, name, options):
    written = towns.rename(columns={"name": "Name"}) if name.endswith("kml") else towns
    written.to_file(tmp_path / name, **options)
    frame, _crs, _fits = outlines.read(tmp_path / name, county=county)
    assert off(frame, towns) < 1e-6 and frame.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    assert sorted(frame["Name" if name.endswith("kml") else "name"]) == sorted(towns["name"])


@pytest.mark.parametrize("crs", [4490, 4544, 4545, 4546, 32648])
def test_a_file_that_says_its_system_is_believed(tmp_path, towns, county, crs):
    towns.to_crs(crs).to_file(tmp_path / "towns.gpkg")
    frame, said, fits = outlines.read(tmp_path / "towns.gpkg", county=county)
    assert off(frame, towns) < 1e-6 and str(crs) in said and fits == {}


@pytest.mark.parametrize(("crs", "to"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09), ("EPSG:4326", lambda x, y: (x, y))])
def test_a_file_that_says_nothing_is_tried_on_the_county(tmp_path, towns, county, crs, to):
    shifted(towns, to).to_file(tmp_path / "towns.geojson")
    frame, found, fits = outlines.read(tmp_path / "towns.geojson", county=county)
    assert found == crs and fits[crs] > 0.999 and all(fits[other] < 0.97 for other in fits if other != crs)
    assert off(frame, towns) < 1e-7


@pytest.mark.parametrize("crs", ["EPSG:4544", "EPSG:4545", "EPSG:4546"])
def test_metres_without_a_name_are_found_too(tmp_path, towns, county, crs):
    metres = towns.to_crs(crs).set_crs(None, allow_override=True)
    metres.to_file(tmp_path / "towns.shp", encoding="UTF-8")
    (tmp_path / "towns.prj").unlink(missing_ok=True)
    frame, found, _fits = outlines.read(tmp_path / "towns.shp", county=county)
    assert found == crs and off(frame, towns) < 1e-6


def test_what_is_told_beats_what_could_be_found(tmp_path, towns, county):
    shifted(towns, wgs84_to_gcj02).to_file(tmp_path / "towns.geojson")
    frame, found, fits = outlines.read(tmp_path / "towns.geojson", crs="gcj02", county=county)
    assert (found, fits) == ("gcj02", {}) and off(frame, towns) < 1e-7


@pytest.mark.parametrize("text", ["", "{}", "name,code\n茶镇,1\n", '{"type": "FeatureCollection", "features": []}'])
def test_what_is_no_map_is_refused(tmp_path, text):
    (tmp_path / "map.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(outlines.Unreadable):
        outlines.read(tmp_path / "map.geojson", crs="EPSG:4326")


def test_points_a_strange_system_and_another_county_are_refused_with_the_reason(tmp_path, towns, county):
    towns.set_geometry(towns.to_crs(METRES).centroid.to_crs(4326)).to_file(tmp_path / "points.geojson")
    with pytest.raises(outlines.Unreadable, match="polygons are needed, and the file has Point"):
        outlines.read(tmp_path / "points.geojson", crs="EPSG:4326")
    towns.to_file(tmp_path / "towns.geojson")
    with pytest.raises(outlines.Unreadable, match="mars"):
        outlines.read(tmp_path / "towns.geojson", crs="mars")
    shifted(towns, lambda lon, lat: (lon + 5, lat)).to_file(tmp_path / "far.geojson")
    with pytest.raises(outlines.Unreadable, match="give the coordinate system"):
        outlines.read(tmp_path / "far.geojson", county=county)


def frame_of(*shapes):
    """Shapes in metres as a frame in WGS84."""
    return geopandas.GeoDataFrame(geometry=list(shapes), crs=METRES).to_crs(4326)


def told(frame, whole):
    """[(kind, m², rows)] of a survey of outlines against a county, both in metres."""
    county = frame_of(whole).geometry.iloc[0]
    faults = outlines.survey(outlines.repaired(frame)[0], county)
    return [(fault.kind, round(fault.m2, -1), fault.rows) for fault in faults if fault.m2 > 5]  # a straight line bends a little


def test_outlines_that_fill_the_county_have_no_fault(towns, county):
    assert outlines.survey(outlines.repaired(towns)[0], county) == []


def test_a_gap_an_overlap_and_what_lies_beyond_are_measured_in_square_metres():
    west, east = shapely.box(500_000, 3_650_000, 500_400, 3_651_000), shapely.box(500_600, 3_650_000, 501_000, 3_651_000)
    assert told(frame_of(west, east), SQUARE) == [("gap", 200_000, (0, 1))]
    wide = shapely.box(500_390, 3_650_000, 501_000, 3_651_000)
    assert told(frame_of(west, wide), SQUARE) == [("overlap", 10_000, (0, 1))]
    beyond = shapely.box(500_400, 3_650_000, 501_100, 3_651_000)
    assert told(frame_of(west, beyond), SQUARE) == [("outside", 100_000, (1,))]


def test_a_ring_that_crosses_itself_is_repaired_and_told_with_its_place():
    bow = shapely.Polygon([(500_000, 3_650_000), (501_000, 3_651_000), (501_000, 3_650_000), (500_000, 3_651_000)])
    frame, faults = outlines.repaired(frame_of(bow))
    middle = frame_of(SQUARE).geometry.iloc[0].centroid
    assert [(fault.kind, fault.rows) for fault in faults] == [("repaired", (0,))]
    assert (faults[0].lon, faults[0].lat) == pytest.approx((middle.x, middle.y), abs=1e-4)
    assert frame.geometry.is_valid.all() and frame.to_crs(METRES).area.iloc[0] == pytest.approx(500_000, rel=1e-3)


def test_points_that_repeat_are_taken_out():
    doubled = shapely.Polygon([point for point in SQUARE.exterior.coords for _twice in range(2)])
    frame, faults = outlines.repaired(frame_of(doubled))
    assert faults == [] and len(shapely.get_coordinates(frame.geometry.to_numpy())) == 5
