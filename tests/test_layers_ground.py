"""What lies under the maps: edges once, names where there is room, and small enough for a phone."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.ground import (
    Label,
    Place,
    county_vectors,
    ground_of,
    inner_lines,
    simplified,
)
from layers.names import HIGH, WIDE, placed

FIXTURES = Path(__file__).parent.parent / "fixtures"
WEST, MIDDLE, EAST = (shapely.box(x, 0, x + 1, 1) for x in (0, 1, 2))


def places(name):
    features = json.loads((FIXTURES / name).read_text(encoding="utf-8"))["features"]
    return [
        Place(f["properties"]["code"], f["properties"]["name"], shapely.make_valid(shapely.geometry.shape(f["geometry"])))
        for f in features
    ]


@pytest.fixture(scope="module")
def towns():
    return places("towns.geojson")


@pytest.fixture(scope="module")
def ground(towns):
    return ground_of(towns, places("neighbours.geojson"), 0.001)


@pytest.fixture(scope="module")
def vectors(ground):
    return county_vectors(ground, {"610724001": "Chengbei"})


def test_a_shared_edge_is_drawn_once():
    lines = inner_lines([WEST, MIDDLE], [True, True], shapely.union(WEST, MIDDLE))
    assert [(flag, sorted(map(tuple, path))) for flag, path in lines] == [(True, [(1.0, 0.0), (1.0, 1.0)])]


def test_an_edge_is_dashed_when_either_side_is_a_sketch():
    lines = inner_lines([WEST, MIDDLE, EAST], [True, False, False], shapely.union_all([WEST, MIDDLE, EAST]))
    assert {flag: path[0][0] for flag, path in lines} == {True: 1.0, False: 2.0}


def test_the_drawn_lines_are_as_long_as_the_towns_edges_inside_the_county(towns):
    ground = ground_of(towns, [], 0)
    inner = sum(shapely.LineString(path).length for _flag, path in ground.lines)
    around = sum(town.outline.length for town in towns)
    assert inner == pytest.approx((around - ground.county.length) / 2, rel=1e-9)


def test_simplified_towns_still_fill_the_county_without_gap_or_overlap(towns):
    outlines = simplified(np.array([town.outline for town in towns], dtype=object), 0.001)
    assert shapely.coverage_is_valid(outlines)
    assert shapely.get_num_coordinates(outlines).sum() < sum(shapely.get_num_coordinates(town.outline) for town in towns) / 2
    assert sum(shape.area for shape in outlines) == pytest.approx(shapely.union_all(outlines).area, rel=1e-12)


def test_towns_that_do_not_fit_together_are_drawn_all_the_same():
    crooked = [Place("1", "甲", WEST), Place("2", "乙", shapely.box(0.9, 0, 2, 1))]
    assert ground_of(crooked, [], 0.001).county.area == pytest.approx(2)


def test_the_order_of_the_file_does_not_matter(towns, vectors):
    again = ground_of(towns[::-1], places("neighbours.geojson")[::-1], 0.001)
    assert county_vectors(again, {"610724001": "Chengbei"}) == vectors


def test_every_towns_name_stands_in_its_town(towns, ground):
    outlines = {town.code: town.outline for town in towns}
    assert len(ground.towns) == 17
    assert all(outlines[label.code].covers(shapely.Point(label.lon, label.lat)) for label in ground.towns)


def test_neighbours_are_named_outside_the_county_and_drawn_clear_of_its_edge(ground):
    assert {"洋县", "石泉县", "镇巴县", "城固县"} <= {label.name for label, _paths in ground.neighbours}
    assert not any(ground.county.covers(shapely.Point(label.lon, label.lat)) for label, _paths in ground.neighbours)
    paths = [shapely.LineString(path) for _label, paths in ground.neighbours for path in paths]
    assert min(path.distance(ground.county) for path in paths) > 0.003


def test_the_citizens_map_is_small(vectors):
    body = json.dumps(vectors, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(gzip.compress(body)) <= 40_000


def test_the_citizens_map_has_the_shape_that_the_page_reads(vectors):
    assert set(vectors) == {"county", "towns", "lines", "neighbours", "bbox"}
    assert vectors["towns"][0]["code"] == "610724001"
    assert (vectors["towns"][0]["name"], vectors["towns"][0]["name_en"]) == ("城北街道", "Chengbei")
    west, south, east, north = vectors["bbox"]
    assert all(west <= lon <= east and south <= lat <= north for ring in vectors["county"] for lon, lat in ring)
    assert all(line["synthetic"] is True and len(line["path"]) > 1 for line in vectors["lines"])
    assert all(a != b for line in vectors["lines"] for a, b in pairwise(line["path"]))


def test_a_name_moves_off_the_cells_that_matter():
    label, town = Label("1", "甲镇", 0.5, 0.5), shapely.box(0, 0, 1, 1)
    lon, lat, weight = np.array([0.5, 0.51]), np.array([0.5, 0.5]), np.array([30, 20])
    (moved,) = placed([label], {"1": town}, lon, lat, weight)
    assert not np.any((abs(lon - moved.lon) < WIDE / 2) & (abs(lat - moved.lat) < HIGH / 2))
    assert town.covers(shapely.Point(moved.lon, moved.lat))


def test_a_name_stays_where_nothing_is_in_its_way():
    label = Label("1", "甲镇", 0.5, 0.5)
    assert placed([label], {"1": shapely.box(0, 0, 1, 1)}, np.array([]), np.array([]), np.array([])) == [label]


def test_two_names_do_not_lie_on_each_other():
    labels = [Label("1", "甲镇", 0.5, 0.5), Label("2", "乙镇", 0.5, 0.505)]
    town = shapely.box(0, 0, 1, 1)
    one, two = placed(labels, {"1": town, "2": town}, np.array([]), np.array([]), np.array([]))
    assert abs(one.lon - two.lon) >= WIDE or abs(one.lat - two.lat) >= HIGH
