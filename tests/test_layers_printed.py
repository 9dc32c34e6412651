"""The sheet for print: true to scale, in the shades of the legend, the same bytes each time, and with all that it must say."""

import io

import geopandas
import numpy as np
import pytest
import shapely
from PIL import Image

from layers.crs import from_metres
from layers.ground import Place, ground_of
from layers.metres import flat
from layers.overlay import Overlay, Shade
from layers.printed import Caption, picture, wrapped

TOWNS = [Place("1", "城北街道", shapely.box(107.6, 32.9, 107.8, 33.1)), Place("2", "茶镇", shapely.box(107.8, 32.9, 108.0, 33.1))]
CAPTION = Caption("热力图", "2026年", "每格件数", ("这是数量图，没有检验",), "来源", "示意边界", "北", "千米")
RED = Shade("#9C1C16", "多了", edge="#9C1C16")


@pytest.fixture(scope="module")
def ground():
    return ground_of(TOWNS, [], 0)


def squares(ground, *shifts):
    """Squares of 400 m, so far from the county's middle in metres (east, north)."""
    middle = shapely.centroid(flat(ground.county))
    places = [(middle.x + east, middle.y + north) for east, north in shifts]
    shapes = [shapely.Polygon(np.column_stack(from_metres(*_corners(*place)))) for place in places]
    return Overlay(geopandas.GeoDataFrame({"shade": [0] * len(shapes)}, geometry=shapes, crs="EPSG:4326"), [RED], {})


def _corners(east, north, half=200):
    return np.array([east - half, east + half, east + half, east - half]), np.array(
        [north - half, north - half, north + half, north + half]
    )


def middle_of_red(ground, shift):
    """(column, row) of the middle of the only square on the map."""
    dots = np.asarray(Image.open(io.BytesIO(picture(squares(ground, shift), ground, CAPTION))).convert("RGB")).astype(int)
    rows, columns = np.nonzero((np.abs(dots - [0x9C, 0x1C, 0x16]).sum(axis=2) < 30)[:, :1240])
    assert len(rows) > 20
    return np.array([columns.mean(), rows.mean()])


def test_a_metre_is_as_long_across_as_along_and_as_the_bar_says(ground):
    west, east = middle_of_red(ground, (-5000, 3000)), middle_of_red(ground, (5000, 3000))
    south, north = middle_of_red(ground, (-5000, -3000)), west
    across, along = (east - west) / 10_000, (south - north) / 6000
    assert across[0] == pytest.approx(along[1], rel=0.01)
    assert abs(across[1]) < 1e-3 and abs(along[0]) < 1e-3
    dots = np.asarray(Image.open(io.BytesIO(picture(squares(ground), ground, CAPTION))).convert("L"))
    bar = [np.diff(np.flatnonzero(np.diff((row < 90).astype(int)))) for row in dots[1050:1145, 800:1225]]
    assert max(np.concatenate(bar)) == pytest.approx(5000 * across[0], abs=4)  # 5 km in a county that is 37 km wide


def test_the_same_input_gives_the_same_bytes(ground):
    one, two = (picture(squares(ground, (0, 0)), ground, CAPTION) for _ in range(2))
    assert one == two and one[:8] == b"\x89PNG\r\n\x1a\n"
    assert Image.open(io.BytesIO(one)).size == (1753, 1240)


def test_each_thing_that_must_be_said_changes_the_sheet(ground):
    plain = picture(squares(ground, (0, 0)), ground, CAPTION)
    for name in Caption._fields:
        other = ("别的话",) if name == "told" else "别的话"
        assert picture(squares(ground, (0, 0)), ground, CAPTION._replace(**{name: other})) != plain, name


def test_a_hatched_shade_is_striped(ground):
    overlay = squares(ground, (0, 0))
    plain, hatched = (
        np.asarray(Image.open(io.BytesIO(picture(overlay._replace(shades=[shade]), ground, CAPTION))).convert("L"))
        for shade in (RED, RED._replace(hatched=True))
    )
    assert (hatched > 200).sum() > (plain > 200).sum() + 50


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("灰格：差别不大，可能只是偶然", ["灰格：差别不", "大，可能只是", "偶然"]),
        ("exact binomial test", ["exact", "binomial", "test"]),
        ("校正（BH）", ["校正（BH）"]),
        ("", []),
    ],
)
def test_lines_break_where_a_reader_would_break_them(words, lines):
    assert wrapped(words, 12) == lines
