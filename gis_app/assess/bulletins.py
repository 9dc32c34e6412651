"""The life of a bulletin (通报): made as often as needed, approved by a second pair of eyes, published under a number, corrected.

Dispatchers and leaders make drafts; leaders approve and publish. Whoever made a draft does not approve it, unless there is no
other leader who could: then the log of acts says so. A published one stays; a correction is another edition with its number.
"""

import datetime as dt
import hashlib

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_app import audit
from gis_app.assess.changes import changes
from gis_app.assess.figures import figures
from gis_app.assess.periods import YEARS, today
from gis_app.errors import BadField, BulletinSettled, FourEyes
from gis_app.models import Bulletin, Member
from gis_app.words import ActName, BulletinKind, Role

LONGEST_REASON = 300


def period_of(kind, text):
    """(first day, last day) of a month (2026-10) or an ISO week (2026-W47) that is over. Raises BadField."""
    form = "%G-W%V-%u" if kind == BulletinKind.WEEK else "%Y-%m"
    try:
        start = dt.datetime.strptime(f"{text}-1" if kind == BulletinKind.WEEK else text, form).date()
    except ValueError:
        start = None
    if start is None or start.year not in YEARS:
        spelled = "2026-W47" if kind == BulletinKind.WEEK else "2026-10"
        raise BadField(field=BulletinKind(kind).label, why=_("要写成 %s 这样。") % spelled)
    end = start + dt.timedelta(days=6)
    if kind == BulletinKind.MONTH:
        end = (start + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    if end >= today(timezone.now()):
        raise BadField(field=BulletinKind(kind).label, why=_("这段时间还没有过完。"))
    return start, end


def make(kind, start, end, by=None):
    """Make the draft of a period, or make it again while it is one. by: a User, None from the shell. Returns the Bulletin.

    Raises BulletinSettled once it is approved or published.
    """
    frozen = figures(kind, start, end)
    with transaction.atomic():
        audit.hold("bulletins")  # of two who make the same one the second makes it again
        last = Bulletin.objects.filter(kind=kind, start=start).order_by("-edition").first()
        if last and last.approved_at:
            raise settled(last)
        row = last or Bulletin(kind=kind, start=start, end=end)
        if row.corrects:
            frozen["changes"] = changed(row.corrects, frozen)
        return kept(row, frozen, by, ActName.DRAFT)


def correct(bulletin, reason, by):
    """Begin the next edition of a published bulletin: a draft made anew, with what differs. Raises BadField, BulletinSettled."""
    reason = " ".join(reason.split())
    if not 2 <= len(reason) <= LONGEST_REASON:
        raise BadField(field=_("为什么更正"), why=_("写一两句，最多 %d 字。") % LONGEST_REASON)
    frozen = figures(bulletin.kind, bulletin.start, bulletin.end)
    with transaction.atomic():
        audit.hold("bulletins")
        if not bulletin.published_at or Bulletin.objects.filter(corrects=bulletin).exists():
            told = {"what": _("这一版不能更正"), "why": _("只有最新发布的一版能更正")}
            raise BulletinSettled(**told, next=_("看看有没有更新的一版"))
        frozen["changes"] = changed(bulletin, frozen)
        told = {"kind": bulletin.kind, "start": bulletin.start, "end": bulletin.end, "edition": bulletin.edition + 1}
        return kept(Bulletin(**told, corrects=bulletin, reason=reason), frozen, by, ActName.DRAFT)


def changed(earlier, frozen):
    """What a correction says of itself: of which edition, and each figure that differs."""
    return {"edition": earlier.edition, "digest": earlier.digest, "rows": changes(earlier.figures, frozen)}


def approve(bulletin, printed, by):
    """Approve a draft: from now on its figures are fixed. printed: keys (board:code) of the proposals to be printed.

    Raises FourEyes, BadField, BulletinSettled.
    """
    with transaction.atomic():
        row = held(bulletin)
        if row.approved_at:
            raise settled(row)
        alone = row.made_by_id == by.pk
        if alone and another_may(by):
            raise FourEyes
        frozen = row.figures
        offered = {key_of(found) for found in frozen["boards"]["proposed"]}
        if strange := sorted(set(printed) - offered):
            raise BadField(field=_("红黑榜"), why=_("没有提议过：%s。") % strange[0])
        frozen["boards"]["printed"] = sorted(printed)
        row.approved_at, row.approved_by = timezone.now(), by
        return kept(row, frozen, by, ActName.APPROVE, **({"alone": True} if alone else {}))


def reopen(bulletin, by):
    """Make an approved bulletin that is not published a draft again. Raises BulletinSettled."""
    with transaction.atomic():
        row = held(bulletin)
        if row.published_at or not row.approved_at:
            raise settled(row)
        row.approved_at = row.approved_by = None
        row.save()
        audit.remember(ActName.REOPEN, about(row), by, digest=row.digest)
    return row


def publish(bulletin, by):
    """Publish an approved bulletin under the next number of the year; a correction under the number of what it corrects.

    Numbers have no gaps: they are given under a lock, in the transaction that publishes. Raises BulletinSettled.
    """
    with transaction.atomic():
        row = held(bulletin)
        if row.published_at or not row.approved_at:
            raise settled(row)
        now = timezone.now()
        row.year, row.serial = (row.corrects.year, row.corrects.serial) if row.corrects else next_number(today(now).year)
        row.published_at, row.published_by = now, by
        row.save()
        audit.remember(ActName.PUBLISH, about(row), by, year=row.year, serial=row.serial, edition=row.edition, digest=row.digest)
    return row


def next_number(year):
    """(year, serial) of the next bulletin that is published in a year; the caller holds the lock."""
    last = Bulletin.objects.filter(year=year).aggregate(last=Max("serial"))["last"]
    return year, (last or 0) + 1


def held(bulletin):
    """The row as it is now; nobody else changes a bulletin before this transaction ends."""
    audit.hold("bulletins")
    return Bulletin.objects.select_related("corrects").get(pk=bulletin.pk)


def kept(row, frozen, by, act, **given):
    """Write a row with what it freezes, and the act. by: who did it; whoever makes a draft is its maker."""
    row.frozen, row.county = audit.canonical(frozen), frozen["county"]["short"]
    row.__dict__.pop("figures", None)
    row.digest = hashlib.sha256(row.frozen.encode()).hexdigest()
    if act == ActName.DRAFT:
        row.made_at, row.made_by = timezone.now(), by
    row.save()
    audit.remember(act, about(row), by, edition=row.edition, digest=row.digest, **given)
    return row


def about(row):
    """How the log of acts names a bulletin."""
    return f"bulletin {row.kind} {row.start}"


def key_of(proposal):
    """What a form calls a proposal for the lists."""
    return f"{proposal['board']}:{proposal['code']}"


def another_may(user):
    """Whether somebody else could approve."""
    leaders = Member.objects.filter(role=Role.LEADER, user__is_active=True)
    return leaders.exclude(user=user).exists()


def settled(row):
    """Why a bulletin does not do what was asked: it is published, approved, or still a draft."""
    if row.published_at:
        told = _("这一期已经发布了"), _("发布了的不再改"), _("有错就发更正：写明原因，出新的一版")
    elif row.approved_at:
        told = _("这一期已经审定了"), _("审定以后数字不再变"), _("还要改，请领导先退回")
    else:
        told = _("这一期还没有审定"), _("审定了才能发布"), _("请领导先审定")
    return BulletinSettled(**dict(zip(("what", "why", "next"), told, strict=True)))
