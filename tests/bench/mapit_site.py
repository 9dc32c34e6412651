"""django-mapit as its manual sets it up, and nothing else; SITE: {database, gdal, geos}. mapit_site.py TOWNS loads it."""

import json
import os
import sys

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

SITE = json.loads(os.environ["SITE"])
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="mapit.urls",
    INSTALLED_APPS=["mapit"],
    MIDDLEWARE=["mapit.middleware.JSONPMiddleware", "mapit.middleware.ViewExceptionMiddleware"],
    DATABASES={"default": SITE["database"]},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    GDAL_LIBRARY_PATH=SITE["gdal"],
    GEOS_LIBRARY_PATH=SITE["geos"],
    MAPIT_AREA_SRID=4326,
    MAPIT_COUNTRY="",
    MAPIT_RATE_LIMIT=[],
)
application = get_wsgi_application()


def load(towns):
    """The towns of a GeoJSON as one generation, by the commands that mapit brings."""
    call_command("migrate", verbosity=0)
    for model, code in (("Type", "TWN"), ("NameType", "zh"), ("CodeType", "town")):
        apps.get_model("mapit", model).objects.create(code=code, description=code)
    apps.get_model("mapit", "Country").objects.create(code="C", name="county")
    call_command("mapit_generation_create", desc="towns", commit=True)
    fields = {"name_field": "name", "name_type_code": "zh", "code_field": "code", "code_type": "town"}
    kind = {"generation_id": 1, "area_type_code": "TWN", "country_code": "C"}
    call_command("mapit_import", towns, commit=True, **kind, **fields)
    call_command("mapit_generation_activate", commit=True)


if __name__ == "__main__":
    load(sys.argv[1])
