"""What other duties would have done with the last months' tickets. Nothing is changed."""

import json
from datetime import date
from pathlib import Path

from django.core.management.base import CommandError

from gis_app import rerouting, route
from gis_app.loading import duties
from gis_app.management import Command as Told

SHOWN = 40


class Command(Told):
    help = (
        "Try another table of duties on the tickets of the last days: how many would go to another unit, from whom to whom, and "
        "each unit's load and expected late tickets before and after. Nothing is changed."
    )

    def add_arguments(self, parser):
        parser.add_argument("--what-if", type=Path, required=True, metavar="FILE", help="a file as load_duties takes it")
        parser.add_argument("--add", action="store_true", help="beside the duties in use; without it the file is the whole table")
        parser.add_argument("--days", type=int, default=rerouting.DAYS, help="how many days up to today")
        parser.add_argument("--on", type=date.fromisoformat, help="the day whose duties are compared; today unless said")
        parser.add_argument("--json", action="store_true", help="as JSON")
        parser.add_argument("--dry-run", action="store_true", help="it is one: this command never changes anything")

    def handle(self, *args, what_if, add, days, on, **options):
        if not 1 <= days <= rerouting.MOST_DAYS:
            raise CommandError(f"--days must be between 1 and {rerouting.MOST_DAYS}.")
        rows = duties.read(what_if) + (duties.duties_of_use() if add else [])
        found = rerouting.what_if(route.Rulebook(rows, route.desk()), on or duties.today(), days)
        if options["json"]:
            return self.tell(json.dumps(as_json(found), ensure_ascii=False))
        self.tell(f"{found.start} – {found.end}: {found.moved} of {found.tickets} tickets would go to another unit")
        for was, now, number in found.moves[:SHOWN]:
            self.tell(f"  {number:6} {was.name} → {now.name}")
        for load in [load for load in found.loads if load.before != load.after][:SHOWN]:
            self.tell(
                f"  {load.unit.name}: {load.before} → {load.after} tickets, "
                f"{load.late_before:.1f} → {load.late_after:.1f} of them expected late"
            )
        return None


def as_json(found):
    """An Outcome as plain data."""
    return {
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "tickets": found.tickets,
        "moved": found.moved,
        "moves": [{"from": was.code, "to": now.code, "tickets": number} for was, now, number in found.moves],
        "units": [
            {
                "unit": load.unit.code,
                "before": load.before,
                "after": load.after,
                "late_before": round(load.late_before, 2),
                "late_after": round(load.late_after, 2),
            }
            for load in found.loads
        ],
    }
