"""Rows to GeoDataFrames: the only bridge. What the public may not see is withheld here, before anything can draw or keep it."""

import json
from typing import NamedTuple

import geopandas
import numpy as np
import shapely
from django.conf import settings
from pypinyin import lazy_pinyin

from gis_app import stats
from gis_app.errors import NotFound
from gis_app.loading.population import PEOPLE, read_people
from gis_app.locate.points import active_edition
from gis_app.models import Boundary, Town, remembered
from gis_app.words import EditionKind
from layers import cells as hexagons
from layers.changes import compared
from layers.crs import to_metres
from layers.density import bands, density, levels
from layers.ground import Place, county_vectors, ground_of
from layers.heat import PUBLIC_CLASSES, fold, public_class_of, rates
from layers.metres import flat, round_again

FIGURES = ("opened", "voices")  # of a map
DIGITS = 6  # decimals of a degree in GeoJSON: a decimetre
FINE, COARSE = 0.0003, 0.001  # degrees: what a leader's map and a citizen's first view keep of the outlines


class Heat(NamedTuple):
    """What one query says of a period.

    cells: GeoDataFrame of cell, count, voices. town_only: {code: count} known by town alone.
    towns: {code: (count, voices)} of all.
    """

    cells: geopandas.GeoDataFrame
    town_only: dict
    towns: dict

    @property
    def total(self):
        return sum(count for count, _voices in self.towns.values())


def heat(task, start, end, category=None, bbox=None, res=hexagons.DRAWN, major=None):
    """What staff see of a period: (cells, tickets known by their town only).

    task: 六, 八, 七, 九 or None for all; category, major: a code. start, end: dates, both included. bbox: (west, south, east,
    north) in WGS84; a cell is in it by its centre and keeps its whole count. res: 0 … 9. Cells are sorted; those without
    tickets are absent.
    """
    found = heat_and_towns(task, start, end, category, bbox, res, major)
    return found.cells, found.town_only


def heat_and_towns(task, start, end, category=None, bbox=None, res=hexagons.DRAWN, major=None):
    """As `heat`, with the table of towns out of the same query, so that map and table cannot differ."""
    rows = stats.counts(start, end, task, category, res=min(res, hexagons.DRAWN) if bbox else res, major=major)
    towns, town_only = stats.by_town(rows)
    if bbox and res > hexagons.DRAWN:  # the county's towns from wide cells, close ones only where they are looked at
        rows = stats.counts(start, end, task, category, res, hexagons.touching(bbox, hexagons.DRAWN), major)
    cells, counts, voices = _folded(rows, res)
    if bbox:
        inside = _inside(cells, bbox)
        cells, counts, voices = cells[inside], counts[inside], voices[inside]
    return Heat(hexagons.frame(cells, count=counts, voices=voices), town_only, towns)


def public_heat(task, today):
    """What everybody sees: the last 13 complete ISO weeks, as cells with a class and no number.

    A GeoDataFrame of cell (res 7) and class. Less than 3 tickets are withheld: such a cell is absent, like an empty one.
    """
    cells, counts, _voices = _folded(stats.counts(*stats.public_weeks(today), task, res=hexagons.PUBLIC), hexagons.PUBLIC)
    classes = public_class_of(counts)
    shown = classes >= 0
    return hexagons.frame(cells[shown], **{"class": np.array(PUBLIC_CLASSES, dtype=object)[classes[shown]]})


def town_totals(task, start, end, major=None):
    """{town code: tickets} of a period, those known by their town only included."""
    towns, _town_only = stats.by_town(stats.counts(start, end, task, res=hexagons.DRAWN, major=major))
    return {code: count for code, (count, _voices) in towns.items()}


def coarser(cells, res):
    """Cells (cell, count, voices) gathered into those of a coarser resolution."""
    ids = np.array([hexagons.cell_named(cell) for cell in cells["cell"]], dtype=np.int64)
    gathered, counts, voices = fold(ids, cells["count"].to_numpy(), cells["voices"].to_numpy(), res)
    return hexagons.frame(gathered, count=counts, voices=voices)


def rated(cells, kind):
    """Cells (cell, count, …) of one resolution with what each is held against: columns `exposure` and `rate`.

    kind: people or roads, of which something is loaded (stats.exposures). exposure: people, metres. rate: tickets per 1,000
    people or per km; NaN where a cell has less than stats.LEAST of them.
    """
    ids = np.array([hexagons.cell_named(cell) for cell in cells["cell"]], dtype=np.int64)
    held = stats.exposures()[kind].of(ids)
    return cells.assign(exposure=held, rate=rates(cells["count"].to_numpy(), held, stats.PER, stats.LEAST[kind]))


@remembered("places")
def held_by_town():
    """{kind: {town code: people or metres of road}} of what is loaded; a town without any is absent.

    A cell of 0.1 km² goes whole with the town of its middle; with the nearest one, where the county's edge leaves that outside.
    """
    index, found = active_edition().index, {}
    for kind, held in stats.exposures().items():
        middles = np.array([hexagons.centre(cell) for cell in held.cells]).reshape(-1, 2)
        rows = index.rows_at(*middles.T)
        for stray in np.flatnonzero(rows < 0):
            rows[stray] = index.codes.index(index.nearest(*middles[stray])[0])
        sums = np.bincount(rows, held.amounts, minlength=len(index.codes))
        found[kind] = {code: float(amount) for code, amount in zip(index.codes, sums, strict=True) if amount}
    return found


def town_rates(tickets, kind):
    """{town code: tickets per 1,000 people or per km of road} of towns that have stats.LEAST or more; empty where none is loaded.

    tickets: {town code: count}, those known by their town only included.
    """
    held = held_by_town()[kind] if kind in stats.exposures() else {}
    return {code: stats.PER * tickets.get(code, 0) / amount for code, amount in held.items() if amount >= stats.LEAST[kind]}


def changed(task, now, before, major=None, res=hexagons.DRAWN):
    """Two periods cell by cell: (GeoDataFrame of cell, now, before, q, class as layers.changes says, towns).

    now, before: (first day, last day), both included. Cells have tickets in either. towns: {code: (now, before, class)} of
    all tickets, tested among towns in the same way.
    """
    periods = [stats.counts(*period, task, res=res, major=major) for period in (now, before)]
    lengths = [(last - first).days + 1 for first, last in (now, before)]
    cells, counts = _side_by_side([dict(zip(*_folded(rows, res)[:2], strict=True)) for rows in periods])
    _p, q, classes = compared(*counts, *lengths)
    towns, sums = _side_by_side([{code: count for code, (count, _v) in stats.by_town(rows)[0].items()} for rows in periods])
    by_town = zip(*sums.tolist(), compared(*sums, *lengths)[2].tolist(), strict=True)
    frame = hexagons.frame(cells, now=counts[0], before=counts[1], q=q, **{"class": classes})
    return frame, dict(zip(towns, by_town, strict=True))


def _side_by_side(found):
    """(keys, counts (2, n)) of two {key: count}: every key of either, sorted, nought where one has none."""
    keys = sorted(found[0].keys() | found[1].keys())
    return keys, np.array([[side.get(key, 0) for key in keys] for side in found], dtype=np.int64).reshape(2, -1)


def smoothed(task, start, end, bandwidth, major=None):
    """A period's tickets as areas of equal density inside the county, and its sums: (GeoDataFrame of least, most, Heat).

    least, most: tickets per km²; most is infinite in the last row. A ticket counts at the middle of its finest cell, which is
    at most 200 m away: the density is that of the cells. Tickets known by their town only are in no area.
    """
    found = heat_and_towns(task, start, end, res=hexagons.STORED, major=major)
    middles = np.array([hexagons.centre(hexagons.cell_named(cell)) for cell in found.cells["cell"]]).reshape(-1, 2)
    county = flat(ground().county)
    field = density(*to_metres(*middles.T), found.cells["count"].to_numpy(), bandwidth, county.bounds)
    edges = levels(field)
    rough = shapely.simplify(np.array(bands(field, edges), dtype=object), bandwidth / 40)
    areas = round_again(shapely.intersection(shapely.make_valid(rough), county))
    columns = {"least": edges, "most": [*edges[1:], np.inf][: len(edges)]}
    return geopandas.GeoDataFrame(columns, geometry=areas, crs="EPSG:4326"), found


def weekly(task, start, end, major=None, res=hexagons.DRAWN):
    """{Monday: (cells, counts, voices)} of the weeks that have tickets on the map; arrays as layers.heat.fold gives."""
    opened, voices = (stats.series(start, end, "week", "cell", task, major=major, res=res, figure=name) for name in FIGURES)
    cells = np.array(sorted(opened.counts), dtype=np.int64)
    nothing = np.zeros(len(opened.periods), dtype=np.int64)
    sums = [np.array([told.counts.get(cell, nothing) for cell in cells.tolist()]) for told in (opened, voices)]
    weeks = {}
    for number, monday in enumerate(opened.periods if len(cells) else ()):
        if (shown := sums[0][:, number] > 0).any():
            weeks[monday] = (cells[shown], sums[0][shown, number], sums[1][shown, number])
    return weeks


def week_totals(task, start, end, major=None):
    """{Monday: tickets} of a period, those known by their town only included."""
    told = stats.series(start, end, "week", "task", task, major=major)
    totals = sum(told.counts.values(), np.zeros(len(told.periods), dtype=np.int64))
    return {monday: int(count) for monday, count in zip(told.periods, totals, strict=True) if count}


def geojson(frame):
    """A frame as a GeoJSON FeatureCollection (dict), lon before lat, the columns as properties."""
    columns = frame.drop(columns=frame.geometry.name)
    if columns.isna().any(axis=None):  # a cell without a rate
        columns = columns.astype(object).where(columns.notna(), None)
    records = columns.to_dict("records")  # plain Python numbers, which json can write
    shapes = [
        shapely.geometry.mapping(shape) for shape in shapely.set_precision(frame.geometry.array, 10**-DIGITS, mode="pointwise")
    ]
    features = [
        {"type": "Feature", "id": record["cell"], "properties": record, "geometry": shape}
        for record, shape in zip(records, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _folded(rows, res):
    placed = [(row.cell, row.count, row.voices) for row in rows if row.cell is not None]
    columns = np.array(placed, dtype=np.int64).reshape(-1, 3).T
    return fold(*columns, res)


def _inside(cells, bbox):
    west, south, east, north = bbox
    centres = np.array([hexagons.centre(cell) for cell in cells]).reshape(-1, 2)
    lon, lat = centres[:, 0], centres[:, 1]
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


@remembered("places")
def people():
    """{town code: loading.population.People} of the county's folder; empty where it has no such file. Raises BadFile."""
    path = settings.FIXTURES / PEOPLE
    return read_people(path) if path.exists() else {}


@remembered("places")
def ground():
    """What lies under a leader's map: layers.ground.Ground of the active edition and the neighbours."""
    return ground_of(*_places(), FINE)


@remembered("places")
def county_map():
    """What lies under a citizen's map, as JSON bytes: the same, coarser; its shape stands in layers.ground.county_vectors.

    Raises NotFound before there are towns to draw.
    """
    towns, neighbours = _places()
    if not towns:
        raise NotFound
    english = {place.code: latin(place.name) for place in (*towns, *neighbours)}
    vectors = county_vectors(ground_of(towns, neighbours, COARSE), english)
    return json.dumps(vectors, ensure_ascii=False, separators=(",", ":")).encode()


def latin(name):
    """A place's name in latin letters, without what kind of place it is: 茶镇 is Chazhen, 城北街道 Chengbei."""
    tail = next((tail for tail in ("街道", "镇", "县", "区") if name.endswith(tail) and len(name) > len(tail) + 1), "")
    return "".join(lazy_pinyin(name.removesuffix(tail))).capitalize()


def _places():
    active = Boundary.objects.filter(edition__kind=EditionKind.TOWNS, edition__active=True)
    names = dict(Town.objects.values_list("code", "name"))  # the town's own, which is not always the file's
    towns = [Place(row.code, names[row.code], shapely.from_wkb(bytes(row.outline.wkb)), row.synthetic) for row in active]
    return towns, _neighbours()


def _neighbours():
    """The counties around, from a file that a county need not have."""
    path = settings.FIXTURES / "neighbours.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"] if path.exists() else []
    shapes = shapely.make_valid([shapely.geometry.shape(feature["geometry"]) for feature in features])
    names = [(feature["properties"]["code"], feature["properties"]["name"]) for feature in features]
    return [Place(*name, shape) for name, shape in zip(names, shapes, strict=True)]
