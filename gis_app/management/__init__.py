"""Commands: a domain error becomes one plain sentence and exit code 1."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from gis_app.errors import Problem


class Command(BaseCommand):
    """A command whose domain errors are told as sentences."""

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except Problem as problem:
            raise CommandError(problem.sentence()) from problem

    def tell(self, line):
        """One line for the person at the terminal."""
        self.stdout.write(str(line))


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
