"""Found cells as places: a name in words, the main kinds, the unit, what is open and late, and how it came about."""

import datetime as dt
from collections import Counter
from typing import NamedTuple

import h3.api.basic_int as h3
import numpy as np
from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from scipy.spatial import KDTree

from gis_app import meeting
from gis_app.clock import SHANGHAI
from gis_app.locate.points import villages
from gis_app.models import Address, Category, Ticket, Town, Unit, Village, remembered
from gis_app.words import OPEN_STATES, UNCOUNTED
from layers import clusters, trends
from layers.cells import STORED, centre, parents
from layers.crs import to_metres

MOST = 10  # places that a leader is shown
FEWEST = 5  # tickets of a place that is listed: less can be unlike chance and still be nothing to act on
KINDS = 2  # kinds that are named
BARS = 5
NEAR_M = 400  # an address this near to a place's highest cell helps to find it
NAMED = {Village: 0, Town: 1, Category: 2, Unit: 3}  # and the field of Told that counts them
NUMBERS = ("of", "open", "late", "free")


class Spotted(NamedTuple):
    """A hotspot with a name. cells: H3 of resolution 8, the highest first. of: tickets of the period that are counted there.

    kinds: [Category], most tickets first. bars: tickets of the last windows, oldest first. lasted: windows; what they say
    depends on the trend (see `since`). near: the address nearest to its highest cell, or "". drawn: p by draws of the
    highest cell that has a rate, where rates are asked for. free: open and under no order. supervised_at: when an order was
    last given to one of its tickets.
    """

    number: int
    cells: list
    name: str
    near: str
    town: Town
    kinds: list
    unit: Unit
    called: str
    q: float
    z: float
    of: int
    open: int
    late: int
    free: int
    supervised_at: dt.datetime
    trend: str
    bars: list
    lasted: int
    drawn: float | None

    @property
    def key(self):
        """What an address calls it: its highest cell."""
        return f"{self.cells[0]:x}"


class Told(NamedTuple):
    """What the tickets of one place add up to."""

    villages: Counter
    towns: Counter
    kinds: Counter
    units: Counter
    numbers: Counter  # of NUMBERS
    supervised_at: dt.datetime | None


def spotted(board, now=None):
    """([Spotted], how many more there are, small ones included): those with most open work first, then the highest."""
    found = clusters.clusters(board.found.hot, np.nan_to_num(board.found.z, nan=-np.inf), board.grid)
    told = _told(board, found, now or timezone.now())
    listed = [i for i in range(len(found)) if told[i].numbers["of"] >= FEWEST]
    order = sorted(listed, key=lambda i: (-told[i].numbers["open"], -told[i].numbers["late"], i))[:MOST]
    loaded = _loaded([told[i] for i in order])
    return [_spotted(board, number, found[i], told[i], loaded) for number, i in enumerate(order, 1)], len(found) - len(order)


def tickets_in(grid, cells, start, end, task, among=None):
    """The counted tickets of a task in these cells and this period: those that the map counts there, no other.

    among: a queryset of the tickets that somebody may see; all by default.
    """
    among = Ticket.objects.all() if among is None else among
    first, after = (dt.datetime.combine(day, dt.time(), SHANGHAI) for day in (start, end + dt.timedelta(days=1)))
    asked = among.filter(opened_at__gte=first, opened_at__lt=after, cell__in=fine_cells(grid, cells))
    return asked.filter(category__task=task).exclude(state__in=UNCOUNTED)


def fine_cells(grid, cells):
    """The stored cells that the map counts in these cells, sorted: their children, and strays of the county's border."""
    wanted = set(np.asarray(cells).tolist())
    around = np.array(sorted({near for cell in wanted for near in h3.grid_disk(int(cell), 1)}), dtype=np.int64)
    where = grid.positions(around)
    homes = np.where(where >= 0, grid.cells[where], 0)
    mine = around[np.isin(homes, list(wanted))]
    return sorted(child for cell in mine.tolist() for child in h3.cell_to_children(cell, STORED))


def _told(board, found, now):
    """[Told] of the places, from one query over their cells."""
    place_at = np.full(len(board.grid.cells) + 1, -1)
    for number, members in enumerate(found):
        place_at[members] = number
    told = [Told(*(Counter() for _field in range(5)), None) for _place in found]
    for row in _rows(board, found, now):
        place = place_at[board.grid.positions(parents([row["cell"]], h3.get_resolution(int(board.grid.cells[0]))))[0]]
        if place >= 0:
            told[place] = _with(told[place], row)
    return told


def _rows(board, found, now):
    if not found:
        return []
    cells = board.grid.cells[np.concatenate(found)]
    tickets = tickets_in(board.grid, cells, board.start, board.end, board.task)
    running = Q(state__in=OPEN_STATES)
    counted = tickets.annotate(due=meeting.DUE, stands=meeting.STANDS, whose=Coalesce("unit", "proposed"))
    return counted.values("cell", "village", "town", "category", "whose").annotate(
        of=Count("pk"),
        open=Count("pk", filter=running),
        late=Count("pk", filter=running & meeting.is_late(now)),
        free=Count("pk", filter=running & Q(supervised_at__isnull=True)),
        supervised=Max("supervised_at"),
    )


def _with(told, row):
    for counter, name in zip(told[:4], ("village", "town", "category", "whose"), strict=True):
        if row[name]:
            counter[row[name]] += row["of"]
    told.numbers.update({name: row[name] for name in NUMBERS})
    return told._replace(supervised_at=max(filter(None, (told.supervised_at, row["supervised"])), default=None))


def _loaded(told):
    """{model: {key: row}} of everything that is named; asked of the database only for what came since it was looked at."""
    found = {}
    for model, field in NAMED.items():
        known, wanted = _named()[model], {key for one in told for key in one[field]}
        missing = wanted - known.keys()
        found[model] = known | model.objects.in_bulk(missing) if missing else known
    return found


@remembered("places", "rules")
def _named():
    """{model: {key: row}} of all that a place can be named by."""
    return {model: model.objects.in_bulk() for model in NAMED}


def _spotted(board, number, members, told, loaded):
    trend, bars, lasted = _history(board, members)
    first = members[0]
    town = next((loaded[Town][key] for key, _n in _first(told.towns)), None)
    return Spotted(
        number=number,
        cells=board.grid.cells[members].tolist(),
        name=named([loaded[Village][key] for key, _n in _first(told.villages)], board.grid.cells[first]),
        near=nearest_address(board.grid.cells[first]),
        town=town,
        kinds=[loaded[Category][key] for key, _n in _first(told.kinds)[:KINDS]],
        unit=next((loaded[Unit][key] for key, _n in _first(told.units)), None),
        called=board.found.classes[first],
        q=float(board.found.q[first]),
        z=float(board.found.z[first]),
        **{name: told.numbers[name] for name in NUMBERS},
        supervised_at=told.supervised_at,
        trend=trend,
        bars=bars,
        lasted=lasted,
        drawn=_drawn(board, members),
    )


def _drawn(board, members):
    """p by draws of the highest cell that has a rate; None without."""
    drawn = board.held.drawn[members] if board.held else []
    return next((float(p) for p in drawn if not np.isnan(p)), None)


def _first(counter):
    """The most common first; equals by key, so that a page says the same every time."""
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))


def named(told, cell):
    """A place in words: the village that most of its tickets name, else the one that is nearest to its highest cell."""
    if told:
        return told[0].name
    lon, lat = centre(cell)
    away = [((village.point.x - lon) ** 2 + (village.point.y - lat) ** 2, village) for village in villages()]
    return min(away, key=lambda pair: pair[0])[1].name if away else f"{lon:.3f}, {lat:.3f}"


def nearest_address(cell):
    """The name of the address that is nearest to a cell's middle, "" where none is within NEAR_M."""
    names, tree = _addresses()
    away, which = tree.query(to_metres(*centre(cell))) if names else (np.inf, 0)
    return names[which] if away <= NEAR_M else ""


@remembered("places")
def _addresses():
    """(names, a tree of their points in metres) of the addresses in use."""
    rows = [(row.name, row.point.x, row.point.y) for row in Address.objects.filter(edition__active=True).order_by("pk")]
    return [name for name, _lon, _lat in rows], KDTree(np.column_stack(to_metres(*_columns(rows))) if rows else np.empty((0, 2)))


def _columns(rows):
    return np.array([row[1:] for row in rows]).T


def _history(board, members):
    """(Trend, bars, lasted) of a place: hot in a window when one of its cells was."""
    if not board.hot.shape[1]:
        return trends.Trend.NONE, [], 0
    hot, told = board.hot[members].any(axis=0)[None], board.told[members].sum(axis=0)[None]
    (trend,) = trends.classes(hot, told)
    return trend, told[0, -BARS:].tolist(), since(trend, hot)


def since(trend, hot):
    """Windows: how often, of what comes and goes; how long ago it began, of what diminishes; else how long without a break."""
    if trend == trends.Trend.SPORADIC:
        return int(hot.sum())
    if trend in (trends.Trend.DIMINISHING, trends.Trend.HISTORICAL):
        return int(hot.shape[1] - trends.since(hot)[0])
    return int(trends.lately(hot)[0])
