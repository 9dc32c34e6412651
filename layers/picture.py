"""A county's tested cells as one SVG picture: the same on a page, in print and in a document, with nothing to load or to run.

Colours are presentation attributes and text is escaped: a strict policy for content lets all of it stand as it is.
"""

import html
from typing import NamedTuple

import numpy as np
import shapely

from layers.cells import polygons
from layers.crs import to_metres
from layers.names import placed

FILLS = {  # of the classes, in the order in which they are drawn
    "none": "#CFD8CE",
    "cold90": "#B5CCE6",
    "cold95": "#6790C6",
    "cold99": "#28588F",
    "hot90": "#EFA58F",
    "hot95": "#D6523B",
    "hot99": "#9C1C16",
}
INK, PAPER, COUNTY, TOWN, BESIDE, BEYOND = "#16201B", "#FFFFFF", "#24503A", "#6F7E75", "#CBD2C9", "#ECEFE9"
WIDTH, MARGIN, FOOT = 704, 14, 16  # of the picture, in pixels of a desk; the foot holds what stands under the county
DISC, REACH = 11, (26, 40, 58)  # the radius of a number and how far it may stand from its place
INSET, CLOSER, SMALL = 190, 4.0, 0.02  # side in pixels; how much nearer; below this part of the picture a place needs one
STEPS_KM = (1, 2, 5, 10, 20, 50)  # that a scale bar may show


class Wording(NamedTuple):
    """What the picture says, in the reader's language."""

    title: str
    told: str  # for whoever cannot see it
    note: str  # 示意边界，非法定界线
    closer: str  # over the inset
    kilometre: str


class Marked(NamedTuple):
    """A place on the picture. cells: (n,) H3; outline: what they make together, shapely, WGS84."""

    number: int
    cells: np.ndarray
    outline: shapely.Geometry


class Paper:
    """Metres to pixels: north is up, the county fills the width."""

    def __init__(self, county, width=WIDTH):
        west, south, east, north = shapely.transform(county, _metres).bounds
        self.scale = (width - 2 * MARGIN) / (east - west)
        self.origin, self.width = (west, north), width
        self.height = round((north - south) * self.scale + 2 * MARGIN + FOOT)

    def pixels(self, lon, lat):
        """(x, y) of points in degrees; scalars or arrays."""
        east, north = to_metres(lon, lat)
        return MARGIN + (east - self.origin[0]) * self.scale, MARGIN + (self.origin[1] - north) * self.scale

    def on(self, shape):
        """A shape in degrees as one in pixels."""
        return shapely.transform(shape, lambda points: np.column_stack(self.pixels(points[:, 0], points[:, 1])))


def _metres(points):
    return np.column_stack(to_metres(points[:, 0], points[:, 1]))


def picture(ground, cells, classes, places, wording):
    """The SVG of a county with its tested cells and numbered places.

    ground: layers.ground.Ground. cells: (n,) H3 that are drawn; classes: (n,) of FILLS. places: [Marked], drawn with a line
    round each. The same input gives the same text.
    """
    paper = Paper(ground.county)
    classes = np.asarray(classes)
    shapes = np.array([paper.on(shape) for shape in polygons(cells)], dtype=object)
    land, outlines = paper.on(ground.county), [paper.on(place.outline) for place in places]
    corner, names = _corner(paper, land, outlines), _placed(ground, places)
    body = [
        _beneath(paper, ground, land),
        _cells(shapes, classes),
        _lines(paper, ground, land),
        *(_outline(outline) for outline in outlines),
        _names(paper, ground, names, _with_a_place(ground, places), corner),
        _numbers(places, outlines, [paper.pixels(name.lon, name.lat) for name in names], paper),
        _inset(corner, land, shapes, classes, outlines, wording) if corner else "",
        _furniture(paper, wording),
    ]
    told = f"<title>{html.escape(wording.title)}</title><desc>{html.escape(wording.told)}</desc>"
    size = f'viewBox="0 0 {paper.width} {paper.height}" width="{paper.width}" height="{paper.height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="county-picture" role="img" {size}>'
    return f"{head}{told}{_hatch()}{''.join(body)}</svg>"


def _hatch():
    line = '<path d="M-1 1l2-2M0 5L5 0M4 6l2-2" stroke="#fff" stroke-width="1.4"/>'
    return f'<defs><pattern id="cold" width="5" height="5" patternUnits="userSpaceOnUse">{line}</pattern></defs>'


def _beneath(paper, ground, land):
    """Neighbours' edges, then the county: a halo of its own colour and white land."""
    beside = "".join(_path(_d(paper.on(shapely.LineString(path)))) for _label, paths in ground.neighbours for path in paths)
    halo = f'stroke="{COUNTY}" stroke-opacity=".13" stroke-width="9" stroke-linejoin="round"'
    frame = f'<rect width="{paper.width}" height="{paper.height}" fill="{BEYOND}"/>'
    return f'{frame}<g fill="none" stroke="{BESIDE}">{beside}</g><path d="{_d(land)}" fill="{PAPER}" {halo}/>'


def _cells(shapes, classes):
    """Cells of a class as one path: with white seams where tested, hatched where cold, so that grey print tells them apart."""
    drawn = []
    for name, fill in FILLS.items():
        if not (classes == name).any():
            continue
        d = "".join(_d(shape) for shape in shapes[classes == name])
        seam = "" if name == "none" else ' stroke="#fff" stroke-width=".4"'
        drawn.append(f'<path d="{d}" fill="{fill}"{seam}/>')
        if name.startswith("cold"):
            drawn.append(f'<path d="{d}" fill="url(#cold)"/>')
    return "".join(drawn)


def _lines(paper, ground, land):
    """Towns' edges, dashed while they are synthetic, and the county's."""
    dashes = {True: 'stroke-dasharray="5 3"', False: ""}
    inner = "".join(_path(_d(paper.on(shapely.LineString(path))), dashes[synthetic]) for synthetic, path in ground.lines)
    edge = f'<path d="{_d(land)}" fill="none" stroke="{COUNTY}" stroke-width="2" stroke-linejoin="round"/>'
    return f'<g fill="none" stroke="{TOWN}" stroke-width="1.1">{inner}</g>{edge}'


def _outline(outline, pen=1.1):
    return f'<path d="{_d(outline)}" fill="none" stroke="{INK}" stroke-width="{pen}"/>'


def _placed(ground, places):
    """Town labels off the places."""
    cells = np.array([cell for place in places for cell in place.cells], dtype=np.int64)
    middles = shapely.get_coordinates(shapely.centroid(polygons(cells))) if len(cells) else np.empty((0, 2))
    return placed(ground.towns, ground.outlines, middles[:, 0], middles[:, 1], np.full(len(cells), 5))


def _with_a_place(ground, places):
    """Codes of the towns that a place touches: on a small screen there is room for their names alone."""
    found = [place.outline for place in places]
    return {code for code, outline in ground.outlines.items() if any(outline.intersects(shape) for shape in found)}


def _names(paper, ground, towns, here, corner):
    """Town names, those with a place marked as such; those of neighbours grey, where they are in view and not under the inset."""
    kinds = ["town here" if town.code in here else "town" for town in towns]
    written = [_text(*paper.pixels(town.lon, town.lat), town.name, kind) for town, kind in zip(towns, kinds, strict=True)]
    for label, _paths in ground.neighbours:
        x, y = paper.pixels(label.lon, label.lat)
        hidden = corner and shapely.box(x - 30, y - 10, x + 30, y + 10).intersects(corner)
        if 40 < x < paper.width - 40 and 16 < y < paper.height - 16 and not hidden:
            written.append(_text(x, y, label.name, "beside", "#5C6861"))
    return "".join(written)


def _text(x, y, words, kind, fill=INK, size=13, weight=500):
    """Text on a halo: the stroke is a text of its own, since not everything that prints knows paint-order."""
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="middle" dominant-baseline="central" font-size="{size}" font-weight="{weight}"'
    words = html.escape(words)
    halo = f'<text {at} fill="none" stroke="#fff" stroke-width="3" stroke-linejoin="round" aria-hidden="true">{words}</text>'
    return f'<g class="{kind}">{halo}<text {at} fill="{fill}">{words}</text></g>'


def _numbers(places, outlines, names, paper):
    """Numbers on ink discs beside their places, each led to by a line; where they cover least."""
    taken, drawn = [(x + east, y) for x, y in names for east in (-18, 18)], []
    others = shapely.union_all(outlines) if outlines else None
    for place, outline in zip(places, outlines, strict=True):
        x, y = _from(outline)
        spots = [(x + far * np.cos(turn), y + far * np.sin(turn)) for far in REACH for turn in np.arange(8) * np.pi / 4]
        costs = [_cost(spot, (x, y), others, taken, paper) for spot in spots]
        to = spots[int(np.argmin(costs))]
        taken.append(to)
        line = f'<path d="M{x:.1f} {y:.1f}L{to[0]:.1f} {to[1]:.1f}" stroke="{INK}" stroke-width="1"/>'
        disc = f'<circle cx="{to[0]:.1f}" cy="{to[1]:.1f}" r="{DISC}" fill="{INK}" stroke="#fff" stroke-width="1.5"/>'
        drawn.append(line + disc + _number(*to, place.number))
    return f'<g class="numbers">{"".join(drawn)}</g>'


def _number(x, y, number):
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="middle" dominant-baseline="central"'
    return f'<text {at} font-size="13" font-weight="700" fill="#fff">{number}</text>'


def _from(outline):
    point = shapely.centroid(outline)
    return float(point.x), float(point.y)


def _cost(spot, start, others, taken, paper):
    """What a number covers there: places, other numbers, the picture's edge; and how far it stands off."""
    disc = shapely.Point(spot).buffer(DISC + 2)
    crowded = sum(np.hypot(spot[0] - x, spot[1] - y) < 2 * DISC + 4 for x, y in taken)
    outside = not (DISC < spot[0] < paper.width - DISC and DISC < spot[1] < paper.height - DISC)
    away = np.hypot(spot[0] - start[0], spot[1] - start[1])
    return 500 * outside + 100 * crowded + shapely.area(disc & others) / 4 + away / 10


def _corner(paper, land, outlines):
    """Where the first place is shown enlarged: the box with least land in it; None when that place is large or in the way."""
    if not outlines or outlines[0].area > SMALL * paper.width * paper.height:
        return None
    right, foot = paper.width - INSET - MARGIN, paper.height - INSET - 34
    corners = [(MARGIN, MARGIN), (right, MARGIN), *((left, foot) for left in (MARGIN, (MARGIN + right) / 2, right))]
    boxes = [shapely.box(left, top, left + INSET, top + INSET) for left, top in corners]
    best = min(boxes, key=lambda box: box.intersection(land).area)
    return None if best.intersects(_window(outlines[0])) else best


def _window(outline):
    """What of the map is enlarged."""
    (x, y), half = _from(outline), INSET / CLOSER / 2
    return shapely.box(x - half, y - half, x + half, y + half)


def _inset(corner, land, shapes, classes, outlines, wording):
    """The first place enlarged, and the frame on the map that says where it is."""
    window = _window(outlines[0])
    seen = np.array([shape.intersects(window) for shape in shapes], dtype=bool)
    drawn = f'<path d="{_d(land)}" fill="{PAPER}"/>{_cells(shapes[seen], classes[seen])}'
    drawn += "".join(_outline(outline, 0.4) for outline in outlines if outline.intersects(window))
    (left, top, _right, foot), (x, y, *_end) = corner.bounds, window.bounds
    moved = f"translate({left:.1f} {top:.1f}) scale({CLOSER:g}) translate({-x:.1f} {-y:.1f})"
    frames = "".join(f'<path d="{_d(box)}" fill="none" stroke="{INK}"/>' for box in (corner, window))
    return (
        f'<defs><clipPath id="closer"><path d="{_d(corner)}"/></clipPath></defs><g clip-path="url(#closer)">'
        f'<path d="{_d(corner)}" fill="{BEYOND}"/><g transform="{moved}">{drawn}</g></g>{frames}'
        + _text(left + INSET / 2, foot - 10, wording.closer, "closer", size=12)
    )


def _furniture(paper, wording):
    """The sentence about the boundaries at the left, the scale bar at the right, both at the foot."""
    km = max(step for step in STEPS_KM if step == STEPS_KM[0] or step * 1000 * paper.scale <= 110)
    wide, y = km * 1000 * paper.scale, paper.height - 12
    right = paper.width - MARGIN
    bar = f"M{right - wide:.1f} {y - 5}v5h{wide:.1f}v-5"
    label = f'x="{right - wide / 2:.1f}" y="{y - 6}" text-anchor="middle" font-size="12" fill="{INK}" class="small"'
    note = f'x="{MARGIN}" y="{y}" font-size="12" fill="#435049" class="small"'
    drawn = f'<path d="{bar}" fill="none" stroke="{INK}" stroke-width="1.5"/>'
    return f"{drawn}<text {label}>{km} {html.escape(wording.kilometre)}</text><text {note}>{html.escape(wording.note)}</text>"


def _path(d, more=""):
    return f'<path d="{d}" {more}/>' if more else f'<path d="{d}"/>'


def _d(shape):
    """The path of a line, polygon or collection of them, in tenths of a pixel, each step from the one before."""
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    rings = [ring for part in parts for ring in ((part.exterior, *part.interiors) if part.geom_type == "Polygon" else (part,))]
    return "".join(_ring(shapely.get_coordinates(ring), ring.is_ring) for ring in rings if not ring.is_empty)


def _ring(points, closed):
    tenths = np.rint(points * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    drawn = "".join(f"l{_tenth(x)} {_tenth(y)}" for x, y in (steps[:-1] if closed else steps).tolist())
    return f"M{_tenth(tenths[0, 0])} {_tenth(tenths[0, 1])}{drawn}{'z' if closed else ''}"


def _tenth(number):
    return f"{number / 10:g}"
