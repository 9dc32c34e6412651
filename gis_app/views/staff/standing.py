"""How a ticket stands beside its state: an order, a request for more time, a pause, its kin, who was sent to look."""

from gis_app.words import StepName


def standing(ticket, events, others, now):
    """What a ticket's page says above everything else, as a dict; what does not hold is None or empty.

    events: newest first, with `said` and `by_leader`. others: workflow.Others of the ticket.
    """
    return {
        "order": order(ticket, events, now),
        "asked": _told(events, StepName.ASK_EXTENSION) | {"until": ticket.asked_until} if ticket.asked_until else None,
        "paused": _told(events, StepName.SUSPEND) | {"until": ticket.suspended_until} if ticket.suspended_at else None,
        "into": kin(ticket.merged_into_id, others),
        "part_of": kin(ticket.split_from_id, others),
        "merged": others.merged,
        "parts": others.parts,
        "checker": ticket.checker,
    }


def order(ticket, events, now):
    """The order that stands: its words, from whom, by when, and what was answered; None without one."""
    if not ticket.supervised:
        return None
    answer = _told(events, StepName.ANSWER)["words"] if ticket.answered_at else ""
    overdue = not ticket.answered_at and now > ticket.answer_due_at
    given = _event(events, StepName.SUPERVISE)
    from_leader = bool(given and given.by_leader)
    return _told(events, StepName.SUPERVISE) | {
        "from_leader": from_leader,
        "from_desk": bool(given and given.user_id) and not from_leader,
        "answer": answer,
        "overdue": overdue,
    }


def kin(pk, others):
    """Another ticket by its number, with its row where one may see it; None without one."""
    if pk is None:
        return None
    row = others.above.get(pk)
    return {"number": f"X{pk:07d}", "row": row}


def _event(events, step):
    return next((event for event in events if event.step == step), None)


def _told(events, step):
    event = _event(events, step)
    return {"words": event.said.text if event and event.said else "", "at": event and event.at}
