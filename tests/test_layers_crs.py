"""Coordinate systems: published vectors, exact inverses, and metres."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from layers import crs

ROUND_TRIP = 1e-9
lons, lats = st.floats(73, 135), st.floats(4, 53)
SHIFTED = [(crs.wgs84_to_gcj02, crs.gcj02_to_wgs84), (crs.wgs84_to_bd09, crs.bd09_to_wgs84)]


def apart(a, b):
    return Geod(ellps="WGS84").inv(*a, *b)[2]


def test_the_published_point_of_the_county_town_is_met():
    lon, lat = crs.gcj02_to_wgs84(107.765858, 32.987961)
    assert lon == pytest.approx(107.7611747, abs=1e-7)
    assert lat == pytest.approx(32.9899600, abs=1e-7)


def test_gcj02_lies_about_437_metres_east_and_222_south_here():
    here = (107.764, 32.987)
    there = crs.wgs84_to_gcj02(*here)
    assert apart(here, (there[0], here[1])) == pytest.approx(437, abs=3)
    assert apart(here, (here[0], there[1])) == pytest.approx(222, abs=3)


def test_baidus_own_shift_meets_its_published_example():
    """A GCJ-02 point and what Baidu makes of it, as printed with the algorithm: 116.404, 39.915 → 116.41036949, 39.92133699."""
    lon, lat = crs.wgs84_to_bd09(*crs.gcj02_to_wgs84(116.404, 39.915))
    assert lon == pytest.approx(116.41036949, abs=1e-7)
    assert lat == pytest.approx(39.92133699, abs=1e-7)


@pytest.mark.parametrize(("forth", "back"), SHIFTED)
@given(lon=lons, lat=lats)
def test_there_and_back_is_the_same_place(forth, back, lon, lat):
    again = back(*forth(lon, lat))
    assert abs(again[0] - lon) < ROUND_TRIP and abs(again[1] - lat) < ROUND_TRIP


@pytest.mark.parametrize(("forth", "back"), SHIFTED)
def test_back_and_there_is_the_same_place_for_a_whole_county(forth, back):
    lon, lat = np.meshgrid(np.linspace(107.2, 108.3, 60), np.linspace(32.4, 33.3, 60))
    again = forth(*back(lon, lat))
    assert np.abs(again[0] - lon).max() < ROUND_TRIP and np.abs(again[1] - lat).max() < ROUND_TRIP
    assert again[0].shape == (60, 60)


def test_arrays_and_single_points_agree():
    lon, lat = np.array([107.5, 107.9]), np.array([32.8, 33.1])
    whole = crs.bd09_to_wgs84(lon, lat)
    single = [crs.bd09_to_wgs84(x, y) for x, y in zip(lon, lat, strict=True)]
    assert np.allclose(np.transpose(whole), single, atol=1e-12)


def test_one_unreadable_point_does_not_spoil_the_others():
    lon, _lat = crs.gcj02_to_wgs84(np.array([107.765858, math.nan]), np.array([32.987961, 33.0]))
    assert lon[0] == pytest.approx(107.7611747, abs=1e-7)
    assert math.isnan(lon[1])


def test_beyond_china_nothing_is_shifted():
    assert crs.gcj02_to_wgs84(2.35, 48.85) == (2.35, 48.85)


@pytest.mark.parametrize("name", ["wgs84", "cgcs2000"])
def test_what_is_wgs84_already_stays(name):
    assert crs.to_wgs84(107.7, 32.9, name) == (107.7, 32.9)


def test_each_named_system_goes_its_own_way():
    assert crs.to_wgs84(107.7, 32.9, "gcj02") == crs.gcj02_to_wgs84(107.7, 32.9)
    assert crs.to_wgs84(107.7, 32.9, "bd09") == crs.bd09_to_wgs84(107.7, 32.9)


@pytest.mark.parametrize("name", ["GCJ02", "", "epsg:4326"])
def test_an_unknown_system_is_refused(name):
    with pytest.raises(ValueError, match="unknown coordinate system"):
        crs.to_wgs84(107.7, 32.9, name)


def test_metres_are_true_metres_near_the_meridian():
    a, b = (107.95, 33.0), (107.96, 33.01)
    (east, north), (east2, north2) = crs.to_metres(*a), crs.to_metres(*b)
    assert math.hypot(east2 - east, north2 - north) == pytest.approx(apart(a, b), rel=1e-4)
    assert crs.to_metres(108.0, 33.0)[0] == pytest.approx(500_000)
