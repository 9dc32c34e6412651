"""A file that is not there, or is none, is told in a plain sentence by every command that takes one."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from gis_app import teaching
from gis_app.errors import UNOPENED, Unopened
from gis_app.loading.tables import TABLES, read_rows

pytestmark = pytest.mark.django_db
TAKE_A_FILE = {
    "import_reports": (".csv", ".xlsx"),
    "load_appeals": (".csv",),
    "load_boards": (".csv",),
    "load_categories": (".csv",),
    "load_duties": (".csv", ".xlsx"),
    "load_grids": (".geojson", ".zip"),
    "load_holidays": (".csv",),
    "load_places": (".csv", ".geojson"),
    "load_population": (".csv", ".tif"),
    "load_roads": (".geojson",),
    "load_scores": (".csv",),
    "load_towns": (".geojson",),
    "load_units": (".csv",),
    "load_zones": (".shp",),
}
FILES = [(command, suffix) for command, suffixes in TAKE_A_FILE.items() for suffix in suffixes]
NEXT = "看看名字和路径写得对不对，或者换一个打得开的文件，再装一次；这一次什么都没有改动。"


def said(*words):
    """What a command that fails says."""
    with pytest.raises(CommandError) as told:
        call_command(*map(str, words))
    return str(told.value)


@pytest.mark.parametrize(("command", "suffix"), FILES)
def test_a_file_that_is_not_there_is_told_plainly(cast, tmp_path, command, suffix):
    assert said(command, tmp_path / f"没有{suffix}") == f"没有{suffix} 打不开：没有这个文件。 {NEXT}"


@pytest.mark.parametrize(("command", "suffix"), FILES)
def test_a_folder_is_no_file(cast, tmp_path, command, suffix):
    (tmp_path / f"folder{suffix}").mkdir()
    assert said(command, tmp_path / f"folder{suffix}") == f"folder{suffix} 打不开：这是文件夹，不是文件。 {NEXT}"


def test_so_is_the_file_of_a_what_if_and_the_land_to_cut(cast, tmp_path):
    missing = f"none.csv 打不开：没有这个文件。 {NEXT}"
    assert said("reroute", "--what-if", tmp_path / "none.csv") == missing
    assert said("make_grids", tmp_path / "out.geojson", "--built-up", tmp_path / "none.geojson").startswith("none.geojson 打不开")


def test_points_that_are_not_there_are_told_so_and_grids_without_a_folder_are_not_cut(cast, tmp_path):
    missing = f"none.parquet 打不开：没有这个文件。 {NEXT}"
    assert said("locate_points", tmp_path / "none.parquet", tmp_path / "out") == missing
    assert said("make_grids", tmp_path / "no folder" / "out.geojson").startswith("There is no folder")


def test_texts_to_learn_from_that_are_not_there_are_told_so(tmp_path):
    with pytest.raises(Unopened, match="没有这个文件"):
        teaching.seeds(tmp_path / "seeds.csv")


@pytest.mark.parametrize("kind", [*UNOPENED, BlockingIOError])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_words_of_the_system_stay_out(kind, language):
    with translation.override(language):
        told = Unopened.because("/somewhere/a.csv", kind(5, "Input/output error")).sentence()
    assert "put error" not in told and "Input" not in told and "–" not in told and "/somewhere" not in told
    assert bool(re.search("[一-鿿]", told)) == (language == "zh-hans")


def test_what_is_wrong_with_a_whole_file_names_no_line(cast, tmp_path):
    (tmp_path / "boards.csv").write_text("", encoding="utf-8")
    with pytest.raises(Exception, match="^boards.csv 用不了：文件是空的。"):
        read_rows(tmp_path / "boards.csv", TABLES["boards"])
