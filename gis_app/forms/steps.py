"""Steps as a page offers them, and as it sends them."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import clock, photos
from gis_app.errors import BadField
from gis_app.forms.labels import AHEAD, ALSO, BESIDE_WORDS, FLAT, FORWARD, KEYS, LABELS, RARE, SERIOUS, TOLD
from gis_app.forms.rows import handoffs, majors, units
from gis_app.words import Found, LimitUnit, RejectReason, Result, State, StepName
from gis_app.workflow import INPUTS, STEPS, read_given
from gis_app.workflow.advance import digest_of
from gis_app.workflow.inputs import END_OF_WORK

PART_ROWS = 3
CHOICES = {
    "category": majors,
    "parts": majors,
    "unit": units,
    "handoff": handoffs,
    "reason_list": lambda: tuple(RejectReason.choices),
    "result": lambda: tuple(Result.choices),
}


@dataclass(frozen=True)
class Field:
    """One input of a step as a page asks for it. value: what is proposed."""

    name: str
    label: str
    kind: str
    required: bool
    choices: tuple = ()
    value: object = ""


@dataclass(frozen=True)
class StepForm:
    """A step as a page offers it. near: tickets that this one may be merged into by one click."""

    name: str
    label: str
    told: str
    fields: tuple
    forward: bool = False
    near: tuple = ()

    @property
    def serious(self):
        return self.name in SERIOUS

    @property
    def key(self):
        """The key that unfolds it at the desk."""
        return KEYS.get(self.name, "")

    @classmethod
    def of(cls, name, ticket, forward=False, workers=(), near=(), parts=()):
        """workers: whom it may be given to. near: tickets to merge into. parts: (category, words) to split off."""
        rule = STEPS[name]
        names = [each for each in dict.fromkeys((*rule.needs, *rule.takes, *ALSO.get(name, ()))) if each != "lat"]
        offered = {"worker": workers, "parts": parts}
        fields = tuple(_field(name, rule, each, ticket, offered.get(each, ())) for each in names)
        return cls(name, LABELS[name], TOLD.get(name, ""), fields, forward, tuple(near) if name == StepName.MERGE else ())


def _field(step, rule, name, ticket, offered):
    required = name in rule.needs
    if name == "lon":  # asked for together with lat: where one stands, or where the pin belongs
        spot = {StepName.CHECK: ("here", gettext_lazy("站在哪里")), StepName.RELOCATE: ("pin", gettext_lazy("图钉在哪里"))}
        kind, label = spot[step]
        return Field(name, label, kind, required)
    spec = INPUTS[name]
    kind = "reason_list" if name in rule.reads else spec.kind
    if kind == "day":
        return Field(name, spec.label, kind, required, value=proposed_day(step, ticket))
    if kind == "parts":
        return Field(name, spec.label, kind, required, majors(), part_rows(offered))
    if kind == "worker":
        return Field(name, spec.label, kind, required, tuple(offered))
    asked = "photos" if name == "after_photo" else name
    choices = CHOICES.get(kind, tuple)()
    if kind == "result" and ticket.state == State.NEW:  # a look before acceptance: is it there at all?
        choices = tuple(Found.choices)
    return Field(asked, spec.label, kind, required, choices)


def proposed_day(step, ticket):
    """The date that a form proposes, as its input writes it: the one asked for, or the end of work some days ahead."""
    if step == StepName.GRANT:
        return f"{ticket.asked_until.astimezone(clock.SHANGHAI):%Y-%m-%dT%H:%M}" if ticket.asked_until else ""
    start = timezone.now()
    if step == StepName.ASK_EXTENSION and ticket.unit_due_at:
        start = max(start, ticket.unit_due_at)
    ahead = clock.due(start, Decimal(AHEAD[step]), LimitUnit.DAYS)
    day = max(ahead.astimezone(clock.SHANGHAI).date(), start.astimezone(clock.SHANGHAI).date() + dt.timedelta(days=1))
    return f"{dt.datetime.combine(day, END_OF_WORK):%Y-%m-%dT%H:%M}"


def part_rows(parts):
    """[{number, category, words}] of the rows of a split: what was proposed, then empty ones."""
    rows = [{"category": category.code, "words": words} for category, words in parts][:PART_ROWS]
    rows += [{"category": "", "words": ""}] * (PART_ROWS - len(rows))
    return [{"number": number, **row} for number, row in enumerate(rows)]


def step_forms(may, ticket, workers=(), near=(), parts=()):
    """The steps that somebody may take now, as forms; the one that moves the ticket on is marked forward."""
    onward = next((name for name in FORWARD if name in may), None)
    return [StepForm.of(name, ticket, name == onward, workers, near, parts) for name in may if name in LABELS]


def arranged(steps, without=()):
    """(forms that stand open, [(heading, forms)] of the fold), the green button's and those beside the words left out.

    without: names of steps that the page shows in another way.
    """
    apart = {*BESIDE_WORDS, *without}
    shown = [step for step in steps if not step.forward and step.name not in apart]
    if len(shown) <= FLAT:
        return shown, []
    rare = {name for _heading, names in RARE for name in names}
    folded = [(heading, [step for step in shown if step.name in names]) for heading, names in RARE]
    return [step for step in shown if step.name not in rare], [(heading, forms) for heading, forms in folded if forms]


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
    if "parts" in raw and not raw["parts"]:
        raw["parts"] = typed_parts(request.POST)
    files = request.FILES.getlist("photos")
    return Asked(
        step=step,
        seen=seen or version_of(request.POST.get("seen", "")),
        key=f"{request.POST.get('key', '')[:120]}{step}" if request.POST.get("key") else "",
        digest=digest_of(step, sorted(raw.items()), [_digest(file) for file in files]),
        given=read_given(step, rule, raw) | ({"photos": photos.prepare(files)} if files else {}),
    )


def version_of(text):
    """A version that a form carries, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def typed_parts(typed):
    """[{category, words}] of a split's rows; a row without a category is left out."""
    rows = []
    for number in range(PART_ROWS):
        rows.append({name: typed.get(f"parts-{number}-{name}", "").strip() for name in ("category", "words")})
    return [row for row in rows if row["category"]]


def _digest(file):
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest
