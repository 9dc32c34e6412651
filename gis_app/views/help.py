"""Help: for citizens in questions and answers, for staff the way of a ticket, drawn from the table of steps."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from gis_app import diagram, extract
from gis_app.photos import MAX_PHOTOS
from gis_app.workflow.guards import TO_DISPUTE


@require_safe
def help_page(request):
    """What citizens ask."""
    return render(request, "help/citizens.html", {"photos": MAX_PHOTOS, "days": TO_DISPUTE.days})


@require_safe
def workflow_page(request):
    """States and steps as a drawing, in words and as a table."""
    told = {"drawn": diagram.draw(), "edges": diagram.edges(), "rows": diagram.rows(), "common": diagram.nearly_everywhere()}
    return render(request, "help/workflow.html", told)


@require_safe
def data_page(request):
    """What the columns of an export mean."""
    columns = [(column, extract.KINDS[column.kind]) for column in extract.COLUMNS]
    return render(request, "help/data.html", {"columns": columns, "left_out": extract.LEFT_OUT})


@require_safe
def hotspots_page(request):
    """What a red square means, and what it does not."""
    return render(request, "help/hotspots.html")
