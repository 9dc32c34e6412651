"""Background jobs. Each may run twice: they look at the state before they act."""

import datetime as dt

from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from gis_app import automatic, escalation, notify, tally
from gis_app.models import Visit

LEASE = dt.timedelta(minutes=10)  # longer than any job takes
TRIES = 3
KEPT = dt.timedelta(days=7)


@task()
def fold_counts():
    """Fold the counts that steps have appended."""
    return tally.fold()


@task()
def forget_visits():
    """Remove what was kept to slow down floods of posts."""
    return Visit.objects.filter(minute__lt=timezone.now() - dt.timedelta(hours=1)).delete()[0]


@task()
def dispatch_automatically():
    """Send what is beyond doubt, of categories that are switched on; draw the sample of the days that have ended."""
    return automatic.run(), automatic.draw_missing()


@task()
def tell():
    """Find out who hears of what is new, and send what is due."""
    return notify.address(), notify.deliver(), notify.forget_old()


@task()
def escalate():
    """Tell of time that runs out."""
    return escalation.sweep()


EVERY_MINUTE = (fold_counts, forget_visits, dispatch_automatically, tell)
SELDOM = {escalate: dt.timedelta(minutes=5)}  # job: how long after the last one was asked for


def reap(now):
    """Put back the jobs of workers that were killed: the library leaves them running for ever. Returns how many."""
    lost = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - LEASE)
    given_up = [job.pk for job in lost if len(job.worker_ids) >= TRIES]
    DBTaskResult.objects.filter(pk__in=given_up).update(status=TaskResultStatus.FAILED, finished_at=now)
    return lost.exclude(pk__in=given_up).update(status=TaskResultStatus.READY, started_at=None)


def housekeeping():
    """What is due every minute: lost jobs put back, old results removed, of each kind of job one that waits, seldom ones in time."""
    now = timezone.now()
    reap(now)
    DBTaskResult.objects.filter(finished_at__lt=now - KEPT).delete()
    for job in EVERY_MINUTE:
        if not DBTaskResult.objects.filter(task_path=job.module_path, status=TaskResultStatus.READY).exists():
            job.enqueue()
    for job, apart in SELDOM.items():
        if not DBTaskResult.objects.filter(task_path=job.module_path, enqueued_at__gt=now - apart).exists():
            job.enqueue()
