"""`python -m gis_app CMD`: any management command."""

import gc
import os

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_app.settings")

if __name__ == "__main__":
    # What the libraries bring stays: to look through it for rubbish at every 700 new objects is an eighth of a start.
    gc.set_threshold(50_000, 20, 50)
    execute_from_command_line()
