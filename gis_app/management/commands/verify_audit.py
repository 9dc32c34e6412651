"""Check that nothing in the memory was altered."""

from django.core.management.base import CommandError
from django.db.models import Prefetch

from gis_app import audit
from gis_app.management import Command as Told
from gis_app.models import Act, Event, Ticket


class Command(Told):
    help = "Check every ticket's chain of events, and its row against them; names the tickets that differ and exits with 1."

    def handle(self, *args, **options):
        events = Prefetch("events", Event.objects.select_related("said").order_by("seq"))
        broken, checked = [], 0
        for ticket in Ticket.objects.order_by("pk").prefetch_related(events).iterator(chunk_size=500):
            checked += 1
            told = list(ticket.events.all())
            if not (audit.unbroken(told) and audit.adds_up(told, ticket)):
                broken.append(ticket.number)
        if acts := audit.broken_acts(Act.objects.order_by("seq").iterator()):
            raise CommandError(f"the log of staff acts is broken at {', '.join(map(str, acts))}")
        if broken:
            raise CommandError(f"{len(broken)} of {checked} tickets have a broken chain: {', '.join(broken)}")
        self.tell(f"{checked} tickets, every chain unbroken")
