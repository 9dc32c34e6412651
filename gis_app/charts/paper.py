"""A chart as a sheet for print."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gis_app import frames
from gis_app.charts.asked import Show
from gis_app.charts.drawn import chart_of, ground_named, total_of
from gis_app.models import Major
from gis_app.words import Task
from layers import printed
from layers.cells import DRAWN, cell_of, square_km

DAYS = "Y-m-d"


def picture(asked, today):
    """PNG bytes: A4 across, the same for the same counts and the same day."""
    chart = chart_of(asked)
    caption = printed.Caption(
        title=_("热力图：%(task)s") % {"task": subject(asked)},
        about=_about(asked, chart),
        heading=chart.heading,
        told=tuple(filter(None, (chart.aside, chart.method, chart.warning, chart.reason, _unplaced(chart)))),
        foot=_("来源：茶乡随手拍的上报，不算不予立案的和并走的；%(day)s 制") % {"day": date_format(today, DAYS)},
        note=_("示意边界，非法定界线") + (f" · {size_of(DRAWN)}" if "cell" in chart.overlay.areas else ""),
        north=_("北"),
        kilometre=_("千米"),
        empty=chart.missing or ("" if len(chart.overlay.areas) else _("这段时间没有上报")),
    )
    return printed.picture(chart.overlay, ground_named(), caption)


def size_of(res):
    """How large a cell is, in words: that of the county's middle, from which its others differ by 2 %."""
    middle = frames.ground().county.centroid
    return _("每格约 %s 平方千米") % f"{square_km(cell_of(middle.x, middle.y, res)):.2g}"


def subject(asked):
    """The task, and the major where one was chosen, in the reader's language."""
    major = Major.objects.filter(code=asked.major).first() if asked.major else None
    return f"{Task(asked.task).label} · {major.label}" if major else Task(asked.task).label


def days(period):
    """The first and the last day of a period in figures."""
    return f"{date_format(period.first, DAYS)} — {date_format(period.last, DAYS)}"


def _about(asked, chart):
    now = _("%(days)s，%(total)s 件") % {"days": days(asked.period), "total": f"{total_of(chart):,}"}
    return _("%(now)s；那一期 %(than)s") % {"now": now, "than": days(asked.than)} if asked.show == Show.CHANGE else now


def _unplaced(chart):
    return _("另有 %d 件只知道镇街，不在格里。") % chart.unplaced if chart.unplaced and "cell" in chart.overlay.areas else ""
