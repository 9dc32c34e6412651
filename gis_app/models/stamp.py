"""When reference data changed last, so that every process notices without asking for the data again."""

import functools
import threading
import time

from django.conf import settings
from django.db import models

_memories = []  # the functions that remember
_seen = {"until": 0.0, "times": 0, "values": {}}  # the stamps as last asked for, until when they count, how often they were


class Stamp(models.Model):
    """One number for each kind of reference data; it rises with every load."""

    name = models.CharField(max_length=16, primary_key=True)
    value = models.BigIntegerField()

    @classmethod
    def of(cls, name):
        """The stamp of this kind of data; asks the database at most once in STAMP_SECONDS."""
        if time.monotonic() > _seen["until"]:
            values = dict(cls.objects.values_list("name", "value"))
            _seen.update(values=values, until=time.monotonic() + settings.STAMP_SECONDS, times=_seen["times"] + 1)
        return _seen["values"].get(name, 0)

    @classmethod
    def bump(cls, name):
        """Say that this kind of data has changed; every process sees it within STAMP_SECONDS."""
        cls.objects.update_or_create(name=name, defaults={"value": time.time_ns()})
        cls.forget()

    @staticmethod
    def forget():
        """Ask the database again at the next look."""
        _seen["until"] = 0.0


def remembered(*names):
    """Keep what a function without arguments makes of reference data until one of these kinds of data changes."""

    def decorate(make):
        kept, making = {"key": None, "value": None, "times": None}, threading.RLock()

        @functools.wraps(make)
        def look():
            if kept["times"] == _seen["times"] and time.monotonic() <= _seen["until"]:  # nearly always, 200 times for one report
                return kept["value"]
            times = _seen["times"]  # as it is before the stamps are read: another thread may ask for them meanwhile
            key = [Stamp.of(name) for name in names]
            if kept["key"] != key:
                with making:  # many threads find it missing at once; one makes it, the others wait for that
                    if kept["key"] != key:
                        kept.update(value=make(), key=key)
            kept["times"] = times
            return kept["value"]

        _memories.append(look)
        return look

    return decorate


def read_ahead():
    """Make all that is remembered, so that nobody who asks has to wait for it."""
    for look in _memories:
        look()
