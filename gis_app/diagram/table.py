"""Every step as a row in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.diagram.edges import in_order, staying
from gis_app.words import State, StepName
from gis_app.workflow import INPUTS, STEPS, effects
from gis_app.workflow.steps import ANY, BACK, EVERYONE, NAMES, OPEN, SAME

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
