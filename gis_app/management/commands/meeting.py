"""The list for the weekly meeting, on the terminal."""

import json

from django.utils.translation import override

from gis_app import clock, meeting
from gis_app.management import Command as Told

UNIT = "{unit}: {open} open, {late} late, {supervised} supervised, {overdue} not answered in time"
TICKET = "  {ticket} {category} {town} {unit} {state} due {due:%Y-%m-%d %H:%M} open {days} days"


class Command(Told):
    help = "The list for the weekly meeting: supervised, late and longest open tickets, and how the units stand."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args, **options):
        agenda = meeting.agenda()
        lists = {name: [self.row(ticket, agenda.at) for ticket in rows] for name, rows in meeting.lists(agenda)}
        units = [row | {"unit": row["unit"].code if row["unit"] else None} for row in agenda.units]
        if options["json"]:
            told = {"at": agenda.at, "open": agenda.open, "late_number": agenda.late_number, "units": units, **lists}
            return self.tell(json.dumps(told, ensure_ascii=False, default=str))
        with override("en"):
            self.tell(f"{clock.printed(agenda.at)}: {agenda.open} open, {agenda.late_number} late")
            for row in units:
                self.tell(UNIT.format(**row))
            for name, rows in lists.items():
                self.tell(f"{name}: {len(rows)}")
                for row in rows:
                    self.tell(TICKET.format(**row))
        return None

    @staticmethod
    def row(ticket, now):
        """A ticket in codes and dates."""
        names = {name: getattr(getattr(ticket, name), "code", None) for name in ("category", "town", "unit")}
        answer = meeting.answer_of(ticket, now) if ticket.supervised else None
        dates = {"due": ticket.due.astimezone(clock.SHANGHAI), "answer_due_at": ticket.answer_due_at, "answer": answer}
        return {"ticket": ticket.number, "state": ticket.state, "days": meeting.days_open(ticket, now), **names, **dates}
