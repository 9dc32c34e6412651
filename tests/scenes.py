"""Scenes that many tests begin with: told once, and kept for the tests that come next and begin with the same one.

A test's own transaction lies inside the scene's, so that whatever the test does is undone and the scene is as it was. Tests of a
file that begin with the same scene are tried one after another; a test that commits really, or begins otherwise, ends the scene.
"""

import copy
import shutil
from dataclasses import dataclass
from inspect import signature
from itertools import groupby
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import translation

from gis_app.models import Stamp
from tests.hashing import HASHERS


@dataclass
class Stage:
    """What is on it: the teller of the scene, what came of it, its files, the transaction that holds its rows."""

    teller: object = None
    told: object = None
    folder: Path | None = None
    held: object = None
    blocker: object = None  # of the database, outside of tests

    def show(self, teller, folder, blocker):
        """Tell a scene, which stays until `clear`."""
        self.teller, self.folder, self.blocker, self.held = teller, folder, blocker, transaction.atomic()
        Stamp.forget()
        translation.deactivate()
        with blocker.unblock(), override_settings(PASSWORD_HASHERS=HASHERS, MEDIA_ROOT=folder / "media", ROOTS=folder / "roots"):
            self.held.__enter__()
            self.told = teller(folder) if signature(teller).parameters else teller()

    def clear(self):
        """Undo what the scene wrote."""
        with self.blocker.unblock():
            transaction.set_rollback(True)
            self.held.__exit__(None, None, None)
        self.teller = self.told = self.folder = self.held = self.blocker = None


STAGE = Stage()


def scene(teller):
    """A fixture from a function that writes rows and returns what tests need to know of them; it may ask for a folder."""

    def as_told(db, settings):
        """What the teller returned; its files lie where the test looks for files."""
        for name, place in (("media", settings.MEDIA_ROOT), ("roots", settings.ROOTS)):
            if (STAGE.folder / name).exists():
                shutil.copytree(STAGE.folder / name, place, dirs_exist_ok=True)
        return copy.deepcopy(STAGE.told)

    as_told.teller, as_told.__doc__ = teller, teller.__doc__
    return pytest.fixture(name=teller.__name__)(as_told)


def teller_of(item):
    """The scene that a test begins with, or None."""
    asked = item._fixtureinfo.name2fixturedefs.values()
    tellers = [found[-1].func.teller for found in asked if hasattr(found[-1].func, "teller")]
    assert len(tellers) < 2, f"{item.nodeid} begins with two scenes"
    return tellers[0] if tellers else None


@pytest.fixture(scope="class", autouse=True)
def on_stage(request, tmp_path_factory):
    """Before the test's own transaction begins: the scene that it asks for."""
    teller = teller_of(request.node)
    if teller and teller is not STAGE.teller:
        request.getfixturevalue("django_db_setup")
        STAGE.show(teller, tmp_path_factory.mktemp("scene"), request.getfixturevalue("django_db_blocker"))


def after(following):
    """A test has ended. Another scene, or none, begins at once: what comes first in the following test must not meet this one."""
    if STAGE.teller and (following is None or teller_of(following) is not STAGE.teller):
        STAGE.clear()


def in_order(items):
    """The tests, those of one file that stand together and commit alike sorted by their scenes."""
    for _file, together in groupby(items, lambda item: (item.path, "transactional_db" in item.fixturenames)):
        together = list(together)
        tellers = list(dict.fromkeys([None, *map(teller_of, together)]))
        yield from sorted(together, key=lambda item: tellers.index(teller_of(item)))
