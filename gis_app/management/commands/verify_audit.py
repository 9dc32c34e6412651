"""Check that nothing in the memory was altered."""

import datetime as dt
import json
import time
from functools import partial

from django.core.management.base import CommandError

from gis_app import memory
from gis_app.management import Command as Told
from gis_app.memory.sealing import last_ended

SHOWN = 50  # faults that are listed; all of them with --json


def day(text):
    """A day that was typed."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is no day: write it like 2026-11-25.") from error


class Command(Told):
    help = (
        "Check every ticket's chain of events and its row against them, the log of staff acts, and the signed root of every day. "
        "Names what was altered, removed, reordered or inserted, and exits with 1."
    )

    def add_arguments(self, parser):
        parser.add_argument("--since", type=day, metavar="DAY", help="only what was appended since the root before this day")
        parser.add_argument("--json", action="store_true", help="what was found as JSON, all of it")

    def handle(self, *args, since, json, **options):
        started = time.monotonic()
        found = memory.check(since, partial(self.progress, what="events"))
        seconds = time.monotonic() - started
        if json:
            self.tell(as_json(found))
        if found.faults:
            raise CommandError(summed_up(found))
        if not json:
            self.summary(found, seconds)

    def summary(self, found, seconds):
        """What was looked through."""
        self.tell(
            f"{found.tickets:,} tickets, every chain unbroken: {found.events:,} events, {found.acts:,} acts and {found.roots:,} "
            f"roots of days; {seconds:.1f} s, {found.events / seconds:,.0f} events/s"
        )
        if found.sealed_upto is None:
            self.tell("No day is sealed yet: the worker does it after midnight, or `manage seal_day` now.")
        elif found.sealed_upto < last_ended():
            self.tell(f"No day after {found.sealed_upto} is sealed: is the worker running? `manage seal_day` catches up.")


def summed_up(found):
    """The faults, a line each, and how many there are in all."""
    lines = [fault.line() for fault in found.faults[:SHOWN]]
    more = [f"and {len(found.faults) - SHOWN:,} more; --json lists all"] if len(found.faults) > SHOWN else []
    return "\n".join([f"{len(found.faults):,} faults in the memory of {found.tickets:,} tickets:", *lines, *more])


def as_json(found):
    """What was looked through and what was found, in one line."""
    told = {name: getattr(found, name) for name in ("tickets", "events", "acts", "roots")}
    told |= {"sealed_upto": found.sealed_upto and str(found.sealed_upto), "count": len(found.faults)}
    return json.dumps(told | {"faults": [fault.as_json() for fault in found.faults]}, ensure_ascii=False)
