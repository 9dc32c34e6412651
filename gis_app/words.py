"""The words that code, pages and database share: choices with their labels."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TownKind(TextChoices):
    STREET = "街道", _("街道")
    TOWN = "镇", _("镇")
    OTHER = "其他", _("其他")  # a county or a district in a file of wider scope


class EditionKind(TextChoices):
    TOWNS = "towns", _("镇街边界")
    VILLAGES = "villages", _("村社边界")
    GRIDS = "grids", _("责任网格")
    UNIT_GRIDS = "unit_grids", _("单元网格")
    ZONES = "zones", _("包联路段")
    ADDRESSES = "addresses", _("地名")
    DUTIES = "duties", _("职责")


MAPPED = tuple(kind for kind in EditionKind if kind != EditionKind.DUTIES)  # kinds of editions that lie on a map


class UnitKind(TextChoices):
    TOWN = "town", _("镇政府、街道办")
    DEPARTMENT = "department", _("部门")
    DESK = "desk", _("专班")


class Role(TextChoices):
    DISPATCHER = "dispatcher", _("派遣员")
    UNIT = "unit", _("承办单位")
    WORKER = "worker", _("网格员")
    LEADER = "leader", _("领导")
    CLERK = "clerk", _("管理员")
    ANALYST = "analyst", _("分析员")


CHECKING = (Role.UNIT, Role.WORKER, Role.DISPATCHER)  # roles whose holders may be drawn to look at closed tickets


class Task(TextChoices):
    """The county's tasks that this service works for."""

    SIX = "六", _("优化生活环境")
    EIGHT = "八", _("保护生态环境")
    SEVEN = "七", _("城市生命线与应急")
    NINE = "九", _("农村人居环境")


class CategoryKind(TextChoices):
    PART = "部件", _("部件")
    EVENT = "事件", _("事件")


class LimitUnit(TextChoices):
    HOURS = "工作时", _("工作时")
    DAYS = "工作日", _("工作日")
    ROUND_THE_CLOCK = "紧急工作时", _("紧急工作时")


class HoursRule(TextChoices):
    """What a row of office hours rules: a span of every working day, or a time that somebody has."""

    OFFICE = "office", _("办公时间")
    TRIAGE = "triage", _("受理时限")
    TRIAGE_DANGER = "triage_danger", _("险情受理时限")
    NO_CATEGORY = "no_category", _("小类未定时的时限")


class AreaKind(TextChoices):
    """Areas a duty can hold for, smallest first: the smaller one wins."""

    ZONE = "zone", _("包联路段")
    GRID = "grid", _("责任网格")
    VILLAGE = "village", _("村社")
    TOWN = "town", _("镇街")
    COUNTY = "county", _("全县")


class Claim(TextChoices):
    """How many units claim a kind of problem in a place by duties that fit equally well."""

    EMPTY = "empty", _("没人管")
    ONE = "one", _("有人管")
    DOUBLE = "double", _("重复")


class LostBy(TextChoices):
    """Why a duty that speaks of a kind and a place as well did not win, in the order in which that is decided."""

    ANY_CATEGORY = "any-category", _("写的是任何类别，写明类别的优先")
    LARGER_AREA = "larger-area", _("范围更大，范围小的优先")
    WIDER_CATEGORY = "wider-category", _("写的是整个大类，写明小类的优先")
    OLDER_DOCUMENT = "older-document", _("文件更早，后来的文件优先")
    UNIT_CODE = "unit-code", _("别的都一样，单位编号小的优先")
    ROW = "row", _("同一个单位写了不止一行")


class Source(TextChoices):
    PAGE = "page", _("网页上报")
    API = "api", _("接口")
    WORKER = "worker", _("巡查")
    HOTLINE = "hotline", _("热线")
    DEMO = "demo", _("示例数据")


class Precision(TextChoices):
    POINT = "point", _("坐标")
    ADDRESS = "address", _("地名")
    VILLAGE = "village", _("村社")
    TOWN = "town", _("镇街")


class Reading(TextChoices):
    """What came of reading a place out of words."""

    ONE = "one", _("一处")
    AMBIGUOUS = "ambiguous", _("不止一处")
    OUTSIDE = "outside", _("县外")
    NONE = "none", _("没有地名")


class Scope(TextChoices):
    IN = "in", _("归这里管")
    OUT = "out", _("不归这里管")
    EDGE = "edge", _("说不准")


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
PLACED = (Precision.POINT, Precision.ADDRESS, Precision.VILLAGE)  # precisions that have a coordinate

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


class ActName(TextChoices):
    """What staff do outside a ticket that must be remembered."""

    LOAD = "load", _("装入")
    ACTIVATE = "activate", _("启用")
    ROLL_BACK = "roll_back", _("撤回")
    RELOCATE = "relocate", _("批量改址")
    AUTOMATIC = "automatic", _("自动派遣")
    LOOK = "look", _("看原文")
    FORGET = "forget", _("删除")
    CALENDAR = "calendar", _("改日历")
    REACH = "reach", _("发消息")
    ANNOUNCE = "announce", _("公告抽查")
    DRAW = "draw", _("抽查")
    RECHECK = "recheck", _("复查")
    EXPORT = "export", _("导出")
    DRAFT = "draft", _("起草通报")
    APPROVE = "approve", _("审定通报")
    REOPEN = "reopen", _("退回通报")
    PUBLISH = "publish", _("发布通报")
    APPEAL = "appeal", _("申诉")
    ANSWER = "answer", _("答复申诉")


class Sealed(TextChoices):
    """What the root of a day lists."""

    TICKETS = "tickets", _("案件")
    REPORTS = "reports", _("上报")


class Retained(TextChoices):
    """What is personal and kept for a time."""

    CONTACT = "contact", _("联系方式")
    WORDS = "words", _("原话")
    PHOTOS = "photos", _("照片")
    VISITS = "visits", _("访问次数")
    SUBMISSIONS = "submissions", _("提交编号")
    LOOKS = "looks", _("查看记录")
    HOTLINE = "hotline", _("热线文件")


class FileStage(TextChoices):
    """How far a file of the hotline is that a clerk has sent."""

    LOOKING = "looking", _("正在试读")
    LOOKED = "looked", _("看过，没有装")
    IMPORTING = "importing", _("正在装")
    DONE = "done", _("装完了")
    DROPPED = "dropped", _("没有装，删了")
    BROKEN = "broken", _("读不下去了")


class Audience(TextChoices):
    """Whom a notice is for."""

    DESK = "desk", _("派遣台")
    UNIT = "unit", _("承办单位")
    WORKER = "worker", _("网格员")
    LEADER = "leader", _("领导")
    REPORTER = "reporter", _("上报人")


class ChannelName(TextChoices):
    """The ways on which a notice reaches somebody."""

    INBOX = "inbox", _("收件箱")
    EMAIL = "email", _("邮件")
    SMS = "sms", _("短信")
    WEBHOOK = "webhook", _("网络接口")


OUTWARD = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.WEBHOOK)  # channels that leave the house


class DeliveryState(TextChoices):
    WAITING = "waiting", _("等着发")
    SENT = "sent", _("发出了")
    FAILED = "failed", _("对方不收")
    DEAD = "dead", _("发不出去")


UNSENT = (DeliveryState.FAILED, DeliveryState.DEAD)  # nothing more happens unless somebody says so


class Clock(TextChoices):
    """The clocks of a ticket; one of them matters at a time."""

    TRIAGE = "triage", _("立案期限")
    UNIT = "unit", _("单位办理")
    COUNTY = "county", _("全程")


class EscalationStep(TextChoices):
    """What happens by itself when so much of the time is used."""

    NONE = "none", _("只通知")
    URGE = "urge", _("催办")
    SUPERVISE = "supervise", _("督办")


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
