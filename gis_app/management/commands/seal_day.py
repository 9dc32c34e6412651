"""Seal what was appended to the memory until the end of the last day."""

from gis_app import memory
from gis_app.management import Command as Told
from gis_app.models import Root

PATIENCE = 600  # seconds


class Command(Told):
    help = (
        "Seal all that was appended since the last root under one signed hash, once a day; days that were missed are caught up "
        "with. The worker does this after midnight by itself. Write the hash down somewhere else: it proves all before it."
    )

    def add_arguments(self, parser):
        parser.add_argument("--public-key", action="store_true", help="print the key that verifies signatures, and seal nothing")
        parser.add_argument("--list", action="store_true", help="print every root, and seal nothing")
        parser.add_argument("--dry-run", action="store_true", help="say which day would be sealed, and seal nothing")

    def handle(self, *args, public_key, list, dry_run, **options):
        if public_key:
            return self.tell(memory.public_key().strip())
        if list:
            return self.list_roots()
        if dry_run:
            day = memory.due()
            return self.tell(f"would seal {day}" if day else "every day that has ended is sealed")
        root = memory.seal(PATIENCE)
        if root is None:
            return self.tell("every day that has ended is sealed")
        return self.tell(f"sealed {root.day}: {root.events:,} events, {root.reports:,} reports, {root.acts:,} acts\n{root.hash}")

    def list_roots(self):
        """Every root, a line each."""
        roots = [f"{root.day} {root.hash} {root.signature}" for root in Root.objects.order_by("day")]
        self.tell("\n".join(roots) or "no day is sealed yet")
