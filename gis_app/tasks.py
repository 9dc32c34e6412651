"""Background jobs. Each may run twice: they look at the state before they act."""

import datetime as dt
import logging

from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gis_app import automatic, escalation, forgetting, memory, notify, photos, retiming, stats, tally
from gis_app.intake import sent
from gis_app.models import Visit
from gis_app.words import Retained

logger = logging.getLogger(__name__)
LEASE = dt.timedelta(minutes=10)  # longer than any job takes
TRIES = 3
KEPT = dt.timedelta(days=7)
KEPT_PARTS = dt.timedelta(hours=1)  # of files that were being sent
RETIMED_AT_ONCE = 50  # due dates put right while somebody waits
STALLED, GIVEN_UP = dt.timedelta(minutes=2), dt.timedelta(days=1)  # since anything became of a file that is to be read
SLICES = 20  # of the counts, held against the tickets every day
RETIMED = 1000  # due dates put right by one job, well within LEASE


@task()
def fold_counts():
    """Fold the counts that steps have appended."""
    return tally.fold()


@task()
def check_counts():
    """Hold random slices of the counts against the tickets, and remove days that nobody reads. Returns what differs, in words."""
    tally.forget_days()
    found = [str(each) for each in stats.check(SLICES)]
    if found:
        logger.error("the counts are not the tickets; run `rollup --rebuild`: %s", "; ".join(found))
    return found


@task()
def forget_visits():
    """Remove what was kept to slow down floods of posts."""
    return Visit.objects.filter(minute__lt=timezone.now() - dt.timedelta(hours=1)).delete()[0]


@task()
def dispatch_automatically():
    """Send what is beyond doubt, of categories that are switched on; draw the sample of the days that have ended."""
    return automatic.run(), automatic.draw_missing()


@task()
def retime(after=0, rules=0):
    """Put due dates right where calendar, office hours or limits have changed; what is left is the next job's."""
    if not after and not retiming.needed():
        return 0
    done, rest = retiming.settle(RETIMED, after, rules)
    if rest:
        retime.enqueue(*rest)
    return done


def retime_now():
    """Put a few due dates right at once after a rule has changed, many by a job. Returns (how many, whether a job goes on)."""
    if retiming.many_open():
        retime.enqueue()
        return 0, True
    done, rest = retiming.settle(RETIMED_AT_ONCE)
    if rest:
        retime.enqueue(*rest)
    return done, bool(rest)


@task()
def read_hotline(pk):
    """Go on with a file of the hotline that a clerk has sent; what is left is the next job's."""
    if sent.go_on(pk):
        read_hotline.enqueue(pk)


@task()
def mind_hotline():
    """Go on with files whose job was killed. Returns which."""
    waiting = sent.stalled(timezone.now(), STALLED, GIVEN_UP)
    for pk in waiting:
        read_hotline.enqueue(pk)
    return waiting


@task()
def forget_hotline():
    """Remove files of the hotline and their refused rows when their time is over, and what killed tries have left."""
    days = forgetting.periods().get(Retained.HOTLINE, forgetting.HOTLINE_DAYS)
    return forgetting.forget_older(Retained.HOTLINE, days), sent.sweep(timezone.now(), KEPT_PARTS)


@task()
def sweep_photos():
    """Remove the pictures that killed or refused tries have left."""
    return photos.sweep()


@task()
def resume():
    """Bring back what was put on hold until a day that has come."""
    return retiming.resume(timezone.now())


@task()
def seal_day():
    """Seal what was appended until the end of the last day, once it has ended. Returns the day, or None when it is sealed."""
    root = memory.seal()
    return str(root.day) if root else None


@task()
def tell():
    """Find out who hears of what is new, and send what is due."""
    return notify.address(), notify.deliver(), notify.forget_old()


@task()
def escalate():
    """Tell of time that runs out."""
    return escalation.sweep()


EVERY_MINUTE = (fold_counts, forget_visits, dispatch_automatically, tell, retime, mind_hotline)
SELDOM = {  # job: how long after the last one was asked for
    escalate: dt.timedelta(minutes=5),
    resume: dt.timedelta(minutes=5),
    seal_day: dt.timedelta(minutes=5),
    forget_hotline: dt.timedelta(hours=6),
    sweep_photos: dt.timedelta(hours=1),
    check_counts: dt.timedelta(days=1),
}


def reap(now):
    """Put back the jobs of workers that were killed: the library leaves them running for ever. Returns how many."""
    lost = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - LEASE)
    given_up = [job.pk for job in lost if len(job.worker_ids) >= TRIES]
    DBTaskResult.objects.filter(pk__in=given_up).update(status=TaskResultStatus.FAILED, finished_at=now)
    return lost.exclude(pk__in=given_up).update(status=TaskResultStatus.READY, started_at=None)


def housekeeping():
    """What is due every minute: lost jobs put back, old results removed, one job of each kind waiting, seldom ones in time."""
    now = timezone.now()
    reap(now)
    DBTaskResult.objects.filter(finished_at__lt=now - KEPT).delete()
    for job in EVERY_MINUTE:
        if not DBTaskResult.objects.filter(task_path=job.module_path, status=TaskResultStatus.READY).exists():
            job.enqueue()
    for job, apart in SELDOM.items():
        if not DBTaskResult.objects.filter(task_path=job.module_path, enqueued_at__gt=now - apart).exists():
            job.enqueue()
