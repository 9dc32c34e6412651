"""One step of many tickets, as the desk's list sends it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.errors import BadField
from gis_app.forms.rows import units
from gis_app.forms.steps import CHOICES, version_of
from gis_app.words import StepName
from gis_app.workflow import INPUTS, MOST_AT_ONCE, STEPS, read_given


@dataclass(frozen=True)
class Deed:
    """What may be done with all that are ticked. step: StepName, or "" for accepting and dispatching together.

    needs: the input that goes with it. tabs: the lists of the desk under which it makes sense.
    """

    name: str
    label: str
    step: str
    needs: str = ""
    tabs: tuple = ()
    serious: bool = False

    @property
    def choices(self):
        """[(value, label)] of what it needs."""
        if self.needs == "unit":
            return [(unit.code, unit.label) for unit in units()]
        return CHOICES["reason_list"]() if self.needs == "reason" else ()


DEEDS = (
    Deed("proposed", gettext_lazy("照建议立案、派遣"), "", tabs=("new", "open")),
    Deed("dispatch", gettext_lazy("派给这个单位"), "", "unit", ("new", "open")),
    Deed("reject", gettext_lazy("不予立案"), StepName.REJECT, "reason", ("new",), serious=True),
    Deed("urge", gettext_lazy("催办一次"), StepName.URGE, tabs=("open", "asked", "ordered")),
)


def deeds(tab):
    """The deeds that make sense under a tab of the desk."""
    return [deed for deed in DEEDS if tab in deed.tabs]


@dataclass(frozen=True)
class ManyAsked:
    """A deed and the tickets that it is for: {id: version on screen}."""

    deed: Deed
    seen: dict
    key: str
    given: dict


def read_many(request):
    """What the desk's list sent. Raises BadField for nothing ticked, too many, or a need that is left empty."""
    deed = next((deed for deed in DEEDS if deed.name == request.POST.get("deed")), None)
    if deed is None:
        raise BadField(field=_("步骤"), why=_("没有“%s”这一步。") % request.POST.get("deed", ""))
    seen = ticked(request)
    rule = STEPS[deed.step or StepName.DISPATCH]
    given = read_given(deed.name, rule, {deed.needs: request.POST.get(deed.needs, "")}) if deed.needs else {}
    if deed.needs and not given:
        raise BadField(field=INPUTS[deed.needs].label, why=_("先选好，再按这个按钮。"))
    return ManyAsked(deed, seen, request.POST.get("key", "")[:120], given)


def ticked(request):
    """{id: version on screen} of the tickets that a list's boxes name. Raises BadField for none and for too many."""
    boxes = [value.partition(":") for value in request.POST.getlist("tickets")]
    seen = {int(pk): version_of(version) for pk, _colon, version in boxes if version_of(pk)}
    if not 1 <= len(seen) <= MOST_AT_ONCE:
        raise BadField(field=_("哪几件"), why=_("在列表里勾 1 到 %d 件。") % MOST_AT_ONCE)
    return seen
