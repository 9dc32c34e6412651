"""Editions of boundaries and duties: list them, look at one, use one, undo, delete one that was never used."""

import json

from gis_app import loading
from gis_app.errors import EditionKept, NotFound
from gis_app.loading import duties, told
from gis_app.locate.points import in_use
from gis_app.management import Command as Told
from gis_app.models import Edition
from gis_app.words import EditionKind


class Command(Told):
    help = (
        "List the editions of boundaries, duties, people and roads; show what using one would change; use one; undo the last "
        "use; delete one."
    )

    def add_arguments(self, parser):
        parser.add_argument("--show", type=int, metavar="NUMBER", help="the report of an edition and what using it would change")
        parser.add_argument("--activate", type=int, metavar="NUMBER", help="use this edition")
        parser.add_argument("--forget", type=int, metavar="NUMBER", help="delete an edition that was never in use")
        parser.add_argument("--insist", action="store_true", help="use it although there are doubts; the log says so")
        parser.add_argument("--undo", choices=EditionKind.values, metavar="KIND", help="put back what was in use before")
        parser.add_argument("--json", action="store_true", help="as JSON")
        parser.add_argument("--dry-run", action="store_true", help="with what changes something: only say what it would")

    def handle(self, *args, show, activate, insist, undo, forget, **options):
        if forget:
            return self.forget(self.edition(forget), options["dry_run"])
        if undo and options["dry_run"]:
            now = in_use(undo)
            return self.tell(f"would be in use again: {now and now.before or 'nothing: there is none before'}")
        if undo:
            return self.tell(f"in use again: {loading.roll_back(undo) or 'none, as before'}")
        if activate and not options["dry_run"]:
            return self.tell(f"in use: {loading.activate(self.edition(activate), insist=insist)}")
        if show or activate:
            return self.show(self.edition(show or activate), options["json"])
        return self.list(options["json"])

    @staticmethod
    def edition(number):
        """The edition with this number. Raises NotFound."""
        found = Edition.objects.filter(pk=number).first()
        if found is None:
            raise NotFound
        return found

    def forget(self, edition, dry_run):
        """Delete one, or say whether that can be. Raises EditionKept."""
        if not dry_run:
            loading.forget(edition)
        elif why := loading.kept_because(edition):
            raise EditionKept(why=why)
        return self.tell(f"{'would be deleted' if dry_run else 'deleted'}: {edition}")

    def show(self, edition, as_json):
        """The report of an edition."""
        if edition.kind == EditionKind.DUTIES:
            return self.show_duties(edition, as_json)
        change = loading.change_of(edition)
        if as_json:
            return self.tell(json.dumps(told.as_json(edition, change), ensure_ascii=False))
        return self.tell("\n".join(told.lines(edition, change)))

    def show_duties(self, edition, as_json):
        """What using a table of duties would change."""
        change = duties.change_of(edition)
        if as_json:
            return self.tell(json.dumps(duties.as_json(edition, change), ensure_ascii=False))
        return self.tell("\n".join([str(edition), *duties.change_lines(change)]))

    def list(self, as_json):
        """Every edition, the newest first."""
        rows = list(Edition.objects.order_by("kind", "-loaded_at"))
        if as_json:
            named = [{"edition": row.pk, "kind": row.kind, "source": row.source, "active": row.active} for row in rows]
            return self.tell(json.dumps(named, ensure_ascii=False))
        for row in rows:
            self.tell(f"{'*' if row.active else ' '} {row.pk:4} {row.kind:10} {row.loaded_at:%Y-%m-%d %H:%M} {row.source}")
        return None
