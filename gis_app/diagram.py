"""The table of steps drawn and told: states as boxes, steps as arrows, and every step as a row. Nothing here is kept by hand.

Floor: beside forms. Measures are pixels of the drawing, x to the right and y down.
"""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.words import OPEN_STATES, State, StepName
from gis_app.workflow import INPUTS, STEPS, effects
from gis_app.workflow.steps import ANY, BACK, EVERYONE, NAMES, OPEN, SAME

SPINE = (*OPEN_STATES[:-1], State.CLOSED)  # the way that most tickets go, from above to below
BESIDE = tuple(state for state in State if state not in SPINE)
WIDE, GAP, LINE, PORT, LANE, PAD, TITLE = 208, 44, 17, 24, 13, 10, 24
COMMON = 6  # a step that stays where it is in so many states is told once, beside the drawing

CLOCKS = {  # what a step does to the clocks, by the function that does it
    effects.nothing: gettext_lazy("不变"),
    effects.begin: gettext_lazy("办结期限开始算"),
    effects.begin_anew: gettext_lazy("办结期限重新算"),
    effects.begin_units: gettext_lazy("单位期限开始算"),
    effects.stop_units: gettext_lazy("单位期限取消，办结期限照走"),
    effects.hold: gettext_lazy("单位期限停住"),
    effects.go_on: gettext_lazy("单位期限接着走"),
    effects.end: gettext_lazy("都结束"),
    effects.pause: gettext_lazy("都停住"),
    effects.after_the_pause: gettext_lazy("顺延停住的时间"),
    effects.extend: gettext_lazy("推后一次"),
    effects.asked_for: gettext_lazy("不变，等答复"),
    effects.order: gettext_lazy("另算回复期限"),
    effects.answered: gettext_lazy("回复期限办到"),
    effects.dates_of_now: gettext_lazy("按改过的日历从立案重算"),
    effects.another_kind: gettext_lazy("按新的小类从立案重算"),
    effects.into_the_other: gettext_lazy("跟着那一件"),
    effects.out_of_the_other: gettext_lazy("照原来的"),
}
JOINS = (effects.into_the_other, effects.out_of_the_other)  # what these find out settles the clocks as well
TRIAGE = gettext_lazy("立案期限开始算")


@dataclass(frozen=True)
class Edge:
    """A change of state that the table allows. source: empty for the first step. back: to where it was before."""

    source: str
    target: str
    step: str
    back: bool = False

    @property
    def words(self):
        """In words: 立案：待立案 → 已立案."""
        source = State(self.source).label if self.source else _("上报")
        return _("%(step)s：%(source)s → %(target)s") % {
            "step": StepName(self.step).label, "source": source, "target": State(self.target).label}


def edges():
    """Every change of state that STEPS allows, in the table's order."""
    found = [Edge("", STEPS["open"].target, "open")]
    for name, rule in STEPS.items():
        for source in in_order(rule.sources):
            back = rule.target == BACK
            targets = came_from(source) if back else [rule.target] if rule.target else []
            found += [Edge(source, target, name, back) for target in targets]
    return found


def came_from(state):
    """The states from which a ticket can have got into one."""
    return in_order(set().union(*(rule.sources for rule in STEPS.values() if rule.target == state)))


def in_order(states):
    """States as the table of states has them."""
    return [state for state in State if state in states]


def staying():
    """({state: steps that leave it}, [(steps, states) of those that are possible nearly everywhere])."""
    here, common = defaultdict(list), defaultdict(list)
    for name, rule in STEPS.items():
        if rule.target is SAME and len(rule.sources) >= COMMON:
            common[rule.sources].append(name)
        elif rule.target is SAME:
            for source in rule.sources:
                here[source].append(name)
    return here, list(common.items())


# ---- the drawing


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


# ---- the table


@dataclass(frozen=True)
class Row:
    """A step in words."""

    name: str
    label: str
    sources: str
    target: str
    who: str
    needs: str
    clock: str


def rows():
    """Every step of the table, in its order."""
    return [_row(name, rule) for name, rule in STEPS.items()]


def states_in_words(states):
    """待立案、已立案, or what these states have in common."""
    if states == ANY:
        return _("任何状态")
    if states >= OPEN:
        return _("、").join([_("没办完的任何状态"), *(str(State(state).label) for state in in_order(states - OPEN))])
    return _("、").join(str(State(state).label) for state in in_order(states)) or "—"


def _row(name, rule):
    who = [str(word) for hat, word in NAMES.items() if hat in rule.who]
    needs = [str(INPUTS[need].label) for need in rule.needs]
    if "after_photo" in rule.needs:
        needs[rule.needs.index("after_photo")] = _("%s（要照片的小类）") % INPUTS["after_photo"].label
    target = {SAME: _("不变"), BACK: _("原来的状态")}.get(rule.target) or State(rule.target).label
    return Row(
        name=name,
        label=str(StepName(name).label),
        sources=states_in_words(rule.sources),
        target=str(target),
        who=_("看得到这件的人") if rule.who == EVERYONE else _("、").join(who),
        needs=_("、").join(needs) or "—",
        clock=str(TRIAGE if name == StepName.OPEN else CLOCKS[rule.finds if rule.finds in JOINS else rule.clock]),
    )


def nearly_everywhere():
    """[(states in words, steps in words)] of the steps that are possible nearly everywhere and leave the state."""
    _here, common = staying()
    return [(states_in_words(sources), _("、").join(str(StepName(name).label) for name in names)) for sources, names in common]
