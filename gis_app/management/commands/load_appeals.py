"""Load for how long a published month may be contested, from a CSV file."""

from gis_app.loading import load_table
from gis_app.management import FileCommand


class Command(FileCommand):
    help = "Load the days within which a unit may appeal: a CSV with the columns of fixtures/appeals.csv; all of it or nothing."

    def load(self, file, dry_run):
        return load_table("appeals", file, dry_run)
