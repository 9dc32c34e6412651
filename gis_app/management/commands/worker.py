"""The job worker, with the housekeeping that the library leaves to others."""

import logging
import threading

from django.db import close_old_connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from gis_app.management import Command as Told
from gis_app.tasks import housekeeping

logger = logging.getLogger(__name__)
MINUTE = 60


class Command(Told):
    help = "Run background jobs until stopped."

    def handle(self, *args, **options):
        stopped = threading.Event()
        threading.Thread(target=keep_house, args=(stopped,), daemon=True).start()
        worker = Worker(
            queue_names=["default"],
            interval=1,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        worker.configure_signals()
        try:
            worker.run()
        finally:
            stopped.set()


def keep_house(stopped):
    """Do what is due, every minute, whatever happened the minute before."""
    while not stopped.is_set():
        try:
            close_old_connections()
            housekeeping()
        except Exception:
            logger.exception("housekeeping failed; it is tried again in a minute")
        stopped.wait(MINUTE)
