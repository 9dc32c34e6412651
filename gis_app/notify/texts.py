"""What a notice says: one line for each event and receiver, in both languages, and nothing that a receiver may not see."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from gis_app import clock
from gis_app.notify.message import Message
from gis_app.words import Audience, Clock, StepName

DESK, UNIT, WORKER, LEADER, REPORTER = (
    Audience.DESK,
    Audience.UNIT,
    Audience.WORKER,
    Audience.LEADER,
    Audience.REPORTER,
)
SHORTEST, LATIN = 70, 160  # letters of one short message: any, or Latin ones alone
ABOUT = gettext_lazy("%(step)s：%(kind)s，%(where)s。")
SOON = gettext_lazy("时限用了 %(share)d%%：%(kind)s，%(where)s，%(due)s 到期。")
LATE = gettext_lazy("超期了：%(kind)s，%(where)s，%(due)s 到期。")
TEXTS = {  # (step, who hears): the line; None: not told. What is absent is told to staff by the step's name, to reporters not
    (StepName.OPEN, DESK): gettext_lazy("险情：%(kind)s，%(where)s，先看这一件。"),
    (StepName.RETURN, DESK): gettext_lazy("退回来了：%(kind)s，%(where)s，要另派。"),
    (StepName.RECALL, DESK): gettext_lazy("收回来了：%(kind)s，%(where)s，要另派。"),
    (StepName.FINISH, DESK): None,  # it stands on the desk's list
    (StepName.ASK_EXTENSION, DESK): gettext_lazy("申请延期：%(kind)s，%(where)s，等答复。"),
    (StepName.SUPERVISE, DESK): gettext_lazy("督办了：%(kind)s，%(where)s，%(answer)s 前要回复。"),
    (StepName.ANSWER, DESK): gettext_lazy("督办有回复：%(kind)s，%(where)s。"),
    (StepName.DISPUTE, DESK): gettext_lazy("上报人说没办好：%(kind)s，%(where)s，要重新派。"),
    (StepName.CHECK, DESK): gettext_lazy("去看过了：%(kind)s，%(where)s，看到什么在工单里。"),
    (StepName.ANSWER, LEADER): gettext_lazy("督办有回复：%(kind)s，%(where)s。"),
    (StepName.ASSIGN, WORKER): gettext_lazy("指派给您：%(kind)s，%(where)s，%(due)s 前办完。"),
    (StepName.SEND_CHECK, WORKER): gettext_lazy("请去现场看看：%(kind)s，%(where)s。"),
    (StepName.URGE, UNIT): gettext_lazy("催办：%(kind)s，%(where)s，%(due)s 到期。"),
    (StepName.SUPERVISE, UNIT): gettext_lazy("督办：%(kind)s，%(where)s，%(answer)s 前回复。"),
    (StepName.LIFT, UNIT): gettext_lazy("督办解除了：%(kind)s，%(where)s。"),
    (StepName.GRANT, UNIT): gettext_lazy("同意延期：%(kind)s，%(where)s，%(due)s 前办完。"),
    (StepName.REFUSE, UNIT): gettext_lazy("不同意延期：%(kind)s，%(where)s，还是 %(due)s 前办完。"),
    (StepName.MERGE, UNIT): gettext_lazy("并到别的案件一起办：%(kind)s，%(where)s，这一件不用再办。"),
    (StepName.RESUME, UNIT): gettext_lazy("接着办：%(kind)s，%(where)s，%(due)s 前办完。"),
    (StepName.DISPATCH, UNIT): gettext_lazy("派来一件：%(kind)s，%(where)s，%(due)s 前办完。"),
    (StepName.RECALL, UNIT): gettext_lazy("收回了：%(kind)s，%(where)s，不用再办。"),
    (StepName.REWORK, UNIT): gettext_lazy("要返工：%(kind)s，%(where)s，%(due)s 前办完。"),
    (StepName.UNMERGE, UNIT): gettext_lazy("又单独办了：%(kind)s，%(where)s，%(due)s 前办完。"),
    (StepName.SUSPEND, UNIT): gettext_lazy("先挂账：%(kind)s，%(where)s，恢复以前不用办。"),
    (StepName.RETIME, UNIT): gettext_lazy("期限改了：%(kind)s，%(where)s，改为 %(due)s 前办完。"),
    (StepName.CLOSE, UNIT): None,
    (StepName.DISPATCH, REPORTER): gettext_lazy("您报的%(kind)s已派给%(unit)s，%(due)s 前办完。"),
    (StepName.CLOSE, REPORTER): gettext_lazy("您报的%(kind)s办结了。"),
    (StepName.REJECT, REPORTER): gettext_lazy("您报的%(kind)s不能办，原因和该找谁请看查询页。"),
    (StepName.REWORK, REPORTER): gettext_lazy("您报的%(kind)s没办好，已经退回重办。"),
    (StepName.GRANT, REPORTER): gettext_lazy("您报的%(kind)s要晚些，改为 %(due)s 前办完。"),
    (StepName.SUSPEND, REPORTER): gettext_lazy("您报的%(kind)s一时办不了，先放一放，原因请看查询页。"),
    (StepName.RESUME, REPORTER): gettext_lazy("您报的%(kind)s接着办了，%(due)s 前办完。"),
    (StepName.MERGE, REPORTER): gettext_lazy("您报的%(kind)s和别人报的一起办，您的查询码还能查。"),
    (StepName.UNMERGE, REPORTER): gettext_lazy("您报的%(kind)s改为单独办，进展请看查询页。"),
    (StepName.SPLIT, REPORTER): gettext_lazy("您说了不止一件事，分开办，进展请看查询页。"),
    (StepName.RECALL, REPORTER): gettext_lazy("您报的%(kind)s要换单位办，派好了再告诉您。"),
    (StepName.RECLASSIFY, REPORTER): gettext_lazy("您报的问题改归“%(kind)s”，日期可能变了，请看查询页。"),
    (StepName.DISPUTE, REPORTER): gettext_lazy("上报人说%(kind)s没办好，重新受理了，%(due)s 前办完。"),
    (StepName.ACCEPT, REPORTER): None,  # a dispatch follows at once, and says more
    (StepName.START, REPORTER): None,  # these two stand on the page; what came of it is told at the end
    (StepName.FINISH, REPORTER): None,
}
BRIEF = {  # for a telephone, where the whole line with its link is too long
    StepName.DISPATCH: gettext_lazy("您报的事已派人办。"),
    StepName.CLOSE: gettext_lazy("您报的事办结了。"),
    StepName.REJECT: gettext_lazy("您报的事不能办，原因请看："),
    StepName.REWORK: gettext_lazy("您报的事已退回重办。"),
}
NEWS = gettext_lazy("您报的事有进展。")


def template(notice):
    """The line of a notice with its gaps, or None when it is not told."""
    if notice.escalation_id:
        return LATE if notice.escalation.share >= 100 else SOON
    step = notice.event.step
    if step == StepName.OPEN and not notice.ticket.danger:
        return None  # a new report stands on the desk's list; only danger knocks
    return TEXTS.get((step, notice.audience), None if notice.audience == REPORTER else ABOUT)


def gaps(notice):
    """What fills the gaps of a line, in the language of the moment. The place is a village or a town, never nearer."""
    ticket = notice.ticket
    step = notice.event.get_step_display() if notice.event_id else ""
    return {
        "step": step,
        "kind": ticket.category.label if ticket.category else _("问题"),
        "where": str(ticket.village or ticket.town),
        "unit": str(ticket.unit or ticket.proposed),
        "due": clock.printed(due_of(notice)),
        "share": notice.escalation.share if notice.escalation_id else 0,
        "answer": clock.printed(answer) if (answer := ticket.answer_due_at) else "",
    }


def due_of(notice):
    """The date that the notice is about. A reporter is told the county's promise, as on the page, and not the unit's own date."""
    ticket = notice.ticket
    if notice.audience == REPORTER:
        return ticket.due_at or ticket.triage_due_at
    own = {Clock.TRIAGE: ticket.triage_due_at, Clock.UNIT: ticket.unit_due_at, Clock.COUNTY: ticket.due_at}
    named = own.get(notice.escalation.clock) if notice.escalation_id else None
    return named or ticket.unit_due_at or ticket.due_at or ticket.triage_due_at


def line(notice):
    """The one line of a notice in the language of the moment; an empty text when it is not told."""
    told = template(notice)
    return str(told) % gaps(notice) if told else ""


def message(notice, to, language):
    """The Message of a notice for one address."""
    with override(language):
        text, link = line(notice), link_of(notice)
        if notice.audience != REPORTER:
            text = f"{notice.ticket.number} {text}"
        return Message(str(notice.pk), to, text, short(notice, text, link), link, language, facts(notice))


def short(notice, text, link):
    """The text for a telephone: the fullest wording that fits into one message, the link with it for reporters."""
    if notice.audience != REPORTER:
        return text if fits(text) else f"{text[: SHORTEST - 1]}…"
    brief = [str(told) for told in (BRIEF.get(notice.event.step), NEWS) if told]
    wordings = [f"{told} {link}" for told in (text, *brief)] if link else []
    return next(filter(fits, [*wordings, text, *brief]))


def fits(text):
    """Whether one short message holds it."""
    return len(text) <= (LATIN if text.isascii() else SHORTEST)


def link_of(notice):
    """The whole address of the page to go on; empty where the county has not said what its address is."""
    if not settings.PUBLIC_URL:
        return ""
    if notice.audience == REPORTER:
        return settings.PUBLIC_URL + reverse("follow", args=[notice.report.code])
    return settings.PUBLIC_URL + reverse("ticket", args=[notice.ticket.pk])


def facts(notice):
    """What programs are told of a notice: codes and dates, nothing that a person wrote and no exact place."""
    ticket, due = notice.ticket, due_of(notice)
    return {
        "event": notice.event.step if notice.event_id else "escalation",
        "share": notice.escalation.share if notice.escalation_id else None,
        "audience": notice.audience,
        "ticket": ticket.number,
        "state": ticket.state,
        "category": ticket.category.code if ticket.category else None,
        "town": ticket.town.code,
        "unit": ticket.unit.code if ticket.unit else None,
        "due_at": due.astimezone(clock.SHANGHAI).isoformat(),
        "at": (notice.event or notice.escalation).at.astimezone(clock.SHANGHAI).isoformat(),
    }
