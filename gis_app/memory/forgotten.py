"""What may be gone: words of which an act says that they were removed."""

from dataclasses import dataclass

from django.utils.dateparse import parse_datetime

from gis_app.memory.faults import Fault
from gis_app.models import Act, Report, Ticket
from gis_app.words import ActName, Retained


@dataclass(frozen=True)
class Forgotten:
    """What the log of acts says was removed."""

    reports: frozenset  # ids
    notes: frozenset  # of (ticket's number, event's seq)
    upto: object  # words of reports that came in before this moment had served their time; None: none had

    @classmethod
    def asked(cls):
        """As the log has it."""
        given = list(Act.objects.filter(act=ActName.FORGET, given__has_key="removed").values_list("about", "given"))
        upto = [parse_datetime(told["before"]) for about, told in given if about == Retained.WORDS]
        return cls(
            frozenset(told["report"] for _about, told in given if "report" in told),
            frozenset((about, seq) for about, told in given for seq in told.get("notes", ())),
            max(upto, default=None),
        )

    def allows(self, event):
        """Whether the words of this event may be gone."""
        return (Ticket(pk=event.ticket_id).number, event.seq) in self.notes

    def faults(self):
        """Yield the reports whose words are gone although no act tells of it."""
        gone = Report.objects.exclude(said__gone="").exclude(pk__in=self.reports)
        if self.upto:
            gone = gone.filter(said_at__gte=self.upto)
        for report in gone.select_related("ticket").iterator():
            yield Fault("words-changed", report.ticket.number, report=report.pk, detail="removed, and no act tells of it")
