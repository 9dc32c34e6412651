"""Fold the counts that steps have appended."""

from django.db import transaction

from gis_app import tally
from gis_app.management import Command as Told
from gis_app.models import CellCount, Ticket


class Command(Told):
    help = "Fold appended counts into rows; --rebuild counts every ticket anew."

    def add_arguments(self, parser):
        parser.add_argument("--rebuild", action="store_true")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args, rebuild, dry_run, **options):
        if dry_run:
            waiting = CellCount.objects.filter(folded=False).count()
            return self.tell(f"would fold {waiting} rows" + (" after counting every ticket anew" if rebuild else ""))
        if rebuild:
            with transaction.atomic():
                self.tell(f"{tally.rebuild()} rows counted anew from {Ticket.objects.count()} tickets")
        self.tell(f"{tally.fold()} rows folded")
