"""Load duties: what the file would change, then use it."""

import json
from pathlib import Path

from django.db import transaction

from gis_app import loading
from gis_app.errors import EditionUnsure
from gis_app.loading import duties
from gis_app.management import Command as Told


class Command(Told):
    help = (
        "Load the table of duties from a CSV file or a spreadsheet with the columns of fixtures/duties.csv; all or nothing. "
        "Says which fields of the coverage change, then uses it; `editions --undo duties` goes back."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--add", action="store_true", help="beside the duties in use; without it the file is the whole table")
        parser.add_argument("--draft", action="store_true", help="load it, and do not use it yet")
        parser.add_argument("--insist", action="store_true", help="use it although most fields would be empty; the log says so")
        parser.add_argument("--json", action="store_true", help="what changes as JSON")
        parser.add_argument("--dry-run", action="store_true", help="say what using it would change; keep nothing")

    def handle(self, *args, file, add, draft, insist, dry_run, **options):
        with transaction.atomic():
            edition = duties.load(file, add)
            if not options["json"]:
                self.tell(f"{'would load' if dry_run else 'loaded'} {edition.rows} from {file.name}")
            self.report(edition, options["json"])
            transaction.set_rollback(dry_run)
        if not (dry_run or draft):
            self.use(edition, insist)

    def report(self, edition, as_json):
        """What using an edition would change."""
        change = duties.change_of(edition)
        if as_json:
            return self.tell(json.dumps(duties.as_json(edition, change), ensure_ascii=False))
        return self.tell("\n".join(duties.change_lines(change)))

    def use(self, edition, insist):
        """Put it in use, or say why not: that is an answer, not a failure."""
        try:
            loading.activate(edition, insist=insist)
        except EditionUnsure as problem:
            self.stderr.write(f"{problem.sentence()} (edition {edition.pk})")
        else:
            self.stderr.write(f"in use: edition {edition.pk}")
