"""From cells and points to places: hot cells that belong together, and points where the same is told again and again."""

from typing import NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from layers.cells import polygons

WIDE = 19  # cells: a connected patch of more (two rings around a middle) is parted at its saddles
APART_M = 60  # two tickets of one recurring place are at most this far from each other
OFTEN = 3  # tickets that make a place recurring


def clusters(hot, height, grid):
    """Hot cells gathered into places.

    hot: (n,) bool; height: (n,) what a peak is measured by (z); grid: layers.hotspots.Lattice. Returns [(m,) positions],
    each place's highest cell first, the others sorted; the place with the highest peak first. Neighbours belong together; a
    patch of more than WIDE cells is parted: each cell goes with the peak that the steepest way up leads to.
    """
    cells = np.flatnonzero(hot)
    if not len(cells):
        return []
    patch = _connected(cells, grid)
    peak = _peaks(cells, hot, height, grid)
    wide = np.bincount(patch)[patch] > WIDE
    group = np.where(wide, patch * len(grid.cells) + peak, -1 - patch)
    places = []
    for one in np.unique(group):
        members = cells[group == one]
        top = members[np.lexsort((members, -height[members]))[0]]
        places.append(np.array([top, *(cell for cell in members if cell != top)]))
    return sorted(places, key=lambda place: (-height[place[0]], place[0]))


def _connected(cells, grid):
    """(m,) which patch of neighbouring cells each belongs to."""
    n = len(grid.cells)
    known = np.zeros(n + 1, dtype=bool)
    known[cells] = True
    near = grid.around[cells]
    rows, columns = np.nonzero(known[near])
    edges = coo_matrix((np.ones(len(rows)), (cells[rows], near[rows, columns])), shape=(n, n))
    return np.unique(connected_components(edges, directed=False)[1][cells], return_inverse=True)[1]


def _peaks(cells, hot, height, grid):
    """(m,) position of the peak that each hot cell climbs to, two rings a stride; ties go to the lower position."""
    n = len(grid.cells)
    level = np.append(np.where(hot, height, -np.inf), -np.inf)
    wider = np.concatenate([grid.around, [[n] * grid.around.shape[1]]])[grid.around].reshape(n, -1)
    up = np.arange(n)
    best = wider[cells]
    order = np.lexsort((best, -level[best]), axis=1)[:, 0]
    up[cells] = best[np.arange(len(cells)), order]
    while not np.array_equal(up, up[up]):
        up = up[up]
    return up[cells]


def outline(cells):
    """The shape that cells make together, without seams. cells: (n,) int64. Returns a shapely (Multi)Polygon, WGS84."""
    return shapely.union_all(polygons(cells), grid_size=1e-9)


class Recurring(NamedTuple):
    """A place of many tickets. x, y: its middle in metres; members: (m,) positions of its points, in order."""

    x: float
    y: float
    members: np.ndarray


def recurring(x, y, apart=APART_M, often=OFTEN):
    """Where the same is told again and again: [Recurring], most points first.

    x, y: (n,) metres. All points of a place lie within apart / 2 of one of them, hence within `apart` of each other; each
    point belongs to one place. The point with the most others around it is taken first, then what is left: a chain of
    points along a street does not become one place.
    """
    points = np.column_stack([x, y])
    if len(points) < often:
        return []
    around = KDTree(points).query_ball_point(points, apart / 2)
    free, places = np.ones(len(points), dtype=bool), []
    queue = {}  # {how many: points that had so many when last looked at}
    for point, near in enumerate(around):
        queue.setdefault(len(near), []).append(point)
    for many in range(max(queue), often - 1, -1):
        for point in sorted(queue.get(many, [])):
            members = [near for near in around[point] if free[near]] if free[point] else []
            if len(members) == many:
                free[members] = False
                places.append(Recurring(*points[members].mean(axis=0).tolist(), np.sort(members)))
            elif len(members) >= often:
                queue.setdefault(len(members), []).append(point)
    return places
