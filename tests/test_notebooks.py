"""Notebooks run from top to bottom, on layers/ and files alone."""

import ast
import json

import pytest
from django.conf import settings

NOTEBOOKS = sorted((settings.ROOT / "notebooks").glob("*.ipynb"))


def code_of(path):
    """The code of a notebook's cells, in order."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, monkeypatch, capsys):
    monkeypatch.chdir(settings.ROOT)
    names = {}
    for code in code_of(path):
        exec(compile(code, path.name, "exec"), names)
    told = capsys.readouterr().out
    assert "covered twice: 0 m²; covered by none: 0 m²" in told or path.stem != "county"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_knows_no_database(path):
    trees = [ast.parse(code) for code in code_of(path)]
    modules = {node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in modules if name.split(".")[0] in ("gis_app", "django")]
    assert any(name.split(".")[0] == "layers" for name in modules)
