"""Every command that a document prints runs."""

import re
import shlex

import pytest
from django.conf import settings
from django.core.management import call_command

README = (settings.ROOT / "README.md").read_text(encoding="utf-8")
PRINTED = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.strip().splitlines()]
MANAGED = [line for line in PRINTED if line.startswith("./run manage ")]


def test_the_readme_begins_with_the_two_commands():
    assert PRINTED[:2] == ["./run", "./run test"]
    assert all(line.startswith("./run") for line in PRINTED)


@pytest.mark.parametrize("line", MANAGED)
def test_a_printed_command_runs(line, db, monkeypatch, capsys):
    monkeypatch.chdir(settings.ROOT)
    name, *words = shlex.split(line)[2:]
    call_command(name, *words)
    assert capsys.readouterr().out.strip(), "a command says what it has done"


def test_every_picture_and_file_that_the_readme_names_is_there():
    for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README):
        assert (settings.ROOT / path).stat().st_size > 10_000, path
    for name in re.findall(r"`([\w/]+\.(?:csv|geojson|md))`", README):
        assert (settings.ROOT / name).exists() or (settings.FIXTURES / name).exists(), name
