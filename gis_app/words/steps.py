"""The words of a ticket's life: states, steps, who takes them, what comes of them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    NEW = "new", _("待立案")
    ACCEPTED = "accepted", _("已立案")
    DISPATCHED = "dispatched", _("已派遣")
    WORKING = "working", _("处理中")
    DONE = "done", _("待核查")
    CLOSED = "closed", _("已结案")
    REJECTED = "rejected", _("不予立案")
    SUSPENDED = "suspended", _("已挂账")
    MERGED = "merged", _("已并案")


OPEN_STATES = (State.NEW, State.ACCEPTED, State.DISPATCHED, State.WORKING, State.DONE, State.SUSPENDED)
UNDER_WAY = (State.ACCEPTED, State.DISPATCHED, State.WORKING)
WITH_A_UNIT = (State.DISPATCHED, State.WORKING, State.DONE, State.CLOSED)
LEFT_FOR_A_WHILE = (State.SUSPENDED, State.MERGED)  # a ticket in one of these remembers where it was
ENDED = (State.CLOSED, State.REJECTED, State.MERGED)
UNCOUNTED = (State.REJECTED, State.MERGED)  # a ticket in one of these is no problem of the county's, or one with another

CITIZEN_STATES = {  # how a citizen reads a state
    State.NEW: pgettext_lazy("citizen", "收到了"),
    State.ACCEPTED: pgettext_lazy("citizen", "受理了"),
    State.DISPATCHED: pgettext_lazy("citizen", "已派人"),
    State.WORKING: pgettext_lazy("citizen", "正在办"),
    State.DONE: pgettext_lazy("citizen", "等核查"),
    State.CLOSED: pgettext_lazy("citizen", "办结了"),
    State.REJECTED: pgettext_lazy("citizen", "不能办"),
    State.SUSPENDED: pgettext_lazy("citizen", "先放一放"),
    State.MERGED: pgettext_lazy("citizen", "和别人报的一起办"),
}


class StepName(TextChoices):
    """Steps of a ticket's life, as the person who takes them reads them."""

    OPEN = "open", _("受理")
    ACCEPT = "accept", _("立案")
    REJECT = "reject", _("不予立案")
    MERGE = "merge", _("并案")
    UNMERGE = "unmerge", _("撤销并案")
    SPLIT = "split", _("拆分")
    RELEASE = "release", _("公开")
    WITHHOLD = "withhold", _("不公开")
    DISPATCH = "dispatch", _("派遣")
    ASSIGN = "assign", _("指派")
    RETURN = "return", _("退单")
    RECALL = "recall", _("收回")
    START = "start", _("处理")
    FINISH = "finish", _("反馈")
    SEND_CHECK = "send_check", _("派核")
    CHECK = "check", _("现场核查")
    CLOSE = "close", _("核查结案")
    REWORK = "rework", _("返工")
    ASK_EXTENSION = "ask_extension", _("申请延期")
    GRANT = "grant", _("同意延期")
    REFUSE = "refuse", _("不同意延期")
    SUSPEND = "suspend", _("挂账")
    RESUME = "resume", _("恢复")
    SUPERVISE = "supervise", _("督办")
    ANSWER = "answer", _("回复督办")
    LIFT = "lift", _("解除督办")
    URGE = "urge", _("催办")
    RECLASSIFY = "reclassify", _("改类")
    RELOCATE = "relocate", _("改址")
    RETIME = "retime", _("重算时限")
    CONFIRM = "confirm", _("确认")
    DISPUTE = "dispute", _("异议")
    RATE = "rate", _("评价")
    COMMENT = "comment", _("补充")


CITIZEN_STEPS = {  # how a citizen reads what was done; a step that is absent is not told
    StepName.OPEN: pgettext_lazy("citizen", "您上报了"),
    StepName.ACCEPT: pgettext_lazy("citizen", "受理了"),
    StepName.REJECT: pgettext_lazy("citizen", "这件不能办"),
    StepName.MERGE: pgettext_lazy("citizen", "别人也报了，一起办"),
    StepName.UNMERGE: pgettext_lazy("citizen", "改为单独办"),
    StepName.SPLIT: pgettext_lazy("citizen", "说了不止一件事，分开办"),
    StepName.DISPATCH: pgettext_lazy("citizen", "派给了承办单位"),
    StepName.RETURN: pgettext_lazy("citizen", "换单位办"),
    StepName.RECALL: pgettext_lazy("citizen", "换单位办"),
    StepName.START: pgettext_lazy("citizen", "师傅开始处理"),
    StepName.FINISH: pgettext_lazy("citizen", "单位说办好了"),
    StepName.CLOSE: pgettext_lazy("citizen", "核查过，办结了"),
    StepName.REWORK: pgettext_lazy("citizen", "没办好，重新办"),
    StepName.GRANT: pgettext_lazy("citizen", "办理日期推迟了"),
    StepName.SUSPEND: pgettext_lazy("citizen", "一时办不了，先放一放"),
    StepName.RESUME: pgettext_lazy("citizen", "接着办"),
    StepName.SUPERVISE: pgettext_lazy("citizen", "领导督办"),
    StepName.RECLASSIFY: pgettext_lazy("citizen", "问题改归另一类"),
    StepName.RETIME: pgettext_lazy("citizen", "节假日有变，日期重算了"),
    StepName.CONFIRM: pgettext_lazy("citizen", "上报人说办好了"),
    StepName.DISPUTE: pgettext_lazy("citizen", "上报人说没办好，重新办"),
    StepName.RATE: pgettext_lazy("citizen", "上报人打了分"),
}


class ActorKind(TextChoices):
    MEMBER = "member", _("工作人员")
    CITIZEN = "citizen", _("上报人")
    SYSTEM = "system", _("自动")


CHECKER = "checker"  # no role: whoever holds the open check task of a ticket


class Result(TextChoices):
    OK = "ok", _("办好了")
    NOT_OK = "not_ok", _("没办好")


class Found(TextChoices):
    """What a look at the place found before acceptance, in the words of Result."""

    OK = "ok", _("确有其事")
    NOT_OK = "not_ok", _("没有找到")


class Recheck(TextChoices):
    """What a look at a closed ticket found, long after."""

    OK = "ok", _("办好了")
    NOT_OK = "not_ok", _("没办好")
    UNSURE = "unsure", _("看不出来")


class RejectReason(TextChoices):
    NOT_OURS = "not-ours", _("不归城市管理，另有部门管")
    NOT_FOUND = "not-found", _("现场没有找到这个问题")
    DOUBLE = "double", _("同一件已经在办")
    MENDED = "mended", _("去看时已经好了")
    PRIVATE = "private", _("属于私人之间的事")
    UNCLEAR = "unclear", _("看不明白说的是什么")


class PhotoKind(TextChoices):
    BEFORE = "before", _("处置前")
    AFTER = "after", _("处置后")
    CHECK = "check", _("复查")
