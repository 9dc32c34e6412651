"""What the law wants removed: one report's personal data when its sender asks, all of a kind when its time is over.

Floor: beside intake. The row stays, with its place and kind; so do the hashes, and the memory verifies as before. Every removal
is an act in the log, without which words that are gone count as tampered with.
"""

import datetime as dt
from functools import reduce
from operator import or_

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gis_app import audit
from gis_app.models import Contact, Event, HotlineFile, Photo, Report, Retention, Submission, Visit, Words
from gis_app.words import ActName, ActorKind, FileStage, Retained

KEPT_OF_READING = ("scope", "handoff", "danger", "candidates", "borders", "side")  # codes; the rest may tell what was said
KEPT_OF_LOOK = ("language", "columns", "towns", "kinds", "told")  # of a file of the hotline
HOTLINE_DAYS = 30  # that a file of the hotline is kept at most where the county's table does not say
TOGETHER = 500  # words that are removed at once


def forget_report(report, user=None, reason="", seqs=()):
    """Remove what is personal of a report: words, place in words, contact, photos, and its citizen's notes.

    seqs: numbers of events of its ticket whose notes are to go as well: those of staff stay otherwise.
    Returns {kind: how many}. A second time removes what has come since. Nothing is removed without its act.
    """
    with transaction.atomic():
        notes = Event.objects.filter(ticket=report.ticket_id, said__isnull=False)
        notes = notes.filter(actor_kind=ActorKind.CITIZEN, given__report=report.pk) | notes.filter(seq__in=seqs)
        numbers = sorted(notes.values_list("seq", flat=True))
        removed = {
            Retained.WORDS: blacken(Report.objects.filter(pk=report.pk)),
            "notes": without_text(Words.objects.filter(pk__in=notes.values("said"), gone="")),
            Retained.CONTACT: Contact.objects.filter(report=report).delete()[0],
            Retained.PHOTOS: without_photos(Photo.objects.filter(report=report)),
            Retained.SUBMISSIONS: submissions_of(report).delete()[0],
        }
        if any(removed.values()):
            told = {"report": report.pk, "notes": numbers, "reason": reason, "removed": removed}
            audit.remember(ActName.FORGET, report.ticket.number, user, **told)
    return removed


def submissions_of(report):
    """The keys that a report, and its citizen's steps, were sent with: their digests tell what was sent to who guesses it."""
    own = Q(path="reports", answer=report.code) | Q(caller=f"citizen:{report.pk}")
    return Submission.objects.filter(own)


def blacken(reports):
    """Remove the words of reports, those derived from them, and what the first reading took from them. Returns how many."""
    done = 0
    for report in reports.filter(said__gone="").iterator(chunk_size=TOGETHER):
        report.public_text = report.place_text = ""
        report.reading = {name: report.reading[name] for name in KEPT_OF_READING if name in report.reading}
        report.save(update_fields=["public_text", "place_text", "reading"])
        done += without_text(Words.objects.filter(pk=report.said_id))
    return done


def without_text(rows):
    """Remove texts; each row keeps the digest, which the chain holds. Returns how many."""
    rows = list(rows)
    for row in rows:
        row.gone, row.text = row.digest, ""
    Words.objects.bulk_update(rows, ["gone", "text"], batch_size=TOGETHER)
    return len(rows)


def without_photos(photos):
    """Remove photos, and their files as soon as that is certain; one that another photo shows stays. Returns how many."""
    names = set(photos.values_list("file", flat=True))
    done = photos.delete()[0]
    transaction.on_commit(lambda: without_files(names))
    return done


def without_files(names):
    """Remove files that no photo shows."""
    for name in names - set(Photo.objects.filter(file__in=names).values_list("file", flat=True)):
        default_storage.delete(name)


def without_files_sent(rows):
    """Remove what is personal of files of the hotline: themselves, rows that were refused, the first rows. Returns how many.

    What stays says who sent what when, and what became of its rows by number.
    """
    rows = list(rows.select_for_update())
    for row in rows:
        row.gone_at, row.look = timezone.now(), {name: row.look[name] for name in KEPT_OF_LOOK if name in row.look}
        row.stage = FileStage.DROPPED if row.stage == FileStage.LOOKED else row.stage
        row.refusals.all().delete()
        row.save(update_fields=["gone_at", "look", "stage"])
    transaction.on_commit(lambda: [path.unlink(missing_ok=True) for row in rows for path in (row.path, row.rejects)])
    return len(rows)


def forget_file(row, user):
    """Remove now what is personal of one file, unless a job goes on with it. Returns how many: 0 or 1."""
    with transaction.atomic():
        count = without_files_sent(_files(timezone.now()).filter(pk=row.pk))
        if count:
            audit.remember(ActName.FORGET, row.about_act, user, file=row.name, removed={Retained.HOTLINE: count})
    return count


# ---- when its time is over


def _of_tickets(model, *paths):
    """Rows whose ticket, found by one of these paths, ended before a moment."""
    return lambda before: model.objects.filter(reduce(or_, (Q(**{f"{path}ended_at__lt": before}) for path in paths)))


def _words(before):
    """Reports with words whose ticket ended before a moment."""
    return Report.objects.filter(ticket__ended_at__lt=before, said_at__lt=before, said__gone="")


def _files(before):
    """Files of the hotline that nothing was done with since a moment."""
    at_rest = HotlineFile.objects.exclude(stage__in=(FileStage.LOOKING, FileStage.IMPORTING))
    return at_rest.filter(gone_at=None, moved_at__lt=before)


def _rows(rows):
    """Remove rows. Returns how many."""
    return rows.delete()[0]


KINDS = {  # kind: (what is older than a moment, how it is removed); looks are one chain, of which nothing can be taken
    Retained.CONTACT: (_of_tickets(Contact, "report__ticket__"), _rows),
    Retained.WORDS: (_words, blacken),
    Retained.PHOTOS: (_of_tickets(Photo, "report__ticket__", "event__ticket__"), without_photos),
    Retained.VISITS: (lambda before: Visit.objects.filter(minute__lt=before), _rows),
    Retained.HOTLINE: (lambda before: _files(before), without_files_sent),
    Retained.SUBMISSIONS: (lambda before: Submission.objects.filter(made_at__lt=before), _rows),
}


def periods():
    """{kind: days} of the kinds that are kept for a time only, as the county's table has it."""
    return dict(Retention.objects.filter(days__isnull=False, kind__in=KINDS).values_list("kind", "days"))


def forget_older(kind, days, user=None, dry_run=False):
    """Remove all of a kind that is older than so many days; of tickets: that ended so long ago. Returns how many."""
    before = timezone.now() - dt.timedelta(days=days)
    older, remove = KINDS[kind]
    if dry_run:
        return older(before).count()
    with transaction.atomic():
        count = remove(older(before))
        if count:
            audit.remember(ActName.FORGET, str(kind), user, before=before.isoformat(), removed={kind: count})
    return count
