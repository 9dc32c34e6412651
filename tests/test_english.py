"""English, whole: every marked sentence has its English one, and no page that is asked for in English speaks Chinese."""

import gettext
import os
import re
import subprocess
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize

from gis_app import notify
from gis_app.assess import bulletins
from gis_app.models import Bulletin, Category, Danger, Duty, Handoff, Major, Report, Ticket, Town, Unit, Village, Words
from gis_app.templatetags.look import place
from tests.conftest import BEYOND, LOTUS_LANE, TEA_TOWN, Cast, photo
from tests.scenes import scene
from tests.test_bulletins import published_by

APP = settings.ROOT / "gis_app"
PO = APP / "locale/en/LC_MESSAGES/django.po"
MARKS = (
    *("gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext:1c,2", "npgettext:1c,2,3"),
    *("pgettext_lazy:1c,2", "npgettext_lazy:1c,2,3"),
)
CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01\uff08-\uff0c\uff1a\uff1b\uff1f]+")  # its letters and its points
SAID = ("title", "alt", "placeholder", "aria-label", "label", "content")  # attributes that people read or hear
TASKS = "六八七九"  # the county's own numbers of its tasks


def ran(*command):
    """What a program of gettext prints, complaints included."""
    return subprocess.run(
        command, cwd=APP, env={**os.environ, "LC_ALL": "C.UTF-8"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    ).stdout


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """The file of all sentences that are marked in modules and templates."""
    folder = tmp_path_factory.mktemp("marked")
    sources = [str(path) for path in APP.rglob("*.py")]
    for page in sorted((APP / "templates").rglob("*.html")):
        copy = folder / f"{page.relative_to(APP / 'templates')}.py".replace("/", "-")
        copy.write_text(templatize(page.read_text(encoding="utf-8")), encoding="utf-8")
        sources.append(str(copy))
    out = folder / "django.pot"
    ran("xgettext", "--from-code=UTF-8", "-L", "Python", *(f"--keyword={mark}" for mark in MARKS), "-o", str(out), *sources)
    assert out.stat().st_size > 10_000
    return out


def test_every_marked_sentence_has_its_english_one_and_no_other_is_kept(marked):
    assert ran("msgcmp", str(PO), str(marked)).decode() == ""


def test_no_sentence_is_put_aside_or_unsure():
    text = PO.read_text(encoding="utf-8")
    assert "#~" not in text and "fuzzy" not in text


def test_what_is_compiled_is_what_is_written():
    assert ran("msgfmt", "--check-format", "-o", "-", str(PO)) == PO.with_suffix(".mo").read_bytes()


def test_english_sentences_are_english():
    with PO.with_suffix(".mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    chinese = {key: told for key, told in catalogue.items() if key and CHINESE.search(told.replace("莲花社区 金牛路", ""))}
    assert chinese == {}


@pytest.mark.parametrize("page", sorted((APP / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_a_template_has_no_unmarked_chinese(page):
    text = page.read_text(encoding="utf-8")
    if '<html lang="zh-Hans">' in text:  # pages for when nothing works any more say it in both languages
        assert re.search(r'<p[^>]* lang="en">\w', text)
        return
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", text, flags=re.S)
    text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*lang=\"zh-Hans\">[^<]*", "", text)
    assert CHINESE.findall(text) == []


@pytest.mark.parametrize("script", sorted((APP / "static").glob("*.js")), ids=lambda path: path.name)
def test_a_script_says_only_what_the_page_gives_it(script):
    assert CHINESE.findall(re.sub(r"//.*", "", script.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "model, names",
    [
        (Category, ["name_en"]),
        (Major, ["name_en"]),
        (Unit, ["name_en"]),
        (Handoff, ["topic_en", "to_en"]),
        (Danger, ["what_en"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_row_that_has_an_english_column_has_it_filled(model, names, db):
    rows = list(model.objects.values_list(*names))
    assert rows and all(told and not CHINESE.search(told) for row in rows for told in row)


class Ears(HTMLParser):
    """What a page says: its text, what its attributes say, and the words for its scripts; not what is marked as Chinese."""

    ALONE = {"meta", "link", "input", "img", "br", "path", "rect", "circle"}

    def __init__(self, page):
        super().__init__()
        self.heard, self.inside = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in self.ALONE:
            code = tag == "style" or tag == "script" and attributes.get("type") != "application/json"
            self.inside.append(code or attributes.get("lang") == "zh-Hans")
        self.heard += [attributes[name] for name in SAID if attributes.get(name)]

    def handle_startendtag(self, tag, attributes):
        self.heard += [value for name, value in attributes if name in SAID and value]

    def handle_endtag(self, tag):
        if tag not in self.ALONE:
            self.inside.pop()

    def handle_data(self, data):
        if not any(self.inside):
            if "\\u" in data:  # JSON for scripts
                data = data.encode("ascii", "backslashreplace").decode("unicode_escape")
            self.heard.append(data)


def chinese_of(answer):
    """What an answer says in Chinese beside names of places, documents of duties, and people's own words."""
    told = " ".join(Ears(answer.content.decode()).heard)
    data = {"莲花社区 金牛路", "西乡县", *Words.objects.values_list("text", flat=True)}
    for model, names in ((Town, ("name",)), (Village, ("name",)), (Duty, ("document", "clause")), (Report, ("place_text",))):
        data |= {value for row in model.objects.values_list(*names) for value in row}
    data |= {word for words in Category.objects.values_list("keywords", flat=True) for word in words}  # quoted from a report
    for name in sorted(filter(None, data), key=len, reverse=True):
        told = told.replace(name, "")
    return [found for found in CHINESE.findall(told) if found not in TASKS]


@pytest.fixture
def english(cast):
    return in_english(cast)


def in_english(cast):
    """The cast, who all read English."""
    cast.nobody = Client()
    for person in (cast.reporter, *(person for person in vars(cast).values() if hasattr(person, "client"))):
        person.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    cast.nobody.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return cast


@scene
def story():
    """{what it is: its ticket}: one of every state, with photos, a danger, a matter of somebody else's, words without a point."""
    english = in_english(Cast())
    told = english.reporter.reports
    codes = {
        "new": told("路灯不亮", TEA_TOWN, category="0401", photos=[photo()])["code"],
        "danger": told("楼道里闻到煤气味，很浓", LOTUS_LANE)["code"],
        "unsure": told("唔", LOTUS_LANE)["code"],
        "words": told("路灯不亮", place_text="沙河镇")["code"],
        "rejected": told("物业乱收费", TEA_TOWN)["code"],
    }
    english.dispatcher.takes(codes["rejected"], "reject", reason="not-ours", handoff=Handoff.objects.first().code)
    tickets = {name: Ticket.objects.get(reports__code=code) for name, code in codes.items()}
    tickets["dispatched"] = Ticket.objects.get(pk=english.dispatched()["id"])
    tickets["done"] = Ticket.objects.get(pk=english.finished()["id"])
    closed = english.finished()
    english.dispatcher.takes(closed, "close", result="ok")
    beside = beside_the_work(english)
    return tickets | {"closed": Ticket.objects.get(pk=closed["id"])} | beside


def beside_the_work(english):
    """{what it is: its ticket}: merged, put on hold, under an order, with more time asked for, looked at from afar."""
    held, ordered, double, done = english.dispatched(), english.dispatched(), english.dispatched(), english.finished()
    english.leader.takes(held, "suspend", reason="等修路", until="2030-01-07")
    english.leader.takes(ordered, "supervise", order="快修好", until="2030-01-07")
    english.officer.takes(ordered, "ask_extension", reason="等灯杆", until="2030-01-07")
    english.dispatcher.takes(double, "merge", other=ordered["code"])
    english.dispatcher.takes(done, "send_check", worker=english.worker.name)
    lon, lat = TEA_TOWN
    english.worker.takes(done, "check", result="ok", lon=lon, lat=lat + 0.002, photos=[photo()])
    rows = {"held": held, "ordered": ordered, "double": double, "looked at": done}
    return {name: Ticket.objects.get(pk=row["id"]) for name, row in rows.items()}


PUBLIC = ["/", "/r/", "/r/nothing", "/r/?code=nothing", "/known", "/known?task=九", "/api/"]
PUBLIC += ["/bulletins/", "/draws/", "/open", "/open?q=茶镇", "/open?q=月球", "/open?lon=x", "/help", "/help/workflow"]
PUBLIC += ["/accounts/login/", "/nowhere", "/work/1"]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_citizens_page_is_english(english, path):
    answer = english.nobody.get(path, follow=True)
    assert b'<html lang="en">' in answer.content
    assert chinese_of(answer) == []


def test_what_became_of_a_report_is_told_in_english(english, story):
    for code in Report.objects.values_list("code", flat=True):
        for path in (f"/r/{code}", f"/r/{code}?sent=1"):
            assert chinese_of(english.nobody.get(path)) == [], path


@pytest.mark.parametrize("post", ["dispatcher", "officer", "leader"])
def test_a_ticket_is_english_for_whoever_may_see_it(english, story, post):
    seen = 0
    for name, ticket in story.items():
        answer = getattr(english, post).client.get(reverse("ticket", args=[ticket.pk]))
        seen += answer.status_code == 200
        assert chinese_of(answer) == [], name
    assert seen >= 4


def test_the_desk_is_english(english, story):
    desk = english.dispatcher.client
    for tab in ("new", "open", "done", "asked", "held", "ordered", "ended"):
        assert chinese_of(desk.get("/desk/", {"tab": tab})) == [], tab
    for name, ticket in story.items():
        assert chinese_of(desk.get(reverse("desk_ticket", args=[ticket.pk]), {"tab": "open"})) == [], name


AT_WORK = [
    *(("officer", "/work/"), ("worker", "/work/?tab=done"), ("officer", "/work/?tab=all"), ("far_worker", "/work/")),
    *(("leader", "/lead/heat"), ("dispatcher", "/lead/heat?task=九&days=30"), ("dispatcher", "/desk/?q=nothing")),
    *(("leader", f"/lead/heat?show={show}&days=30") for show in ("density", "towns", "people", "change")),
    *(("leader", "/lead/heat?show=change&days=365"), ("leader", "/lead/heat?major=04")),
    *(("clerk", "/clerk/boundaries"), ("clerk", "/clerk/relocations"), ("clerk", "/clerk/help/boundaries")),
    *(("clerk", "/clerk/calendar"), ("clerk", "/clerk/calendar?year=2027"), ("clerk", "/clerk/imports")),
    *(("clerk", "/clerk/notices"), ("officer", "/inbox"), ("dispatcher", "/inbox?tab=all")),
    *(("leader", "/lead/hotspots"), ("clerk", "/lead/hotspots?question=share&task=八")),
    *(("leader", "/lead/hotspots?question=change"), ("leader", "/help/hotspots")),
    *(("leader", "/lead/meeting"), ("dispatcher", "/lead/meeting")),
    *(("leader", "/lead/ranking"), ("clerk", "/lead/ranking?by=town&key=reworked"), ("leader", "/lead/ranking/chazhen")),
    *(("officer", "/lead/ranking/chazhen?key=filed"), ("leader", "/lead/ranking?key=nothing")),
    *(("leader", "/lead/bulletins"), ("dispatcher", "/lead/bulletins"), ("officer", "/lead/assessment/2026")),
    *(("leader", "/lead/draws"), ("clerk", "/lead/draws"), ("worker", "/checks/")),
    *(("officer", "/unit/?tab=orders"), ("worker", "/work/?tab=check"), ("leader", "/lead/orders")),
    *(("leader", "/lead/orders?whose=mine"), ("leader", "/lead/orders?tab=answered")),
    *(("clerk", "/desk/"), ("leader", "/lead/heat?task=nothing"), ("officer", "/work/99999999")),
]


def test_the_pages_of_those_who_work_are_english(english, story):
    notify.address()
    for post, path in AT_WORK:
        assert chinese_of(getattr(english, post).client.get(path)) == [], (post, path)


def test_a_bulletin_is_english_for_whoever_reads_english(english, story):
    leader = english.leader.user
    pk = published_by(leader)
    draft = bulletins.correct(Bulletin.objects.get(pk=pk), "a mistake", leader).pk
    for path in (f"/lead/bulletins/{pk}", f"/lead/bulletins/{draft}", f"/lead/bulletins/{draft}?edition=public"):
        assert chinese_of(english.leader.client.get(path)) == [], path
    assert chinese_of(english.leader.client.get("/lead/assessment/2026")) == []
    for path in (f"/bulletins/{pk}", "/bulletins/"):
        assert chinese_of(english.nobody.get(path)) == [], path


def test_the_leaders_map_has_no_chinese_letter_at_all(english, story):
    for show in ("count", "density", "towns", "change"):
        document = english.leader.client.get(f"/lead/heat/map?show={show}").content.decode()
        assert CHINESE.findall(document.replace("task=\\u516d", "")) == [], show


@pytest.mark.parametrize(
    "typed",
    [
        {"text": "dark"},
        {"text": "dark", "place_text": "nowhere"},
        {"text": "dark", "lon": "x", "lat": "y"},
        {"text": "dark", "lon": BEYOND[0], "lat": BEYOND[1]},
        {"text": "dark", "lon": TEA_TOWN[1], "lat": TEA_TOWN[0]},
        {"lon": TEA_TOWN[0], "lat": TEA_TOWN[1]},
        {"text": "dark", "place_text": "茶镇", "category": "9999"},
    ],
)
def test_what_is_wrong_with_a_report_is_told_in_english(english, typed):
    answer = english.nobody.post("/", typed)
    assert answer.status_code == 422
    typed_place = str(typed.get("place_text", ""))
    assert [found for found in chinese_of(answer) if found != typed_place] == []


def test_steps_that_are_taken_and_refused_answer_in_english(english, story):
    desk = english.dispatcher.client
    pk = story["new"].pk
    sent = desk.post(reverse("desk_dispatch", args=[pk]), {"seen": 1, "category": "0401"}, follow=True)
    assert b'class="toast"' in sent.content and chinese_of(sent) == []
    for refused in (
        {"step": "close", "seen": 1},
        {"step": "comment", "seen": 3},
        {"step": "nothing"},
        {"step": "accept", "seen": 9},
        {"step": "dispatch", "seen": 1, "unit": "nowhere", "back": "desk"},
    ):
        answer = desk.post(reverse("take_step", args=[pk]), refused)
        assert answer.status_code >= 400 and chinese_of(answer) == [], refused


def test_wrong_passwords_and_lost_sessions_are_told_in_english(english):
    User.objects.create_user("somebody", password="right")
    for _attempt in range(6):
        answer = english.nobody.post("/accounts/login/", {"username": "somebody", "password": "wrong"})
        assert chinese_of(answer) == []
    assert answer.status_code == 429
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    answer = strict.post("/", {"text": "dark"})
    assert answer.status_code == 403 and chinese_of(answer) == []


@pytest.mark.parametrize(
    ("kept", "chinese", "english"),
    [
        ("茶镇 渔丰村附近", "茶镇 渔丰村附近", "Chazhen, near 渔丰村"),
        ("城北街道 莲花社区", "城北街道 莲花社区", "Chengbei 莲花社区"),
        ("堰口镇", "堰口镇", "Yankou"),
        ("汉白路 <12号>", "汉白路 <12号>", "汉白路 <12号>"),
    ],
)
def test_a_kept_place_has_its_town_as_the_maps_write_it(kept, chinese, english):
    told = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            told[language] = place(kept)
    assert told == {"zh-hans": chinese, "en": english}
