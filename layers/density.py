"""Smoothed density: tickets per square kilometre, as if each were spread out over its neighbourhood. A picture, not a test."""

from typing import NamedTuple

import contourpy
import numpy as np
import shapely

BANDWIDTHS = (400, 800, 1600)  # metres; the kernel's standard deviation: two thirds of a ticket lie within 1.5 of it
SQUARES = 3  # of the grid, in one bandwidth
REACH = 4  # bandwidths that the grid goes beyond its bounds: what lies farther out is less than 1 in 10,000
AT_ONCE = 4096  # tickets' places at a time, for the memory
KM2 = 1e6


class Field(NamedTuple):
    """A grid in EPSG:4545. east: (c,), north: (r,) metres of the squares' centres. values: (r, c) tickets per km²."""

    east: np.ndarray
    north: np.ndarray
    values: np.ndarray

    @property
    def total(self):
        """Tickets under the whole field: as many as went in."""
        return float(self.values.sum() * (self.east[1] - self.east[0]) * (self.north[1] - self.north[0]) / KM2)


def density(east, north, weights, bandwidth, bounds):
    """Gaussian kernel density on the metric plane, exact at every square's centre (nothing is cut off or binned).

    east, north: (n,) metres, EPSG:4545. weights: (n,) tickets there. bandwidth: metres, the standard deviation.
    bounds: (west, south, east, north) in metres. The grid reaches four bandwidths farther, so that no ticket is lost: what a
    place on the county's edge spreads beyond it stays there and is not thrown back, hence the rim is a little too low.
    A Gaussian is a product of one along and one across: two thin matrices give the sum over all tickets. Returns a Field.
    """
    across, along = (_axis(bounds[i], bounds[i + 2], bandwidth) for i in (0, 1))
    values = np.zeros((len(along), len(across)))
    for start in range(0, len(weights), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rows = _bells(along, np.asarray(north, dtype=float)[part], bandwidth) * np.asarray(weights, dtype=float)[part]
        values += rows @ _bells(across, np.asarray(east, dtype=float)[part], bandwidth).T
    return Field(across, along, values * KM2)


def levels(field, number=6):
    """The least density of each class, tickets per km²: each is half of the next, the top one half of the peak. [] for none."""
    peak = field.values.max(initial=0)
    return [float(f"{peak / 2**k:.2g}") for k in range(number, 0, -1)] if peak > 0 else []


def bands(field, edges):
    """The areas between one level and the next: (len(edges),) shapely MultiPolygons in metres, EPSG:4545, the last one open."""
    lines = contourpy.contour_generator(field.east, field.north, field.values, fill_type=contourpy.FillType.OuterOffset)
    tops = [*edges[1:], np.inf] if edges else []
    return [_shape(*lines.filled(low, high)) for low, high in zip(edges, tops, strict=True)]


def _axis(low, high, bandwidth):
    step = bandwidth / SQUARES
    squares = int(np.ceil((high - low + 2 * REACH * bandwidth) / step)) + 1
    return low - REACH * bandwidth + step * np.arange(squares)


def _bells(axis, places, bandwidth):
    """(axis, places) normal densities per metre."""
    away = (axis[:, None] - places[None, :]) / bandwidth
    return np.exp(-0.5 * away**2) / (bandwidth * np.sqrt(2 * np.pi))


def _shape(points, offsets):
    parts = [
        shapely.Polygon(path[cuts[0] : cuts[1]], [path[a:b] for a, b in zip(cuts[1:-1], cuts[2:], strict=True)])
        for path, cuts in zip(points, offsets, strict=True)
    ]
    return shapely.MultiPolygon(parts)
