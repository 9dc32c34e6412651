"""The announcement: period, lists, and the public number that will decide, all fixed before anybody can know it."""

import datetime as dt
import hashlib
import math
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import audit, clock
from gis_app.draws import lists
from gis_app.errors import BadField
from gis_app.models import Draw, DrawChecker
from gis_app.words import CHECKING, ActName

LONGEST_PERIOD = 366  # days
FIELDS = {
    "start": gettext_lazy("从哪天"),
    "end": gettext_lazy("到哪天"),
    "period": gettext_lazy("从哪天到哪天"),
    "size": gettext_lazy("抽几件"),
    "roles": gettext_lazy("谁去查"),
    "number_from": gettext_lazy("用什么数"),
    "number_on": gettext_lazy("哪天公布"),
    "due_on": gettext_lazy("最晚查完"),
}
TEXT = """\
closed from: {draw.start}
closed to: {draw.end}
tickets: {tickets}
left out: {draw.left_out}
checkers: {checkers}
size: {draw.size}
lists: {draw.list_digest}
public number: {draw.number_from}
known on: {draw.number_on}
checked by: {draw.due_on}
announced: {at}
seed: SHA-256 of this text and then the public number
"""


def sha(text):
    """SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def today():
    """The day in the county."""
    return timezone.now().astimezone(clock.SHANGHAI).date()


@dataclass(frozen=True)
class Asked:
    """What a leader wants drawn. size: a number of tickets, or a share such as 5%."""

    start: dt.date
    end: dt.date
    size: str
    roles: tuple
    number_from: str
    number_on: dt.date
    due_on: dt.date

    def check(self):
        """Raises BadField."""
        days, ahead = (self.end - self.start).days + 1, _("要晚于今天：今天的数也许已经有人知道了。")
        wrong = {
            "start": "" if days > 0 else _("要在结束那天之前。"),
            "end": "" if self.end < today() else _("要早于今天：还没有过完的日子，名单定不下来。"),
            "period": "" if days <= LONGEST_PERIOD else _("一次最多 %d 天。") % LONGEST_PERIOD,
            "roles": "" if self.roles and set(self.roles) <= set(CHECKING) else _("至少选一种人。"),
            "number_from": "" if 2 <= len(self.number_from) <= 120 else _("写明用哪个公开的数，最多 120 字。"),
            "number_on": "" if self.number_on > today() else ahead,
            "due_on": "" if self.due_on > self.number_on else _("要晚于公布那个数的日子。"),
        }
        for name, why in wrong.items():
            if why:
                raise BadField(field=FIELDS[name], why=why)

    def number_of(self, tickets):
        """How many of so many tickets are to be drawn. Raises BadField."""
        text = self.size.strip().replace("％", "%")
        share, digits = text.endswith("%"), text.removesuffix("%").strip()
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else 0
        if share:
            number = math.ceil(tickets * number / 100) if number <= 100 else 0
        if not 1 <= number <= tickets:
            raise BadField(field=FIELDS["size"], why=_("写一个数，或者百分之几；能抽的有 %d 件。") % tickets)
        return number


def announce(asked, by):
    """Fix both lists and announce the draw. by: a User. Returns the Draw. Raises BadField; then nothing is written."""
    asked.check()
    with transaction.atomic():
        checkers, people = lists.pool(asked.roles)
        tickets, left_out = lists.candidates(asked.start, asked.end, checkers, people)
        if not tickets:
            raise BadField(field=FIELDS["start"], why=_("这些天里没有能抽的：没有结案的，都抽过了，或者谁去查都要回避。"))
        draw = Draw(
            **{name: getattr(asked, name) for name in ("start", "end", "number_from", "number_on", "due_on")},
            roles=list(asked.roles),
            size=asked.number_of(len(tickets)),
            left_out=left_out,
            tickets_csv=lists.as_text(lists.TICKET, tickets),
            checkers_csv=lists.as_text(lists.CHECKER, checkers),
            announced_at=timezone.now(),
            announced_by=by,
        )
        draw.list_digest = sha(draw.tickets_csv + draw.checkers_csv)
        at = draw.announced_at.astimezone(clock.SHANGHAI).isoformat()
        draw.announcement = TEXT.format(draw=draw, tickets=len(tickets), checkers=len(checkers), at=at)
        draw.save()
        DrawChecker.objects.bulk_create([DrawChecker(draw=draw, label=name, user_id=user) for name, user in people.items()])
        audit.remember(ActName.ANNOUNCE, f"draw {draw.pk}", by, lists=draw.list_digest, announcement=sha(draw.announcement))
    return draw
