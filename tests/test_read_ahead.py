"""What a process of the web server reads before anybody asks, and what it does where there is nothing to read from."""

import runpy

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gis_app.classify import categories
from gis_app.classify.learned import learned
from gis_app.locate.points import active_edition
from gis_app.models import Stamp, read_ahead
from gis_app.route.in_use import in_use

SERVER = settings.ROOT / "deploy/gunicorn.py"


class Log:
    """A web server's log, as far as it is used here."""

    def __init__(self):
        self.told = []

    def exception(self, line):
        self.told.append(line)


@pytest.fixture
def reads():
    """What a process does while the first requests come in."""
    return runpy.run_path(str(SERVER))["_read_ahead"]


@pytest.mark.django_db
def test_after_it_has_been_read_nobody_asks_for_reference_data(one_look):
    read_ahead()
    with CaptureQueriesContext(connection) as asked:
        kinds, towns = categories(), active_edition().towns
        learned(), in_use()
    assert (len(asked), len(kinds), len(towns)) == (0, 109, 17)


@pytest.mark.django_db
def test_what_changes_later_is_read_anew():
    read_ahead()
    before = active_edition()
    Stamp.bump("places")
    assert active_edition() is not before


def test_a_process_leaves_no_connection_behind(county, reads):
    reads(log := Log())
    assert (log.told, connection.connection) == ([], None)


def test_without_a_database_the_process_begins_and_says_why_in_its_log(county, reads):
    connection.close()
    Stamp.forget()
    with pytest.MonkeyPatch.context() as away:
        for name, value in (("HOST", "localhost"), ("PORT", "1")):
            away.setitem(connection.settings_dict, name, value)
        reads(log := Log())
    assert log.told == ["Nothing could be read ahead; it is read when it is asked for."]
