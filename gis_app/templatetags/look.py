"""What templates draw: pictograms, state chips, deadline clocks, dates and codes."""

import math

from django import template
from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gis_app import access, clock, frames, retiming, words
from gis_app.models.unit import in_language
from gis_app.templatetags.icons import ICONS, LEAF
from gis_app.words import LimitUnit, State, StepName

register = template.Library()
WEEKDAYS = [
    *(gettext_lazy("周一"), gettext_lazy("周二"), gettext_lazy("周三"), gettext_lazy("周四")),
    *(gettext_lazy("周五"), gettext_lazy("周六"), gettext_lazy("周日")),
]
SVG = '<svg class="icon {}" viewBox="0 0 24 24" width="{}" height="{}" aria-hidden="true" focusable="false">{}</svg>'
PIE = '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.6"/>{}'
SLICE = (
    '<circle cx="8" cy="8" r="3" fill="none" stroke="currentColor" stroke-width="6" stroke-dasharray="{} 99" '
    'transform="rotate(-90 8 8)"/>'
)
STROKE = '<path d="{}" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>'

CLOCK = '<span class="clock clock-{}"><svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">{}</svg><b>{}</b></span>'
LATE = (
    '<circle cx="9" cy="9" r="9" fill="currentColor"/>'
    '<path d="M9 4.5v5.5M9 13v.5" stroke="#fff" stroke-width="2.2" stroke-linecap="round"/>'
)
RING = (
    '<circle class="ring" cx="9" cy="9" r="7" fill="none" stroke-width="3.6"/>'
    '<circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" stroke-width="3.6" stroke-dasharray="{} 99" '
    'transform="rotate(-90 9 9)"/>'
)

PAUSED = '<path d="M5.5 3v12M12.5 3v12" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/>'


def _slice(share):
    return SLICE.format(round(share * 2 * math.pi * 3, 2))


GLYPHS = {  # the circle fills as the ticket goes on
    State.NEW: PIE.format(""),
    State.ACCEPTED: PIE.format(_slice(0.25)),
    State.DISPATCHED: PIE.format(_slice(0.5)),
    State.WORKING: PIE.format(_slice(0.75)),
    State.DONE: PIE.format('<circle cx="8" cy="8" r="3.4" fill="currentColor"/>'),
    State.CLOSED: STROKE.format("M2.5 8.5l4 4L13.5 4"),
    State.REJECTED: STROKE.format("M3.5 3.5l9 9M12.5 3.5l-9 9"),
    State.SUSPENDED: STROKE.format("M5 3v10M11 3v10"),
    State.MERGED: STROKE.format("M4 2.5v7h8M9 6l3.5 3.5L9 13"),
}


@register.simple_tag
def icon(name, size=24):
    """A pictogram by name; its meaning stands in words beside it."""
    inside = LEAF if name == "leaf" else ICONS[name]
    return format_html(SVG, f"icon-{name}", size, size, mark_safe(inside))


@register.simple_tag
def chip(state, citizen=False):
    """A ticket's state as glyph and word, in the words of staff or of citizens."""
    word = words.CITIZEN_STATES[state] if citizen else State(state).label
    glyph = mark_safe(GLYPHS[state])
    svg = format_html('<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">{}</svg>', glyph)
    return format_html('<span class="chip chip-{}">{}{}</span>', state, svg, word)


@register.simple_tag
def clock_of(ticket, now):
    """The deadline clock of a ticket: a ring for the share of the limit that is used, and always words."""
    standing = clock.standing(ticket, now)
    if standing is None:
        return ""
    used = round(min(standing.share, 1) * 2 * math.pi * 7, 2)
    face = LATE if standing.late else PAUSED if ticket.suspended_at else RING.format(used)
    return format_html(
        CLOCK,
        "late" if standing.late else "soon" if standing.share >= 0.8 else "calm",
        mark_safe(face),
        standing.words,
    )


@register.filter
def is_late(ticket, now):
    """Whether the clock that matters for a ticket has run out."""
    standing = clock.standing(ticket, now)
    return bool(standing and standing.late)


@register.filter
def when(moment):
    """11月27日（周五）09:20, in English Fri 27 Nov, 09:20."""
    # xgettext:no-python-format  (a language takes of these parts what it needs)
    return _("%(month)d月%(day)d日（%(weekday)s）%(time)s") % _parts(moment) if moment else ""


@register.filter
def when_short(moment):
    """11月27日 09:20, in English 27 Nov 09:20."""
    # xgettext:no-python-format
    return _("%(month)d月%(day)d日 %(time)s") % _parts(moment) if moment else ""


def _parts(moment):
    local = moment.astimezone(clock.SHANGHAI)
    names = {"weekday": WEEKDAYS[local.weekday()], "month_name": MONTHS_3[local.month].capitalize()}
    return {"month": local.month, "day": local.day, "time": f"{local:%H:%M}", **names}


@register.filter
def fours(code):
    """A code in fours, as people read it aloud."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


@register.filter
def why(receipt):
    """The sentence of a routing receipt, in the reader's language."""
    return in_language(receipt.get("why_zh", ""), receipt.get("why_en", ""))


@register.filter
def place(name):
    """A kept place in words, in the reader's language: 茶镇 渔丰村附近 is Chazhen, near 渔丰村."""
    town, space, village = str(name).partition(" ")
    if town.endswith(("镇", "街道")):  # as the maps write it
        town = in_language(town, frames.latin(town))
    if not village.endswith("附近"):
        return f"{town}{space}{village}"
    return _("%(town)s %(village)s附近") % {"town": town, "village": village.removesuffix("附近")}


@register.filter
def latin(town):
    """A town's name as the maps write it."""
    return in_language(town.name, frames.latin(town.name))


@register.filter
def thousands(number):
    """A whole number as people read it: 1,012."""
    return f"{number:,}"


@register.filter
def limit(category):
    """How long a kind of problem may take: 4 工作时, 10 工作日."""
    many = 1 if category.limit == 1 else 2
    units = {
        LimitUnit.HOURS: ngettext("%(n)s 工作时", "%(n)s 工作时", many),
        LimitUnit.DAYS: ngettext("%(n)s 工作日", "%(n)s 工作日", many),
        LimitUnit.ROUND_THE_CLOCK: ngettext("%(n)s 紧急工作时", "%(n)s 紧急工作时", many),
    }
    return units[category.limit_unit] % {"n": f"{category.limit.normalize():f}"}


@register.filter
def retimed(event):
    """From where to where a due date was moved; empty for a step that counts nothing anew."""
    return retiming.told(event) if event.step == StepName.RETIME else ""


@register.filter
def told(problem, part):
    """One of a problem's sentences: what, why, next."""
    return problem.told(part)


@register.filter
def either(row, name):
    """A column of a row in the reader's language, where the row keeps it in two."""
    return in_language(getattr(row, name), getattr(row, f"{name}_en"))


@register.simple_tag(takes_context=True)
def roles(context):
    """The roles of whoever is signed in; a page that has already read them passes its actor."""
    actor = context.get("actor")
    user = getattr(context.get("request"), "user", None)
    if actor is None and user is not None and user.is_authenticated:
        actor = access.actor_of(user)
    return actor.roles if actor else set()


@register.simple_tag
def unknown_year():
    """The year whose days off are not loaded although it is time, or None."""
    return clock.unknown_year(timezone.now().astimezone(clock.SHANGHAI).date())


@register.filter
def percent(share):
    """A share of 1 in whole per cent."""
    return f"{share:.0%}"


@register.filter
def get(mapping, key):
    """A value of a mapping by a key that the template holds in a variable."""
    return mapping.get(key) if mapping else None


@register.filter
def joined(text, more):
    """Two texts as one, for the names of numbered fields."""
    return f"{text}{more}"


@register.filter
def days_since(moment, now):
    """How many days ago a moment lies, by the calendar: 今天, 3 天前."""
    days = (now.astimezone(clock.SHANGHAI).date() - moment.astimezone(clock.SHANGHAI).date()).days
    return ngettext("%(n)d 天前", "%(n)d 天前", days) % {"n": days} if days else _("今天")
