"""Write tickets into a file for analysts."""

import os
from pathlib import Path

from django.core.management.base import CommandError

from gis_app import extract
from gis_app.extract import columns
from gis_app.management import Command as Told

PACKED = ".gz"
DICTIONARIES = {".csv": columns.as_csv, ".md": lambda: columns.as_markdown().encode() + b"\n"}


class Command(Told):
    help = (
        "Write tickets into a file for analysts: no words, contacts, photos or names of staff. By its ending the file is .csv, "
        ".geojson (both also with .gz), .xlsx, .gpkg or .parquet. Without --exact a place is the centre of its cell. "
        "--dictionary prints what each column means, or writes it into FILE (.md or .csv)."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", nargs="?", help="a new file; without it CSV is printed")
        parser.add_argument("--dictionary", action="store_true", help="the columns and what they mean, instead of tickets")
        parser.add_argument("--from", metavar="DAY", help="reported on this day or later, 2026-11-25")
        parser.add_argument("--to", metavar="DAY", help="reported on this day or earlier")
        parser.add_argument("--bbox", metavar="W,S,E,N", help="inside these degrees")
        for name in ("task", "category", "town", "unit", "state"):
            parser.add_argument(f"--{name}", help="of this one alone")
        parser.add_argument("--exact", action="store_true", help="tickets' own points, which may be somebody's door")
        parser.add_argument("--force", action="store_true", help="replace a file that is there")
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")

    def handle(self, *args, file, dictionary, exact, force, dry_run, **options):
        if file and not dry_run:
            refuse(file, force)
        if dictionary:
            return self.explain(file, dry_run)
        kind, packed = kind_of(file)
        export = extract.whole(extract.read({name: options[name] for name in extract.FILTERS} | {"format": kind}), exact)
        if dry_run:
            return self.tell(f"would write {export.rows:,} tickets, {len(extract.NAMES)} columns")
        extract.taken(export)
        if file is None:
            return self.print(export)
        part = file.with_name(f".unfinished-{file.name}")
        try:
            extract.write(export, part, lambda rows: self.progress(rows, export.rows, "tickets"), packed)
            os.replace(part, file)
        finally:
            part.unlink(missing_ok=True)
        return self.tell(f"{export.rows:,} tickets, {len(extract.NAMES)} columns written into {file}")

    def explain(self, file, dry_run):
        """The data dictionary."""
        if file is None:
            return self.tell(columns.as_markdown())
        if file.suffix not in DICTIONARIES:
            raise CommandError(f"The dictionary is written as {' or '.join(DICTIONARIES)}: give the file one of these endings.")
        if not dry_run:
            file.write_bytes(DICTIONARIES[file.suffix]())
        return self.tell(f"{'would write' if dry_run else 'wrote'} {len(extract.COLUMNS)} columns into {file}")

    def print(self, export):
        """CSV to whoever reads the other end; a file's worth of bytes where that takes bytes."""
        for chunk in extract.stream(export):
            self.stdout.write(chunk.decode(), ending="")
        self.stderr.write(f"{export.rows:,} tickets")


def refuse(file, force):
    """Raises CommandError for a file that is there already, or a folder that is not."""
    if not file.parent.is_dir():
        raise CommandError(f"There is no folder {file.parent}: make it, or name another file.")
    if file.exists() and not force:
        raise CommandError(f"{file} is there already: name another file, or replace it with --force.")


def kind_of(file):
    """(format, whether packed) by a file's ending. Raises CommandError."""
    if file is None:
        return "csv", False
    packed = file.suffix == PACKED
    kind = (file.with_suffix("") if packed else file).suffix.removeprefix(".")
    if kind not in extract.FORMATS or packed and kind not in extract.STREAMED:
        endings = ", ".join(f".{each}" for each in extract.FORMATS)
        raise CommandError(f"{file.name} does not say which format: end it in {endings}, or .csv.gz or .geojson.gz.")
    return kind, packed
