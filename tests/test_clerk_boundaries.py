"""The clerk's pages of boundaries: a file in, its report, using it, undoing that, and open tickets that lie elsewhere then."""

import io
import json
import re
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gis_app import audit, loading
from gis_app.loading import boundaries
from gis_app.loading import editions as loaded
from gis_app.models import Act, Boundary, Edition, Event, Report, Stamp, Ticket
from gis_app.views.staff import editions, upload
from gis_app.words import MAPPED, ActName
from layers import seams
from tests.conftest import TEA_TOWN, Cast, Person
from tests.edited_towns import MILL, NORTH, TEA, geojson, given_to, in_gcj02, narrower, shapefile, towns, wider, without
from tests.scenes import scene

MILL_TOWN = (107.3906, 32.9154)  # 私渡镇
SAND, SAND_TOWN = "610724103", "沙河镇"
PLACES = "/clerk/boundaries"


def in_use(kind="towns"):
    """The edition in use."""
    return Edition.objects.get(kind=kind, active=True)


class Clerk:
    """A clerk at the pages."""

    def __init__(self, client):
        self.client = client

    def sends(self, path, name=None, content=None, **typed):
        """Send a file as the page does; the answer as it came."""
        asked = {"kind": "towns", "crs": "", "epsg": "", "code_field": "", "name_field": "", "snap": "2"} | typed
        if path is not None or content is not None:
            body = Path(path).read_bytes() if content is None else content
            asked["file"] = SimpleUploadedFile(name or Path(path).name, body)
        return self.client.post(PLACES, asked)

    def loads(self, path, **typed):
        """Send a file that is taken; its edition."""
        answer = self.sends(path, **typed)
        assert answer.status_code == 302, text_of(answer)
        return Edition.objects.get(pk=answer["Location"].rsplit("/", 1)[1])

    def looks(self, edition):
        """The page of an edition as text."""
        answer = self.client.get(f"{PLACES}/{edition.pk}")
        assert answer.status_code == 200
        return text_of(answer)

    def uses(self, edition, seen=None, **more):
        """Press the button on an edition's page; the answer."""
        seen = self.now() if seen is None else seen
        return self.client.post(f"{PLACES}/{edition.pk}/activate", {"seen": seen} | more)

    def now(self):
        """What a page says is in use."""
        return ",".join(str(pk) for pk in Edition.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))

    def undoes(self, seen=None, kind="towns"):
        """Press undo; the answer."""
        return self.client.post(f"{PLACES}/undo", {"kind": kind, "seen": seen or in_use(kind).pk})

    def moves(self, *numbers, seen=None, **more):
        """Relocate chosen tickets; the answer."""
        return self.client.post("/clerk/relocations", {"ticket": numbers, "seen": self.now() if seen is None else seen} | more)


def text_of(answer):
    """A page's words without its tags."""
    body = re.sub(r"<script.*?</script>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.fixture
def clerk(cast):
    return Clerk(cast.clerk.client)


@scene
def merged(folder):
    """A sound edition in which 私渡镇 belongs to 沙河镇."""
    return Clerk(Cast().clerk.client).loads(geojson(given_to(towns(), MILL, SAND), folder))


@pytest.fixture
def mill(cast):
    """The number of an open ticket in 私渡镇, which its own government answers for."""
    code = cast.reporter.reports("垃圾没人清运", MILL_TOWN, category="0101")["code"]
    ticket = Ticket.objects.get(reports__code=code)
    assert ticket.town.code == MILL
    return ticket.number


# ---- a file


def test_a_file_is_loaded_and_shown_and_nothing_in_use_is_touched(clerk, tmp_path):
    before = in_use()
    edition = clerk.loads(geojson(towns(), tmp_path), source="县自然资源局", licence="内部使用")
    assert not edition.active and in_use() == before
    kept = (edition.source, edition.licence, edition.loaded_by.username, edition.rows)
    assert kept == ("县自然资源局", "内部使用", "clerk", 17)
    page = clerk.looks(edition)
    assert "可以启用" in page and "17 块都按编号或名称对上了" in page and "县自然资源局" in page
    act = Act.objects.order_by("-seq").first()
    assert (act.act, act.user.username, act.given["file"], act.given["rows"]) == (ActName.LOAD, "clerk", "towns.geojson", 17)


def test_the_same_file_twice_is_one_edition_and_the_clerk_is_told(clerk, tmp_path):
    path = geojson(towns(), tmp_path)
    first = clerk.loads(path)
    answer = clerk.sends(path)
    assert answer["Location"] == f"{PLACES}/{first.pk}"
    assert "以前传过" in clerk.looks(first)
    assert Act.objects.filter(act=ActName.LOAD, about__startswith=f"edition {first.pk} ").count() == 1


def test_a_zipped_shapefile_in_amaps_coordinates_finds_its_system(clerk, tmp_path):
    edition = clerk.loads(shapefile(in_gcj02(towns()), tmp_path))
    page = clerk.looks(edition)
    assert "GCJ-02（高德、腾讯） · 文件没写，按县界试出来的" in page and "XZQDM" in page and "可以启用" in page
    assert edition.report["crs"] == "gcj02"


@pytest.mark.parametrize("driver", ["GeoJSON", "KML", "GPKG"])
def test_a_zip_of_one_map_may_hold_a_text_beside_it(clerk, tmp_path, driver):
    path = tmp_path / f"towns.{driver.lower()}"
    towns()[["code", "name", "geometry"]].to_file(path, driver=driver)
    name = {"GPKG": "towns_gpkg", "KML": "towns_kml"}.get(driver, "towns_geojson")
    answer = clerk.sends(None, name="towns.zip", content=archive(readme_txt="许可".encode(), **{name: path.read_bytes()}))
    assert answer.status_code == 302, text_of(answer)
    assert Edition.objects.latest("pk").boundaries.count() == len(towns())


def test_the_system_that_the_clerk_chooses_is_taken(clerk, tmp_path):
    path = geojson(in_gcj02(towns()), tmp_path)
    assert clerk.loads(path, crs="gcj02").report["crs_from"] == "given"
    assert clerk.loads(path, crs="other", epsg="4490").report["crs"] == "EPSG:4490"


def test_names_of_places_come_from_a_csv(clerk):
    rows = b"name,lon,lat\n\xe8\x80\x81\xe7\xa0\x81\xe5\xa4\xb4,107.7573,32.9870\nfar away,116.4,39.9\n"
    edition = clerk.loads(None, name="places.csv", content=rows, kind="addresses")
    assert edition.addresses.get().name == "老码头"
    assert "读了 2 行，没收 1 行" in clerk.looks(edition)
    drawn = clerk.client.get(f"{PLACES}/{edition.pk}/map.json").json()["features"]
    assert [(each["properties"], each["geometry"]["coordinates"]) for each in drawn] == [
        ({"layer": "place", "name": "老码头"}, [107.7573, 32.987])
    ]


def test_no_file_of_the_clerk_stays_on_the_disk(clerk, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    clerk.loads(geojson(towns(), tmp_path))
    assert clerk.sends(geojson(towns(), tmp_path), code_field="nowhere").status_code == 422
    assert list(folder.iterdir()) == []


def archive(**entries):
    """A zip of {name: bytes}; the last underline of a name is a point."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, body in entries.items():
            file.writestr(".".join(name.rsplit("_", 1)), body)
    return out.getvalue()


SHP = b"\0\0\x27\x0a" + b"\0" * 200
VRT = b"<OGRVRTDataSource><OGRVRTLayer name='kml'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("towns.shp", SHP, "压成一个 .zip 再传"),
        ("towns.geojson", b"", "文件是空的"),
        ("towns.geojson", b"hello", "里面却不是"),
        ("towns.geojson", b'{"type": "nothing"}', "这不是读得出来的地图文件"),
        ("towns.geojson", VRT, "里面却不是"),
        ("towns.kml", VRT, "里面却不是"),
        ("towns.pdf", b"%PDF-1.7", "这一类要 .geojson"),
        ("towns.csv", b"name\n", "这一类要 .geojson"),
        ("towns.zip", b"PK nothing", "压缩包打不开"),
        ("towns.zip", archive(readme_txt=b"x"), "正好有一份地图"),
        ("towns.zip", archive(towns_geojson=VRT), "正好有一份地图"),
        ("towns.zip", archive(towns_vrt=VRT), "正好有一份地图"),
        ("towns.zip", archive(a_shp=SHP, b_shp=SHP), "正好有一份地图"),
        ("towns.zip", archive(towns_shp=SHP, towns_prj=b"x"), "压缩包里少了 .dbf .shx"),
    ],
)
def test_what_is_no_map_is_refused_in_words_beside_the_file(clerk, name, content, told):
    before = Edition.objects.count()
    answer = clerk.sends(None, name=name, content=content)
    assert answer.status_code == 422 and Edition.objects.count() == before
    beside = re.search(r'id="wrong-file" role="alert">(.*?)</p>', answer.content.decode(), re.S)
    assert told in beside[1]


def test_a_file_that_is_too_large_is_refused_beside_the_file(clerk, monkeypatch):
    monkeypatch.setattr(upload, "MOST_MB", 0.001)
    assert "文件太大" in text_of(clerk.sends(None, name="towns.geojson", content=b"{" + b" " * 2000))
    monkeypatch.setattr(upload, "MOST_MB", 30)
    monkeypatch.setattr(upload, "UNPACKED_MB", 1)
    bomb = archive(towns_shp=SHP, towns_dbf=b"\0" * 2_000_000, towns_shx=b"x")
    assert "展开以后太大" in text_of(clerk.sends(None, name="towns.zip", content=bomb))


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"kind": "nothing"}, "kind", "选一类边界"),
        ({"crs": "nothing"}, "crs", "选一个坐标系"),
        ({"crs": "other", "epsg": "4 5"}, "epsg", "写 EPSG 编号"),
        ({"snap": "wide"}, "snap", "0 到 20"),
        ({"snap": "nan"}, "snap", "0 到 20"),
        ({"snap": "99"}, "snap", "0 到 20"),
        ({"source": "长" * 201}, "source", "最多 200 字"),
        ({"code_field": "nowhere"}, "file", "没有“nowhere”这一列，文件里有：code、name"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_all_that_was_typed_is_kept(clerk, tmp_path, typed, field, told):
    asked = {"source": "测绘院", "licence": "内部", "name_field": "name"} | typed
    answer = clerk.sends(geojson(towns(), tmp_path), **asked)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in re.search(rf'id="wrong-{field}" role="alert">(.*?)</p>', page, re.S)[1]
    kept = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("source", "licence", "name_field")}
    assert kept == {name: asked[name] for name in kept}


def test_without_a_file_the_form_asks_for_one(clerk):
    answer = clerk.sends(None)
    assert answer.status_code == 422 and "选一个文件" in text_of(answer)


# ---- the report


def test_a_gap_of_one_metre_is_closed_and_one_of_a_hundred_forbids_use(clerk, tmp_path):
    small = clerk.loads(geojson(narrower(towns(), TEA, 1), tmp_path, "small.geojson"))
    page = clerk.looks(small)
    assert "可以启用" in page and "合上不宽于 2.0 米的空隙 1 处" in page
    large = clerk.loads(geojson(narrower(towns(), TEA, 100), tmp_path, "large.geojson"))
    page = clerk.looks(large)
    assert "不能启用 有 1 处空隙没有归属" in page and "要先改好" in page and "100.0 米" in page
    before = in_use()
    answer = clerk.uses(large, insist="yes")
    assert answer.status_code == 409 and "这一版边界不能启用" in text_of(answer) and in_use() == before


def test_an_overlap_is_numbered_in_the_list_as_on_the_map(clerk, tmp_path):
    edition = clerk.loads(geojson(wider(towns(), NORTH, 300), tmp_path))
    page = clerk.client.get(f"{PLACES}/{edition.pk}").content.decode()
    listed = re.findall(r'data-show="fault-(\d+)"', page)
    drawn = clerk.client.get(f"{PLACES}/{edition.pk}/map.json").json()["features"]
    marks = [each["properties"] for each in drawn if each["properties"]["layer"] == "fault"]
    assert listed == [str(mark["number"] + 1) for mark in marks] and len(listed) >= 5
    assert {mark["fault"] for mark in marks} == {"overlap"}
    assert sum(each["properties"]["layer"] == "area" for each in drawn) == 17


def test_what_using_an_edition_would_change_is_shown_before(clerk, merged, mill):
    page = clerk.looks(merged)
    assert "没有了 1 个 私渡镇 610724104" in page and "134.29 平方千米" in page
    assert f"{mill} 私渡镇 → 沙河镇 私渡镇人民政府 → 沙河镇人民政府" in page
    assert "未结的案件要改址 1 件，其中 1 件换单位" in page
    told = clerk.client.get(f"{PLACES}/{merged.pk}/report.json").json()
    assert [row["ticket"] for row in told["change"]["tickets"]] == [mill] and told["change"]["vanished"] == [MILL]
    assert f"{mill} 私渡镇 → 沙河镇" in clerk.client.get(f"{PLACES}/{merged.pk}/report.txt").content.decode()
    drawn = clerk.client.get(f"{PLACES}/{merged.pk}/map.json").json()["features"]
    land = [each["properties"] for each in drawn if each["properties"]["layer"] == "land"]
    assert [(each["was"], each["now"]) for each in land] == [(MILL, SAND)]


def test_page_and_map_of_an_edition_compare_the_outlines_once(clerk, merged, mill, monkeypatch):
    asked, compare = [], seams.handed_over
    loaded._redrawn.cache_clear()  # a test before has looked at it too
    monkeypatch.setattr(seams, "handed_over", lambda *pairs: asked.append(pairs) or compare(*pairs))
    clerk.looks(merged)
    told = clerk.client.get(f"{PLACES}/{merged.pk}/map.json").json()
    assert len(asked) == 1 and [each for each in told["features"] if each["properties"]["layer"] == "land"]


def test_the_map_is_not_sent_twice(clerk, merged):
    first = clerk.client.get(f"{PLACES}/{merged.pk}/map.json")
    again = clerk.client.get(f"{PLACES}/{merged.pk}/map.json", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    Stamp.bump("places")
    assert clerk.client.get(f"{PLACES}/{merged.pk}/map.json", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_no_page_holds_a_word_of_what_was_said(clerk, cast, merged):
    cast.reporter.reports("王老五家门口的垃圾没人清运", MILL_TOWN, category="0101")
    for path in (PLACES, f"{PLACES}/{merged.pk}", f"{PLACES}/{merged.pk}/report.json", f"{PLACES}/{merged.pk}/report.txt"):
        assert "王老五" not in clerk.client.get(path).content.decode(), path
    assert clerk.uses(merged).status_code == 302
    assert "王老五" not in clerk.client.get("/clerk/relocations").content.decode()


def test_names_in_a_file_are_text_and_never_markup(clerk, tmp_path):
    frame = towns()
    frame.loc[0, "name"] = "<img src=x onerror=alert(1)>"
    edition = clerk.loads(geojson(frame.assign(code=""), tmp_path))
    page = clerk.client.get(f"{PLACES}/{edition.pk}").content.decode()
    assert "&lt;img src=x" in page and "<img src=x" not in page


# ---- using and undoing


def test_a_sound_edition_is_used_and_the_page_says_how_many_tickets_lie_elsewhere(clerk, merged, mill):
    before = in_use()
    answer = clerk.client.post(f"{PLACES}/{merged.pk}/activate", {"seen": clerk.now()}, follow=True)
    page = text_of(answer)
    assert f"第 {merged.pk} 版镇街边界启用了" in page and "未结的案件有 1 件要改址" in page
    assert in_use() == merged and Ticket.objects.get().town.code == MILL
    assert f"启用第 {merged.pk} 版镇街边界，换下第 {before.pk} 版" in page
    assert "未结的案件有" not in text_of(clerk.client.get(PLACES))


def test_an_edition_that_drops_most_towns_is_used_only_when_a_clerk_insists(clerk, tmp_path):
    frame = towns()
    lost = list(frame["code"][:9])
    for code in lost:
        frame = given_to(frame, code, "610724118")
    edition = clerk.loads(geojson(frame, tmp_path))
    assert "要坚持才能启用 现用的 17 个单位里有 9 个（53%）在新文件里没有了" in clerk.looks(edition)
    before = in_use()
    answer = clerk.uses(edition)
    assert answer.status_code == 409 and "先没有启用" in text_of(answer) and in_use() == before
    assert clerk.uses(edition, insist="yes")["Location"] == PLACES and in_use() == edition
    act = Act.objects.order_by("-seq").first()
    assert act.act == ActName.ACTIVATE and act.given["insisted"] == [{"doubt": "vanish", "n": 9, "all": 17, "share": 53}]
    assert "；坚持启用，因为：现用的 17 个单位里有 9 个（53%）在新文件里没有了" in text_of(clerk.client.get(PLACES))
    english = text_of(clerk.client.get(PLACES, headers={"accept-language": "en"}))
    assert "insisted although: of the 17 areas in use 9 (53%) are not in the new file" in english


def test_reasons_that_were_kept_as_sentences_are_shown_as_they_are(clerk):
    edition = in_use()
    audit.remember(ActName.ACTIVATE, f"edition {edition.pk} of towns", None, before=1, insisted=["名单不全"])
    assert "；坚持启用，因为：名单不全" in text_of(clerk.client.get(PLACES))


def test_what_was_not_looked_at_is_not_used(clerk, merged, tmp_path):
    seen = clerk.now()
    other = clerk.loads(geojson(towns(), tmp_path, "other.geojson"))
    assert clerk.uses(other).status_code == 302
    answer = clerk.uses(merged, seen=seen)
    assert answer.status_code == 409 and "现用的边界刚换过，没有启用" in text_of(answer) and in_use() == other


def test_pressed_twice_it_is_used_once(clerk, merged):
    seen = clerk.now()
    assert clerk.uses(merged, seen=seen).status_code == 302
    again = clerk.uses(merged, seen=seen)
    assert again.status_code == 200 and "已在用" in text_of(again)
    assert Act.objects.filter(act=ActName.ACTIVATE, about__startswith=f"edition {merged.pk} ").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_that_press_at_once_one_is_told_that_the_other_was_faster(county, tmp_path):
    cast = Cast()
    first = loading.load("towns", geojson(given_to(towns(), MILL, SAND), tmp_path, "first.geojson"))
    second = loading.load("towns", geojson(towns(), tmp_path, "second.geojson"))
    seen, answers = Clerk(cast.clerk.client).now(), []

    def presses(edition, client):
        answers.append(client.post(f"{PLACES}/{edition.pk}/activate", {"seen": seen}).status_code)
        connection.close()

    both = [(first, cast.clerk.client), (second, Person("clerk").client)]
    threads = [threading.Thread(target=presses, args=each) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 409]


def test_undo_says_what_it_goes_back_to_and_goes_back_once(clerk, merged):
    before = in_use()
    clerk.uses(merged)
    assert f"回到第 {before.pk} 版“{before.source}”？" in text_of(clerk.client.get(PLACES))
    assert clerk.undoes(seen=merged.pk)["Location"] == PLACES and in_use() == before
    late = clerk.client.post(f"{PLACES}/undo", {"kind": "towns", "seen": merged.pk}, follow=True)
    assert "没有撤回" in text_of(late) and in_use() == before
    assert Act.objects.order_by("-seq").first().act == ActName.ROLL_BACK


def test_where_nothing_was_changed_there_is_nothing_to_undo(clerk):
    assert "撤回到上一版" not in text_of(clerk.client.get(PLACES))
    for kind, seen in (("towns", in_use().pk), ("villages", ""), ("nothing", "")):
        answer = clerk.client.post(f"{PLACES}/undo", {"kind": kind, "seen": seen})
        assert answer.status_code == 409 and "没有可以撤回的" in text_of(answer)


# ---- deleting


def forgets(clerk, edition):
    """Press the button on an edition's page; the answer."""
    return clerk.client.post(f"{PLACES}/{edition.pk}/forget")


def test_an_edition_that_was_never_used_is_deleted_and_the_log_keeps_that(clerk, merged):
    page = clerk.client.get(f"{PLACES}/{merged.pk}").content.decode()
    assert f"删掉第 {merged.pk} 版" in page and f'action="{PLACES}/{merged.pk}/forget"' in page
    boundaries = merged.boundaries.count()
    answer = forgets(clerk, merged)
    assert answer["Location"] == PLACES and not Edition.objects.filter(pk=merged.pk).exists()
    assert not Boundary.objects.filter(edition_id=merged.pk).exists()
    act = Act.objects.latest("seq")
    assert (act.act, act.user.username, act.given["rows"]) == ("forget", "clerk", boundaries)
    assert f"删除第 {merged.pk} 版镇街边界" in text_of(clerk.client.get(PLACES)) and audit.broken_acts(Act.objects.all()) == []
    assert forgets(clerk, merged).status_code == 404


def test_what_something_rests_on_is_not_deleted(clerk, merged, mill):
    first = in_use()
    clerk.uses(merged)
    for edition, why in ((merged, "它正在用"), (first, f"它是第 {merged.pk} 版换下的")):
        answer = forgets(clerk, edition)
        assert answer.status_code == 409 and why in text_of(answer) and "这一版边界不能删" in text_of(answer)
        assert f'action="{PLACES}/{edition.pk}/forget"' not in answer.content.decode()
    clerk.undoes()
    assert "记录里有" in text_of(forgets(clerk, merged))
    assert Edition.objects.filter(pk__in=(first.pk, merged.pk)).count() == 2


def test_what_reports_were_placed_by_is_not_deleted(clerk, merged, mill):
    Report.objects.update(edition=merged)
    assert "有上报是照它认的地方" in text_of(forgets(clerk, merged)) and Edition.objects.filter(pk=merged.pk).exists()


def test_all_that_was_done_is_one_unbroken_chain(clerk, merged, mill):
    clerk.uses(merged)
    clerk.moves(mill)
    clerk.undoes()
    acts = list(Act.objects.order_by("seq"))
    assert [act.act for act in acts][-4:] == ["load", "activate", "relocate", "roll_back"]
    assert audit.broken_acts(acts) == [] and {act.user.username for act in acts[-4:]} == {"clerk"}


# ---- the batch


def test_chosen_tickets_are_moved_and_each_says_so(clerk, cast, merged, mill):
    other = Ticket.objects.get(reports__code=cast.reporter.reports("垃圾没人清运", MILL_TOWN, category="0101")["code"])
    clerk.uses(merged)
    page = clerk.client.get("/clerk/relocations")
    assert "2 件未结的案件要改址" in text_of(page) and len(re.findall(r'name="ticket"[^>]*checked', page.content.decode())) == 2
    answer = text_of(clerk.moves(mill, note="区划调整"))
    assert "改了 1 件" in answer and "1 件未结的案件要改址" in answer and other.number in answer
    event = Event.objects.filter(step="relocate").get()
    assert event.ticket.number == mill and event.said.text == "区划调整"
    assert event.ticket.town.name == SAND_TOWN and event.ticket.proposed.town.name == SAND_TOWN
    other.refresh_from_db()
    assert other.town.code == MILL


def test_what_lies_outside_and_what_is_done_already_is_left_and_told(clerk, cast, merged, mill):
    clerk.uses(merged)
    clerk.moves(mill)
    answer = text_of(clerk.moves(mill, "X9999999"))
    assert "改了 0 件" in answer and f"{mill} 已经不用改" in answer and "X9999999 已经不用改" in answer
    assert Event.objects.filter(step="relocate").count() == 1


def test_a_ticket_outside_every_town_cannot_be_ticked(clerk, cast, tmp_path, mill):
    edition = clerk.loads(geojson(without(towns(), MILL), tmp_path))
    Edition.objects.filter(pk=in_use().pk).update(active=False)  # as an earlier county left it: such an edition is refused today
    Edition.objects.filter(pk=edition.pk).update(active=True)
    Stamp.bump("places")
    page = clerk.client.get("/clerk/relocations").content.decode()
    assert re.search(rf'value="{mill}" disabled', page) and "现用边界外面" in page
    assert f"{mill} 在现用的边界外面" in text_of(clerk.moves(mill))


def test_a_batch_is_not_moved_under_boundaries_that_were_not_looked_at(clerk, merged, mill):
    seen = clerk.now()
    clerk.uses(merged)
    answer = clerk.moves(mill, seen=seen)
    assert answer.status_code == 409 and "一件也没有改" in text_of(answer)
    assert not Event.objects.filter(step="relocate").exists()


def test_nothing_chosen_moves_nothing(clerk, merged, mill):
    clerk.uses(merged)
    answer = clerk.moves()
    assert answer.status_code == 422 and "一件也没有选" in text_of(answer)


def test_a_long_batch_is_moved_in_parts(clerk, cast, merged, mill, monkeypatch):
    for _ in range(2):
        cast.reporter.reports("垃圾没人清运", MILL_TOWN, category="0101")
    clerk.uses(merged)
    monkeypatch.setattr("gis_app.views.staff.clerk.SHOWN", 2)
    page = clerk.client.get("/clerk/relocations")
    assert page.content.decode().count('name="ticket"') == 2 and "还有 1 件，改完再列" in text_of(page)


def test_with_nothing_to_move_the_page_says_so(clerk):
    assert "每件都在它该在的地方" in text_of(clerk.client.get("/clerk/relocations"))


# ---- the pages


def test_a_clerk_lands_on_the_boundaries_and_finds_the_help(clerk):
    assert clerk.client.get("/home")["Location"] == PLACES
    page = text_of(clerk.client.get(PLACES))
    for kind in MAPPED:
        assert str(kind.label) in page
    assert "示意，非法定界线" in page and "17 块" in page
    assert "3 米的缝" in text_of(clerk.client.get("/clerk/help/boundaries"))


def test_what_the_help_tells_of_its_practice_file_is_so(cast, tmp_path, clerk):
    practice = shapefile(in_gcj02(wider(narrower(towns(), TEA, 3), NORTH, 300)), tmp_path, "xixiang2026")
    told = text_of(clerk.client.get("/clerk/help/boundaries"))
    edition = clerk.loads(practice)
    page = clerk.looks(edition)
    sums = "空隙 1 处，0.20 平方千米；重叠 6 处，20.09 平方千米"
    assert sums in told and sums in page and "不能启用" in page
    assert "6.23 平方千米 296.0 米" in page and "宽约 296 米" in told
    assert "GCJ-02 100.0%" in told and edition.report["fits"]["gcj02"] == pytest.approx(1, abs=0.0005)
    assert "gap" not in boundaries.read("towns", practice, loading.Ask(snap=5)).report["sums"]


def test_an_edition_from_before_there_were_reports_has_its_page(clerk):
    old = Edition.objects.create(kind="towns", source="old", digest="old")
    page = clerk.looks(old)
    assert "这一版装入时还没有做检查" in page
    assert clerk.client.get(f"{PLACES}/{old.pk}/report.txt").status_code == 200


@pytest.mark.parametrize("address", ["", "/report.txt", "/report.json", "/map.json"])
def test_an_edition_that_is_not_there_is_not_found(clerk, address):
    assert clerk.client.get(f"{PLACES}/999999{address}").status_code == 404


def costs(clerk, path):
    """How often a page asks the database, in a process that has opened it before."""
    clerk.client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert clerk.client.get(path).status_code == 200
    return len(asked)


def test_no_page_asks_more_often_when_there_are_more_tickets(clerk, cast, merged, mill, one_look):
    most = {PLACES: 8, f"{PLACES}/{merged.pk}": 19, f"{PLACES}/{merged.pk}/map.json": 6, "/clerk/help/boundaries": 3}
    few = {path: costs(clerk, path) for path in most}
    for _ in range(12):
        cast.reporter.reports("垃圾没人清运", MILL_TOWN, category="0101")
        cast.reporter.reports("路灯不亮", TEA_TOWN, category="0401")
    assert {path: costs(clerk, path) for path in most} == few
    assert {path: few[path] for path in most if few[path] > most[path]} == {}, few
    clerk.uses(merged)
    batch = costs(clerk, "/clerk/relocations")
    clerk.moves(mill)
    assert costs(clerk, "/clerk/relocations") == batch <= 10


def test_the_pages_are_english_for_whoever_reads_english(clerk, merged, mill):
    clerk.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "Can be used" in clerk.looks(merged) and "Sidu → Shahe" in clerk.looks(merged)
    clerk.uses(merged)
    assert "1 open ticket to relocate" in text_of(clerk.client.get("/clerk/relocations"))


def test_the_acts_are_told_newest_first_and_twenty_at_most(clerk):
    for number in range(editions.ACTS + 3):
        audit.remember(ActName.RELOCATE, f"{number} tickets", moved=["X"] * number, left=[])
    page = text_of(clerk.client.get(PLACES))
    assert page.index("改址 22 件") < page.index("改址 21 件") and page.count("改址 ") == editions.ACTS
    assert "命令行" in page and timezone.localdate().strftime("%-m月%-d日") in page


def test_the_report_as_json_is_plain(clerk, merged):
    answer = clerk.client.get(f"{PLACES}/{merged.pk}/report.json")
    told = json.loads(answer.content)
    assert (told["edition"], told["kind"], told["cannot"], told["doubts"]) == (merged.pk, "towns", [], [])
    assert answer["Cache-Control"] == "private, no-store"
