"""Our settings, with one address more: the view that http-locate holds ours against."""

from gis_app.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.empty_urls"
