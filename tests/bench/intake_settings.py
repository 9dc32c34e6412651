"""Our settings, with one address more: the view that intake is held against."""

from gis_app.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.intake_urls"
