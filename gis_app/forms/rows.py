"""The rows that forms offer to choose from, kept until reference data changes."""

from gis_app.models import Category, Danger, Handoff, Unit, remembered
from gis_app.words import UnitKind


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
