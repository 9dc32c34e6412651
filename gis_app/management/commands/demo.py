"""Load the demo: accounts, example zones, reports."""

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from gis_app import loading, tally
from gis_app.intake import demo
from gis_app.loading import accounts, duties
from gis_app.management import Command as Told
from gis_app.models import Report, Ticket
from gis_app.words import EditionKind, Source

FILE = "demo-accounts.txt"


class Command(Told):
    help = "Load demo accounts, three example zones and reports; reports only once for a seed."

    def add_arguments(self, parser):
        parser.add_argument("--reports", type=int, default=3000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--accounts", action="store_true", help="only print the accounts")
        parser.add_argument("--if-empty", action="store_true", help="nothing when there are tickets already")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args, reports, seed, if_empty, dry_run, **options):
        if options["accounts"]:
            return self.tell(self.kept_accounts())
        if if_empty and Ticket.objects.exists():
            return None
        if dry_run:
            return self.tell(f"would load accounts, 3 zones and {reports} reports of seed {seed}")
        if Report.objects.filter(source=Source.DEMO, source_ref__startswith=f"demo-{seed}-").exists():
            raise CommandError(f"The demo of seed {seed} is loaded already; another --seed adds other reports.")
        self.make_accounts()
        with transaction.atomic():
            loading.put_in_use(EditionKind.ZONES, settings.FIXTURES / "demo" / "zones.geojson")
            zones_too = duties.load(settings.FIXTURES / "demo" / "duties.csv", add=True, source="demo/duties.csv")
            loading.activate(zones_too, insist=True)
            done = demo.write(
                settings.FIXTURES, reports, seed, timezone.now(), lambda n: self.tell(f"demo reports {n}/{reports}")
            )
        tally.fold()
        return self.tell(f"demo: {done} reports over {demo.DAYS} days; all of it is invented")

    def make_accounts(self):
        """Make the accounts; names and password are kept in a file of the owner's and printed once."""
        path = settings.VAR_DIR / FILE
        password = settings.DEMO_PASSWORD or accounts.fresh_password()
        names = accounts.make_demo_accounts(password)
        lines = [f"password of all demo accounts: {password}", *sorted(names)]
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.tell(
            f"demo accounts leader, dispatcher, clerk, unit-<code>, worker-<town code>: password {password} (kept in {path.name})"
        )

    @staticmethod
    def kept_accounts():
        """The file that names the accounts. Raises CommandError when there is none."""
        path = settings.VAR_DIR / FILE
        if not path.exists():
            raise CommandError("There are no demo accounts here; `manage demo` makes them.")
        return path.read_text(encoding="utf-8").strip()
