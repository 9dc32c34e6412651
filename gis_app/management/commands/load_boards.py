"""Load the rules of the red and black lists from a CSV file."""

from gis_app.loading import load_table
from gis_app.management import FileCommand


class Command(FileCommand):
    help = "Load the rules of the red and black lists: a CSV file with the columns of fixtures/boards.csv; all of it or nothing."

    def load(self, file, dry_run):
        return load_table("boards", file, dry_run)
