"""A new edition is in force in every process within a second, without anybody starting anything anew."""

import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from gis_app import loading
from gis_app.models import Edition
from gis_app.words import EditionKind
from tests.conftest import TEA_TOWN
from tests.edited_towns import MILL, TEA, geojson, swapped, towns

OTHER_PROCESS = """
import sys, time
import django
django.setup()
from gis_app import locate
was = locate.town_of(*map(float, sys.argv[1:3])).code
print("watching", flush=True)
end = time.time() + 20
while locate.town_of(*map(float, sys.argv[1:3])).code == was and time.time() < end:
    time.sleep(0.01)
print(time.time(), locate.town_of(*map(float, sys.argv[1:3])).code, flush=True)
"""


def url_of_the_test_database():
    """What another process needs to reach the database of this test."""
    told = connection.settings_dict
    host = str(told["HOST"]).replace("/", "%2F")
    return f"postgis://{told['USER']}@{host}:{told['PORT'] or 5432}/{told['NAME']}"


@pytest.fixture
def watcher(county, monkeypatch):
    """Another process that looks at one place all the time."""
    monkeypatch.setenv("DATABASE_URL", url_of_the_test_database())
    command = [sys.executable, "-c", OTHER_PROCESS, *map(str, TEA_TOWN)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=settings.ROOT)
    assert process.stdout.readline() == "watching\n"
    yield process
    process.kill()
    process.wait()


def test_another_process_has_the_new_boundaries_within_a_second(watcher, tmp_path):
    before = Edition.objects.get(kind=EditionKind.TOWNS, active=True)
    edition = loading.load(EditionKind.TOWNS, geojson(swapped(towns(), TEA, MILL), tmp_path))
    loading.activate(edition)
    used = time.time()
    seen, code = watcher.stdout.readline().split()
    loading.roll_back(EditionKind.TOWNS)
    assert code == MILL and float(seen) - used < 1.0 + 0.5  # a busy machine takes a moment to wake the other process
    assert Edition.objects.get(kind=EditionKind.TOWNS, active=True) == before
