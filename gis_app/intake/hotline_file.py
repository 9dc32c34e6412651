"""A whole export of the hotline: read once, shared out among processes, what is refused written beside it to be corrected."""

import contextlib
import csv
import itertools
import multiprocessing
import os
import queue
import signal
import threading
import time
import zlib
from collections import Counter, deque
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections
from django.utils.translation import gettext as _

from gis_app import sheets
from gis_app.errors import BadField
from gis_app.intake import bulk, hotline
from gis_app.workflow.advance import digest_of

BATCH = 1000  # rows of one transaction
AHEAD = 3  # batches that a process may have before it, so that it never waits and the file is not held in memory
SMALL = 2000  # rows for which one process is enough
FEW = 100  # rows that are taken in before there are other processes: they are born with all that this has loaded
UNSEEN = "\u200b"  # before a cell that a spreadsheet would take for a formula or round; reading takes it off again
ENDING = "-退回.csv"


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
        for batch, taken in itertools.chain(shares.begin(first[:FEW]), shares.work(itertools.chain(first[FEW:], rows))):
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
        self.dry_run, self.before = dry_run, set()
        self.others = [Elsewhere(self.before, dry_run) for _ in range(count if count > 1 else 0)]
        self.workers = self.others or [Here(self.before, dry_run)]
        self.waiting = [deque() for _ in self.workers]
        self.filling = [[] for _ in self.workers]

    def begin(self, rows):
        """Yield the first rows with what became of them; after that the other processes are there."""
        if rows:
            yield rows, take(rows, self.before, self.dry_run)
        if self.others:
            connections.close_all()  # two processes cannot speak on one
        for worker in self.others:
            worker.start()
        for worker in self.others:
            worker.listen()

    def work(self, rows):
        """Yield (rows, what became of them) batch after batch."""
        for number, row in rows:
            share = share_of(row, len(self.workers))
            self.filling[share].append((number, row))
            if len(self.filling[share]) == BATCH:
                yield from self._send(share)
        for share, left in enumerate(self.filling):
            if left:
                yield from self._send(share)
        for share, waiting in enumerate(self.waiting):
            while waiting:
                yield waiting.popleft(), self.workers[share].result()

    def _send(self, share):
        batch, self.filling[share] = self.filling[share], []
        self.workers[share].send(batch)
        waiting = self.waiting[share]
        waiting.append(batch)
        while len(waiting) > self.workers[share].ahead:
            yield waiting.popleft(), self.workers[share].result()

    def close(self):
        """Let the processes end; what they have not begun is left."""
        for worker in self.others:
            worker.close()


class Here:
    """Takes in one batch after the other, in this process."""

    ahead = 0

    def __init__(self, before, dry_run):
        self.before, self.dry_run = before, dry_run

    def send(self, rows):
        """Keep rows until somebody asks what became of them."""
        self.rows = rows

    def result(self):
        """What becomes of the rows that were sent."""
        return take(self.rows, self.before, self.dry_run)


class Elsewhere:
    """The same in a process of its own: a fork, ready at once and with all that is loaded.

    All of them are started before any listens, since a thread that holds a lock while the next one forks would hold it for ever.
    """

    ahead = AHEAD

    def __init__(self, before, dry_run):
        self.before, self.dry_run, self.results, self.process = before, dry_run, queue.SimpleQueue(), None

    def start(self):
        """Fork. The pipe is made now: its other end must be held by this process alone, or nobody would notice when it dies."""
        fork = multiprocessing.get_context("fork")
        self.here, there = fork.Pipe()
        self.process = fork.Process(target=_work, args=[there, self.before, self.dry_run], daemon=True)
        self.process.start()
        there.close()

    def listen(self):
        """Results are read by a thread, so that they never wait in the pipe for who is writing to it."""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(EOFError, OSError):
            while True:
                self.results.put(self.here.recv())
        self.results.put(BrokenProcessPool("A process that was taking rows in has ended."))

    def send(self, rows):
        """Give it rows. Raises BrokenProcessPool."""
        try:
            self.here.send(rows)
        except OSError as error:
            raise BrokenProcessPool(str(error)) from error

    def result(self):
        """What became of the rows that were sent first. Raises what went wrong there, BrokenProcessPool when it has ended."""
        found = self.results.get()
        if isinstance(found, Exception):
            raise found
        return found

    def close(self):
        """End the process, if it was ever there."""
        if self.process:
            self.process.terminate()
            self.process.join()


def share_of(row, shares):
    """Which share a row falls to: rows with the same number to the same."""
    return zlib.crc32(sheets.plain(row[hotline.NUMBER]).encode()) % shares if shares > 1 else 0


def _work(caller, before, dry_run):
    """In a process of its own: no word on Ctrl-C; an end when the caller has ended. before: numbers stored by the caller."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=[multiprocessing.parent_process()], daemon=True).start()
    while True:
        rows = caller.recv()
        try:
            answer = take(rows, before, dry_run)
        except Exception as error:
            answer = error
        caller.send(answer)


def _end_with(parent):
    parent.join()
    os._exit(1)  # whatever was under way is rolled back


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
