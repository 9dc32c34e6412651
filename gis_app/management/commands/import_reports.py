"""Take in an export of the 12345 hotline."""

from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from django.core.management.base import CommandError
from django.db import OperationalError

from gis_app.intake import hotline_file
from gis_app.management import Command as Told
from gis_app.models import Edition
from gis_app.words import EditionKind

REASONS = {  # what a slug means to who reads English
    "unplaced": "place not clear",
    "outside-area": "outside the county",
    "bad-field": "a cell that cannot be used",
}
AGAIN = "What was stored is kept; run the same command again and the rest follows, nothing twice."


class Command(Told):
    help = (
        "Take in reports from an export of the 12345 hotline (CSV or XLSX): each row is placed, classified, given its unit and "
        "stored as a new ticket. Rows whose number is stored already are left alone, so the same file may be loaded again. Rows "
        "that cannot be placed or read go with their reason into a CSV beside the file, to be corrected and loaded; it holds "
        "personal data like the export itself, so only its owner can read it: delete both when done."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--rejects", type=Path, metavar="PATH", help="where refused rows go (default: beside the file)")
        parser.add_argument("--workers", type=int, help="processes that share the work (default: one for each processor)")
        parser.add_argument("--dry-run", action="store_true", help="do all of it and keep nothing; rejects only with --rejects")

    def handle(self, *args, file, rejects, workers, dry_run, **options):
        if workers is not None and workers < 1:
            raise CommandError("--workers is a number from 1 on.")
        if not Edition.objects.filter(kind=EditionKind.TOWNS, active=True).exists():
            raise CommandError("There are no towns yet: `manage load_fixtures` loads them.")
        try:
            done = hotline_file.import_file(file, rejects, dry_run, workers, self.progress)
        except BrokenProcessPool as error:
            raise CommandError(f"A process that was taking rows in has ended. {AGAIN}") from error
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {str(error).strip()}. {AGAIN}") from error
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {AGAIN}") from None
        self.summary(done, file, dry_run)

    def summary(self, done, file, dry_run):
        """What became of the rows."""
        rate = done.rows / done.seconds if done.seconds else 0
        self.tell(
            f"{'would store' if dry_run else 'stored'} {done.stored:,} of {done.rows:,} rows from {file.name}: "
            f"{done.repeats:,} were there already, {done.refused:,} refused; {done.seconds:.1f} s, {rate:,.0f} rows/s"
        )
        for slug, count in done.counts.most_common():
            self.tell(f"  {count:,} {REASONS.get(slug, slug)}")
        if done.rejects:
            self.tell(f"refused rows with their reasons: {done.rejects} (personal data: correct, load, delete)")
