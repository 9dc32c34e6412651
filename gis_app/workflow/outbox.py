"""What an event owes: the notices that are stored with it, in its own transaction."""

from gis_app.models import Notice
from gis_app.words import Audience


def notices(event, rule, reports, held_by=None):
    """The notices that an event owes: to the desk, the unit (held_by: the one that loses it), the worker, these reports (ids)."""
    rows = []
    for audience in rule.tells:
        if audience == Audience.REPORTER:
            rows += [Notice(event=event, audience=audience, report_id=report) for report in reports]
        elif audience == Audience.UNIT:
            if unit := event.ticket.unit_id or held_by:
                rows.append(Notice(event=event, audience=audience, unit_id=unit))
        elif audience == Audience.WORKER:
            person = event.change.get("checker_id") or event.change["worker_id"]
            rows.append(Notice(event=event, audience=audience, person_id=person))
        else:
            rows.append(Notice(event=event, audience=audience))
    return rows
