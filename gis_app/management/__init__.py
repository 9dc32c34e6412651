"""Commands: a domain error becomes one plain sentence and exit code 1."""

import json
import sys
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from gis_app import loading
from gis_app.errors import EditionUnfit, EditionUnsure, Problem
from gis_app.loading import told
from gis_app.words import EditionKind

WIDTH = 30  # of a progress bar


class Command(BaseCommand):
    """A command whose domain errors are told as sentences."""

    requires_system_checks = ()  # `prepare` checks once: reading every page's code before each command takes seconds

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except Problem as problem:
            raise CommandError(problem.sentence()) from problem
        except ProgrammingError as error:
            plan = MigrationExecutor(connection)
            if not plan.migration_plan(plan.loader.graph.leaf_nodes()):
                raise
            raise CommandError("The database is not prepared yet: start ./run once, then try again.") from error

    def tell(self, line):
        """One line for the person at the terminal."""
        self.stdout.write(str(line))

    def progress(self, done, about, what="rows"):
        """How far it is: a bar on a terminal; elsewhere a line for each tenth."""
        share = done / about if about else 1
        if self.stderr.isatty():
            end = "\n" if done == about else ""
            self.stderr.write(f"\r[{'#' * int(share * WIDTH):<{WIDTH}}] {share:4.0%} {done:,} {what}", ending=end)
        elif int(share * 10) > getattr(self, "told", 0):
            self.told = int(share * 10)
            self.stderr.write(f"{done:,} of about {about:,} {what}")
        sys.stderr.flush()


class FileCommand(Command):
    """A command that loads one file, with a dry run."""

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="read and check, change nothing")

    def load(self, file, dry_run):
        """Load the file; returns what was loaded, for the summary."""
        raise NotImplementedError

    def handle(self, *args, file, dry_run, **options):
        done = self.load(file, dry_run)
        self.tell(f"{'would load' if dry_run else 'loaded'} {done} from {file.name}")


class EditionCommand(Command):
    """A command that loads a file as an edition, says all that was found in it, and uses it when it is sound."""

    kind = None
    loaders = {
        EditionKind.ADDRESSES: loading.load_addresses,
        EditionKind.PEOPLE: loading.load_people,
        EditionKind.ROADS: loading.load_roads,
    }
    asks = ("crs", "code_field", "name_field", "snap", "source", "licence")

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--crs", help="its coordinate system when the file does not say: 4326, 4490, 4545, gcj02, bd09 …")
        parser.add_argument("--code-field", help="the column that holds the code")
        parser.add_argument("--name-field", help="the column that holds the name")
        parser.add_argument("--snap", type=float, default=loading.Ask.snap, help="metres: narrower gaps and overlaps are closed")
        parser.add_argument("--insist", action="store_true", help="use it although there are doubts; the log says so")
        self.add_record(parser)

    @staticmethod
    def add_record(parser):
        """What every edition is asked for."""
        parser.add_argument("--source", default="", help="where the file is from, for the record")
        parser.add_argument("--licence", default="", help="its licence, for the record")
        parser.add_argument("--draft", action="store_true", help="load it, and do not use it yet")
        parser.add_argument("--json", action="store_true", help="the report as JSON")
        parser.add_argument("--dry-run", action="store_true", help="report it and what using it would change; keep nothing")

    def kind_of(self, file, options):
        """Which kind of edition the file is."""
        return self.kind

    def handle(self, *args, file, dry_run, draft, insist=False, **options):
        ask = loading.Ask(**{name: options[name] for name in self.asks})
        kind = self.kind_of(file, options)
        with transaction.atomic():
            edition = self.loaders.get(kind, partial(loading.load, kind))(file, ask)
            change = loading.change_of(edition)
            self.report(edition, change, options["json"])
            if not options["json"]:
                self.tell(f"{'would load' if dry_run else 'loaded'} {edition.rows} from {file.name}")
            transaction.set_rollback(dry_run)
        if not (dry_run or draft):
            self.use(edition, insist)

    def report(self, edition, change, as_json):
        """All that is known of the edition."""
        if as_json:
            return self.tell(json.dumps(told.as_json(edition, change), ensure_ascii=False))
        return self.tell("\n".join(told.lines(edition, change)))

    def use(self, edition, insist):
        """Put it in use, or say why not: that is an answer, not a failure."""
        try:
            loading.activate(edition, insist=insist)
        except (EditionUnfit, EditionUnsure) as problem:
            self.stderr.write(f"{problem.sentence()} (edition {edition.pk})")
        else:
            self.stderr.write(f"in use: edition {edition.pk}")
