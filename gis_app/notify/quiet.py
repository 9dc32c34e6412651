"""When a telephone may ring: what comes up at night waits for the morning, danger where the county says so does not."""

import datetime as dt

from gis_app.clock import SHANGHAI
from gis_app.models import QuietHours, remembered


@remembered("rules")
def hours():
    """{audience: QuietHours}."""
    return {row.audience: row for row in QuietHours.objects.all()}


def awake(audience, moment, danger=False):
    """The first moment from this one on at which this audience may be woken; aware."""
    rule = hours().get(audience)
    if rule is None or (danger and rule.danger_wakes):
        return moment
    local = moment.astimezone(SHANGHAI)
    over_midnight, time = rule.begins > rule.ends, local.time()
    evening = over_midnight and time >= rule.begins
    asleep = evening or time < rule.ends if over_midnight else rule.begins <= time < rule.ends
    if not asleep:
        return moment
    return dt.datetime.combine(local.date() + dt.timedelta(days=evening), rule.ends, SHANGHAI)
