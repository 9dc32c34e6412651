"""Unit grids for a county that has none: built-up land cut into squares, community by community."""

import numpy as np

from gis_app.errors import BadArgument, Unopened
from gis_app.loading.boundaries import AS_IT_COMES, communities_in_use
from gis_app.loading.tables import bad
from gis_app.locate.points import active_edition, villages
from layers import outlines, unit_grids


def cut_unit_grids(built_up=None, radius_m=300.0, size_m2=unit_grids.SIZE, ask=AS_IT_COMES):
    """Unit grids of the county as a GeoDataFrame (WGS84): code (15 digits), community, m2, geometry.

    built_up: a map file of the land to cut; without one it is circles around the villages' points. radius_m: metres.
    Communities are the village outlines in use; where there are none, the land of a town that is nearest to each village's
    point. Raises BadFile, BadArgument.
    """
    rows = villages()
    points = np.array([(row.point.x, row.point.y) for row in rows]).reshape(-1, 2)
    if not 0 < size_m2 <= 1e6 or not 0 < radius_m <= 10_000:
        raise BadArgument(why="--size must be above 0 and at most 1,000,000 square metres, --radius at most 10,000 metres")
    land = _land_of(built_up, ask) if built_up else unit_grids.built_up_around(points, radius_m)
    return unit_grids.cut(_communities(rows, points), land, size_m2)


def _land_of(path, ask):
    """One shape of all polygons in a file."""
    try:
        frame, _crs, _fits = outlines.read(path, ask.crs or (None if outlines.says_system(path) else "EPSG:4326"))
    except OSError as error:
        raise Unopened.because(path, error) from error
    except outlines.Unreadable as error:
        raise bad(path, error) from error
    return frame.geometry.make_valid().union_all()


def _communities(rows, points):
    drawn = communities_in_use()
    if drawn is not None:
        return drawn
    index = active_edition().index
    known = [number for number, row in enumerate(rows) if row.code[:9] in index.codes]
    return unit_grids.communities_around(points[known], [rows[n].code for n in known], list(index.outlines), index.codes)
