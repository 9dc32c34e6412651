"""What the table of steps allows: every change of state, and the steps that leave it."""

from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gis_app.words import State, StepName
from gis_app.workflow import STEPS
from gis_app.workflow.steps import BACK, SAME

COMMON = 6  # a step that stays where it is in so many states is told once, beside the drawing


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
