"""A map for paper: A4 across, true to scale in metres, with all that a sheet must say of itself. The same bytes every time.

matplotlib draws it through its objects and Agg alone: no window, no state that two threads could share.
"""

import io
import unicodedata
from typing import NamedTuple

import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from layers.crs import to_metres
from layers.metres import flat
from layers.names import placed

WIDE, HIGH, DOTS = 11.69, 8.27, 150  # inches of A4, dots an inch
FONT = {"family": ["Noto Sans CJK JP", "Noto Sans CJK SC", "sans-serif"]}  # one file for all of them; this name is always there
MAP, SIDE = (0.03, 0.075, 0.68, 0.81), (0.74, 0.075, 0.235, 0.81)  # left, bottom, width, height as shares of the sheet
COUNTY, TOWN, BESIDE, LAND, BEYOND = "#24503A", "#6F7E75", "#CBD2C9", "#FFFFFF", "#ECEFE9"
INK, QUIET = "#16201B", "#435049"
ROOM = 0.05  # of the map's height, above and below the county
LINE = 34  # half-widths of a line of small text beside the map
BARS = (1, 2, 5, 10, 20, 50)  # kilometres that a scale bar may be long


class Caption(NamedTuple):
    """What stands on the sheet, in the reader's language."""

    title: str
    about: str  # what is counted, and in which days
    heading: str  # of the legend
    told: tuple  # sentences under it, one paragraph each
    foot: str  # source and date of the sheet
    note: str  # 示意边界，非法定界线
    north: str
    kilometre: str
    empty: str = ""  # said across the map when there is nothing on it


def picture(overlay, ground, caption):
    """The sheet as PNG bytes, 1,753 × 1,240 dots.

    overlay: layers.overlay.Overlay. ground: layers.ground.Ground. caption: Caption. Raises nothing for an empty overlay: the
    sheet then shows the county and says `caption.empty`.
    """
    figure = Figure(figsize=(WIDE, HIGH), dpi=DOTS, facecolor="#FFFFFF")
    FigureCanvasAgg(figure)
    figure.text(0.03, 0.95, caption.title, fontsize=19, fontweight="bold", color=INK, va="center", **FONT)
    figure.text(0.03, 0.91, caption.about, fontsize=11, color=QUIET, va="center", **FONT)
    chart = _frame(figure, ground)
    _land(chart, ground)
    _areas(chart, overlay)
    _lines(chart, ground)
    _names(chart, ground, overlay.areas)
    _scale(chart, caption)
    if caption.empty:
        chart.text(0.5, 0.5, caption.empty, fontsize=14, color=INK, ha="center", transform=chart.transAxes, **FONT)
    _legend(figure, overlay.shades, caption)
    figure.text(0.03, 0.04, caption.foot, fontsize=9, color=QUIET, va="center", **FONT)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})  # else the version would be in the bytes
    return out.getvalue()


def _frame(figure, ground):
    """Axes in metres, EPSG:4545, around the county."""
    chart = figure.add_axes(MAP, facecolor=BEYOND)
    west, south, east, north = flat(ground.county).bounds
    tall = max(north - south, (east - west) * MAP[3] * HIGH / (MAP[2] * WIDE)) * (1 + 2 * ROOM)
    wide = tall * MAP[2] * WIDE / (MAP[3] * HIGH)  # a metre is as long across as along
    chart.set_xlim((west + east - wide) / 2, (west + east + wide) / 2)
    chart.set_ylim((south + north - tall) / 2, (south + north + tall) / 2)
    chart.set_xticks([])
    chart.set_yticks([])
    for edge in chart.spines.values():
        edge.set_color(BESIDE)
    return chart


def _land(chart, ground):
    for _label, paths in ground.neighbours:
        chart.add_collection(LineCollection([_metres(path) for path in paths], colors=BESIDE, linewidths=0.8))
    county = _path(flat(ground.county))
    # add_artist, not add_patch: the limits are set, and to measure ten thousand edges for them is a third of the sheet's time.
    chart.add_artist(PathPatch(county, facecolor="none", edgecolor=COUNTY, alpha=0.13, linewidth=6))
    chart.add_artist(PathPatch(county, facecolor=LAND, edgecolor="none"))


def _areas(chart, overlay):
    """All areas of a class as one path: thousands of hatched ones by themselves would take seconds."""
    shapes, shade = flat(overlay.areas.geometry.array), overlay.areas["shade"].to_numpy()
    for number, each in enumerate(overlay.shades):
        style = {"hatch": "////", "edgecolor": "#FFFFFF"} if each.hatched else {"edgecolor": each.edge}
        if (shade == number).any():
            chart.add_artist(PathPatch(_path(shapes[shade == number]), facecolor=each.colour, linewidth=0.3, **style))


def _lines(chart, ground):
    for synthetic, path in ground.lines:
        chart.plot(*_metres(path).T, color=TOWN, linewidth=0.8, linestyle=(0, (5, 3)) if synthetic else "-")
    chart.add_artist(PathPatch(_path(flat(ground.county)), facecolor="none", edgecolor=COUNTY, linewidth=1.5))


def _names(chart, ground, areas):
    halo = [withStroke(linewidth=2.5, foreground="#FFFFFF")]
    cells = areas if "cell" in areas else areas[:0]
    middles = shapely.get_coordinates(shapely.centroid(cells.geometry.array))
    weight = cells["count"] if "count" in cells else cells["shade"]
    for label in placed(ground.towns, ground.outlines, *middles.T, weight.to_numpy()):
        east, north = to_metres(label.lon, label.lat)
        chart.text(east, north, label.name, fontsize=9, color=INK, ha="center", va="center", path_effects=halo, **FONT)
    for label, _paths in ground.neighbours:
        east, north = to_metres(label.lon, label.lat)
        chart.text(east, north, label.name, fontsize=9, color=QUIET, ha="center", va="center", clip_on=True, **FONT)


def _scale(chart, caption):
    """Scale bar and north at the right, the sentence about the boundaries at the left; north is that of the grid."""
    (west, east), (south, north) = chart.get_xlim(), chart.get_ylim()
    long = max(bar for bar in BARS if bar * 1000 <= max((east - west) / 5, 1000)) * 1000
    right, low, tall = east - 0.03 * (east - west), south + 0.035 * (north - south), 0.012 * (north - south)
    chart.plot([right - long, right - long, right, right], [low + tall, low, low, low + tall], color=INK, linewidth=1.2)
    words = f"{long // 1000} {caption.kilometre}"
    chart.text(right - long / 2, low + tall, words, fontsize=9, color=INK, ha="center", va="bottom", **FONT)
    tip = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2}
    chart.annotate("", (0.965, 0.965), (0.965, 0.9), xycoords="axes fraction", arrowprops=tip)
    chart.text(0.965, 0.895, caption.north, fontsize=9, color=INK, ha="center", va="top", transform=chart.transAxes, **FONT)
    chart.text(0.015, 0.02, caption.note, fontsize=9, color=INK, transform=chart.transAxes, **FONT)


def _legend(figure, shades, caption):
    """Swatches with their classes, one under the other, then the sentences that say what it is and what not."""
    side = figure.add_axes(SIDE)
    side.set_axis_off()
    side.set_xlim(0, 1)
    side.set_ylim(1, 0)
    y = _paragraph(side, caption.heading, 0.0, 12, "bold")
    for shade in shades:
        hatch = {"hatch": "////", "edgecolor": "#FFFFFF"} if shade.hatched else {"edgecolor": shade.edge}
        side.add_patch(Rectangle((0, y), 0.2, 0.032, facecolor=shade.colour, linewidth=0.5, **hatch))
        side.text(0.25, y + 0.016, shade.words, fontsize=10, color=INK, va="center", **FONT)
        y += 0.043
    y += 0.02
    for sentence in caption.told:
        y = _paragraph(side, sentence, y, 9.5, "normal")


def _paragraph(side, words, y, size, weight):
    """Words in lines from y downwards; returns where the next may begin."""
    lines = wrapped(words, int(LINE * 9.5 / size))
    for line in lines:
        side.text(0, y, line, fontsize=size, fontweight=weight, color=INK, va="top", **FONT)
        y += 0.0027 * size
    return y + (0.016 if lines else 0)


def wrapped(words, most):
    """Lines of at most `most` half-widths: Chinese breaks anywhere but before a point, Latin words stay whole."""
    lines, line = [], ""
    for piece in _pieces(words):
        if line and _width(line) + _width(piece.rstrip()) > most and piece not in "，。；：、）":
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(words):
    """Single wide symbols, and runs of narrow ones up to a space."""
    run = ""
    for symbol in words:
        if _width(symbol) == 2 or symbol == " ":
            yield from filter(None, (run + symbol,) if symbol == " " else (run, symbol))
            run = ""
        else:
            run += symbol
    if run:
        yield run


def _width(words):
    return sum(2 if unicodedata.east_asian_width(symbol) in "WF" else 1 for symbol in words)


def _metres(path):
    return np.column_stack(to_metres(*np.asarray(path, dtype=float).T))


def _path(shapes):
    """Polygons (one shape or an array) as one path; holes run the other way round, so that they stay empty."""
    parts = [part for part in shapely.get_parts(shapely.orient_polygons(shapes)) if part.geom_type == "Polygon"]
    return Path.make_compound_path(*[Path(shapely.get_coordinates(ring), closed=True) for ring in shapely.get_rings(parts)])
