"""What waits to be sent, what was given up and why; and sending that again."""

import json

from django.core.management.base import CommandError

from gis_app import notify
from gis_app.management import Command as Told
from gis_app.models import Delivery
from gis_app.words import UNSENT, DeliveryState

LISTED = 50


class Command(Told):
    help = "Tell how notices leave the house, and what was given up; --resend puts that back, to be sent within a minute."

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--resend", type=int, metavar="ID", help="send this one again")
        which.add_argument("--all-dead", action="store_true", help="send all again that could not be sent after many tries")
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent again, change nothing")

    def handle(self, *args, resend, all_dead, dry_run, **options):
        if resend or all_dead:
            return self.again(resend, dry_run)
        ready = notify.ready()
        ways = {str(name): {"ready": name in ready, **told} for name, told in notify.figures().items()}
        given_up = [self.row(row) for row in notify.given_up()[:LISTED]]
        if options["json"]:
            return self.tell(json.dumps({"ways": ways, "given_up": given_up}, ensure_ascii=False, default=str))
        for name, told in ways.items():
            state = "ready" if told["ready"] else "not configured"
            numbers = ", ".join(f"{word} {told[word]}" for word in ("waiting", "sent", "failed", "dead"))
            self.tell(f"{name}: {state}; {numbers}; last sent {told['last'] or 'never'}")
        for row in given_up:
            self.tell("{id} {state} {channel} {ticket} after {tries} tries: {error}".format(**row))
        return self.tell(f"{len(given_up)} given up are listed" if given_up else "nothing was given up")

    def again(self, pk, dry_run):
        """Put back one, or all dead ones."""
        chosen = Delivery.objects.filter(pk=pk, state__in=UNSENT) if pk else Delivery.objects.filter(state=DeliveryState.DEAD)
        if pk and not chosen.exists():
            raise CommandError(f"{pk} is no delivery that was given up. `manage notices` lists them.")
        if dry_run:
            return self.tell(f"would send {chosen.count()} again")
        return self.tell(f"{notify.resend(pk=pk, state=None if pk else DeliveryState.DEAD)} are sent again within a minute")

    @staticmethod
    def row(row):
        """A delivery in plain words; no address."""
        told = {"id": row.pk, "channel": str(row.channel), "state": row.state, "tries": row.tries, "error": row.error}
        return told | {"ticket": row.notice.ticket.number, "made_at": row.notice.made_at}
