"""Why this unit: the sentence, and the receipt that is kept with a ticket."""

from django.utils import translation
from django.utils.translation import gettext as _

from gis_app.models import Zone, remembered
from gis_app.route.rules import rank

RANKED = 5  # parts of the sort key that a receipt keeps


@remembered("places")
def zone_names():
    """{code: name} of the zones."""
    return dict(Zone.objects.values_list("code", "name"))


def why(answer, category, town):
    """Why this unit, in the language of the moment: one sentence, with the owners of zones that this is no matter of."""
    if category is None:
        return _("还看不准是哪一类，先由%(unit)s判断。") % {"unit": answer.unit}
    told = {"town": town, "category": category.label, "unit": answer.unit}
    zones = [zone_names()[code] for code in answer.silent_zones if code in zone_names()]
    if answer.duty is None:
        return _("%(town)s的“%(category)s”还没有写明由谁管，先由%(unit)s判断。") % told
    told |= {"document": answer.duty.document, "clause": answer.duty.clause}
    if zones:
        return _(
            "%(town)s的“%(category)s”由%(unit)s管，依据《%(document)s》%(clause)s；这里在包联的%(zones)s内，包联单位不管这一类。"
        ) % (told | {"zones": _("、").join(zones)})
    return _("%(town)s的“%(category)s”由%(unit)s管，依据《%(document)s》%(clause)s。") % told


def duty_row(duty):
    """A duty as the row that a clerk wrote."""
    return {
        "unit": duty.unit.code,
        "category": duty.category.code if duty.category else duty.major.code if duty.major else "*",
        "area_kind": duty.area_kind,
        "area_codes": duty.area_codes,
        "document": duty.document,
        "clause": duty.clause,
        "document_date": duty.document_date.isoformat(),
        "from": duty.valid_from and duty.valid_from.isoformat(),
        "to": duty.valid_to and duty.valid_to.isoformat(),
        "note": duty.note,
    }


def receipt(answer, category, town, edition_id):
    """What is kept with the ticket: duty, rank, boundary edition, losers, and the sentence in both languages."""
    told = {}
    for language, key in (("zh-hans", "why_zh"), ("en", "why_en")):
        with translation.override(language):
            told[key] = why(answer, category, town)
    return {
        **told,
        "unit": answer.unit.code,
        "duty": duty_row(answer.duty) if answer.duty else None,
        "rank": list(rank(answer.duty)[:RANKED]) if answer.duty else None,
        "doubly_claimed": answer.doubly_claimed,
        "edition": edition_id,
        "losers": [{"unit": duty.unit.code, "duty": duty_row(duty), "lost_by": by} for duty, by in answer.losers],
    }
