"""Everything that must be in place before the service answers, in one process."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command

from gis_app.loading import accounts
from gis_app.management import Command as Told
from gis_app.models import Training

STATIC = Path(__file__).resolve().parents[2] / "static"


class Command(Told):
    help = "Migrate, load the county's folder, collect static files, load the demo (or make the first clerk), teach."
    requires_system_checks = "__all__"

    def handle(self, *args, **options):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_fixtures", stdout=self.stdout)
        self.collect()
        if settings.DEMO:
            call_command("demo", if_empty=True, stdout=self.stdout)
        elif password := accounts.first_clerk():
            self.tell(f"first account: clerk, password {password} (printed this once; change it under /admin/)")
        if not Training.objects.exists():
            self.teach()

    def teach(self):
        """Teach the classifier; where a county's texts cannot be used, its words alone decide, and that is said."""
        try:
            call_command("train", stdout=self.stdout)
        except CommandError as error:
            self.tell(error)

    def collect(self):
        """Collect static files when they have changed."""
        told = hashlib.sha256()
        for path in sorted(STATIC.rglob("*")):
            if path.is_file():
                told.update(f"{path.relative_to(STATIC)} {path.stat().st_mtime_ns} {path.stat().st_size}".encode())
        stamp = settings.STATIC_ROOT / ".digest"
        if not stamp.exists() or stamp.read_text() != told.hexdigest():
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
            stamp.write_text(told.hexdigest())
