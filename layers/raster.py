"""A picture of the outlines: most points are answered by the square they lie in, the rest are asked exactly."""

import numpy as np
import shapely
from scipy import ndimage

SIDE = 1024  # squares along the longer side; larger pictures fall out of the processor's cache and get slower
OUTSIDE, BORDER = -1, -2
SAMPLES = 2  # along an edge, for each square's width
MARGIN = 0.5 / SAMPLES + 0.05  # squares: how far from a sample its edge may run unseen, and a little for rounding
CHUNK = 1 << 15  # points at a time: the temporary arrays stay in the processor's cache


class Raster:
    """Squares over some outlines, each wholly inside one of them, outside all, or on a border.

    outlines: (n,) shapely polygons, any plane coordinates, at most 32,767. exact: (x, y) → (k,) rows, −1 outside: the
    slow truth, asked once for every piece of ground that edges cut off. Building takes about 0.02 s for 17 towns.
    """

    def __init__(self, outlines, exact, side=SIDE):
        self.west, self.south, east, north = shapely.total_bounds(outlines)
        self.scale = side / max(east - self.west, north - self.south)
        # A frame of outside squares: a point beyond the last column is cut back to one of them.
        self.columns, self.rows = (int(np.ceil(span * self.scale)) + 3 for span in (east - self.west, north - self.south))
        plain = np.ones(self.rows * self.columns, dtype=bool)
        plain[self._touched(outlines)] = False
        # Squares side by side that no edge touches lie in the same outline: one of each piece is asked.
        pieces, count = ndimage.label(plain.reshape(self.rows, self.columns))
        pieces, one_of = pieces.ravel(), np.zeros(count + 1, dtype=np.int64)
        one_of[pieces] = np.arange(len(pieces))
        row, column = np.divmod(one_of[1:], self.columns)
        rows = exact(self.west + (column - 0.5) / self.scale, self.south + (row - 0.5) / self.scale)
        self.squares = np.concatenate([[BORDER], rows]).astype(np.int16)[pieces]

    def _touched(self, outlines):
        """The squares that an edge runs through, and now and then a neighbour: samples closer than a square, made wider.

        Some come more than once.
        """
        starts, ends = _segments(outlines)
        starts, ends = (np.column_stack(self._position(*points.T)) for points in (starts, ends))
        steps = np.ceil(np.abs(ends - starts).max(axis=1) * SAMPLES).astype(int) + 1
        edge = np.repeat(np.arange(len(steps)), steps + 1)
        along = (np.arange(len(edge)) - np.repeat(np.cumsum(steps + 1) - steps - 1, steps + 1)) / steps[edge]
        samples = starts[edge] + along[:, None] * (ends - starts)[edge]
        corners = [samples + (dx, dy) for dx in (-MARGIN, MARGIN) for dy in (-MARGIN, MARGIN)]
        column, row = np.floor(np.vstack(corners)).astype(np.int64).T
        return row * self.columns + column

    def _position(self, x, y):
        """Where points lie in the picture, in squares: the same arithmetic at building and at asking, so both round alike."""
        return (x - self.west) * self.scale + 1.0, (y - self.south) * self.scale + 1.0

    def at(self, x, y):
        """(n,) int16: the outline's row, OUTSIDE or BORDER, of each point. NaN and infinity are OUTSIDE."""
        found = np.empty(len(x), dtype=np.int16)
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            column, row = self._position(x[part], y[part])
            # fmax and fmin turn NaN into the outside frame.
            column = np.fmin(np.fmax(column, 0.0), self.columns - 1.0).astype(np.int32)
            row = np.fmin(np.fmax(row, 0.0), self.rows - 1.0).astype(np.int32)
            row *= self.columns
            row += column
            np.take(self.squares, row, out=found[part], mode="clip")
        return found

    def at_one(self, x, y):
        """As `at`, for one point of floats."""
        column, row = self._position(x, y)
        if not (0 <= column < self.columns and 0 <= row < self.rows):
            return OUTSIDE
        return self.squares.item(int(row) * self.columns + int(column))


def _segments(outlines):
    """(starts, ends), each (m, 2), of every edge of every ring."""
    parts, _owner = shapely.get_parts(np.asarray(outlines, dtype=object), return_index=True)
    points, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    same = ring[1:] == ring[:-1]
    return points[:-1][same], points[1:][same]
