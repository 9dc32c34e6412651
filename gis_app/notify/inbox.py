"""A person's inbox, and where else the person hears."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from gis_app.errors import BadField
from gis_app.models import Delivery, Reachable
from gis_app.notify.channels import CHANNELS
from gis_app.notify.outbox import ABOUT
from gis_app.words import ChannelName

OWN = (ChannelName.EMAIL, ChannelName.SMS)  # what people enter for themselves; posts to programs are the clerk's
MOST_OWN = 5
UNLIKE = {
    ChannelName.EMAIL: gettext_lazy("这不像邮箱地址。"),
    ChannelName.SMS: gettext_lazy("要十一位的手机号。"),
}


def inbox_of(user):
    """The deliveries in a person's inbox, the newest first, with all that their lines speak of."""
    rows = Delivery.objects.filter(person=user, channel=ChannelName.INBOX).order_by("-pk")
    return rows.select_related(*(f"notice__{name}" for name in ABOUT))


def read(user, pk=None):
    """Mark one as read, or all of them. Returns how many were unread."""
    mine = Delivery.objects.filter(person=user, channel=ChannelName.INBOX, read_at__isnull=True)
    return (mine.filter(pk=pk) if pk else mine).update(read_at=timezone.now())


@transaction.atomic
def hear_at(user, channel, to):
    """Let a person hear at an address of their own, too; the language is the one the person reads. Raises BadField."""
    if channel not in OWN:
        raise BadField(field="channel", why=_("只能是：%s。") % "、".join(OWN))
    if not CHANNELS[channel].takes(to):
        raise BadField(field="to", why=str(UNLIKE[channel]))
    if Reachable.objects.filter(user=user).count() >= MOST_OWN:
        raise BadField(field="to", why=_("一个人最多 %d 个地址，先去掉一个。") % MOST_OWN)
    language = "en" if (get_language() or "").startswith("en") else "zh-hans"
    return Reachable.objects.get_or_create(user=user, unit=None, channel=channel, to=to, defaults={"language": language})[0]
