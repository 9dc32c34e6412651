"""The words of judging: indicators and their counts, lists, bulletins, appeals."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Indicator(TextChoices):
    """What work is judged by, as the national standard names it; the last one is found by drawn re-checks."""

    FILED = "filed", _("立案率")
    DISPATCHED_RIGHT = "dispatched_right", _("派遣准确率")
    HANDLED = "handled", _("处置率")
    HANDLED_IN_TIME = "handled_in_time", _("按期处置率")
    CLOSED = "closed", _("结案率")
    CLOSED_IN_TIME = "closed_in_time", _("按期结案率")
    REWORKED = "reworked", _("返工率")
    SATISFIED = "satisfied", _("满意率")
    RECHECKED = "rechecked", _("复查合格率")


class Counted(TextChoices):
    """The counts behind the indicators."""

    REPORTED = "reported", pgettext_lazy("count", "上报")
    FILED = "filed", pgettext_lazy("count", "立案")
    DISPATCHED = "dispatched", pgettext_lazy("count", "派遣")
    RETURNED = "returned", pgettext_lazy("count", "退单")
    RIGHT = "right", pgettext_lazy("count", "未退单")
    TO_HANDLE = "to_handle", pgettext_lazy("count", "应处置")
    HANDLED = "handled", pgettext_lazy("count", "处置")
    HANDLED_IN_TIME = "handled_in_time", pgettext_lazy("count", "按期处置")
    DUE = "due", pgettext_lazy("count", "应结案")
    SUSPENDED = "suspended", pgettext_lazy("count", "缓办")
    TO_CLOSE = "to_close", pgettext_lazy("count", "应结案（除缓办）")
    CLOSED = "closed", pgettext_lazy("count", "结案")
    CLOSED_IN_TIME = "closed_in_time", pgettext_lazy("count", "按期结案")
    FINISHED = "finished", pgettext_lazy("count", "反馈")
    REWORKED = "reworked", pgettext_lazy("count", "返工")
    RATED = "rated", pgettext_lazy("count", "评价")
    SATISFIED = "satisfied", pgettext_lazy("count", "满意")
    OPEN = "open", pgettext_lazy("count", "在办")
    LATE = "late", pgettext_lazy("count", "超期")
    SUPERVISED = "supervised", pgettext_lazy("count", "督办")


FEW_IS_GOOD = (Indicator.REWORKED,)  # the less the better


class Side(TextChoices):
    """Where a share lies, seen from the county's."""

    LOW = "low", _("偏低")
    WITHIN = "within", _("在范围内")
    HIGH = "high", _("偏高")
    FEW = "few", _("件数太少")


class Board(TextChoices):
    """The lists on which a unit may be proposed (红黑榜)."""

    RED = "red", _("红榜")
    BLACK = "black", _("黑榜")


class BulletinKind(TextChoices):
    WEEK = "week", _("周通报")
    MONTH = "month", _("月通报")


class BulletinState(TextChoices):
    DRAFT = "draft", _("草稿")
    APPROVED = "approved", _("已审定")
    PUBLISHED = "published", _("已发布")


class AppealAnswer(TextChoices):
    GRANTED = "granted", _("同意")
    REFUSED = "refused", _("不同意")
