"""Check that nothing in the memory was altered."""

from itertools import groupby

from django.core.management.base import CommandError

from gis_app import audit
from gis_app.management import Command as Told
from gis_app.models import Event


class Command(Told):
    help = "Check every ticket's chain of events; names the tickets whose chain is broken and exits with 1."

    def handle(self, *args, **options):
        events = Event.objects.select_related("said").order_by("ticket_id", "seq").iterator(chunk_size=2000)
        broken, checked = [], 0
        for ticket, rows in groupby(events, key=lambda event: event.ticket_id):
            checked += 1
            if not audit.unbroken(rows):
                broken.append(f"X{ticket:07d}")
        if broken:
            raise CommandError(f"{len(broken)} of {checked} tickets have a broken chain: {', '.join(broken)}")
        self.tell(f"{checked} tickets, every chain unbroken")
