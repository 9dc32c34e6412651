"""A whole export of the hotline: read once, shared out among processes, what is refused written beside it to be corrected."""

import atexit
import contextlib
import csv
import itertools
import multiprocessing
import os
import signal
import threading
import time
import zlib
from collections import Counter, deque
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import django
from django.db import connections
from django.utils.translation import gettext as _

from gis_app import sheets
from gis_app.errors import BadField
from gis_app.intake import bulk, hotline
from gis_app.workflow.advance import digest_of

BATCH = 1000  # rows of one transaction
AHEAD = 3  # batches that a process may have before it, so that it never waits and the file is not held in memory
SMALL = 2 * BATCH  # rows that are taken in before another process would be ready
UNSEEN = "\u200b"  # before a cell that a spreadsheet would take for a formula or round; reading takes it off again
ENDING = "-退回.csv"
_before = set()  # in a process of its own: the numbers that it has stored


@dataclass
class Done:
    """What became of a file."""

    rows: int = 0
    stored: int = 0
    repeats: int = 0
    counts: Counter = field(default_factory=Counter)  # {slug: refused}
    rejects: Path | None = None  # where the refused rows are
    seconds: float = 0.0

    @property
    def refused(self):
        return sum(self.counts.values())


def import_file(path, rejects=None, dry_run=False, processes=None, tell=lambda done, about: None):
    """Take in a file of the hotline. Returns Done. Raises BadFile, before anything is stored.

    rejects: where refused rows go, beside the file when not said; a dry run writes them only where it is said. processes: how
    many share the work, as many as there are processors when not said; a small file is taken in here. tell(rows done, rows
    that there may be) is called after each batch. What is stored is stored, batch by batch; a second run leaves it alone.
    """
    began, done = time.monotonic(), Done()
    sheet = sheets.read(path, hotline.COLUMNS, hotline.NEEDED)
    rows = iter(sheet)
    first = list(itertools.islice(rows, SMALL))
    many = len(first) == SMALL
    refused = Rejects(sheet, path, rejects, dry_run)
    with contextlib.closing(Shares((processes or os.cpu_count()) if many else 1, dry_run)) as shares:
        for batch, taken in shares.work(itertools.chain(first, rows)):
            done.rows += len(batch)
            done.stored, done.repeats = done.stored + taken.stored, done.repeats + taken.repeats
            doubled = refused.add(batch, taken)
            done.repeats, done.counts = done.repeats + doubled.total(), done.counts + taken.counts() - doubled
            tell(done.rows, max(sheet.about, done.rows + 1))
    tell(done.rows, done.rows)
    done.rejects, done.seconds = refused.write(), time.monotonic() - began
    return done


def take(rows, before, dry_run):
    """Read rows, [(number, row)], and take them in. Returns what bulk.take_in() does."""
    return bulk.take_in([(number, heard(row)) for number, row in rows], before, dry_run)


def heard(row):
    """A row as Said, or the Problem of it."""
    try:
        return hotline.said_of(row)
    except BadField as problem:
        return problem


# ---- sharing the work


class Shares:
    """Processes that each take in the rows whose number falls to them, in the order of the file: no two meet in one number."""

    def __init__(self, count, dry_run):
        self.dry_run, self.pools = dry_run, []
        self.before = set()
        spawn = multiprocessing.get_context("spawn")
        if count > 1:
            self.pools = [ProcessPoolExecutor(1, mp_context=spawn, initializer=django.setup) for _ in range(count)]
            for pool in self.pools:
                pool.submit(_begin, connections["default"].settings_dict["NAME"])
        self.waiting = [deque() for _ in range(max(count, 1))]
        self.filling = [[] for _ in self.waiting]

    def work(self, rows):
        """Yield (rows, what became of them) batch after batch."""
        for number, row in rows:
            share = share_of(row, len(self.waiting))
            self.filling[share].append((number, row))
            if len(self.filling[share]) == BATCH:
                yield from self._send(share)
        for share, left in enumerate(self.filling):
            if left:
                yield from self._send(share)
        for waiting in self.waiting:
            while waiting:
                yield self._next(waiting)

    def _send(self, share):
        batch, self.filling[share] = self.filling[share], []
        waiting = self.waiting[share]
        waiting.append((batch, self._start(share, batch)))
        while len(waiting) > (AHEAD if self.pools else 0):
            yield self._next(waiting)

    def _start(self, share, batch):
        if self.pools:
            return self.pools[share].submit(_take_elsewhere, batch, self.dry_run)
        result = Future()
        result.set_result(take(batch, self.before, self.dry_run))
        return result

    def _next(self, waiting):
        batch, result = waiting.popleft()
        return batch, result.result()

    def close(self):
        """Let the processes end; what they have not begun is left."""
        for pool in self.pools:
            pool.shutdown(wait=True, cancel_futures=True)


def share_of(row, shares):
    """Which share a row falls to: rows with the same number to the same."""
    return zlib.crc32(sheets.plain(row[hotline.NUMBER]).encode()) % shares if shares > 1 else 0


def _begin(database):
    """First in a process of its own: the caller's database; no word on Ctrl-C; an end when the caller has ended."""
    connections.databases["default"]["NAME"] = database
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit.register(os._exit, 0)  # all that is loaded need not be taken apart, for seconds
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()


def _end_with(parent):
    parent.join()
    os._exit(1)  # whatever was under way is rolled back


def _take_elsewhere(rows, dry_run):
    return take(rows, _before, dry_run)


# ---- what was refused


def free_path(path):
    """Where a file's refused rows go: beside it, never over what somebody is correcting."""
    stem = Path(path).with_suffix("")
    names = itertools.chain([f"{stem}{ENDING}"], (f"{stem}-{n}{ENDING}" for n in itertools.count(2)))
    return next(path for path in map(Path, names) if not path.exists())


class Rejects:
    """Refused rows with their reasons, in a file that its owner alone can read; there is none when no row was refused."""

    def __init__(self, sheet, source, into=None, dry_run=False):
        """into: a path, or None for a free one beside the source; a dry run writes only where that is said. Raises BadFile."""
        self.sheet, self.source, self.into, self.wanted = sheet, Path(source), into and Path(into), bool(into) or not dry_run
        self.rows, self.seen = [], set()
        if into and self.into.exists() and self.into.samefile(source):
            raise sheets.bad(into, _("退回的行不能写进要装的文件"))
        folder = (self.into or self.source).absolute().parent
        if self.wanted and not os.access(folder, os.W_OK):  # known before the work is done
            raise sheets.bad(self.into or self.source, _("退回的行要写进文件夹 %s，那里写不进去") % folder)

    def add(self, batch, taken):
        """Keep the refused rows of a batch. Returns {slug: how many were there already, word for word}."""
        rows, doubled = dict(batch), Counter()
        for number, slug, why in taken.refused:
            cells = digest_of(*rows[number].values())
            if cells in self.seen:
                doubled[slug] += 1
            else:
                self.seen.add(cells)
                self.rows.append((number, rows[number], why))
        return doubled

    def write(self):
        """Write the file, whole or not at all. Returns its path, or None when there is nothing to write."""
        if not (self.wanted and self.rows):
            return None
        path = self.into or free_path(self.source)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(self._lines())
        os.replace(part, path)
        return path

    def _lines(self):
        """The headings as they were with two more, and the rows in their order."""
        own = (hotline.WHY, hotline.LINE)
        kept = [(heading, name) for heading, name in zip(self.sheet.headings, self.sheet.names, strict=False) if name not in own]
        yield [heading for heading, _name in kept] + list(own)
        for number, row, why in sorted(self.rows, key=lambda each: each[0]):
            cells = [row[name] if name else "" for _heading, name in kept]
            yield [*map(guarded, cells), why, number, *map(guarded, row.get(sheets.MORE, ()))]


def guarded(cell):
    """A cell as text that a spreadsheet neither calculates nor rounds."""
    text = sheets.written(cell)
    return UNSEEN + text if text.startswith(("=", "+", "-", "@")) or (text.isdigit() and len(text) > 11) else text
