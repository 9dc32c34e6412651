"""Every command that a document prints runs."""

import re
import shlex

import pytest
from django.conf import settings
from django.core.management import call_command, load_command_class

README = (settings.ROOT / "README.md").read_text(encoding="utf-8")
PRINTED = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.strip().splitlines()]
MANAGED = [line for line in PRINTED if line.startswith("./run manage ")]

GUIDE = (settings.ROOT / "deploy/README.md").read_text(encoding="utf-8")
DEPLOYED = re.findall(r"\./run manage ([a-z_]+)((?: --?[\w-]+| [a-z]+)*)", GUIDE)


def test_the_readme_begins_with_the_two_commands():
    assert PRINTED[:2] == ["./run", "./run test"]
    assert all(line.startswith("./run") for line in PRINTED)


@pytest.mark.parametrize("line", MANAGED)
def test_a_printed_command_runs(line, db, monkeypatch, capsys):
    monkeypatch.chdir(settings.ROOT)
    name, *words = shlex.split(line)[2:]
    call_command(name, *words)
    assert capsys.readouterr().out.strip(), "a command says what it has done"


@pytest.mark.parametrize(("name", "words"), DEPLOYED)
def test_a_command_that_a_countys_administrator_types_is_one_with_these_options(name, words):
    """What they do to the database of a whole county is tried in test_run.py, test_backup.py and test_readers.py."""
    parser = load_command_class("gis_app", name).create_parser("./run manage", name)
    known, unknown = parser.parse_known_args(shlex.split(words))
    assert known and not [word for word in unknown if word.startswith("-")]


def test_every_picture_and_file_that_the_readme_names_is_there():
    for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README):
        assert (settings.ROOT / path).stat().st_size > 10_000, path
    for name in re.findall(r"`([\w/]+\.(?:csv|geojson|md))`", README):
        assert (settings.ROOT / name).exists() or (settings.FIXTURES / name).exists(), name
