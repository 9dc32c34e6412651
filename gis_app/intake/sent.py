"""Files of the hotline that clerks send: looked through without storing anything, then taken in, batch after batch.

A job goes on with a file for a while and leaves the rest to the next one. What became of a batch is told in its own
transaction, together with its reports: killed anywhere, a file goes on after its last batch, and its counts are right.
"""

import hashlib
import itertools
import os
import time
from collections import Counter

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext as _

from gis_app import audit, redact, sheets
from gis_app.clock import SHANGHAI
from gis_app.errors import BadField, BadFile, Problem
from gis_app.intake import bulk, hotline
from gis_app.intake.hotline_file import BATCH, Rejects, heard
from gis_app.models import HotlineFile, RefusedRow
from gis_app.models.hotline import UNDER_WAY
from gis_app.words import ActName, FileStage

SECONDS = 20  # that one job goes on with a file: others wait for it
FIRST = 8  # rows that a clerk sees as they would be read
SHOWN = 80  # symbols of what was said in them
LONGEST_NAME = 100


def keep(chunks, name, user, language="zh-hans"):
    """Keep a file that was sent, to be looked through. Returns (its HotlineFile, whether it is new).

    chunks: its bytes; the same are one file until it is taken in or dropped. Raises BadFile: no table, or without the columns.
    """
    settings.HOTLINE_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
    part, digest, size = settings.HOTLINE_ROOT / f".{get_random_string(16)}", hashlib.sha256(), 0
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            for chunk in chunks:
                copy.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        told = {"digest": digest.hexdigest(), "size": size, "name": name[-LONGEST_NAME:], "sent_by": user}
        if same := HotlineFile.objects.filter(digest=told["digest"], stage__in=UNDER_WAY).first():
            return same, False
        return _stored(part, told, language), True
    except IntegrityError:  # the same file, sent twice at once
        return HotlineFile.objects.get(digest=digest.hexdigest(), stage__in=UNDER_WAY), False
    finally:
        part.unlink(missing_ok=True)


def _stored(part, told, language):
    """The HotlineFile of a file that lies there. Raises BadFile."""
    sheet, now = sheets.read(part, hotline.COLUMNS, hotline.NEEDED), timezone.now()
    if next(iter(sheet), None) is None:
        raise sheets.bad(part, _("只有表头，一行也没有"))
    columns = [(heading, name) for heading, name in itertools.zip_longest(sheet.headings, sheet.names, fillvalue="") if heading]
    look = {"language": language, "columns": columns}
    with transaction.atomic():
        row = HotlineFile.objects.create(about=sheet.about, sent_at=now, moved_at=now, look=look, **told)
        os.replace(part, row.path)
    return row


def take(row, user):
    """Say that a file that was looked through be taken in. Returns whether it is now: somebody else may have been faster."""
    with transaction.atomic():
        row = HotlineFile.objects.select_for_update().get(pk=row.pk)
        if row.stage != FileStage.LOOKED:
            return False
        row.look["told"] = {name: getattr(row, name) for name in ("rows", "stored", "repeats", "counts")}
        row.stage, row.taken_by, row.moved_at = FileStage.IMPORTING, user, timezone.now()
        row.upto = row.rows = row.stored = row.repeats = 0
        row.counts = {}
        row.refusals.all().delete()
        row.save()
        audit.remember(ActName.LOAD, row.about_act, user, file=row.name, digest=row.digest)
    return True


def same_before(row):
    """The last file with the same bytes that was taken in before this one was sent, or None."""
    done = HotlineFile.objects.filter(digest=row.digest, stage=FileStage.DONE, pk__lt=row.pk)
    return done.select_related("taken_by").order_by("-pk").first()


# ---- going on


def go_on(pk, seconds=SECONDS):
    """Go on with a file for so long. Returns whether there is more to do."""
    row = HotlineFile.objects.filter(pk=pk).first()
    if row is None or not row.under_way:
        return False
    try:
        with translation.override(row.look.get("language")):
            return _go_on(row, time.monotonic() + seconds)
    except BadFile:  # it was read when it came: it is not there any more, or not as it was
        gone = {"stage": FileStage.BROKEN, "moved_at": timezone.now()}
        HotlineFile.objects.filter(pk=pk, stage=row.stage).update(**gone)
        row.path.unlink(missing_ok=True)
        return False


def _go_on(row, until):
    sheet = sheets.read(row.path, hotline.COLUMNS, hotline.NEEDED)
    before, rows = set(), iter(sheet)
    if row.upto:
        rows = _after(row, rows, before)
    while batch := list(itertools.islice(rows, BATCH)):
        if not done_with(row, batch, before):
            return False  # another job goes on with it
        if time.monotonic() > until:
            return True
    return ended(row)


def _after(row, rows, before):
    """The rows that are not done with; the numbers of those that are come to `before`: a look has not stored them."""
    refused = set(row.refusals.values_list("line", flat=True))
    for number, cells in rows:
        if number > row.upto:
            return itertools.chain([(number, cells)], rows)
        if number not in refused and row.stage == FileStage.LOOKING:
            try:
                before.add(hotline.number_of(cells))
            except BadField:  # it was refused word for word before
                continue
    return rows


def done_with(row, batch, before):
    """Take in the rows of a batch, or look at them, and tell what became of them. Returns whether it was still to be done."""
    dry_run, first = row.stage == FileStage.LOOKING, row.upto == 0
    with transaction.atomic():
        now = HotlineFile.objects.select_for_update().get(pk=row.pk)
        if (now.stage, now.upto) != (row.stage, row.upto):
            return False
        read = [(number, heard(cells)) for number, cells in batch]
        taken = bulk.take_in(read, before, dry_run)
        doubled = refuse(row, dict(batch), taken.refused)
        row.rows += len(batch)
        row.stored, row.repeats = row.stored + taken.stored, row.repeats + taken.repeats + doubled.total()
        row.counts = dict(Counter(row.counts) + (taken.counts() - doubled))
        row.upto, row.moved_at = batch[-1][0], timezone.now()
        if dry_run:
            _tell_look(row.look, taken, read[:FIRST] if first else [])
        row.save()
    return True


def refuse(row, cells, refused):
    """Keep which rows were refused. Returns {slug: how many were there already, word for word}.

    cells: {row number: its cells}. refused: [(row number, slug, why)].
    """
    digests = {number: salted_hmac("refused row", repr(list(cells[number].values()))).hexdigest() for number, *_why in refused}
    seen = set(row.refusals.filter(cells__in=digests.values()).values_list("cells", flat=True))
    fresh, doubled = [], Counter()
    for number, slug, why in refused:
        if digests[number] in seen:
            doubled[slug] += 1
        else:
            seen.add(digests[number])
            fresh.append(RefusedRow(file=row, line=number, slug=slug, why=redact.mask(why), cells=digests[number]))
    RefusedRow.objects.bulk_create(fresh)
    return doubled


def ended(row):
    """Close a file that is done with: the rows that were refused are written for the clerk. Returns that nothing is left."""
    importing = row.stage == FileStage.IMPORTING
    write_refused(row)
    with transaction.atomic():
        now = HotlineFile.objects.select_for_update().get(pk=row.pk)
        if (now.stage, now.upto) != (row.stage, row.upto):
            return False
        now.stage, now.moved_at = FileStage.DONE if importing else FileStage.LOOKED, timezone.now()
        now.save(update_fields=["stage", "moved_at"])
        if importing:
            told = {"rows": now.rows, "stored": now.stored, "repeats": now.repeats, "refused": now.refused}
            audit.remember(ActName.LOAD, now.about_act, now.taken_by, file=now.name, digest=now.digest, **told)
    if importing:
        row.path.unlink(missing_ok=True)
    return False


def write_refused(row):
    """Write the rows that were refused, with why, as a file that is corrected and sent again."""
    row.rejects.unlink(missing_ok=True)
    why = dict(row.refusals.values_list("line", "why"))
    if why:
        sheet = sheets.read(row.path, hotline.COLUMNS, hotline.NEEDED)
        refused = Rejects(sheet, row.path, row.rejects)
        refused.rows = [(number, cells, why[number]) for number, cells in sheet if number in why]
        refused.write()


# ---- what a clerk sees of a look


def _tell_look(look, taken, first):
    """Add what a batch holds to what a look tells. first: the first rows of all, [(row number, Said or the Problem)]."""
    for name, more in (("towns", taken.towns), ("kinds", {code or "": count for code, count in taken.kinds.items()})):
        look[name] = dict(Counter(look.get(name, {})) + Counter(more))
    if first:
        look["first"] = [_as_read(number, said) for number, said in first]


def _as_read(number, said):
    """A row as it would be read, without personal data."""
    try:
        if isinstance(said, Problem):
            raise said
        (each,) = bulk.judged([bulk.understood(said)])
    except Problem as problem:
        return {"line": number, "why": redact.mask(problem.told("what") + problem.told("why"))}
    unit, _receipt = bulk.propose(each.place, each.kind, said.at.astimezone(SHANGHAI).date())
    return {
        "line": number,
        "at": said.at.isoformat(),
        "text": redact.mask(said.text)[:SHOWN],
        "town": each.place.town.code,
        "village": each.place.village.name if each.place.village else "",
        "kind": each.kind.code if each.kind else "",
        "unit": unit.code,
        "contact": bool(said.contact),
    }


# ---- what was killed


def stalled(now, after, until):
    """The files that a job should be going on with and that nothing became of for a while, but not for too long."""
    waiting = HotlineFile.objects.filter(stage__in=(FileStage.LOOKING, FileStage.IMPORTING))
    return list(waiting.filter(moved_at__lt=now - after, moved_at__gt=now - until).values_list("pk", flat=True))


def sweep(now, after):
    """Remove what killed tries have left in the folder: what belongs to no file that is kept. Returns how many."""
    if not settings.HOTLINE_ROOT.exists():
        return 0
    kept = {path for row in HotlineFile.objects.filter(gone_at=None) for path in _kept(row)}
    others, before = [path for path in settings.HOTLINE_ROOT.iterdir() if path not in kept], (now - after).timestamp()
    old = [path for path in others if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _kept(row):
    return {row.rejects} | ({row.path} if row.stage in UNDER_WAY else set())
