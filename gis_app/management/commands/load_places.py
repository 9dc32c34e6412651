"""Load villages or addresses."""

import csv

from gis_app import loading
from gis_app.errors import Unopened
from gis_app.management import EditionCommand
from gis_app.words import EditionKind


class Command(EditionCommand):
    help = (
        "Load villages (CSV with the columns of fixtures/villages.csv), addresses (CSV of name, lon, lat, in any coordinate "
        "system), or village outlines (a map file) as an edition."
    )
    kind = EditionKind.VILLAGES

    def kind_of(self, file, options):
        return EditionKind.ADDRESSES if file.suffix.lower() == ".csv" else self.kind

    def handle(self, *args, file, **options):
        if file.suffix.lower() == ".csv" and "official_name" in self.header(file):
            done = loading.load_table("villages", file, options["dry_run"])
            return self.tell(f"{'would load' if options['dry_run'] else 'loaded'} {done} from {file.name}")
        return super().handle(*args, file=file, **options)

    @staticmethod
    def header(file):
        """The names of a CSV's columns."""
        try:
            with open(file, encoding="utf-8-sig", errors="replace", newline="") as lines:
                return next(csv.reader(lines), [])
        except OSError as error:
            raise Unopened.because(file, error) from error
