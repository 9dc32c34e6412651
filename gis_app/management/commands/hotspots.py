"""Tested hotspots on the terminal."""

import datetime as dt
import json

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import override

from gis_app import hotspots
from gis_app.management import Command as Told
from gis_app.words import EXPOSURES, Task
from layers.hotspots import DRAWS, SEED, Null

LINE = (
    "{number}. {name}{beside} {town}: {kinds} → {unit}; {called}, q {q:.2g}; {trend} {lasted}; "
    "{of} tickets, {open} open, {late} late"
)


class Command(Told):
    help = "Where a task's tickets are more than chance would put there: the ten places that matter."

    def add_arguments(self, parser):
        parser.add_argument("--task", default=Task.SIX.value, choices=Task.values)
        parser.add_argument("--until", metavar="DAY", help="the last day, 2026-11-25; today by default")
        parser.add_argument("--days", type=int, default=hotspots.DEFAULT_DAYS)
        parser.add_argument("--test", default=hotspots.Question.LOAD.value, choices=hotspots.Question.values)
        parser.add_argument("--per", choices=EXPOSURES, help="what the load is held against, where a county has loaded it")
        parser.add_argument("--null", default=Null.TOTAL.value, choices=list(map(str, Null)), help="conditional: own values stay")
        parser.add_argument("--mid", action="store_true", help="mid-p: half of what was seen itself is counted, less cautious")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args, task, until, days, test, per, null, mid, **options):
        if not 1 <= days <= hotspots.LONGEST:
            raise CommandError(f"--days: at least 1 is needed to count anything, and {hotspots.LONGEST:,} are the most.")
        board = hotspots.board(task, day_of(until), days, test, per, hotspots.Chance(Null(null), mid))
        with override("en"):
            places, more = hotspots.spotted(board)
            rows = [self.row(place) for place in places]
        if options["json"]:
            told = {"task": task, "from": board.start, "to": board.end, "test": test, "per": per, "null": null}
            told |= {"mid": mid, "tickets": board.total}
            return self.tell(json.dumps(told | {"places": rows, "more": more}, ensure_ascii=False, default=str))
        of = f" by {per}, exact; p≈ by {DRAWS:,} draws, seed {SEED}" if per else ""
        of += (f", {null} null" if null != Null.TOTAL else "") + (", mid-p" if mid else "")
        tested = int(board.found.tested.sum())
        self.tell(f"{board.start} to {board.end}: {board.total} tickets, {tested} cells tested ({test}{of})")
        for row in rows:
            beside = f" (near {row['near']})" if row["near"] else ""
            drawn = "" if row["drawn"] is None else f"; p≈{row['drawn']:.1g}"
            self.tell(LINE.format(**row | {"kinds": ", ".join(row["kinds"]), "beside": beside}) + drawn)
        self.tell(f"{len(rows)} places listed, {more} more" if rows else "no place stands out from chance")
        return None

    @staticmethod
    def row(place):
        """A place in words and numbers."""
        names = {"town": str(place.town), "unit": str(place.unit), "kinds": [kind.label for kind in place.kinds]}
        numbers = ("number", "name", "near", "called", "q", "z", "of", "open", "late", "trend", "lasted", "bars", "supervised_at")
        cells = [f"{cell:x}" for cell in place.cells]
        return {name: getattr(place, name) for name in numbers} | names | {"cells": cells, "drawn": place.drawn}


def day_of(text):
    """The day that is written, today for none. Raises CommandError."""
    try:
        return dt.date.fromisoformat(text) if text else timezone.localdate()
    except ValueError as error:
        raise CommandError(f"--until: {text} is no day; write it like 2026-11-25.") from error
