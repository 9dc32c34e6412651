"""Load holidays from a CSV file, and count open due dates anew."""

from django.db import transaction

from gis_app import retiming
from gis_app.loading import load_table
from gis_app.management import FileCommand
from gis_app.models import Stamp

TOLD_EVERY = 100


class Command(FileCommand):
    help = (
        "Load holidays from a CSV file with the columns of fixtures/holidays.csv; all of it or nothing. "
        "Open tickets whose due dates move get a step each; a dry run says how many."
    )

    def handle(self, *args, file, dry_run, **options):
        with transaction.atomic():
            rows = load_table("holidays", file)
            number = sum(1 for _each in retiming.moved()) if dry_run else 0
            transaction.set_rollback(dry_run)
        Stamp.forget()  # what was seen of the rules inside may have been taken back
        if not dry_run:
            number, _rest = retiming.settle(tell=self.progress)
        self.tell(f"{'would load' if dry_run else 'loaded'} {rows} from {file.name}; due dates that move: {number}")

    def progress(self, done):
        """A line for every hundred tickets."""
        if done and done % TOLD_EVERY == 0:
            self.stderr.write(f"due dates {done}")
