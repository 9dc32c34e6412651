"""Load villages from a CSV file."""

from gis_app.loading import load_table
from gis_app.management import FileCommand


class Command(FileCommand):
    help = "Load villages from a CSV file with the columns of fixtures/villages.csv; all of it or nothing."

    def load(self, file, dry_run):
        return load_table("villages", file, dry_run)
