"""Notebooks run from top to bottom, on layers/ and files alone."""

import ast
import json
import re

import geopandas
import pytest
from django.conf import settings
from django.core.management import call_command

from gis_app import extract

NOTEBOOKS = sorted((settings.ROOT / "notebooks").glob("*.ipynb"))

TOLD = {  # a line that each prints when what it shows is so
    "county": "covered twice: 0 m²; covered by none: 0 m²",
    "province": "of 20,000 asked again, 0 differ",
    "heat": "maps and table agree",
    "hotspots": "no cell is further from the exact p",
}
OF_AN_EXPORT = [path for path in NOTEBOOKS if path.stem in ("heat", "hotspots")]


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
    assert TOLD[path.stem] in told
    if path.stem == "province":
        same_by_frames(told)


def same_by_frames(told):
    """What dask-geopandas found is what is said of our own; and the outlines' corners show why the two are not the same."""
    number = r"([\d,]+)"
    shapes = (
        rf"{number} points, {number} in no town",
        rf"dask-geopandas, {number} partitions: {number} points in {number} towns, {number} towns differ",
        rf"{number} corners: {number} answers here; by a join {number} within, {number} intersects",
    )
    found = [[int(each.replace(",", "")) for each in re.search(shape, told).groups()] for shape in shapes]
    (points, outside), (partitions, joined, towns, differing), (corners, ours, within, both) = found
    assert differing == 0 and towns > 1 and partitions > 1 and 0 < joined == points - outside
    assert within < ours == corners < both



@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_knows_no_database(path):
    trees = [ast.parse(code) for code in code_of(path)]
    modules = {node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in modules if name.split(".")[0] in ("gis_app", "django")]
    assert any(name.split(".")[0] == "layers" for name in modules)


@pytest.mark.parametrize("path", OF_AN_EXPORT, ids=lambda path: path.stem)
def test_it_runs_on_an_export_of_this_day_too(path, db, tmp_path, monkeypatch, capsys):
    call_command("demo", "--reports", "300", "--seed", "3")
    call_command("export", str(tmp_path / "tickets.parquet"))
    monkeypatch.setenv("EXPORT", str(tmp_path / "tickets.parquet"))
    test_a_notebook_runs(path, monkeypatch, capsys)


def test_the_export_that_comes_with_the_notebooks_has_todays_columns():
    shipped = geopandas.read_parquet(settings.ROOT / "fixtures/demo/tickets.parquet")
    assert list(shipped.columns) == [*extract.NAMES, "geometry"] and len(shipped) > 2000
    assert set(shipped["position"].dropna()) == {"cell"}
