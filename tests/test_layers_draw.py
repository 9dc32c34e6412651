"""The leaders' map: nothing from elsewhere, nothing that runs uninvited, the same bytes every time."""

import re

import folium
import pytest
import shapely
from folium.plugins import MarkerCluster

from layers.cells import cell_of, frame
from layers.draw import UnknownAsset, Wording, heat_map, localise, signed, text
from layers.ground import Place, ground_of
from layers.heat import COUNTED, SHADES, class_of
from layers.overlay import Overlay, Shade

ASSETS = {"leaflet.js": "/static/leaflet.abc.js", "leaflet.css": "/static/leaflet.abc.css"}
NASTY = "</script><script>alert(1)</script>${alert(2)}`\\"
WORDS = Wording("zh-Hans", "热力图", "示意边界，非法定界线", "米", "千米", "放大", "缩小", {8: "每格约 0.7 平方千米"})
TOWNS = [
    Place("1", "城北街道", shapely.box(107.6, 32.9, 107.8, 33.1)),
    Place("2", "茶镇", shapely.box(107.8, 32.9, 108.0, 33.1), False),
]
BESIDE = [Place("9", "洋县", shapely.box(107.6, 33.1, 108.0, 33.5))]
FACTS = {"count": "件数", "voices": "上报次数"}


def counted(cells, count, voices):
    return Overlay(frame(cells, count=count, voices=voices, shade=class_of(count)), COUNTED, FACTS)


CELLS = counted([cell_of(107.7, 33.0, 8), cell_of(107.9, 33.0, 8)], [1, 20], [2, 25])


@pytest.fixture(scope="module")
def ground():
    return ground_of(TOWNS, BESIDE, 0)


@pytest.fixture(scope="module")
def document(ground):
    return heat_map(CELLS, ground, WORDS, ASSETS)


def test_nothing_is_fetched_from_elsewhere(document):
    assert re.findall(r"""(?:https?:)?//[\w.-]+\.\w+""", document) == []
    assert set(re.findall(r'(?:src|href)="([^"]*)"', document)) == set(ASSETS.values())


def test_the_same_input_gives_the_same_bytes(document, ground):
    assert heat_map(CELLS, ground, WORDS, ASSETS) == document


def test_foliums_own_lists_of_files_stay_as_they_are(document):
    assert any("jsdelivr" in address for _name, address in folium.Map.default_js)


def test_a_file_that_nobody_named_is_refused(ground):
    with pytest.raises(UnknownAsset, match=r"leaflet\.css"):
        heat_map(CELLS, ground, WORDS, {"leaflet.js": "/static/leaflet.js"})


def test_a_plugin_does_not_bring_its_files_in_silence():
    chart = folium.Map(tiles=None)
    MarkerCluster().add_to(chart)
    with pytest.raises(UnknownAsset, match="markercluster"):
        localise(chart.get_root(), ASSETS)


def test_each_cell_has_the_shade_of_its_class(document):
    assert '"shade":[0,5],"facts":[[1,2],[20,25]]' in document
    assert document.index(f'"colour":"{SHADES[0]}"') < document.index(f'"colour":"{SHADES[5]}"')


def test_a_hatched_shade_brings_its_pattern(ground):
    told = heat_map(CELLS._replace(shades=[Shade("#28588F", "变少", True)] * 6), ground, WORDS, ASSETS)
    assert '"colour":"url(#hatch0)"' in told and '<pattern id="hatch0"' in told


def test_a_sketched_edge_is_dashed_and_a_surveyed_one_is_not(ground):
    official = [town._replace(synthetic=False) for town in TOWNS]
    assert '"dashArray": "5 3"' in heat_map(CELLS, ground, WORDS, ASSETS)
    assert "dashArray" not in heat_map(CELLS, ground_of(official, BESIDE, 0), WORDS, ASSETS)


def test_the_map_says_that_its_boundaries_are_a_sketch_and_what_it_is(document):
    assert "示意边界，非法定界线" in document
    assert '<html lang="zh-Hans">' in document and "<title>热力图</title>" in document


def test_it_may_be_enlarged_with_two_fingers(document):
    assert "user-scalable" not in document and "maximum-scale" not in document


def test_the_nonce_is_on_every_script_and_style(document):
    told = signed(document, "n0nce")
    assert "<script>" not in told and "<style>" not in told
    assert told.count('nonce="n0nce"') == document.count("<script>") + document.count("<style>")


def test_words_are_never_read_as_markup_or_code(ground):
    wording = WORDS._replace(title=NASTY, note=NASTY, kilometre=NASTY, sizes={8: NASTY})
    named = ground._replace(towns=[label._replace(name=NASTY) for label in ground.towns])
    told = heat_map(CELLS._replace(facts={"count": NASTY, "voices": NASTY}, fine=NASTY), named, wording, ASSETS)
    assert "<script>alert" not in told
    assert "${alert(2)}" not in re.sub(r"const (spans|unit|packs|chart|dark) = .*", "", told)  # JSON strings, set as text


def test_escaped_words_read_the_same_to_people():
    assert text("路灯 <不亮> & ${x} `y` \\z") == "路灯 &lt;不亮&gt; &amp; &#36;{x} &#96;y&#96; &#92;z"


def test_without_reports_there_is_still_a_map(ground):
    empty = heat_map(counted([], [], []), ground, WORDS, ASSETS)
    assert "城北街道" in empty.encode().decode("unicode_escape") or "\\u57ce\\u5317" in empty
    assert '"at":[]' in empty


def test_tiles_are_asked_for_only_when_given(document, ground):
    assert "L.tileLayer" not in document
    tiled = heat_map(CELLS, ground, WORDS, ASSETS, tiles=("https://tiles.example/{z}/{x}/{y}.png", "审图号 <1>"))
    assert "https://tiles.example/{z}/{x}/{y}.png" in tiled and "<1>" not in tiled
