"""What the law wants removed is removed, the rest stays, pages say so, and the memory verifies as before."""

import datetime as dt
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from gis_app import forgetting, loading, memory
from gis_app.models import Act, Contact, Event, Report, Retention, Submission, Ticket, Visit, Words, store_together
from tests.conftest import TEA_TOWN, Cast, photo, pk_of
from tests.scenes import scene
from tests.test_memory import verified
from tests.test_roots import said

SAID, WHERE, PHONE = "我叫王翠娟，茶镇老街路灯不亮", "老街口王师傅家门前", "13912345678"


@scene
def told():
    """A report with all that a citizen may leave, its ticket closed; another of the same kind beside it. The code."""
    cast = Cast()
    pictures = [photo(color=(1, 2, 3)), photo(color=(4, 5, 6))]
    code = cast.reporter.reports(
        SAID, TEA_TOWN, key="a key of a phone", category="0401", place_text=WHERE, contact=PHONE, photos=pictures
    )["code"]
    cast.reporter.reports(SAID, TEA_TOWN, category="0401", contact=PHONE, photos=[photo(color=(4, 5, 6))])
    ticket = cast.dispatcher.takes(code, "accept")
    cast.dispatcher.takes(ticket, "dispatch", unit="chazhen")
    cast.officer.takes(ticket, "start")
    cast.officer.takes(ticket, "comment", note="问过王翠娟，在家")
    cast.officer.takes(ticket, "finish", note="换了灯泡", photos=[photo(color=(7, 8, 9))])
    cast.dispatcher.takes(ticket, "close", result="ok")
    memory.seal()
    return code


def typed(*words):
    """What a command prints."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def everything():
    """All text that the database holds of reports and their words."""
    rows = [*Report.objects.values_list("public_text", "place_text", "reading"), *Words.objects.values_list("text", flat=True)]
    return str(rows)


def test_a_report_whose_sender_asks_is_forgotten_and_the_memory_holds(cast, told, django_capture_on_commit_callbacks):
    report = Report.objects.get(code=told)
    files = [row.file.name for row in report.photos.all()]
    with django_capture_on_commit_callbacks(execute=True):
        out = typed("purge", "--report", told, "--reason", "本人要求")
    assert f"removed of the report behind {report.ticket.number}: 1 words, 1 contact, 2 photos, 1 submissions" in out
    report.refresh_from_db()
    assert (report.said.text, report.public_text, report.place_text, report.photos.count()) == ("", "", "", 0)
    assert not Contact.objects.filter(report=report).exists() and not Submission.objects.filter(answer=told).exists()
    assert [default_storage.exists(name) for name in files] == [False, True]  # the second is another report's picture, too
    assert (report.town.code, report.category.code, report.point is not None) == ("610724110", "0401", True)
    assert said() == [] and "every chain unbroken" in verified()
    act = Act.objects.get(act="forget")
    assert act.about == report.ticket.number and act.given["reason"] == "本人要求" and told not in str(act.given)


def test_nothing_of_it_is_left_in_any_column_of_words_and_the_other_report_stays(told):
    Report.objects.exclude(code=told).get().said  # noqa: B018, it is there
    typed("purge", "--report", told)
    assert everything().count("王翠娟") == 2  # the other report's, and the note that an officer wrote
    assert WHERE not in everything() and Contact.objects.count() == 1


def test_pages_say_that_it_was_removed(cast, told):
    typed("purge", "--report", told)
    pk = pk_of(told)
    for person, address in (
        (cast.reporter, f"/r/{told}"),
        (cast.officer, f"/work/{pk}"),
        (cast.officer, f"/work/{pk}/original"),
        (cast.dispatcher, f"/desk/{pk}"),
    ):
        page = person.client.get(address)
        assert page.status_code == 200 and "按规定删去了" in page.content.decode() and WHERE not in page.content.decode()
    answer = cast.officer.opens(pk).json()["said"][0]
    assert (answer["text"], answer["place_text"], answer["gone"]) == ("", "", True)
    assert cast.reporter.follows(told)["state"] == "closed"


def test_a_note_of_staff_goes_only_when_it_is_named(cast, told):
    pk = pk_of(told)
    typed("purge", "--report", told)
    assert [event.said.text for event in Event.objects.filter(ticket=pk, said__isnull=False)] == ["问过王翠娟，在家", "换了灯泡"]
    with pytest.raises(CommandError, match="has no note at event 2"):
        typed("purge", "--report", told, "--note", "2")
    assert "1 notes" in typed("purge", "--report", told, "--note", "5")
    assert [event.said.text for event in Event.objects.filter(ticket=pk, said__isnull=False)] == ["", "换了灯泡"]
    assert said() == [] and "按规定删去了" in cast.officer.client.get(f"/work/{pk}").content.decode()


def test_a_citizens_own_note_goes_with_the_report(cast, told):
    report = Report.objects.get(code=told)
    last = Event.objects.filter(ticket=report.ticket).last()
    row = Event(ticket=report.ticket, step="comment", at=timezone.now(), actor_kind="citizen", to_state=last.to_state)
    row.given = {"report": report.pk}
    store_together(*forgetting.audit.rows(forgetting.audit.seal(row, "我是王翠娟，谢谢", last)))
    assert "1 notes" in typed("purge", "--report", told)
    row.refresh_from_db()
    assert row.said.text == "" and said() == []


def test_a_second_time_and_a_dry_run_remove_nothing(told):
    before = everything()
    assert "would remove" in typed("purge", "--report", told, "--dry-run") and everything() == before
    assert not Act.objects.filter(act="forget").exists()
    typed("purge", "--report", told)
    assert "nothing: it is gone already" in typed("purge", "--report", told)
    assert Act.objects.filter(act="forget").count() == 1


def test_a_code_that_is_none_is_a_sentence(db):
    with pytest.raises(CommandError, match="没有找到"):
        typed("purge", "--report", "AAAA")


def test_what_was_sent_again_after_it_was_forgotten_does_not_come_back(cast, told):
    """The hotline's file of last week holds the row still; its number is known."""
    ref = {"source": "hotline", "source_ref": "2026-1"}
    Report.objects.filter(code=told).update(**ref)
    typed("purge", "--report", told)
    assert Report.objects.filter(**ref).get().said.text == ""


# ---- kept for a time


@pytest.fixture
def long_ago(told):
    """The told ticket ended 200 days ago."""
    then = timezone.now() - dt.timedelta(days=200)
    Ticket.objects.filter(pk=pk_of(told)).update(ended_at=then)
    Report.objects.filter(code=told).update(said_at=then - dt.timedelta(days=5))
    return told


def counts(*options):
    """{kind: how many} that a purge tells of."""
    lines = typed("purge", *options).split("\n")
    return {line.split(":")[0]: int(line.split(" older")[0].split()[-1]) for line in lines if line}


def test_each_kind_is_kept_as_long_as_the_countys_table_says(long_ago):
    assert Retention.objects.get(kind="contact").days == 180
    rest = dict.fromkeys(("words", "photos", "visits", "hotline", "submissions"), 0)
    assert counts("--retention", "--dry-run") == {"contact": 1} | rest
    assert Contact.objects.count() == 2
    counts("--retention")
    assert Contact.objects.count() == 1 and counts("--retention")["contact"] == 0
    Retention.objects.filter(kind="words").update(days=100)  # as a clerk does it
    assert counts("--retention")["words"] == 1 and Report.objects.get(code=long_ago).said.text == ""
    acts = Act.objects.filter(act="forget")
    assert [(act.about, act.given["removed"]) for act in acts] == [("contact", {"contact": 1}), ("words", {"words": 1})]


def test_words_that_have_served_their_time_verify(cast, told, long_ago):
    Ticket.objects.all().update(opened_at=timezone.now())
    assert counts("--older-than", "150", "--only", "words", "photos") == {"words": 1, "photos": 3}
    assert [line for line in said() if "words" in line and "row" not in line] == []
    kept = Report.objects.exclude(code=told).get()
    Words.objects.filter(pk=kept.said_id).update(text="", gone=kept.said.digest)  # as if by the same rule, but too young
    assert f"{kept.ticket.number}, report {kept.pk}: its words were changed (removed, and no act tells of it)" in said()


def test_open_tickets_lose_nothing(cast):
    code = cast.reporter.reports(SAID, TEA_TOWN, contact=PHONE)["code"]
    Report.objects.filter(code=code).update(said_at=timezone.now() - dt.timedelta(days=900))
    assert set(counts("--older-than", "1").values()) == {0}


def test_old_visits_and_keys_go(cast, told):
    Visit.objects.create(address="a" * 64, minute=timezone.now() - dt.timedelta(days=3))
    Submission.objects.update(made_at=timezone.now() - dt.timedelta(days=31))
    found = counts("--retention")
    assert (found["visits"], found["submissions"]) == (1, 1)


def test_looks_have_no_time_after_which_they_go(db):
    assert Retention.objects.get(kind="looks").days is None and "looks" not in forgetting.periods()
    with pytest.raises(CommandError, match="a number of days from 1 on"):
        typed("purge", "--older-than", "0")


def test_a_folder_without_a_table_of_retention_is_loaded(db, tmp_path):
    for path in Path(settings.FIXTURES).glob("*.*"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "retention.csv").unlink()
    assert loading.load_everything(tmp_path, again=True)
