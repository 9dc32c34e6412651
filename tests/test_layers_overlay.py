"""Areas as few bytes: nothing is moved by more than half a metre, and a county full of cells still travels quickly."""

import gzip
import json

import geopandas
import numpy as np
import pytest
import shapely
from django.conf import settings

from layers.cells import county_cells, frame
from layers.draw import Wording, heat_map
from layers.ground import Place, ground_of
from layers.heat import COUNTED, class_of
from layers.overlay import Overlay, packed, unpacked

MOST_BYTES = 300_000  # of the map at resolution 8 with every cell filled, compressed
WORDS = Wording("zh-Hans", "热力图", "示意边界", "米", "千米", "放大", "缩小", {7: "5", 8: "0.7", 9: "0.1"})
FACTS = {"count": "件数", "voices": "上报次数"}
HOLED = shapely.Polygon([(0, 0), (4, 0), (4, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])


def places(file):
    rows = geopandas.read_file(settings.FIXTURES / file)
    return [Place(*row) for row in zip(rows["code"], rows["name"], shapely.make_valid(rows.geometry.array), strict=True)]


def filled(res):
    """Every cell of the county with a number of its own: the worst that can be."""
    cells = county_cells(geopandas.read_file(settings.FIXTURES / "county.geojson").geometry[0], res)
    counts = np.random.default_rng(5).geometric(0.02, len(cells))
    voices = counts + np.random.default_rng(6).integers(0, 90, len(cells))
    return frame(cells, count=counts, voices=voices, shade=class_of(counts))


def test_a_map_with_every_cell_filled_travels_in_less_than_300_kilobytes():
    areas = filled(8)
    assert len(areas) == 5248
    ground = ground_of(places("towns.geojson"), places("neighbours.geojson"), 0.0003)
    overlay = Overlay(areas, COUNTED, FACTS, filled(7), "/api/v1/heat?task=%E5%85%AD&res=9&format=packed&bbox=")
    document = heat_map(overlay, ground, WORDS, {name: f"/{name}" for name in ("leaflet.js", "leaflet.css")})
    size = len(gzip.compress(document.encode(), 6))
    print(f"{size:,} bytes compressed, {len(document):,} as they are")
    assert size <= MOST_BYTES


@pytest.mark.parametrize("res", [7, 8, 9])
def test_cells_come_back_where_they_were(res):
    areas = filled(res)[::37]
    told = json.loads(json.dumps(packed(areas, FACTS)))
    back = unpacked(told)
    assert max(shapely.hausdorff_distance(areas.geometry.array, back)) < 0.75e-5  # half of the last decimal, each way
    assert told["cell"] == areas["cell"].tolist()
    assert told["facts"] == areas[["count", "voices"]].to_numpy().tolist()


def test_holes_and_parts_come_back_too():
    shapes = [HOLED, shapely.MultiPolygon([shapely.box(5, 0, 6, 1), HOLED]), shapely.MultiPolygon()]
    areas = geopandas.GeoDataFrame({"shade": [0, 1, 2]}, geometry=shapes, crs="EPSG:4326")
    told = packed(areas, {})
    assert "cell" not in told
    for shape, back in zip(shapes, unpacked(told), strict=True):
        assert shapely.equals(shape, back) or (shape.is_empty and back.is_empty)
