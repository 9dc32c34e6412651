"""States as boxes, steps as arrows. Measures are pixels of the drawing, x to the right and y down."""

import unicodedata
from dataclasses import dataclass, field

from gis_app.diagram.edges import Edge, edges, staying
from gis_app.words import OPEN_STATES, State, StepName

SPINE = (*OPEN_STATES[:-1], State.CLOSED)  # the way that most tickets go, from above to below
BESIDE = tuple(state for state in State if state not in SPINE)
WIDE, GAP, LINE, PORT, LANE, PAD, TITLE = 208, 44, 17, 24, 13, 10, 24


@dataclass
class Box:
    """A state. ports: {(side, step): y} where arrows touch it."""

    state: str
    lines: list
    x: int = 0
    y: int = 0
    high: int = 0
    ports: dict = field(default_factory=dict)

    @property
    def label(self):
        return State(self.state).label

    @property
    def right(self):
        return self.x + WIDE

    @property
    def bottom(self):
        return self.y + self.high

    @property
    def text_x(self):
        return self.x + PAD

    @property
    def name_y(self):
        return self.y + TITLE - 4

    @property
    def written(self):
        """[(y, text)] of the steps that stay here."""
        return [(self.y + TITLE + LINE * number, line) for number, line in enumerate(self.lines, 1)]


@dataclass(frozen=True)
class Arrow:
    """An edge as it is drawn. labels: [(x, y, anchor, step in words)] where its step is written."""

    edge: Edge
    path: str
    labels: tuple = ()


def width_of(text, size=13):
    """About how wide a text is: Chinese symbols are as wide as high, letters half of that."""
    return sum(size if unicodedata.east_asian_width(symbol) in "WF" else size * 0.56 for symbol in str(text))


def wrapped(names):
    """Names of steps in as few lines as a box's width takes."""
    lines = []
    for name in names:
        word = str(StepName(name).label)
        if lines and width_of(f"{lines[-1]} · {word}") <= WIDE - 2 * PAD:
            lines[-1] += f" · {word}"
        else:
            lines.append(word)
    return lines


def side_of(edge):
    """Where an arrow runs: down between neighbours, left of the spine, or right towards the states beside it."""
    if not edge.source:
        return "down"
    if edge.source not in SPINE or edge.target not in SPINE:
        return "right"
    return "down" if SPINE.index(edge.target) == SPINE.index(edge.source) + 1 else "left"


def draw():
    """{width, height, box (its width), boxes, arrows, labels} of the whole table."""
    found = edges()
    sides = {side: [edge for edge in found if side_of(edge) == side] for side in ("down", "left", "right")}
    lanes = {side: list(dict.fromkeys(edge.step for edge in sides[side])) for side in ("left", "right")}
    words = {side: max((width_of(StepName(step).label) for step in lanes[side]), default=0) + 18 for side in lanes}
    left = round(words["left"] + LANE * (len(lanes["left"]) + 1))
    beside = round(left + WIDE + words["right"] + LANE * (len(lanes["right"]) + 2))
    boxes = placed(sides, left, beside)
    x_of = {("left", step): left - words["left"] - LANE * number for number, step in enumerate(lanes["left"])}
    x_of |= {("right", step): left + WIDE + words["right"] + LANE * number for number, step in enumerate(lanes["right"])}
    arrows = [_down(edge, boxes) for edge in sides["down"]]
    arrows += [_round(edge, boxes, side, round(x_of[side, edge.step])) for side in lanes for edge in sides[side]]
    size = {"box": WIDE, "width": beside + WIDE + PAD, "height": max(box.bottom for box in boxes.values()) + PAD}
    labels = list(dict.fromkeys(label for arrow in arrows for label in arrow.labels))  # two arrows may end in one port
    return size | {"boxes": list(boxes.values()), "arrows": arrows, "labels": labels}


def placed(sides, left, beside):
    """{state: Box} with the spine below one another, and each other state beside the middle of those that it has to do with."""
    here, _common = staying()
    boxes = {state: Box(state, wrapped(here[state])) for state in State}
    for side in ("left", "right"):
        for edge in sides[side]:
            for state in (edge.source, edge.target):
                boxes[state].ports.setdefault((side, edge.step), 0)
    y = GAP
    for state in SPINE:
        y = _put(boxes[state], left, y) + GAP
    middles = {state: _middle(state, sides["right"], boxes) for state in BESIDE}
    y = 0
    for state in sorted(BESIDE, key=middles.get):
        box = boxes[state]
        y = _put(box, beside, max(y, round(middles[state] - _high(box) / 2))) + GAP
    return boxes


def _middle(state, found, boxes):
    others = {edge.source if edge.target == state else edge.target for edge in found if state in (edge.source, edge.target)}
    spots = [boxes[other].y + boxes[other].high / 2 for other in others if other in SPINE]
    return sum(spots) / len(spots) if spots else 0


def _high(box):
    most = max(sum(1 for side, _step in box.ports if side == each) for each in ("left", "right"))
    return max(TITLE + LINE * len(box.lines) + PAD, PORT * most + PAD)


def _put(box, x, y):
    """Give a box its place and its ports theirs. Returns its lower edge."""
    box.x, box.y, box.high = x, y, _high(box)
    for each in ("left", "right"):
        ports = [port for port in box.ports if port[0] == each]
        for number, port in enumerate(ports):
            box.ports[port] = round(y + box.high * (number + 0.5) / len(ports))
    return box.bottom


def _down(edge, boxes):
    target = boxes[edge.target]
    x, start = target.x + WIDE // 2, boxes[edge.source].bottom if edge.source else PAD
    label = (x + 8, (start + target.y) // 2 + 4, "start", StepName(edge.step).label)
    return Arrow(edge, f"M{x} {start}V{target.y - 2}", (label,))


def _round(edge, boxes, side, lane):
    """Out of one box, along the step's lane, into the other; the step is written at each end on the spine."""
    ends, labels = [], []
    for state in (edge.source, edge.target):
        box = boxes[state]
        outer = side == "left" or state not in SPINE
        x, y = (box.x if outer else box.right), box.ports[side, edge.step]
        ends.append((x, y))
        if state in SPINE:
            spot = (x - 9, y - 4, "end") if side == "left" else (x + 9, y - 4, "start")
            labels.append((*spot, StepName(edge.step).label))
    (x, y), (to_x, to_y) = ends
    tip = to_x - 2 if side == "right" and edge.target not in SPINE else to_x + 2 if side == "right" else to_x - 2
    return Arrow(edge, f"M{x} {y}H{lane}V{to_y}H{tip}", tuple(labels))
