"""What pages send, and how it becomes what the rooms below understand."""

import hashlib
import math
import secrets
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import photos
from gis_app.errors import BadField
from gis_app.intake import Said
from gis_app.models import Category, Danger, Handoff, Unit, remembered
from gis_app.words import RejectReason, Result, StepName, UnitKind
from gis_app.workflow import INPUTS, STEPS, read_given
from gis_app.workflow.advance import digest_of

REPORT_FIELDS = (
    *("text", "place_text", "lon", "lat", "accuracy_m", "side", "side_asked", "category", "any_category", "contact", "agreed"),
)
FIELD_OF = {  # which field of the report page a problem belongs to; others stand above the form
    "outside-area": "place",
    "unplaced": "place",
    "which-side": "place",
    "bad-photo": "photos",
    "lon, lat": "place",
    "place_text": "place",
    "side": "place",
    "text": "text",
    "category": "category",
    "contact": "contact",
}


def fresh_key():
    """A key for one form: sent twice, it leads to one thing."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class ReportForm:
    """The citizen's form as typed; nothing typed is lost when something is wrong."""

    key: str
    typed: dict
    photos: tuple = ()

    @classmethod
    def read(cls, request):
        typed = {name: request.POST.get(name, "").strip() for name in REPORT_FIELDS}
        if not (typed["lon"] or typed["lat"]):  # then where a photo was taken, if the sender said so
            typed["lon"], _comma, typed["lat"] = request.POST.get("photo_at", "").partition(",")
        return cls(request.POST.get("key") or fresh_key(), typed, tuple(request.FILES.getlist("photos")))

    def __getattr__(self, name):  # templates ask for form.text as for any other form
        if name in REPORT_FIELDS:
            return self.typed[name]
        raise AttributeError(name)

    def said(self):
        """What intake takes. Raises BadField when a number is none."""
        return Said(
            text=self.text,
            lon=number(self.lon),
            lat=number(self.lat),
            accuracy_m=number(self.accuracy_m),
            side=self.side or None,
            place_text=self.place_text,
            category=self.any_category or self.category or None,
            contact=self.contact,
            agreed=bool(self.agreed),
            photos=list(self.photos),
        )


def number(text):
    """A typed coordinate or None; full-width digits are digits. Raises BadField."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadField(field="lon, lat", why=_("经纬度要写成数字，如 107.76 和 32.98。"))
    return value


def field_of(problem):
    """The field of the report page beside which a problem is told, or an empty text."""
    return FIELD_OF.get(problem.slug) or FIELD_OF.get(str(problem.facts.get("field")), "")


# ---- steps

LABELS = {  # what a button of a step says: a verb and its object
    StepName.ACCEPT: gettext_lazy("只立案"),
    StepName.REJECT: gettext_lazy("不予立案"),
    StepName.DISPATCH: gettext_lazy("派遣"),
    StepName.ASSIGN: gettext_lazy("指派给人"),
    StepName.RETURN: gettext_lazy("不归我管"),
    StepName.START: gettext_lazy("开始处理"),
    StepName.FINISH: gettext_lazy("反馈办完"),
    StepName.CLOSE: gettext_lazy("核查结案"),
    StepName.REWORK: gettext_lazy("返回重办"),
    StepName.COMMENT: gettext_lazy("留言"),
}
TOLD = {  # the consequence, said before the act
    StepName.REJECT: gettext_lazy("上报人会看到这个原因。"),
    StepName.RETURN: gettext_lazy("退给派遣台，由派遣台另派。"),
    StepName.FINISH: gettext_lazy("上报人会看到说明和照片。"),
    StepName.REWORK: gettext_lazy("退给承办单位，时限接着算。"),
    StepName.COMMENT: gettext_lazy("只有工作人员看得到。"),
}
ALSO = {StepName.CLOSE: ("note",), StepName.DISPATCH: ("note",), StepName.COMMENT: ("photos",)}  # optional, yet often wanted
FORWARD = (
    StepName.START,
    StepName.FINISH,
    StepName.CLOSE,
    StepName.DISPATCH,
    StepName.ACCEPT,
)  # the green button, first that may be


@dataclass(frozen=True)
class Field:
    """One input of a step as a page asks for it."""

    name: str
    label: str
    kind: str
    required: bool
    choices: tuple = ()


@dataclass(frozen=True)
class StepForm:
    """A step as a page offers it."""

    name: str
    label: str
    told: str
    fields: tuple
    forward: bool = False

    @classmethod
    def of(cls, name, forward=False):
        rule = STEPS[name]
        names = dict.fromkeys((*rule.needs, *rule.takes, *ALSO.get(name, ())))
        fields = tuple(_field(rule, each) for each in names)
        return cls(name, LABELS[name], TOLD.get(name, ""), fields, forward)


def _field(rule, name):
    spec = INPUTS[name]
    kind = "reason_list" if name in rule.reads else spec.kind
    asked = "photos" if name == "after_photo" else name
    return Field(asked, spec.label, kind, name in rule.needs, CHOICES.get(kind, tuple)())


def step_forms(may):
    """The steps that somebody may take now, as forms; the one that moves the ticket on is marked forward."""
    onward = next((name for name in FORWARD if name in may), None)
    return [StepForm.of(name, name == onward) for name in may if name in LABELS]


@remembered("rules")
def categories():
    """All kinds of problems, with their 大类."""
    return list(Category.objects.select_related("major").order_by("major__code", "code"))


def majors():
    """[(大类, its kinds)] in order."""
    grouped = {}
    for category in categories():
        grouped.setdefault(category.major, []).append(category)
    return tuple(grouped.items())


def kinds():
    """The kinds with a pictogram, in the order in which citizens see them."""
    return sorted((category for category in categories() if category.icon), key=lambda category: category.order)


@remembered("rules")
def units():
    """The units that can be sent somewhere: all but the desk."""
    return tuple(Unit.objects.exclude(kind=UnitKind.DESK))


@remembered("rules")
def handoffs():
    """Matters that are not ours, and whom to turn to."""
    return tuple(Handoff.objects.all())


@remembered("rules")
def dangers():
    """{id: words that speak of danger to life, with the number to call}."""
    return {danger.pk: danger for danger in Danger.objects.all()}


def read_first(reading):
    """What a report's first reading found, as rows: the danger, whom else to turn to, the likely kinds with why."""
    by_code = {category.code: category for category in categories()}
    guesses = [{**guess, "category": by_code.get(guess["code"])} for guess in reading.get("candidates", ())]
    return {
        "danger": dangers().get(reading.get("danger")),
        "handoff": next((row for row in handoffs() if row.code == reading.get("handoff")), None),
        "guesses": [guess for guess in guesses if guess["category"]],
        "parts": [part | {"category": by_code[part["code"]]} for part in reading.get("parts", ()) if part["code"] in by_code],
        "borders": reading.get("borders", ()),
        "words_say": (reading.get("flags") or {}).get("words_say", ""),
        "scope": reading.get("scope", ""),
    }


CHOICES = {
    "category": majors,
    "unit": units,
    "handoff": handoffs,
    "reason_list": lambda: tuple(RejectReason.choices),
    "result": lambda: tuple(Result.choices),
}


@dataclass(frozen=True)
class Asked:
    """A step that a page sent."""

    step: str
    seen: int | None
    key: str
    digest: str
    given: dict


def read_step(request, step=None, seen=None, among=LABELS):
    """A step out of a page's form; `step` and `seen` stand for what the form says. Raises BadField, BadPhoto.

    among: the steps that this kind of page has.
    """
    step = step or request.POST.get("step", "")
    if step not in among:
        raise BadField(field=_("步骤"), why=_("没有“%s”这一步。") % step)
    rule = STEPS[step]
    raw = {name: request.POST.get(name, "") for name in rule.accepts if name != "photos"}
    files = request.FILES.getlist("photos")
    version = request.POST.get("seen", "")
    return Asked(
        step=step,
        seen=seen or (int(version) if version.isascii() and version.isdigit() else None),
        key=f"{request.POST.get('key', '')[:120]}{step}" if request.POST.get("key") else "",
        digest=digest_of(step, sorted(raw.items()), [_digest(file) for file in files]),
        given=read_given(step, rule, raw) | ({"photos": photos.prepare(files)} if files else {}),
    )


def _digest(file):
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest
