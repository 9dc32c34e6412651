"""What of the county a leader wants to see on the map."""

import datetime as dt
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gis_app.words import EditionKind
from layers.density import BANDWIDTHS


class Show(TextChoices):
    """What is laid over the ground."""

    COUNT = "count", _("每格件数")
    DENSITY = "density", _("密度图（平滑）")
    TOWNS = "towns", _("镇街件数")
    PEOPLE = "people", _("镇街每千人")
    PER_PEOPLE = "per-people", _("每格每千人")
    PER_ROAD = "per-road", _("每格每千米路")
    CHANGE = "change", _("两期比较")


HELD_AGAINST = {Show.PER_PEOPLE: EditionKind.PEOPLE, Show.PER_ROAD: EditionKind.ROADS}  # offered where a county has loaded it


class Period(NamedTuple):
    """Days in Asia/Shanghai, both included."""

    first: dt.date
    last: dt.date

    @property
    def days(self):
        return (self.last - self.first).days + 1

    @property
    def before(self):
        """As many days, up to the one before the first."""
        return Period(self.first - dt.timedelta(days=self.days), self.first - dt.timedelta(days=1))


class Asked(NamedTuple):
    """major: a code, or "" for all of the task. than: the period to compare with. band: metres, of the smoothed density."""

    task: str
    period: Period
    than: Period
    show: Show = Show.COUNT
    major: str = ""
    band: int = BANDWIDTHS[1]
