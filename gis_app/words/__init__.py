"""The words that code, pages and database share: choices with their labels."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gis_app.words.figures import (
    FEW_IS_GOOD,
    AppealAnswer,
    Board,
    BulletinKind,
    BulletinState,
    Counted,
    Indicator,
    Side,
)
from gis_app.words.steps import (
    CHECKER,
    CITIZEN_STATES,
    CITIZEN_STEPS,
    ENDED,
    LEFT_FOR_A_WHILE,
    OPEN_STATES,
    UNCOUNTED,
    UNDER_WAY,
    WITH_A_UNIT,
    ActorKind,
    Found,
    PhotoKind,
    Recheck,
    RejectReason,
    Result,
    State,
    StepName,
)

__all__ = [  # those of the ticket's life and of judging stand in modules of their own
    "ActName", "ActorKind", "AppealAnswer", "AreaKind", "Audience", "Board", "BulletinKind", "BulletinState", "CHECKER",
    "CHECKING", "CITIZEN_STATES", "CITIZEN_STEPS", "CategoryKind", "ChannelName", "Claim", "Clock", "Counted",
    "DeliveryState", "ENDED", "EXPOSURES", "EditionKind", "EscalationStep", "FEW_IS_GOOD", "FileStage", "Found", "HoursRule",
    "Indicator", "LEFT_FOR_A_WHILE", "LimitUnit", "LostBy", "MAPPED", "OPEN_STATES", "OUTWARD", "PLACED", "PhotoKind",
    "Precision", "Reading", "Recheck", "RejectReason", "Result", "Retained", "Role", "Scope", "Sealed", "Side", "Source",
    "State", "StepName", "Task", "TownKind", "UNCOUNTED", "UNDER_WAY", "UNSENT", "UnitKind", "WITH_A_UNIT",
]


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
    PEOPLE = "people", _("人口")
    ROADS = "roads", _("道路")


EXPOSURES = (EditionKind.PEOPLE, EditionKind.ROADS)  # what counts are held against, by cell
MAPPED = tuple(kind for kind in EditionKind if kind not in (EditionKind.DUTIES, *EXPOSURES))  # kinds that are names and outlines


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


PLACED = (Precision.POINT, Precision.ADDRESS, Precision.VILLAGE)  # precisions that have a coordinate


class Scope(TextChoices):
    IN = "in", _("归这里管")
    OUT = "out", _("不归这里管")
    EDGE = "edge", _("说不准")


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
