"""Make or remove a database role that reads the schema for analysts alone."""

import secrets

from gis_app import extract, loading, readers
from gis_app.management import Command as Told


class Command(Told):
    help = (
        "Make a database role for QGIS: it reads the views of the schema `analysis` and nothing else. Its password is printed "
        "once; the same name again gets a new one. --sql prints what a database administrator is to run instead."
    )

    def add_arguments(self, parser):
        parser.add_argument("--name", required=True, help="of the role: small letters, digits and underscores")
        parser.add_argument("--remove", action="store_true", help="take the role away")
        parser.add_argument("--sql", action="store_true", help="print the SQL for whoever may make roles, and make none")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args, name, remove, sql, dry_run, **options):
        password = secrets.token_urlsafe(18)
        planned = readers.taken_back(name) if remove else readers.statements(name, password)
        if dry_run:
            return self.tell(f"would {'remove' if remove else 'make or renew'} {name}: {len(planned)} statements")
        if not remove:
            added = loading.lay_cells()
            readers.note({column.name: str(column.meaning) for column in extract.COLUMNS})
        if sql:
            kept = "" if remove else f"-- the password of {name}, which is kept nowhere: {password}\n"
            return self.tell(kept + ";\n".join(planned) + ";")
        if remove:
            readers.remove(name)
            return self.tell(f"{name} is removed")
        self.tell(f"{name} reads {', '.join(f'{readers.SCHEMA}.{view}' for view in readers.VIEWS)}; {added:,} cells added")
        return self.tell(f"Password of {name}, printed this once: {readers.admit(name)}")
