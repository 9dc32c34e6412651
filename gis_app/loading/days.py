"""The days on which the county departs from the national calendar, as a clerk sets them: each change with its act."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from gis_app import audit
from gis_app.errors import BadField
from gis_app.loading.tables import load_table
from gis_app.models import Holiday, Stamp
from gis_app.words import ActName

ABOUT = "calendar"  # what the acts are about
LONGEST = 31  # days that are set at once
NAME = Holiday._meta.get_field("name").max_length


@transaction.atomic
def set_days(first, last, working, name, by=None):
    """Let the days from first to last (dates, both included) be worked, or off. Returns their number. Raises BadField."""
    if last < first:
        raise BadField(field="last", why=_("最后一天不能早于第一天。"))
    number = (last - first).days + 1
    if number > LONGEST:
        raise BadField(field="last", why=_("一次最多 %d 天。") % LONGEST)
    if not name:
        raise BadField(field="name", why=_("写上为什么，如：县庆。"))
    if len(name) > NAME:
        raise BadField(field="name", why=_("最多 %d 字。") % NAME)
    days = [Holiday(day=first + dt.timedelta(days=n), working=working, name=name) for n in range(number)]
    Holiday.objects.bulk_create(days, update_conflicts=True, unique_fields=["day"], update_fields=["working", "name"])
    audit.remember(ActName.CALENDAR, ABOUT, by, first=first, last=last, working=working, name=name)
    Stamp.bump("rules")
    return number


@transaction.atomic
def forget_days(first, last, by=None):
    """Let the national calendar hold again from first to last. Returns how many days that changes: none the second time."""
    rows = list(Holiday.objects.select_for_update().filter(day__range=(first, last)).order_by("day"))
    if rows:
        Holiday.objects.filter(pk__in=[row.pk for row in rows]).delete()
        told = {"working": rows[0].working, "name": rows[0].name, "removed": len(rows)}
        audit.remember(ActName.CALENDAR, ABOUT, by, first=rows[0].day, last=rows[-1].day, **told)
        Stamp.bump("rules")
    return len(rows)


@transaction.atomic
def load_days(path, by=None):
    """Load a file with the columns of holidays.csv beside the days that are there. Returns its rows. Raises BadFile."""
    rows = load_table("holidays", path)
    audit.remember(ActName.CALENDAR, ABOUT, by, file=path.name, rows=rows)
    return rows
