"""represent-boundaries as its manual sets it up, and nothing else; SITE: {database, gdal, geos}.

represent_site.py TOWNS loads it; TOWNS is a shapefile, the only thing that it reads.
"""

import datetime
import json
import os
import sys

import boundaries
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

SITE = json.loads(os.environ["SITE"])
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="boundaries.urls",
    INSTALLED_APPS=["boundaries"],
    MIDDLEWARE=[],
    DATABASES={"default": SITE["database"]},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    GDAL_LIBRARY_PATH=SITE["gdal"],
    GEOS_LIBRARY_PATH=SITE["geos"],
)
application = get_wsgi_application()


def load(towns):
    """The towns of a shapefile as one boundary set, by the command that represent-boundaries brings."""
    call_command("migrate", verbosity=0)
    fields = {"name_func": boundaries.attr("name"), "id_func": boundaries.attr("code"), "slug_func": boundaries.attr("code")}
    boundaries.register("towns", file=towns, encoding="utf-8", last_updated=datetime.date(2026, 1, 1), **fields)
    call_command("loadshapefiles", data_dir=os.path.dirname(towns))


if __name__ == "__main__":
    load(sys.argv[1])
