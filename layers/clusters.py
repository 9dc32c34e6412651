"""From cells and points to places: hot cells that belong together, and points where the same is told again and again."""

from heapq import heapify, heappop, heappush
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
FEW = 16  # spots: of so many, each is asked; of more, the corners


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
    """A place of many tickets. x, y: its middle in metres; reach: of its farthest point from there; members: (m,) in order."""

    x: float
    y: float
    reach: float
    members: np.ndarray


def recurring(x, y, apart=APART_M, often=OFTEN):
    """Where the same is told again and again: [Recurring], most points first.

    x, y: (n,) metres, in any order. Points of a place are pairwise within `apart`, and each point belongs to one place. Around
    each point the nearest are gathered first; the largest set is taken, then what is left: a chain of points along a street
    does not become one place. No `often` points that are left are pairwise within `apart`, and where m points lie within
    apart / 2 of one, one of them at least is in a place of m or more.
    """
    points = np.column_stack([x, y]).reshape(-1, 2)
    if len(points) < often:
        return []
    spots, spot, many = np.unique(points, axis=0, return_inverse=True, return_counts=True)  # a thousand at one door are one
    rows = np.split(np.argsort(spot.ravel(), kind="stable"), np.cumsum(many)[:-1])
    chosen = _largest_first(Around(spots, many, apart, often), _guesses(KDTree(points), spots, apart, often))
    places = [_place(points, [rows[one] for one in some]) for some in chosen]
    return sorted(places, key=lambda place: (-len(place.members), place.x, place.y))


def _place(points, rows):
    members = np.sort(np.concatenate(rows))
    here = points[members]
    x, y = here[np.lexsort(here.T)].mean(axis=0).tolist()  # summed in one order, whatever that of the rows is
    return Recurring(x, y, float(np.hypot(*(here - (x, y)).T).max()), members)


def _guesses(tree, spots, apart, often):
    """(n,) how many points the set around each spot may have; 0 where too few are near for any.

    What lies within apart / √3: a circle so wide holds any set (Jung). Never less than what lies within apart / 2. Measured
    on 50,000 points against all within `apart`, which no set exceeds: 24,000 sets gathered in place of 60,000.
    """
    near = tree.query_ball_point(spots, apart, return_length=True)
    return np.where(near >= often, tree.query_ball_point(spots, apart / np.sqrt(3), return_length=True), 0)


def _largest_first(around, guesses):
    """Yield sets of spots, the largest known first; guesses: (n,) what a set counts for until it is gathered.

    A set is gathered when its turn comes, and anew when it has lost a spot to another: most spots of a crowd are taken
    before it is their turn.
    """
    queue = [(-guess, 1, spot) for spot, guess in enumerate(guesses.tolist()) if guess]
    heapify(queue)
    sets = {}
    while queue:
        _size, _unsure, seed = heappop(queue)
        if not around.free[seed]:
            sets.pop(seed, None)
            continue
        if seed in sets and around.free[sets[seed]].all():
            around.free[sets[seed]] = False
            yield sets.pop(seed)
            continue
        sets[seed] = around.gathered(seed)
        size = int(around.many[sets[seed]].sum())
        if size >= around.often:
            heappush(queue, (-size, 0, seed))


class Around:
    """Spots that are not taken yet, and the sets that can be gathered of them.

    spots: (n, 2) metres, each once; many: (n,) points at each; free: (n,) bool. Holds no pair of spots, only a tree.
    """

    def __init__(self, spots, many, apart, often):
        self.spots, self.many, self.apart, self.often = spots, many, apart, often
        self.free, self.tree = np.ones(len(spots), dtype=bool), KDTree(spots)
        self.x, self.y = spots.T.copy()

    def gathered(self, seed):
        """(m,) free spots, pairwise within `apart`, the seed's nearest first.

        Where its nearest spot fits no other, each of the others is tried as the first: three that fit are never missed.
        """
        near = np.array(self.tree.query_ball_point(self.spots[seed], self.apart))
        near = near[self.free[near]]
        away = self._squared(near, seed)
        near = near[np.lexsort((near, away))]
        best = self._kept(near, int((away <= self.apart**2 / 4).sum()))
        if self.many[best].sum() >= self.often or self.many[near].sum() < self.often:
            return best
        tries = (self._kept(np.concatenate([[seed, one], near[(near != seed) & (near != one)]]), 2) for one in near[1:])
        return max(tries, key=lambda some: self.many[some].sum())

    def _kept(self, near, first):
        """(m,) of spots in order: the first so many, which fit each other, and each that fits all that are kept."""
        kept, others = [near[:first]], near[first:]
        for corner in self._corners(kept[0]):
            others = others[self._squared(others, corner) <= self.apart**2]
        while len(others):
            kept.append(others[:1])
            others = others[1:][self._squared(others[1:], others[0]) <= self.apart**2]
        return np.concatenate(kept)

    def _corners(self, some):
        """(m,) those of some spots that are corners of their hull, or more: what fits these fits all of them."""
        if len(some) <= FEW:
            return some
        wide = shapely.get_coordinates(shapely.convex_hull(shapely.linestrings(self.spots[some])))
        return some[np.isin(self.x[some], wide[:, 0])]

    def _squared(self, some, one):
        """(m,) square metres between some spots and one."""
        return (self.x[some] - self.x[one]) ** 2 + (self.y[some] - self.y[one]) ** 2
