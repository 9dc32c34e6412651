"""Unit grids: all built-up land once, none across a community, about 10,000 m² each, and the same codes every time.

The truth comes from geopandas' overlay, from brute-force distances and from squares that can be counted by hand.
"""

import time

import geopandas
import numpy as np
import pandas
import pytest
import shapely
from django.conf import settings
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from layers import unit_grids
from layers.crs import METRES
from layers.unit_grid_faults import faults

EAST, NORTH = 499_500, 3_654_000  # metres: a corner of the lattice, for sides of 100 m and of 225 m
TOWN = "610724101"
SQUARE_DEGREE = 110_900 * 93_400  # square metres, about, at 33° N


def metres(shapes):
    return geopandas.GeoSeries(shapes, crs=4326).to_crs(METRES)


def degrees(*shapes):
    """Shapes in metres from the corner (EAST, NORTH), in WGS84; a vertex every 100 m, for a straight line bends in degrees."""
    moved = geopandas.GeoSeries(shapes, crs=METRES).translate(EAST, NORTH)
    return moved.segmentize(100).to_crs(4326).tolist()


def box(west, south, east, north):
    return degrees(shapely.box(west, south, east, north))[0]


def spot(east, north):
    """[lon, lat] of a place in metres from the corner."""
    return list(degrees(shapely.Point(east, north))[0].coords[0])


BOW = shapely.Polygon([spot(0, 0), spot(200, 200), spot(200, 0), spot(0, 200)])  # two triangles of 10,000 m²


def communities(*outlines, codes=None):
    codes = codes or [f"{TOWN}{number:03d}" for number in range(1, len(outlines) + 1)]
    return geopandas.GeoDataFrame({"code": codes}, geometry=list(outlines), crs=4326)


def overlaid(left, right):
    """Square metres that two frames or shapes share by geopandas' overlay, as `square` measures them."""
    left, right = (shape if isinstance(shape, geopandas.GeoDataFrame) else communities(shape) for shape in (left, right))
    if left.empty or right.empty:
        return 0.0
    return square(left[["geometry"]].overlay(right[["geometry"]], keep_geom_type=True).geometry)


def square(shapes):
    """Square metres of WGS84 shapes, by degrees: exact enough to compare, wherever the vertices are."""
    return float(shapely.area(np.asarray(shapes, dtype=object)).sum() * SQUARE_DEGREE)


def sizes(grids):
    return sorted(np.round(grids["m2"]).astype(int).tolist())


def same(left, right):
    return left["code"].tolist() == right["code"].tolist() and (left.geometry.to_wkb() == right.geometry.to_wkb()).all()


@pytest.fixture(scope="module")
def towns():
    return geopandas.read_file(settings.FIXTURES / "towns.geojson")


@pytest.fixture(scope="module")
def villages():
    rows = pandas.read_csv(settings.FIXTURES / "villages.csv", dtype=str)
    return rows["code"].tolist(), rows[["lon", "lat"]].astype(float).to_numpy()


@pytest.fixture(scope="module")
def county(towns, villages):
    """(communities, built-up land, their grids) of the whole county."""
    codes, points = villages
    around = unit_grids.communities_around(points, codes, towns.geometry, towns["code"])
    built_up = unit_grids.built_up_around(points)
    return around, built_up, unit_grids.cut(around, built_up)


# What always holds

spots = st.tuples(st.integers(0, 1600), st.integers(0, 1200))
on_the_lattice = st.tuples(st.integers(0, 16), st.integers(0, 12)).map(lambda at: (at[0] * 100, at[1] * 100))
rooms = st.tuples(st.one_of(spots, on_the_lattice), st.integers(1, 700), st.integers(1, 700)).map(
    lambda room: shapely.box(*room[0], room[0][0] + room[1], room[0][1] + room[2])
)
circles = st.tuples(spots, st.integers(1, 400)).map(lambda circle: shapely.Point(circle[0]).buffer(circle[1]))
land = st.lists(st.one_of(rooms, circles), min_size=1, max_size=5).map(lambda parts: degrees(shapely.union_all(parts))[0])
tilings = st.lists(spots, min_size=2, max_size=7, unique=True).map(
    lambda at: degrees(*shapely.voronoi_polygons(shapely.MultiPoint(at), extend_to=shapely.box(0, 0, 1600, 1200)).geoms)
)
drawn_anyhow = st.lists(st.one_of(rooms, circles), min_size=1, max_size=5).map(lambda parts: degrees(*parts))


@effort(deadline=None, max_examples=25)
@given(outlines=st.one_of(tilings, drawn_anyhow), built_up=land)
def test_all_built_up_land_in_communities_is_covered_once_and_nothing_else(outlines, built_up):
    around = communities(*outlines)
    grids = unit_grids.cut(around, built_up)
    whole = shapely.intersection(shapely.union_all(outlines), built_up)
    once = shapely.union_all(grids.geometry)
    assert square([shapely.symmetric_difference(once, whole)]) < 1e-9 * square([whole]) + 0.02
    assert square(grids.geometry) == pytest.approx(square([once]), rel=1e-9, abs=0.001)  # the same as a sum: no overlap
    assert grids["m2"].sum() == pytest.approx(metres([whole]).area[0], rel=1e-5, abs=0.1)
    assert grids.geometry.is_valid.all() and set(grids.geom_type) <= {"Polygon", "MultiPolygon"}


@effort(deadline=None, max_examples=12)
@given(outlines=tilings, built_up=land)
def test_no_grid_lies_across_a_communitys_border(outlines, built_up):
    around = communities(*outlines)
    grids = unit_grids.cut(around, built_up)
    for code, own in grids.groupby("community"):
        assert overlaid(own, around[around["code"] != code]) < 1e-3
        assert square(own.geometry) == pytest.approx(overlaid(around[around["code"] == code], communities(built_up)), rel=1e-6)


@effort(deadline=None, max_examples=25)
@given(outlines=drawn_anyhow, built_up=land)
def test_where_outlines_overlap_the_lower_code_has_the_land(outlines, built_up):
    grids = unit_grids.cut(communities(*outlines), built_up)
    free = built_up
    for number, outline in enumerate(outlines, start=1):
        own = grids[grids["community"] == f"{TOWN}{number:03d}"]
        assert square(own.geometry) == pytest.approx(square([shapely.intersection(outline, free)]), rel=1e-6, abs=0.02)
        free = shapely.difference(free, outline)


@effort(deadline=None, max_examples=25)
@given(outlines=st.one_of(tilings, drawn_anyhow), built_up=land, data=st.data())
def test_codes_and_shapes_do_not_depend_on_the_order_of_the_rows(outlines, built_up, data):
    around = communities(*outlines, *outlines[:1], codes=[f"{TOWN}{n:03d}" for n in range(1, len(outlines) + 1)] + [f"{TOWN}900"])
    around.loc[around.index[-1], "code"] = around["code"].iloc[len(outlines) - 1]  # a community in two rows
    shuffled = around.iloc[data.draw(st.permutations(range(len(around))))]
    grids = unit_grids.cut(around, built_up)
    assert same(grids, unit_grids.cut(shuffled, built_up))
    assert grids["code"].is_unique and grids["code"].str.fullmatch("[0-9]{15}").all()
    assert (grids["code"].str[:12] == grids["community"]).all()
    for _community, own in grids.groupby("community"):
        assert own["code"].str[12:].astype(int).tolist() == list(range(1, len(own) + 1))


@effort(deadline=None, max_examples=25)
@given(outlines=tilings, built_up=land)
def test_what_was_cut_has_no_fault_but_small_remains_of_land(outlines, built_up):
    around = communities(*outlines)
    grids = unit_grids.cut(around, built_up)
    found = faults(grids["code"], grids.geometry, around)
    assert {fault.kind for fault in found} <= {"size"}
    assert all(fault.m2 < 2000 for fault in found)


def test_of_two_outlines_over_one_square_the_lower_code_has_it():
    both = communities(box(0, 0, 200, 100), box(100, 0, 300, 100), codes=[f"{TOWN}002", f"{TOWN}001"])
    grids = unit_grids.cut(both, box(0, 0, 300, 100))
    assert grids["community"].tolist() == [f"{TOWN}001"] * 2 + [f"{TOWN}002"]


# The county


def test_the_countys_villages_get_their_grids_within_ten_seconds(county):
    around, built_up, grids = county
    begun = time.perf_counter()
    again = unit_grids.cut(around, built_up)
    assert time.perf_counter() - begun < 10
    assert same(grids, again)
    assert set(grids["community"]) == set(around["code"]) and 6_000 < len(grids) < 8_000


def test_the_countys_grids_cover_its_built_up_land_and_stay_about_the_size(county, towns):
    _around, built_up, grids = county
    assert square(grids.geometry) == pytest.approx(overlaid(shapely.union_all(towns.geometry), built_up), rel=1e-9)
    assert grids["m2"].sum() == pytest.approx(metres([built_up]).area[0], rel=1e-6)
    assert grids["m2"].median() == pytest.approx(10_000, rel=1e-3)
    assert grids["m2"].min() >= 2_000 and grids["m2"].max() < 20_000
    assert shapely.coverage_is_valid(grids.geometry.to_numpy(), gap_width=0)


def test_the_countys_grids_have_no_fault(county):
    around, _built_up, grids = county
    assert faults(grids["code"], grids.geometry, around) == []


def test_neighbouring_communities_cut_on_the_same_lattice(county):
    _around, _built_up, grids = county
    squares = grids[np.isclose(grids["m2"], 10_000, atol=0.1) & (shapely.get_num_coordinates(grids.geometry) == 5)]
    off = np.abs(np.remainder(metres(squares.geometry).bounds.to_numpy() + 50, 100) - 50)
    assert len(squares) > 3_000 and off.max() < 0.001


def test_outlines_drawn_carelessly_with_gaps_and_overlaps_are_cut_all_the_same(county):
    around, built_up, _grids = county
    rough = around.set_geometry(around.geometry.segmentize(0.002).simplify(3e-4))
    grids = unit_grids.cut(rough, built_up)
    whole, once = shapely.intersection(shapely.union_all(rough.geometry), built_up), shapely.union_all(grids.geometry)
    assert square(rough.geometry) > square([shapely.union_all(rough.geometry)]) + 1_000  # there are overlaps
    assert square([shapely.symmetric_difference(once, whole)]) < 1e-9 * square([whole])
    assert square(grids.geometry) == pytest.approx(square([once]), rel=1e-9) and grids.geometry.is_valid.all()


# Squares that can be counted by hand


def test_numbers_run_from_north_to_south_in_rows_and_from_west_to_east():
    grids = unit_grids.cut(communities(box(0, 0, 300, 200)), box(0, 0, 300, 200))
    middles = metres(grids.geometry).centroid
    at = [(round(x - EAST), round(y - NORTH)) for x, y in zip(middles.x, middles.y, strict=True)]
    assert at == [(50, 150), (150, 150), (250, 150), (50, 50), (150, 50), (250, 50)]
    assert grids["code"].tolist() == [f"{TOWN}001{number:03d}" for number in range(1, 7)]


def test_a_strip_left_of_the_squares_joins_them():
    land = box(0, 0, 500, 115)
    assert sizes(unit_grids.cut(communities(land), land)) == [11_500] * 5


def test_a_strip_of_a_fifth_and_more_is_a_row_of_its_own():
    land = box(0, 0, 500, 140)
    assert sizes(unit_grids.cut(communities(land), land)) == [4_000] * 5 + [10_000] * 5


def test_a_sliver_joins_the_neighbour_with_the_longest_common_edge():
    beside = shapely.box(100, 100, 200, 200)  # shares 15 m with the sliver, the square below 100 m
    land = degrees(shapely.union_all([shapely.box(0, 0, 100, 115), beside]))[0]
    grids = unit_grids.cut(communities(land), land)
    assert grids["m2"].round().tolist() == [10_000, 11_500]
    assert metres(grids.geometry).bounds.round().iloc[1].tolist() == [EAST, NORTH, EAST + 100, NORTH + 115]


def test_a_sliver_never_joins_a_square_of_another_community():
    around = communities(box(0, 0, 200, 100), box(0, 100, 200, 110))
    grids = unit_grids.cut(around, box(0, 0, 200, 110))
    assert grids.groupby("community")["m2"].apply(lambda m2: sorted(m2.round())).tolist() == [[10_000, 10_000], [2_000]]


def test_a_remote_hamlet_stays_a_grid_and_a_near_one_joins():
    built_up = shapely.union_all([box(0, 0, 100, 100), box(160, 0, 180, 20), box(600, 0, 620, 20)])
    grids = unit_grids.cut(communities(box(0, 0, 700, 100)), built_up)
    assert sizes(grids) == [400, 10_400] and sorted(grids.geom_type) == ["MultiPolygon", "Polygon"]


def test_built_up_land_along_a_narrow_road_is_not_one_endless_grid():
    road = degrees(shapely.LineString([(0, 0), (3000, 1300)]).buffer(7))[0]
    grids = unit_grids.cut(communities(road.envelope), road)
    assert grids["m2"].max() < 15_000 and len(grids) >= 4 and grids["m2"].min() > 2_000


def test_a_community_in_two_parts_and_two_rows_numbers_through():
    parts = box(0, 0, 200, 100), box(500, 0, 600, 100)
    rows = communities(*parts, codes=[f"{TOWN}001"] * 2)
    grids = unit_grids.cut(rows, box(0, 0, 1000, 100))
    assert grids["code"].tolist() == [f"{TOWN}001001", f"{TOWN}001002", f"{TOWN}001003"]
    assert same(grids, unit_grids.cut(communities(shapely.union_all(parts)), box(0, 0, 1000, 100)))


def test_a_lake_in_the_land_stays_out():
    land = shapely.difference(box(0, 0, 500, 500), box(130, 130, 370, 370))
    grids = unit_grids.cut(communities(land), box(0, 0, 500, 500))
    assert grids["m2"].sum() == pytest.approx(500**2 - 240**2, rel=1e-6)


def test_two_banks_of_a_river_in_one_square_are_two_grids():
    banks = shapely.union_all([box(0, 0, 40, 100), box(60, 0, 100, 100)])
    assert sizes(unit_grids.cut(communities(box(0, 0, 100, 100)), banks)) == [4_000, 4_000]


def test_nothing_built_up_and_no_communities_give_no_grids():
    for none in (
        unit_grids.cut(communities(box(0, 0, 100, 100)), shapely.Polygon()),
        unit_grids.cut(communities(box(0, 0, 100, 100)), box(500, 0, 600, 100)),
        unit_grids.cut(communities(box(0, 0, 100, 100)), box(100, 0, 200, 100)),  # an edge in common is no land
        unit_grids.cut(communities(), box(0, 0, 100, 100)),
    ):
        assert none.empty and none.crs == "EPSG:4326"
        assert none.columns.tolist() == ["code", "community", "m2", "geometry"]


def test_an_outline_that_crosses_itself_is_repaired_first():
    assert unit_grids.cut(communities(BOW), box(0, 0, 200, 200))["m2"].sum() == pytest.approx(20_000, rel=1e-6)


@pytest.mark.parametrize("code", ["61072410100", "6107241010011", "61072410100a", "６１０７２４１０１００１", "610724101001.0"])
def test_a_community_without_a_12_digit_code_is_refused(code):
    with pytest.raises(ValueError, match="12 digits"):
        unit_grids.cut(communities(box(0, 0, 100, 100), codes=[code]), box(0, 0, 100, 100))


def test_other_sizes_of_square_can_be_asked_for():
    land = box(0, 0, 100, 100)
    assert sizes(unit_grids.cut(communities(land), land, size_m2=2_500)) == [2_500] * 4


# Order numbers


def test_squares_grow_in_the_one_community_whose_numbers_would_not_suffice():
    rural, town = box(0, 0, 6300, 6300), box(-300, 0, 0, 300)  # rural: 63² squares of 100 m, 32² of 200 m, 28² of 225 m
    grids = unit_grids.cut(communities(rural, town), shapely.union(rural, town))
    counts = grids.groupby("community")["m2"].agg(["size", "min", "max"]).round().astype(int)
    assert counts.to_numpy().tolist() == [[784, 50_625, 50_625], [9, 10_000, 10_000]]


def test_999_grids_fit_and_a_thousand_make_the_squares_grow():
    fits, grows = box(0, 0, 3700, 2700), box(0, 0, 4000, 2500)
    assert len(unit_grids.cut(communities(fits), fits)) == 999
    grown = unit_grids.cut(communities(grows), grows)
    assert len(grown) == 640 and grown["m2"].median() == pytest.approx(125**2, rel=1e-4)


def test_more_than_999_lone_houses_share_grids_in_the_end():
    yards = [shapely.box(x, y, x + 12, y + 12) for x in range(0, 6400, 200) for y in range(0, 6400, 200)]
    houses = degrees(shapely.union_all(yards))[0]
    grids = unit_grids.cut(communities(houses.envelope), houses)
    assert len(yards) == 1024 and 1 < len(grids) <= 999
    assert grids["m2"].sum() == pytest.approx(1024 * 144, rel=1e-6)


def test_a_whole_town_as_one_community_keeps_to_999(towns):
    outline = towns.geometry[8]
    grids = unit_grids.cut(communities(outline), outline)
    assert metres([outline]).area[0] > 300e6 and 700 < len(grids) <= 999
    assert overlaid(outline, grids) == pytest.approx(square([outline]), rel=1e-9)


# Where nobody has drawn a border


def test_villages_fill_each_town_without_overlap(county, towns):
    around, _built_up, _grids = county
    assert len(around) == 215
    for code, outline in zip(towns["code"], towns.geometry, strict=True):
        own = around[around["code"].str[:9] == code]
        assert square(own.geometry) == pytest.approx(square([outline]), rel=1e-9)
        assert overlaid(outline, own) == pytest.approx(square([outline]), rel=1e-9)


def test_land_belongs_to_the_nearest_village_of_its_town(county, towns, villages):
    around, (codes, points) = county[0], villages
    at = np.random.default_rng(3).uniform(around.total_bounds[:2], around.total_bounds[2:], (3000, 2))
    asked = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*at.T), crs=4326)
    found = asked.sjoin(around).sjoin(towns[["code", "geometry"]].rename(columns={"code": "town"}), lsuffix="v", rsuffix="t")
    flat = metres(geopandas.points_from_xy(*points.T))
    for code, town, place in zip(found["code"], found["town"], found.geometry.to_crs(METRES), strict=True):
        near = {other: place.distance(village) for other, village in zip(codes, flat, strict=True) if other.startswith(town)}
        assert near[code] <= min(near.values()) + 3  # metres: borders are straight in degrees
    assert len(found) > 1000


def test_the_order_of_the_villages_does_not_matter(county, towns, villages):
    codes, points = villages
    mixed = np.random.default_rng(5).permutation(len(codes))
    again = unit_grids.communities_around(points[mixed], [codes[row] for row in mixed], towns.geometry[::-1], towns["code"][::-1])
    assert same(county[0], again)
    assert shapely.equals(unit_grids.built_up_around(points[mixed]), county[1])


def test_a_point_outside_its_town_has_the_land_at_the_edge_nearest_to_it():
    towns = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    points = [spot(200, 500), spot(1500, 500)]
    found = unit_grids.communities_around(points, [f"{TOWN}001", f"{TOWN}002"], towns, [TOWN, "610724102"])
    assert metres(found.geometry).area.round(-1).tolist() == [600_000, 400_000]  # half way between 200 m and the edge at 1,000 m
    assert metres(found.geometry).bounds["maxx"].round().tolist() == [EAST + 600, EAST + 1000]


def test_one_village_has_its_whole_town_and_a_town_without_villages_is_left_out():
    towns = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    found = unit_grids.communities_around([spot(500, 500)], [f"{TOWN}001"], towns, [TOWN, "610724102"])
    assert found["code"].tolist() == [f"{TOWN}001"] and found.geometry.iloc[0].equals(towns[0])


def test_of_two_villages_at_one_spot_the_lower_code_has_the_land():
    town = box(0, 0, 1000, 1000)
    points = [spot(500, 500), spot(500, 500), spot(100, 100)]
    found = unit_grids.communities_around(points, [f"{TOWN}003", f"{TOWN}002", f"{TOWN}009"], [town], [TOWN])
    assert found["code"].tolist() == [f"{TOWN}002", f"{TOWN}009"]


def test_a_village_whose_town_is_not_given_is_refused():
    with pytest.raises(ValueError, match="610724102"):
        unit_grids.communities_around([(107.7, 33.0)], ["610724102001"], [box(0, 0, 1000, 1000)], [TOWN])


def test_no_villages_have_no_outlines():
    assert unit_grids.communities_around([], [], [box(0, 0, 1000, 1000)], [TOWN]).empty


def test_built_up_land_is_the_circles_around_points_dissolved():
    apart, touching = [spot(x, 0) for x in (0, 2000)], [spot(x, 0) for x in (0, 300)]
    assert metres([unit_grids.built_up_around(apart)]).area[0] == pytest.approx(2 * np.pi * 300**2, rel=0.005)
    assert unit_grids.built_up_around(touching).geom_type == "Polygon"
    assert metres([unit_grids.built_up_around(apart, radius_m=50)]).area[0] == pytest.approx(2 * np.pi * 50**2, rel=0.005)
    assert unit_grids.built_up_around([]).is_empty


# A file of somebody else's grids


def kinds(codes, shapes, around=None):
    return [(fault.kind, fault.code, round(fault.m2)) for fault in faults(codes, shapes, around)]


FIRST, SECOND = f"{TOWN}001001", f"{TOWN}001002"
LEFT, RIGHT = box(0, 0, 100, 100), box(100, 0, 200, 100)


def test_a_file_in_order_has_no_fault():
    assert kinds([FIRST, SECOND], [LEFT, RIGHT], communities(box(0, 0, 200, 100))) == []
    assert kinds([int(FIRST), int(SECOND)], [LEFT, RIGHT]) == []


@pytest.mark.parametrize("code", ["61072410100100", f"{FIRST}1", "61072410100100a", "６１０７２４１０１００１００１", "", None])
def test_a_code_without_15_digits_is_told(code):
    assert kinds([code], [LEFT]) == [("digits", str(code), 10_000)]


def test_a_code_that_comes_twice_is_told_once():
    assert kinds([FIRST, FIRST], [LEFT, RIGHT]) == [("doubled", FIRST, 10_000)]


def test_a_grid_of_no_known_community_is_told():
    assert kinds([f"{TOWN}002001"], [LEFT], communities(box(0, 0, 200, 100))) == [("unknown", f"{TOWN}002001", 10_000)]
    assert kinds([f"{TOWN}002001"], [LEFT]) == []


def test_a_grid_across_its_communitys_border_is_told_with_what_lies_beyond():
    around = communities(box(0, 0, 100, 100), box(100, 0, 200, 100))
    (fault,) = faults([FIRST], [box(20, 0, 130, 100)], around)
    assert (fault.kind, fault.code, round(fault.m2)) == ("crossing", FIRST, 3_000)
    assert box(100, 0, 130, 100).covers(shapely.Point(fault.lon, fault.lat))


def test_less_than_a_square_metre_across_a_border_is_careless_drawing():
    around = communities(box(0, 0, 100, 100))
    assert kinds([FIRST], [box(0, 0, 100.009, 100)], around) == []
    assert kinds([FIRST], [box(0, 0, 100.02, 100)], around) == [("crossing", FIRST, 2)]


def test_two_grids_on_one_spot_are_told_once_at_the_later_row():
    assert kinds([SECOND, FIRST], [LEFT, box(80, 0, 180, 100)]) == [("overlap", FIRST, 2_000)]
    assert kinds([FIRST, SECOND], [LEFT, LEFT]) == [("overlap", SECOND, 10_000)]


def test_grids_far_from_the_size_are_told():
    shapes = [box(0, 0, 19, 100), box(100, 0, 121, 100), box(200, 0, 690, 100), box(700, 0, 1210, 100)]
    codes = [f"{TOWN}001{number:03d}" for number in range(1, 5)]
    assert kinds(codes, shapes) == [("size", codes[0], 1_900), ("size", codes[3], 51_000)]


def test_a_row_without_a_shape_is_told_as_no_size_at_no_place():
    for nothing in (None, shapely.Polygon(), shapely.Point(107.7, 33.0)):
        (fault,) = faults([FIRST], [nothing], communities(LEFT))
        assert (fault.kind, fault.m2) == ("size", 0) and np.isnan([fault.lon, fault.lat]).all()


def test_a_ring_that_crosses_itself_is_measured_all_the_same():
    assert kinds([FIRST[:-1]], [BOW]) == [("digits", FIRST[:-1], 20_000)]


def test_an_empty_file_has_no_fault():
    assert faults([], [], communities(LEFT)) == []
