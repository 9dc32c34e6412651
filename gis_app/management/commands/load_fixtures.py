"""Load a county's whole folder."""

from django.conf import settings

from gis_app.loading import load_everything
from gis_app.management import Command as Told


class Command(Told):
    help = "Load every file of the county's folder (FIXTURES); nothing when it has not changed."

    def add_arguments(self, parser):
        parser.add_argument("--again", action="store_true", help="load even when nothing has changed")

    def handle(self, *args, again, **options):
        if not load_everything(settings.FIXTURES, again, self.tell):
            self.tell(f"{settings.FIXTURES.name}: nothing has changed")
