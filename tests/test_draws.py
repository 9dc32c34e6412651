"""Double random re-checks: announced before anybody knows, drawn once, drawn again by anybody, checked by nobody in conflict."""

import csv
import datetime as dt
import hashlib
import re
import subprocess
import sys
from collections import Counter

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from gis_app import audit, draws
from gis_app.draws import announcing, drawing, lists
from gis_app.errors import BadField, DrawnAlready
from gis_app.models import Act, Draw, DrawnCheck, Event, Member, Notice, Photo, Report, Ticket, Unit
from layers.shares import wilson
from tests.conftest import TEA_TOWN, Cast, Person, photo
from tests.scenes import scene
from tests.test_at_once import at_once
from tests.test_photo_position import at

NUMBER, SOURCE = "2 0 7", "https://example.org/3d"
LISTS = ("announcement.txt", "tickets.csv", "checkers.csv")


def days(number):
    return announcing.today() + dt.timedelta(days=number)


def asked(**other):
    told = {"start": days(-30), "end": days(-1), "size": "2", "roles": ("unit", "worker"), "number_from": "福彩 3D"}
    return draws.Asked(**(told | {"number_on": days(1), "due_on": days(11)} | other))


def closed(cast, number=3, **where):
    """So many tickets of 茶镇, closed yesterday."""
    found = []
    for _ in range(number):
        ticket = cast.finished(**where)
        cast.dispatcher.takes(ticket, "close", result="ok")
        found.append(ticket["id"])
    Ticket.objects.filter(pk__in=found).update(ended_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    return found


def comes(monkeypatch, number=1):
    """So many days pass, as draws see it."""
    day = days(number)
    for module in (announcing, drawing):
        monkeypatch.setattr(module, "today", lambda: day)


@scene
def announced():
    """A draw of two of three tickets, announced."""
    cast = Cast()
    closed(cast, 3)
    return draws.announce(asked(), cast.leader.user)


@pytest.fixture
def drawn(announced, cast, monkeypatch):
    """That draw, made."""
    comes(monkeypatch)
    return draws.draw(announced, NUMBER, SOURCE, cast.leader.user)


def person_of(check):
    return Person(check.checker.user.username)


def finds(check, result, **more):
    """What a drawn checker sends; the answer as it came."""
    return person_of(check).client.post(f"/checks/{check.pk}", {"result": result, **more})


# ---- the announcement


def test_the_lists_are_fixed_and_public_before_the_number_is_known(cast):
    tickets = closed(cast)
    row = draws.announce(asked(), cast.leader.user)
    late = closed(cast, 1)
    stranger = cast.reporter.client
    files = {name: stranger.get(f"/draws/{row.pk}/{name}").content for name in LISTS}
    assert hashlib.sha256(files["tickets.csv"] + files["checkers.csv"]).hexdigest() in files["announcement.txt"].decode()
    listed = {line["ticket"] for line in csv.DictReader(files["tickets.csv"].decode().splitlines())}
    assert listed == {f"X{pk:07d}" for pk in tickets} and f"X{late[0]:07d}" not in listed
    assert stranger.get(f"/draws/{row.pk}/drawn.csv").status_code == 404
    assert not DrawnCheck.objects.exists() and row.seed == ""
    act = Act.objects.order_by("-seq").first()
    assert (act.act, act.user, act.given["lists"]) == ("announce", cast.leader.user, row.list_digest)


WRONG = [
    ({"end": 0}, "到哪天"),
    ({"start": -1, "end": -2}, "从哪天"),
    ({"start": -500}, "从哪天到哪天"),
    ({"number_on": 0}, "哪天公布"),
    ({"due_on": 1}, "最晚查完"),
    ({"size": "2"}, "抽几件"),
    ({"size": "0"}, "抽几件"),
    ({"size": "150%"}, "抽几件"),
    ({"size": "many"}, "抽几件"),
    ({"roles": []}, "谁去查"),
    ({"roles": ["leader"]}, "谁去查"),
    ({"number_from": ""}, "用什么数"),
    ({"start": "2026-02-30"}, "从哪天"),
    ({"start": -300, "end": -200}, "从哪天"),
]


def test_what_is_wrong_with_an_announcement_is_said_and_what_was_typed_stays(cast):
    closed(cast, 1)
    right = {"start": -30, "end": -1, "size": "1", "roles": ["unit", "worker"], "number_from": "福彩 3D"}
    right |= {"number_on": 1, "due_on": 11}
    for wrong, field in WRONG:
        sent = {name: days(value).isoformat() if isinstance(value, int) else value for name, value in (right | wrong).items()}
        answer = cast.leader.client.post("/lead/draws", sent)
        page = answer.content.decode()
        assert answer.status_code == 422 and f"有一项填得不对：{field}。" in page, wrong
        assert f'value="{sent["due_on"]}"' in page
    assert not Draw.objects.exists()


def test_a_leader_announces_from_the_page_and_a_share_is_rounded_up(cast):
    closed(cast)
    sent = {"start": days(-30), "end": days(-1), "size": "34%", "roles": ["unit"], "number_from": "福彩 3D", "number_on": days(1)}
    answer = cast.leader.client.post("/lead/draws", sent | {"due_on": days(9)}, follow=True)
    assert answer.status_code == 200 and Draw.objects.get().size == 2
    assert "才能抽" in answer.content.decode()


def test_the_number_counts_only_from_its_day_on(cast):
    closed(cast)
    row = draws.announce(asked(), cast.leader.user)
    answer = cast.leader.client.post(f"/lead/draws/{row.pk}/draw", {"number": NUMBER, "number_source": SOURCE})
    assert answer.status_code == 409 and days(1).isoformat() in answer.content.decode()
    assert Draw.objects.get().seed == "" and not DrawnCheck.objects.exists()


def test_a_number_without_a_source_or_without_a_digit_draws_nothing(cast, monkeypatch):
    closed(cast)
    row = draws.announce(asked(), cast.leader.user)
    comes(monkeypatch)
    for sent in ({"number": NUMBER, "number_source": ""}, {"number": "abc", "number_source": SOURCE}, {"number": "1" * 61}):
        assert cast.leader.client.post(f"/lead/draws/{row.pk}/draw", sent).status_code == 422
    assert Draw.objects.get().seed == ""


# ---- the draw


WRITTEN_BY_SOMEBODY_ELSE = """
import csv, hashlib, sys
H = lambda s: int.from_bytes(hashlib.sha256(s.encode("utf-8")).digest(), "big")
text = open("announcement.txt", newline="", encoding="utf-8").read()
seed = hashlib.sha256((text + sys.argv[1]).encode("utf-8")).hexdigest()
size = [int(line.split()[1]) for line in text.splitlines() if line.startswith("size:")][0]
with open("tickets.csv", encoding="utf-8", newline="") as f: T = {r["ticket"]: r for r in csv.DictReader(f)}
with open("checkers.csv", encoding="utf-8", newline="") as f: C = {r["checker"]: r for r in csv.DictReader(f)}
for number in sorted(T, key=lambda n: H(seed + ":" + n))[0:size]:
    best = None
    for name, c in C.items():
        t = T[number]
        if t["town"] and t["town"] in c["towns"].split(" "): continue
        if any(u in c["units"].split(" ") for u in t["units"].split(" ")): continue
        if name in t["people"].split(" "): continue
        rank = H(seed + ":" + number + ":" + name)
        if best is None or rank < best[0]: best = (rank, name)
    print(number, best[1])
"""


@pytest.mark.parametrize("script", ["ours", "theirs"])
def test_anybody_draws_the_same_again_from_what_is_published(cast, drawn, tmp_path, script):
    for name in (*LISTS, "drawn.csv", "recipe.py"):
        (tmp_path / name).write_bytes(cast.reporter.client.get(f"/draws/{drawn.pk}/{name}").content)
    (tmp_path / "theirs.py").write_text(WRITTEN_BY_SOMEBODY_ELSE, encoding="utf-8")
    run = [sys.executable, {"ours": "recipe.py", "theirs": "theirs.py"}[script], NUMBER]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, env={}, check=True)
    with (tmp_path / "drawn.csv").open(encoding="utf-8", newline="") as file:
        published = [f"{row['ticket']} {row['checker']}" for row in csv.DictReader(file)]
    assert done.stdout.split("\n")[:-1] == published and len(published) == 2
    assert published == [f"{check.ticket.number} {check.checker.label}" for check in drawn.checks.order_by("order")]


def test_a_list_that_was_changed_afterwards_shows(cast, drawn, tmp_path):
    for name in (*LISTS, "recipe.py"):
        (tmp_path / name).write_bytes(cast.reporter.client.get(f"/draws/{drawn.pk}/{name}").content)
    text = (tmp_path / "tickets.csv").read_text(encoding="utf-8")
    (tmp_path / "tickets.csv").write_text("\n".join(text.split("\n")[:-2]) + "\n", encoding="utf-8")
    run = [sys.executable, "recipe.py", NUMBER]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, env={}, check=False)
    assert done.returncode and "not the lists that were announced" in done.stderr


def test_a_number_is_read_as_it_is_meant(cast):
    assert drawing.tidied(" ２ 0　7 ") == NUMBER


def test_it_is_drawn_once(cast, drawn):
    again = cast.leader.client.post(f"/lead/draws/{drawn.pk}/draw", {"number": "9 9 9", "number_source": SOURCE})
    assert again.status_code == 409 and Draw.objects.get().number == NUMBER and DrawnCheck.objects.count() == 2


def test_what_was_drawn_once_is_not_drawn_again(cast, drawn):
    row = draws.announce(asked(size="1"), cast.leader.user)
    listed = {line["ticket"] for line in lists.rows_of(row.tickets_csv)}
    assert len(listed) == 1 and not listed & {check.ticket.number for check in drawn.checks.all()}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_draw_at_once_one_draws(county, monkeypatch):
    cast = Cast()
    closed(cast, 3)
    row, leader = draws.announce(asked(), cast.leader.user), cast.leader.user
    comes(monkeypatch)

    def one(number):
        try:
            return draws.draw(row, number, SOURCE, leader).number
        except DrawnAlready:
            return "too late"

    told = at_once(*(lambda number=number: one(number) for number in ("1", "2", "3", "4")))
    assert Counter(told)["too late"] == 3 and Draw.objects.get().number in told
    assert DrawnCheck.objects.count() == 2


# ---- who may not check what

codes = st.sampled_from(["a", "b", "c", "d", "e"])
tickets_of_any_kind = st.lists(
    st.fixed_dictionaries({"town": codes, "units": st.sets(codes, min_size=1), "people": st.sets(st.integers(0, 9))}),
    min_size=1,
    max_size=12,
)
checkers_of_any_kind = st.lists(st.tuples(st.sets(codes, max_size=2), st.sets(codes, max_size=2)), min_size=10, max_size=10)


seeds = st.text(alphabet="0123456789abcdef", min_size=1)


@given(found=tickets_of_any_kind, people=checkers_of_any_kind, seed=seeds, data=st.data())
def test_nobody_is_drawn_for_what_they_have_to_do_with(found, people, seed, data):
    checkers = [
        {"checker": f"c{number}", "units": " ".join(units), "towns": " ".join(towns)}
        for number, (units, towns) in enumerate(people)
    ]
    free = {  # told apart by sets, not by the rule's own words
        number: {
            f"c{who}"
            for who, (units, towns) in enumerate(people)
            if not units & one["units"] and one["town"] not in towns and who not in one["people"]
        }
        for number, one in enumerate(found)
    }
    tickets = [
        one | {"ticket": f"X{number}", "units": " ".join(one["units"]), "people": " ".join(f"c{who}" for who in one["people"])}
        for number, one in enumerate(found)
        if free[number]
    ]
    size = data.draw(st.integers(0, len(tickets)))
    drawn = drawing.lot(tickets, checkers, seed, size)
    assert len({ticket["ticket"] for ticket, _name in drawn}) == len(drawn) == size
    assert all(name in free[int(ticket["ticket"][1:])] for ticket, name in drawn)


def test_town_unit_and_own_hands_bar(cast):
    spare = User.objects.create_user("spare")
    Member.objects.create(user=spare, role="dispatcher")
    touched, plain = closed(cast, 2)
    Person("spare").takes(touched, "comment", note="问过了")
    row = draws.announce(asked(roles=("worker", "dispatcher")), cast.leader.user)
    told = {line["ticket"]: line for line in lists.rows_of(row.tickets_csv)}
    label = {user: row.checkers.get(user__username=user).label for user in ("dispatcher", "spare")}
    assert told[f"X{touched:07d}"]["people"].split() == sorted(label.values())
    assert told[f"X{plain:07d}"]["people"] == label["dispatcher"]  # who closed it
    assert {(line["town"], line["unit"], line["units"]) for line in told.values()} == {("610724110", "chazhen", "chazhen")}
    for number in range(40):
        row.seed = str(number)
        for check in drawing.checks_of(row):
            assert not Member.objects.filter(user=check.checker.user, unit__town=check.ticket.town).exists()
            assert not Event.objects.filter(ticket=check.ticket, user=check.checker.user).exists()


def test_a_pool_that_may_check_nothing_draws_nothing(cast):
    closed(cast)
    Member.objects.filter(role="worker").exclude(unit__code="chazhen").delete()
    with pytest.raises(BadField, match="都要回避"):
        draws.announce(asked(roles=("worker",)), cast.leader.user)
    assert not Draw.objects.exists()


# ---- fair


def chi_square(counts, of, draws_made, size):
    """Against equal chances, corrected for drawing without putting back."""
    expected = draws_made * size / of
    return sum((counts[one] - expected) ** 2 for one in range(of)) / expected * (of - 1) / (of - size)


def test_over_many_seeds_every_ticket_and_every_checker_comes_about_as_often():
    tickets = [{"ticket": f"X{number:07d}", "town": "t", "units": "u", "people": ""} for number in range(40)]
    checkers = [{"checker": f"c-{number:02d}", "units": "v", "towns": ""} for number in range(10)]
    seeds, came, went = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(1500)], Counter(), Counter()
    for seed in seeds:
        for ticket, name in drawing.lot(tickets, checkers, seed, 8):
            came[int(ticket["ticket"][1:])] += 1
            went[int(name[-2:])] += 1
    assert 16.3 < chi_square(came, 40, len(seeds), 8) < 72.1  # 0.1 % and 99.9 % of chi-square, 39 degrees of freedom
    assert 1.15 < chi_square(went, 10, len(seeds) * 8, 1) < 27.9  # the same, 9 degrees of freedom


# ---- what was found


def test_a_checker_sees_the_ticket_masked_and_read_only_and_records_once(cast, monkeypatch):
    code = cast.reporter.reports("路灯不亮，我叫王小明，电话13800138000", TEA_TOWN, category="0401", photos=[photo()])["code"]
    ticket = cast.dispatcher.takes(cast.dispatcher.takes(code, "accept"), "dispatch", unit="chazhen")
    cast.officer.takes(ticket, "start")
    cast.officer.takes(ticket, "finish", note="联系人：李小红，换了灯泡", photos=[photo(color=(9, 9, 9))])
    cast.dispatcher.takes(ticket, "close", result="ok")
    Ticket.objects.update(ended_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    row = draws.announce(asked(size="1"), cast.leader.user)
    comes(monkeypatch)
    check = draws.draw(row, NUMBER, SOURCE, cast.leader.user).checks.get()
    person, picture = person_of(check), Photo.objects.filter(kind="after").latest("pk")
    assert person.client.get(f"/work/{check.ticket_id}").status_code == 404  # it is no ticket of theirs
    page = person.client.get(f"/checks/{check.pk}").content.decode()
    assert "换了灯泡" in page and "路灯不亮" in page and f"/photos/{picture.pk}" in page
    assert not any(secret in page for secret in ("13800138000", "王小明", "李小红"))
    assert person.client.get(f"/photos/{picture.pk}").status_code == 200
    assert check.ticket.number in person.client.get("/checks/").content.decode()

    near = {"lon": TEA_TOWN[0], "lat": TEA_TOWN[1] + 0.0005}
    assert finds(check, "ok", photos=[photo()], note="亮了", **near).status_code == 302
    check.refresh_from_db()
    assert (check.result, check.far) == ("ok", False) and 50 <= check.metres_off <= 60
    assert finds(check, "not_ok", photos=[photo()]).status_code == 409
    assert DrawnCheck.objects.get().result == "ok"
    assert person.client.get(f"/photos/{picture.pk}").status_code == 404  # the look is over
    assert "换了灯泡" not in person.client.get(f"/checks/{check.pk}").content.decode()
    told = Event.objects.filter(ticket=check.ticket).latest("seq")
    assert (told.step, told.actor_kind) == ("comment", "system") and "亮了" in told.said.text
    assert person.name not in told.said.text and told.photos.get().kind == "check"
    assert cast.reporter.client.get(f"/photos/{told.photos.get().pk}", {"code": code}).status_code == 404
    assert not Notice.objects.filter(event=told).exists()


def test_what_is_not_mended_is_told_to_the_desk_and_the_ticket_stays_closed(cast, drawn):
    check = drawn.checks.first()
    assert finds(check, "not_ok", photos=[photo()], note="还是不亮", lon=TEA_TOWN[0] + 0.02, lat=TEA_TOWN[1]).status_code == 302
    check.refresh_from_db()
    assert check.far and check.metres_off > 1800
    notice = Notice.objects.get(event=check.event)
    assert (notice.audience, notice.event.ticket_id) == ("desk", check.ticket_id)
    check.ticket.refresh_from_db()
    events = list(Event.objects.filter(ticket=check.ticket).select_related("said").order_by("seq"))
    assert check.ticket.state == "closed" and audit.unbroken(events)
    act = Act.objects.latest("seq")
    assert (act.act, act.about, act.user, act.given["result"]) == ("recheck", check.ticket.number, check.checker.user, "not_ok")
    assert audit.broken_acts(Act.objects.order_by("seq")) == []
    page = cast.leader.client.get(f"/lead/draws/{drawn.pk}").content.decode()
    assert f"{check.metres_off} 米" in page and check.checker.user.username in page
    assert "复查" in cast.dispatcher.client.get(f"/work/{check.ticket_id}").content.decode()


MISSING = [
    ({"result": "ok"}, "现场照片"),
    ({"result": "not_ok", "note": "没修"}, "现场照片"),
    ({"result": "unsure"}, "为什么看不出来"),
    ({"result": "fine"}, "只能是"),
    ({"result": ""}, "只能是"),
    ({"result": "unsure", "note": "雨大", "lon": "200", "lat": "3"}, "经度"),
    ({"result": "unsure", "note": "雨大", "lon": "108"}, "纬度"),
]


def test_what_is_missing_is_said_and_nothing_is_kept(cast, drawn):
    check = drawn.checks.first()
    for sent, said in MISSING:
        answer = finds(check, **sent)
        assert answer.status_code == 422 and said in re.search(r'role="alert".*', answer.content.decode())[0], sent
        assert sent.get("note", "") in answer.content.decode()
    assert DrawnCheck.objects.exclude(result="").count() == 0


def test_without_a_place_the_photos_own_is_taken(cast, drawn):
    check = drawn.checks.first()
    assert finds(check, "ok", photos=[at(*TEA_TOWN)]).status_code == 302
    check.refresh_from_db()
    assert check.far is False and check.metres_off <= 5


def test_nobody_else_sees_or_records_a_check(cast, drawn):
    check = drawn.checks.first()
    others = [cast.dispatcher, *(Person(member.user.username) for member in Member.objects.filter(role="worker")[:3])]
    for person in others:
        if person.name != check.checker.user.username:
            assert person.client.get(f"/checks/{check.pk}").status_code == 404
            assert person.client.post(f"/checks/{check.pk}", {"result": "unsure", "note": "x"}).status_code == 404
    assert DrawnCheck.objects.get(pk=check.pk).result == ""


# ---- figures


def test_a_units_score_is_the_share_found_mended_with_its_interval(cast, drawn):
    one, two = drawn.checks.all()
    finds(one, "ok", photos=[photo()], lon=TEA_TOWN[0], lat=TEA_TOWN[1])
    finds(two, "not_ok", photos=[photo()])
    unit = Unit.objects.get(code="chazhen")
    score = draws.score_of(unit, days(-3), days(3))
    assert (score.looked, score.ok, score.unsure, score.far) == (2, 1, 0, 1)
    assert score.share == 0.5 and score.interval == pytest.approx((0.0945, 0.9055), abs=5e-4)  # Newcombe 1998, method 3
    assert draws.score_of(unit, days(-30), days(-10)).looked == 0
    assert draws.score_of(Unit.objects.get(code="dahe"), days(-3), days(3)) == draws.Score()
    for page in (cast.reporter.client.get(f"/draws/{drawn.pk}"), cast.leader.client.get("/lead/draws")):
        assert "1/2" in page.content.decode() and "50%" in page.content.decode()


def test_what_cannot_be_told_counts_for_nobody_and_against_nobody(cast, drawn):
    one, two = drawn.checks.all()
    finds(one, "unsure", note="挖开了，看不到")
    finds(two, "ok", photos=[photo()])
    score = draws.score_of(Unit.objects.get(code="chazhen"), days(-3), days(3))
    assert (score.looked, score.ok, score.unsure, score.share) == (1, 1, 1, 1.0)


def test_the_interval_is_the_published_one():
    """81 of 263: 0.255–0.366; 0 of 20: 0–0.161; 1 of 29: 0.006–0.172 (Newcombe 1998, table I, method 3)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(0, 0) is None


# ---- who sees what


def test_the_public_reads_no_name(cast, drawn):
    check = drawn.checks.first()
    finds(check, "not_ok", photos=[photo()], note="找李小红，13800138000")
    stranger = cast.reporter.client
    paths = ["/draws/", f"/draws/{drawn.pk}"]
    paths += [f"/draws/{drawn.pk}/{name}" for name in (*LISTS, "drawn.csv", "recipe.py")]
    told = {path: stranger.get(path) for path in paths}
    assert {answer.status_code for answer in told.values()} == {200}
    secrets = {*User.objects.values_list("username", flat=True), "李小红", "13800138000", "路灯不亮"} - {"leader", "clerk"}
    secrets |= set(Report.objects.values_list("code", flat=True))
    for path, answer in told.items():
        text = answer.content.decode()
        assert not [secret for secret in secrets if secret in text], path
    assert check.ticket.number in told[f"/draws/{drawn.pk}"].content.decode()


def test_strangers_see_the_public_pages_only_and_only_a_leader_draws(cast, drawn):
    stranger = cast.reporter.client
    assert [stranger.get(path).status_code for path in ("/lead/draws", f"/lead/draws/{drawn.pk}", "/checks/")] == [302] * 3
    for person in (cast.dispatcher, cast.clerk):
        assert person.client.get("/lead/draws").status_code == 200
        assert person.client.post("/lead/draws", {}).status_code == 403
        assert person.client.post(f"/lead/draws/{drawn.pk}/draw", {"number": "1", "number_source": "x"}).status_code == 403
    assert cast.officer.client.get("/lead/draws").status_code == 403


def test_empty_pages_say_so(cast):
    assert "还没有抽过" in cast.reporter.client.get("/draws/").content.decode()
    assert "还没有抽过" in cast.leader.client.get("/lead/draws").content.decode()
    assert "没有要复查的" in cast.worker.client.get("/checks/").content.decode()
    assert cast.reporter.client.get("/draws/1").status_code == 404


def test_the_pages_ask_little(cast, drawn, django_assert_max_num_queries):
    check = drawn.checks.first()
    pages = [(cast.reporter, f"/draws/{drawn.pk}"), (cast.reporter, "/draws/"), (cast.leader, "/lead/draws")]
    pages += [(cast.leader, f"/lead/draws/{drawn.pk}"), (person_of(check), "/checks/"), (person_of(check), f"/checks/{check.pk}")]
    for person, path in pages:
        person.client.get(path)
        with django_assert_max_num_queries(8):
            assert person.client.get(path).status_code == 200, path
