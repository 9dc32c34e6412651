"""Remove what the law wants removed."""

from django.core.management.base import CommandError
from django.db import transaction

from gis_app import access, forgetting
from gis_app.management import Command as Told


class Command(Told):
    help = (
        "Remove one report's personal data (--report: words, place in words, contact, photos, its sender's notes), or all that "
        "was kept long enough (--retention: by the county's retention.csv; --older-than: by days that you give). The rows stay, "
        "with place and kind, and verify_audit finds the memory whole; the log of acts tells what was removed."
    )

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--report", metavar="CODE", help="the code of a report")
        which.add_argument("--retention", action="store_true", help="what is older than its kind is kept")
        which.add_argument("--older-than", type=int, metavar="DAYS", help="what is older than this, counted from a ticket's end")
        parser.add_argument("--only", nargs="+", choices=list(forgetting.KINDS), metavar="KIND", help="of these kinds")
        parser.add_argument("--note", type=int, nargs="+", default=[], metavar="SEQ", help="with --report: notes of events, too")
        parser.add_argument("--reason", default="", help="why, for the log: no names, it is kept for good")
        parser.add_argument("--dry-run", action="store_true", help="count, and remove nothing")

    def handle(self, *args, report, retention, older_than, only, note, reason, dry_run, **options):
        if report:
            return self.of_report(report, note, reason, dry_run)
        if older_than is not None and older_than < 1:
            raise CommandError("--older-than is a number of days from 1 on.")
        days = forgetting.periods() if retention else dict.fromkeys(forgetting.KINDS, older_than)
        chosen = {kind: days[kind] for kind in forgetting.KINDS if kind in days and (not only or kind in only)}
        if not chosen:
            raise CommandError("No kind has a time after which it is removed: load one with `manage load_fixtures`.")
        for kind, after in chosen.items():
            count = forgetting.forget_older(kind, after, dry_run=dry_run)
            self.tell(f"{kind}: {'would remove' if dry_run else 'removed'} {count:,} older than {after:,} days")

    def of_report(self, code, seqs, reason, dry_run):
        """One report's."""
        row = access.report_of_code(code)
        known = set(row.ticket.events.filter(seq__in=seqs, said__isnull=False).values_list("seq", flat=True))
        if unknown := sorted(set(seqs) - known):
            raise CommandError(f"{row.ticket.number} has no note at event {', '.join(map(str, unknown))}.")
        with transaction.atomic():
            removed = forgetting.forget_report(row, reason=reason, seqs=seqs)
            transaction.set_rollback(dry_run)
        told = ", ".join(f"{count} {kind}" for kind, count in removed.items() if count) or "nothing: it is gone already"
        self.tell(f"{'would remove' if dry_run else 'removed'} of the report behind {row.ticket.number}: {told}")
