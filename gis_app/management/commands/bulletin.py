"""A bulletin from the terminal: its draft and its files."""

from pathlib import Path

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import override

from gis_app.access import roles_of
from gis_app.assess import bulletins
from gis_app.assess.documents import FILES, document
from gis_app.errors import Problem
from gis_app.management import Command as Told
from gis_app.words import BulletinKind, Role

STEPS = 1 + len(FILES)  # figures, and each file


class Command(Told):
    help = "Make the draft of a week's or month's bulletin and its files (HTML, PDF, DOCX)."

    def add_arguments(self, parser):
        period = parser.add_mutually_exclusive_group(required=True)
        period.add_argument("--month", help="a month that is over: 2026-10")
        period.add_argument("--week", help="an ISO week that is over: 2026-W47")
        parser.add_argument("--out", type=Path, help="the folder for the files; none are written without it")
        parser.add_argument(
            "--publish", default="no", metavar="LEADER", help="no, or the account of the leader who approves and publishes it"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what it would hold; keep and write nothing")

    def handle(self, *args, month, week, out, publish, dry_run, **options):
        kind = BulletinKind.MONTH if month else BulletinKind.WEEK
        with override("en"):
            try:
                row = self.make(kind, bulletins.period_of(kind, month or week), leader_called(publish), dry_run)
            except Problem as problem:  # told here, while the terminal's language holds
                raise CommandError(problem.sentence()) from problem
            if out and not dry_run:
                self.write(row, out, month or week)

    @transaction.atomic
    def make(self, kind, period, leader, dry_run):
        """The draft, published where a leader is named; with its summary. A dry run leaves nothing."""
        row = bulletins.make(kind, *period)
        if leader:
            row = bulletins.publish(bulletins.approve(row, [], leader), leader)
        self.progress(1, STEPS, "parts")
        self.summary(row, dry_run)
        transaction.set_rollback(dry_run)
        return row

    def summary(self, row, dry_run):
        """What the bulletin holds, in three lines."""
        counts, spots = row.figures["total"]["counts"], row.figures["hotspots"]
        made = "would make" if dry_run else "made"
        named = f"{row.serial}/{row.year}" if row.serial else "a draft, no number"
        self.tell(f"{made} the {row.kind} bulletin of {row.start} to {row.end}, edition {row.edition} ({named})")
        places = sum(len(found["places"]) for found in spots)
        told = "{reported} reported, {to_close} to be closed, {closed_in_time} of them in time, {open} open, {late} late"
        self.tell(f"{told.format(**counts)}; {places} hotspots")
        self.tell(f"SHA-256 {row.digest}")

    def write(self, row, out, name):
        """The files, each as it is kept."""
        out.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(FILES, 2):
            path = out / f"{name}.{file.rpartition('.')[2]}"
            path.write_bytes(document(row, file))
            self.progress(number, STEPS, "parts")
            self.tell(f"wrote {path.name}, {path.stat().st_size:,} bytes")


def leader_called(name):
    """The leader of this name, or None for no. Raises CommandError."""
    if name == "no":
        return None
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None or Role.LEADER not in roles_of(user):
        raise CommandError(f"--publish {name}: no leader has this account; only leaders approve and publish.")
    return user
