"""Where names go on a map: off the cells that matter and off each other, never smaller."""

import numpy as np
import shapely

WIDE, HIGH = 0.075, 0.021  # degrees that a name of four characters takes when the whole county is in view
STEPS_EAST, STEPS_NORTH = (0, 1, -1, 2, -2, 3, -3), (0, 1, -1, 2, -2, 3, -3, 4, -4)
EAST, NORTH = 0.02, 0.014  # degrees a step
FAR, CLASH = 0.7, 100.0  # what a step away costs, in covered tickets; what covering another name costs


def placed(labels, outlines, lon, lat, weight):
    """Labels moved inside their towns to where they cover the fewest tickets.

    labels: ground.Labels. outlines: {code: polygon}. lon, lat: (n,) centres of cells, degrees. weight: (n,) tickets in them.
    Returns Labels in the same order; equal input gives equal output.
    """
    done = []
    for label in labels:
        outline = outlines[label.code]
        spots = [(label.lon + east * EAST, label.lat + north * NORTH) for east in STEPS_EAST for north in STEPS_NORTH]
        inside = [spot for spot in spots if _fits(outline, *spot)] or [(label.lon, label.lat)]
        costs = [_cost(spot, label, done, lon, lat, weight) for spot in inside]
        best = inside[int(np.argmin(costs))]
        done.append(label._replace(lon=best[0], lat=best[1]))
    return done


def _fits(outline, lon, lat):
    """Whether a name stays in its town, so that nobody reads it as the next one's."""
    east, north = WIDE / 2.5, HIGH / 2.5
    corners = [lon - east, lon + east, lon - east, lon + east], [lat - north, lat - north, lat + north, lat + north]
    return shapely.intersects_xy(outline, *corners).all()


def _cost(spot, label, done, lon, lat, weight):
    covered = weight[(np.abs(lon - spot[0]) < WIDE / 2) & (np.abs(lat - spot[1]) < HIGH / 2)].sum()
    away = abs(spot[0] - label.lon) / EAST + abs(spot[1] - label.lat) / NORTH
    clashes = sum(abs(spot[0] - other.lon) < WIDE and abs(spot[1] - other.lat) < HIGH for other in done)
    return covered + FAR * away + CLASH * clashes
