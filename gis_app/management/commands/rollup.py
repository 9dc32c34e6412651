"""Fold the counts that steps have appended; count them anew; hold them against the tickets."""

from django.core.management.base import CommandError

from gis_app import stats, tally
from gis_app.management import Command as Told
from gis_app.models import CellCount, Ticket

SLICES = 20


class Command(Told):
    help = "Fold appended counts into rows; --rebuild counts every ticket anew; --check compares the counts with the tickets."

    def add_arguments(self, parser):
        parser.add_argument("--rebuild", action="store_true")
        parser.add_argument("--check", action="store_true", help="compare random slices with a recount; exit 1 when they differ")
        parser.add_argument("--slices", type=int, default=SLICES, help=f"how many to compare; default {SLICES}")
        parser.add_argument("--seed", type=int, help="draw the same slices again")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args, rebuild, check, slices, seed, dry_run, **options):
        if dry_run:
            waiting = CellCount.objects.count()
            return self.tell(f"would fold {waiting} rows" + (" after counting every ticket anew" if rebuild else ""))
        if rebuild:
            self.tell(f"{tally.rebuild()} opened or closed, counted anew from {Ticket.objects.count()} tickets")
        elif not check:
            self.tell(f"{tally.fold()} rows folded")
        if check:
            self.compare(slices, seed)

    def compare(self, slices, seed):
        """Say that the counts are the tickets. Raises CommandError when they are not."""
        if slices < 1:
            raise CommandError(f"--slices must be at least 1, not {slices}: there is nothing to compare.")
        if found := stats.check(slices, seed):
            told = "\n".join(map(str, found[:5]))
            raise CommandError(f"The counts are not the tickets; run `rollup --rebuild`, then check again.\n{told}")
        self.tell(f"{slices} slices compared; the counts are the tickets")
