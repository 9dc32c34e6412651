"""The list for the weekly meeting, as a page to print and as a spreadsheet."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gis_app import access, exports, meeting
from gis_app.words import Role

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLES = {
    "supervised": (_("督办"), _("没有督办的。")),
    "late": (_("超期"), _("没有超期的。")),
    "longest": (_("最久未结"), _("没有在办的。")),
}


@require_safe
@access.roles_only(Role.LEADER, Role.DISPATCHER)
def page(request):
    """The list of this moment."""
    agenda = meeting.agenda()
    for ticket in (ticket for _name, rows in meeting.lists(agenda) for ticket in rows if ticket.supervised):
        ticket.answer = meeting.answer_of(ticket, agenda.at)
    context = {
        "actor": access.actor_of(request.user),
        "agenda": agenda,
        "lists": [(name, *TITLES[name], rows) for name, rows in meeting.lists(agenda)],
        "overdue": sum(row["overdue"] for row in agenda.units),
        "unlisted": agenda.late_number - len(agenda.late),
        "now": agenda.at,
    }
    return render(request, "lead/meeting.html", context)


@require_safe
@access.roles_only(Role.LEADER, Role.DISPATCHER)
def sheet(request):
    """The same as a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="meeting.xlsx"', "Cache-Control": "private, no-store"}
    return HttpResponse(exports.meeting_workbook(meeting.agenda()), content_type=SHEET, headers=headers)
