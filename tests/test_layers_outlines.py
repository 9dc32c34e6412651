"""A clerk's boundary file: in whatever form it comes, it lands in the right place, and what is wrong with it is told."""

import json
import zipfile

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from django.conf import settings

from gis_app.loading.boundaries import WHY
from layers import outlines
from layers.crs import METRES, wgs84_to_bd09, wgs84_to_gcj02


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


@pytest.mark.parametrize("crs", [name for name in outlines.CANDIDATES if name[-4:] not in ("4326", "cj02", "bd09")])
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
    with pytest.raises(outlines.Unreadable, match="Polygon, MultiPolygon are needed, and the file has Point"):
        outlines.read(tmp_path / "points.geojson", crs="EPSG:4326")
    towns.to_file(tmp_path / "towns.geojson")
    with pytest.raises(outlines.Unreadable, match="mars"):
        outlines.read(tmp_path / "towns.geojson", crs="mars")
    shifted(towns, lambda lon, lat: (lon + 5, lat)).to_file(tmp_path / "far.geojson")
    with pytest.raises(outlines.Unreadable, match="give the coordinate system"):
        outlines.read(tmp_path / "far.geojson", county=county)


def test_every_reason_has_a_sentence_for_the_clerk():
    assert set(outlines.REASONS) == set(WHY)


# -- zipped Shapefiles


def shapefile(folder, frame, name="towns", encoding="UTF-8", without=()):
    """{ending: bytes} of a Shapefile."""
    place = folder / name
    place.mkdir()
    frame.to_file(place / f"{name}.shp", encoding=encoding)
    return {file.suffix: file.read_bytes() for file in place.iterdir() if file.suffix not in without}


def zipped(path, **groups):
    """A zip of Shapefiles by name, and of texts."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, parts in groups.items():
            for ending, data in parts.items():
                archive.writestr(f"{name}{ending}", data)
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
@pytest.mark.parametrize("cpg", [None, b"UTF-8", b"nonsense"])
def test_names_are_read_right_whatever_the_shapefile_says_of_them(tmp_path, towns, county, encoding, cpg):
    parts = shapefile(tmp_path, towns.rename(columns={"name": "名称"}), encoding=encoding, without=(".cpg", ".prj"))
    path = zipped(tmp_path / "t.zip", towns=parts | ({".cpg": cpg} if cpg else {}))
    frame, _crs, _fits = outlines.read(path, county=county)
    assert list(frame["名称"]) == list(towns["name"]) and off(frame, towns) < 1e-6


def test_one_name_cut_in_the_middle_of_a_letter_does_not_spoil_the_others(tmp_path, towns):
    parts = shapefile(tmp_path, towns, without=(".cpg",))
    name = "杨河镇".encode()
    parts[".dbf"] = parts[".dbf"].replace(name, name[:-1] + b" ", 1)
    frame, _crs, _fits = outlines.read(zipped(tmp_path / "t.zip", towns=parts), crs=4326)
    assert list(frame["name"]) == ["杨河" if name == "杨河镇" else name for name in towns["name"]]


def test_a_zip_from_chinese_windows_with_folders_and_other_things_is_read(tmp_path, towns):
    class Windows(zipfile.ZipInfo):
        def _encodeFilenameFlags(self):  # no flag for UTF-8: the way Explorer packs
            return self.filename.encode("gbk"), self.flag_bits & ~0x800

    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        for ending, data in shapefile(tmp_path, towns).items():
            archive.writestr(Windows(f"界线/镇街{ending.upper()}"), data)
        archive.writestr("__MACOSX/._镇街.shp", b"x")
        archive.writestr(Windows("说明.txt"), "读我")
    frame, crs, _fits = outlines.read(tmp_path / "t.zip")
    assert list(frame["name"]) == list(towns["name"]) and crs == "EPSG:4326"


def test_of_two_shapefiles_in_a_zip_the_one_with_areas_is_taken_and_two_are_refused(tmp_path, towns):
    areas, spots = shapefile(tmp_path, towns), shapefile(tmp_path, towns.set_geometry(spots_of(towns)), "spots")
    frame, _crs, _fits = outlines.read(zipped(tmp_path / "one.zip", a_spots=spots, towns=areas))
    assert list(frame["name"]) == list(towns["name"])
    refused("layers", zipped(tmp_path / "two.zip", towns=areas, villages=areas), match="towns, villages")


def test_a_shapefile_without_its_index_is_refused_with_that_reason(tmp_path, towns):
    parts = shapefile(tmp_path, towns, without=(".shx",))
    refused("no-shx", zipped(tmp_path / "t.zip", towns=parts))
    (tmp_path / "bare.shp").write_bytes(parts[".shp"])
    refused("no-shx", tmp_path / "bare.shp")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more"])
def test_a_broken_zip_is_no_map(tmp_path, data):
    (tmp_path / "t.zip").write_bytes(data)
    refused("no-map", tmp_path / "t.zip")
    refused("no-map", zipped(tmp_path / "other.zip", readme={".txt": "read me"}))


# -- layers


def spots_of(frame):
    return frame.geometry.representative_point()


def refused(reason, path, match=None, **options):
    with pytest.raises(outlines.Unreadable, match=match) as told:
        outlines.read(path, **({"crs": "EPSG:4326"} | options))
    assert told.value.reason == reason


def test_of_the_layers_of_a_geopackage_the_one_with_areas_is_taken(tmp_path, towns):
    path = tmp_path / "t.gpkg"
    towns.set_geometry(spots_of(towns)).to_file(path, layer="spots")
    pyogrio.write_dataframe(towns.drop(columns="geometry"), path, layer="table", append=True)
    towns.to_file(path, layer="towns")
    frame, _crs, _fits = outlines.read(path)
    assert list(frame["name"]) == list(towns["name"]) and list(frame[outlines.ROW]) == list(range(1, 18))
    towns.to_file(path, layer="old")
    refused("layers", path, match="towns, old")


def test_the_folders_of_a_kml_are_one_map_even_of_one_name(tmp_path, towns):
    marks = [
        f"<Placemark><name>{name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        + " ".join(f"{x},{y},300" for x, y in shape.exterior.coords)
        + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for name, shape in zip(towns["name"], towns.geometry, strict=True)
    ]
    spot = "<Placemark><name>x</name><Point><coordinates>107.7,32.9</coordinates></Point></Placemark>"
    folders = "".join(f"<Folder><name>镇</name>{''.join(some)}</Folder>" for some in (marks[:2], marks[2:], [spot]))
    whole = f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>'
    (tmp_path / "t.kml").write_text(whole, encoding="utf-8")
    frame, _crs, _fits = outlines.read(tmp_path / "t.kml")
    assert list(frame["Name"]) == list(towns["name"]) and not frame.has_z.any() and off(frame, towns) < 1e-6


# -- GeoJSON


def geojson(path, frame, crs=None, encoding="utf-8", change=lambda whole: None):
    whole = json.loads(frame.to_json(drop_id=True))
    whole.pop("crs", None)
    whole |= {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    change(whole)
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding=encoding)
    return path


@pytest.mark.parametrize(("said", "code"), [("urn:ogc:def:crs:EPSG::4490", 4490), ("EPSG:4545", 4545), ("EPSG:4524", 4524)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_geojson_that_names_its_system_is_believed(tmp_path, towns, county, said, code, encoding):
    frame, crs, fits = outlines.read(geojson(tmp_path / "t.geojson", towns.to_crs(code), said, encoding), county=county)
    assert (crs, fits) == (f"EPSG:{code}", {}) and off(frame, towns) < 1e-6 and list(frame["name"]) == list(towns["name"])


def test_a_geojson_that_names_nonsense_or_lies_in_a_zip_says_nothing(tmp_path, towns, county):
    path = geojson(tmp_path / "t.geojson", shifted(towns, wgs84_to_gcj02), "mars")
    assert outlines.read(path, county=county)[1] == "gcj02"
    plain = geojson(tmp_path / "plain.geojson", shifted(towns, wgs84_to_gcj02)).read_text(encoding="utf-8")
    assert outlines.read(zipped(tmp_path / "t.zip", t={".geojson": plain}), county=county)[1] == "gcj02"


def test_heights_go_and_features_without_a_shape_are_left_out_but_counted(tmp_path, towns):
    def change(whole):
        whole["features"][0]["geometry"] = None
        whole["features"][1]["geometry"]["coordinates"] = []
        rings = whole["features"][2]["geometry"]["coordinates"]
        whole["features"][2]["geometry"]["coordinates"] = [[[*at, 500.0] for at in ring] for ring in rings]

    frame, _crs, _fits = outlines.read(geojson(tmp_path / "t.geojson", towns, change=change), crs=4326)
    assert list(frame[outlines.ROW]) == list(range(3, 18)) and not frame.has_z.any()


def test_of_a_collection_the_areas_count(tmp_path, towns):
    spot = {"type": "Point", "coordinates": [107.7, 32.9]}

    def change(whole):
        first = whole["features"][0]
        first["geometry"] = {"type": "GeometryCollection", "geometries": [spot, first["geometry"]]}

    frame, _crs, _fits = outlines.read(geojson(tmp_path / "t.geojson", towns, change=change), crs=4326)
    assert frame.geometry.iloc[0].equals(towns.geometry.iloc[0])


def test_a_charts_packed_shapes_are_refused_with_that_reason(tmp_path, towns):
    def change(whole):
        whole["UTF8Encoding"] = True
        for feature in whole["features"]:
            feature["geometry"] = {"type": "Polygon", "coordinates": ["@@DBAB"], "encodeOffsets": [[110000, 33000]]}

    refused("packed", geojson(tmp_path / "t.json", towns, change=change), match="UTF8Encoding")


# -- systems


@pytest.mark.parametrize(
    ("written", "name"),
    [(text, "EPSG:4545") for text in ("4545", 4545, "EPSG:4545", "epsg:4545", "EPSG 4545", " 4545 ")]
    + [(text, "gcj02") for text in ("gcj02", "GCJ02", "gcj-02", "GCJ-02", "Gcj_02")]
    + [(text, "bd09") for text in ("bd09", "BD-09", "bd09ll")]
    + [(text, "EPSG:4490") for text in ("cgcs2000", "CGCS-2000", "CGCS 2000")]
    + [(text, "EPSG:4326") for text in ("wgs84", "WGS 84", "WGS-84")],
)
def test_a_system_may_be_written_in_any_usual_way(tmp_path, towns, written, name):
    geojson(tmp_path / "t.geojson", towns.to_crs(4545) if name == "EPSG:4545" else towns)
    assert outlines.read(tmp_path / "t.geojson", crs=written)[1] == name


@pytest.mark.parametrize("crs", ["mars", "EPSG:999999", "EPSG:5773", 4978])  # the last two: heights, and an axis to the pole
def test_what_is_no_system_of_places_is_refused(tmp_path, towns, crs):
    refused("unknown-system", geojson(tmp_path / "t.geojson", towns), crs=crs)


def test_curves_are_drawn_as_lines_and_measures_dropped(tmp_path):
    (tmp_path / "t.csv").write_text(
        'name,WKT\na,"CURVEPOLYGON(CIRCULARSTRING(107 32.5,107.5 33,108 32.5,107.5 32,107 32.5))"\n'
        'b,"POLYGON M ((107 32 5,108 32 5,108 33 5,107 32 5))"\n',
        encoding="utf-8",
    )
    frame, _crs, _fits = outlines.read(tmp_path / "t.csv", crs=4326)
    assert frame.area.tolist() == pytest.approx([np.pi / 4, 0.5], rel=1e-3) and not shapely.has_m(frame.geometry.to_numpy()).any()
