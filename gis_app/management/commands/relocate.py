"""Move open tickets to where the boundaries in use say they are."""

import json

from gis_app import loading
from gis_app.loading import told
from gis_app.loading.moves import names
from gis_app.management import Command as Told


class Command(Told):
    help = "Move open tickets whose place is another under the boundaries in use; look first with --dry-run."

    def add_arguments(self, parser):
        parser.add_argument("--ticket", action="append", metavar="NUMBER", help="only this one (X0000012); may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="list what would be moved")
        parser.add_argument("--json", action="store_true", help="the list as JSON")

    def handle(self, *args, ticket, dry_run, **options):
        found = [move for move in loading.moves() if not ticket or move.ticket.number in ticket]
        if dry_run:
            if options["json"]:
                return self.tell(json.dumps([told.move_json(move) for move in found], ensure_ascii=False))
            return self.tell("\n".join(told.move_lines(found)))
        moved, left = loading.relocate(found)
        called = names()
        for move in left:
            self.tell(told.move_line(move, called))
        return self.tell(f"moved {len(moved)} tickets, left {len(left)}")
