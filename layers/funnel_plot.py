"""Where the parts of a funnel plot stand on paper: numbers for whoever draws it."""

from typing import NamedTuple

import numpy as np

from layers import funnel

WIDTH, HEIGHT = 640, 600
LEFT, RIGHT, TOP, BOTTOM = 64, 628, 28, 540  # of the field, px
CURVE = 160  # points of an edge
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
ACROSS = (5, 10, 20, 50, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000)  # cases that may be written on the axis
LINE = 17  # px between two names
CHARACTER = 13.5  # px of a Chinese one; a Latin one takes about half


class Dot(NamedTuple):
    """One unit. x, y: px; side: low, within, high, few; tip: where its name begins or ends; anchor: which of the two."""

    name: str
    x: float
    y: float
    side: str
    bad: bool
    tip: tuple
    anchor: str


class Plot(NamedTuple):
    """edges: {level: (low path, high path)}; bands: paths between the two limits; county: y; across, up: [(px, number)]."""

    edges: dict
    bands: list
    county: float
    across: list
    up: list
    dots: list


def plot(places, share: float) -> Plot:
    """The plot of [(name, part, whole, side, bad)] around the county's share (0–1); wholes ≥ 1. x grows with the root of n."""
    most = max([funnel.FEWEST * 4, *(1.08 * whole for _name, _part, whole, _side, _bad in places)])
    low, high, step = _range([part / whole for _name, part, whole, _side, _bad in places if whole >= funnel.FEWEST], share)

    def x(n):
        return LEFT + (RIGHT - LEFT) * np.sqrt(np.asarray(n, float) / most)

    def y(shares):
        return BOTTOM - (BOTTOM - TOP) * (np.clip(shares, low, high) - low) / (high - low)

    wholes = np.unique(np.round(np.linspace(funnel.FEWEST**0.5, most**0.5, CURVE) ** 2))
    sides = {level: funnel.limits(wholes, share, level) for level in funnel.LEVELS}
    points = {level: [list(zip(x(wholes), y(edge), strict=True)) for edge in edges] for level, edges in sides.items()}
    inner, outer = (points[level] for level in funnel.LEVELS)
    return Plot(
        edges={f"{100 * level:g}": tuple(path(edge) for edge in edges) for level, edges in points.items()},
        bands=[path([*one, *reversed(other)]) + "Z" for one, other in zip(inner, outer, strict=True)],
        county=round(float(y(share)), 1),
        across=_apart([(float(x(n)), f"{n:,}") for n in ACROSS if n <= most]),
        up=[(float(y(number)), f"{number:.0%}") for number in np.arange(low, high + step / 2, step)],
        dots=_named([(name, float(x(n)), float(y(part / n)), side, bad) for name, part, n, side, bad in places]),
    )


def path(points) -> str:
    """Points as the data of an SVG path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _range(shares, share):
    """(lowest, highest, step) of the axis: round numbers with all of these inside and some air."""
    least, most = min([share, *shares]), max([share, *shares])
    air = max(0.04, 0.08 * (most - least))
    least, most = max(0, least - air), min(1, most + air)
    step = next(step for step in STEPS if (most - least) / step <= 7 or step == STEPS[-1])
    return float(np.floor(least / step + 1e-9) * step), float(min(1, np.ceil(most / step - 1e-9) * step)), step


def _apart(ticks, gap=34):
    """Ticks without those that would touch the one before."""
    kept = []
    for place, text in ticks:
        if not kept or place - kept[-1][0] >= gap:
            kept.append((place, text))
    return kept


def _named(places):
    """Dots; those outside have names, beneath them when low and above when high, moved on while two would touch."""
    dots, taken = [], []
    for name, x, y, side, bad in sorted(places, key=lambda place: place[2]):
        anchor = "end" if x > (LEFT + RIGHT) / 2 else "start"
        tip = (x + 12 if anchor == "start" else x - 12, y + 5)
        if side in (funnel.LOW, funnel.HIGH):
            tip = _free(tip, anchor, name, taken)
        dots.append(Dot(name, round(x, 1), round(y, 1), side, bad, (round(tip[0], 1), round(tip[1], 1)), anchor))
    return dots


def _free(tip, anchor, name, taken):
    """A tip where the name touches no name before, no lower than the field; what is taken is noted."""
    wide = sum(CHARACTER if ord(one) > 255 else CHARACTER * 0.55 for one in name)
    left = tip[0] - (wide if anchor == "end" else 0)
    y = tip[1]
    while any(abs(y - other) < LINE and left < end and start < left + wide for start, end, other in taken):
        y += LINE
    taken.append((left, left + wide, y))
    return tip[0], y
