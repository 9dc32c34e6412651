"""What a clerk's pages show of editions: which are in use, how one was read, what is wrong with it, what it would change."""

import re
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app import loading
from gis_app.frames import latin
from gis_app.loading import told
from gis_app.loading.codes import KINDS
from gis_app.loading.moves import names
from gis_app.models import Act, Address, Boundary, Edition
from gis_app.models.unit import in_language
from gis_app.views.staff import year
from gis_app.views.staff.upload import SYSTEMS
from gis_app.words import MAPPED, ActName, EditionKind

SHOWN, FEW = 200, 12  # tickets on a page, and at most in one batch; rows of a list before it is folded
ACTS = 20
MOVING = (EditionKind.TOWNS, EditionKind.VILLAGES, EditionKind.GRIDS, EditionKind.ZONES)  # kinds that a ticket's place follows
WANTED = {  # what a file of each kind is for, and what must be in it
    EditionKind.TOWNS: gettext_lazy("铺满全县，不留空隙，不重叠。上报先看落在哪个镇街。"),
    EditionKind.VILLAGES: gettext_lazy("村和社区的范围，不重叠。"),
    EditionKind.GRIDS: gettext_lazy("网格员的责任范围；可以写所属镇街和网格员账号。"),
    EditionKind.UNIT_GRIDS: gettext_lazy("单元网格，15 位编码，前 12 位是村社。"),
    EditionKind.ZONES: gettext_lazy("单位包联的路段或片区；路段可以是线，写上宽度。"),
    EditionKind.ADDRESSES: gettext_lazy("小区、桥、市场这些名字；CSV，要有名称、经度、纬度三列。"),
}
ORDER = ("doubled", "provisional", "new", "pinyin", "alias", "short", "name", "code")  # the doubtful first
SURE = ("code", "name")
PARTS = ("town", "village", "grid", "zones")


@dataclass(frozen=True)
class Kind:
    """One kind of boundaries on the clerk's page."""

    kind: str
    wanted: str
    now: Edition | None
    others: list

    @property
    def label(self):
        return EditionKind(self.kind).label


def kinds():
    """[Kind] with their editions, newest first; each edition with `size`, `sketched` and `hard`. Three queries."""
    counted = {"n": Count("pk"), "sketched": Count("pk", filter=Q(synthetic=True))}
    areas = Boundary.objects.order_by().values_list("edition").annotate(**counted)
    sizes = {pk: (n, sketched) for pk, n, sketched in areas}
    sizes |= {pk: (n, 0) for pk, n in Address.objects.order_by().values_list("edition").annotate(n=Count("pk"))}
    rows = (
        Edition.objects.filter(kind__in=MAPPED)
        .defer("report")
        .annotate(hard=KeyTransform("hard", "report"))
        .order_by("-loaded_at", "-pk")
    )
    found = {kind: [] for kind in MAPPED}
    for row in rows:
        row.size, row.sketched = sizes.get(row.pk, (0, 0))
        found[row.kind].append(row)
    return [_kind(kind, some) for kind, some in found.items()]


def _kind(kind, rows):
    now = next((row for row in rows if row.active), None)
    before = next((row for row in rows if now and row.pk == now.before_id), None)
    if now:
        now.goes_back_to = before
    return Kind(kind, WANTED[kind], now, [row for row in rows if not row.active])


# ---- one edition


@dataclass(frozen=True)
class Verdict:
    """Whether an edition can be used, as its page says it. name: used, fit, unsure, unfit."""

    name: str
    what: str
    why: list


def verdict_of(edition):
    """The Verdict on an edition."""
    if edition.active:
        return Verdict("used", _("已在用"), [])
    if wrong := loading.hard_faults(edition):
        return Verdict("unfit", _("不能启用"), wrong)
    if unsure := loading.doubts(edition):
        return Verdict("unsure", _("要坚持才能启用"), unsure)
    return Verdict("fit", _("可以启用"), [])


def read_as(report):
    """[(what, words)] of how a file was read."""
    crs = report.get("crs", "")
    if not crs:
        return []
    columns = report.get("columns") or {}
    facts = [(_("坐标系"), f"{system_name(crs)} · {told.CRS_FROM[report.get('crs_from', 'file')]}")]
    if fits := report.get("fits"):
        best = sorted(fits.items(), key=lambda each: -each[1])[:3]
        facts.append((_("试过的坐标系"), _("、").join(f"{system_name(name)} {share:.1%}" for name, share in best)))
    facts += [(label, columns[what]) for what, label in (("code", _("编号列")), ("name", _("名称列"))) if columns.get(what)]
    return facts


def system_name(crs):
    """A coordinate system as people call it."""
    return str(dict(SYSTEMS).get(crs) or (crs if len(crs) < 60 else f"{crs[:57]}…"))


def matched(report):
    """(rows that a person should look at, the rest) of how each area was matched, the doubtful first."""
    rows = [row | {"told": str(told.HOW[row["how"]])} for row in report.get("rows", ())]
    rows.sort(key=lambda row: (ORDER.index(row["how"]), row["row"]))
    return [row for row in rows if row["how"] not in SURE], [row for row in rows if row["how"] in SURE]


def faults_of(edition, called):
    """Remaining faults as the page tells them; their number is the mark on the map."""
    hard = KINDS[edition.kind].hard if edition.kind in KINDS else ()
    return [
        _fault(fault, called) | {"number": number, "hard": fault["kind"] in hard}
        for number, fault in enumerate(edition.report.get("faults", ()), 1)
    ]


def repairs_of(report, called):
    """(how many repeated points were taken out, what was mended, what was closed as [(what, n, area)])."""
    repairs = report.get("repairs", ())
    points = sum(int(fault["m2"]) for fault in repairs if fault["kind"] == "repeated")
    mended = [_fault(fault, called) for fault in repairs if fault["kind"] != "repeated"]
    closed = [(str(told.FAULTS[kind]), n, area(m2)) for kind, (n, m2) in report.get("closed", {}).items()]
    return points, mended, closed


def _fault(fault, called):
    return {
        "told": str(told.FAULTS[fault["kind"]]),
        "area": area(fault["m2"]) if fault["m2"] else "",
        "width": length(fault["width"]) if fault.get("width") else "",
        "at": f"{fault['lon']:.6f}, {fault['lat']:.6f}",
        "who": [called.get(code, code) for code in fault["codes"]],
    }


def area(m2):
    """1,250 平方米, 3.41 平方千米."""
    if m2 < 100_000:
        return _("%s 平方米") % f"{m2:,.0f}"
    return _("%s 平方千米") % f"{m2 / 1e6:,.2f}"


def length(metres):
    """374.6 米, 17.2 千米."""
    return _("%s 米") % f"{metres:,.1f}" if metres < 1000 else _("%s 千米") % f"{metres / 1000:,.1f}"


def land_of(change, called):
    """Land that changes hands by pairs of areas, most first: from, to, area, how many pieces, the first one's number."""
    pairs = {}
    for number, (was, now, m2, _shape) in enumerate(change.land):
        pair = pairs.setdefault((was, now), {"m2": 0, "pieces": 0, "first": number, "largest": 0})
        pair["m2"], pair["pieces"] = pair["m2"] + m2, pair["pieces"] + 1
        if m2 > pair["largest"]:
            pair["largest"], pair["first"] = m2, number
    rows = [
        {"was": called.get(was, was), "now": called.get(now, now), "area": area(pair["m2"]), **pair}
        for (was, now), pair in pairs.items()
    ]
    return sorted(rows, key=lambda row: -row["m2"])


def move_row(move, called):
    """A ticket that would move, without a word of what was said."""
    changed = [part for part in PARTS if move.was[part] != move.now[part]]
    return {
        "number": move.ticket.number,
        "places": [(_names(move.was[part], called), _names(move.now[part], called)) for part in changed],
        "units": (move.unit_was, move.unit_now) if move.changes_unit else None,
        "outside": move.now["town"] is None,
    }


def _names(value, called):
    codes = value if isinstance(value, tuple | list) else filter(None, [value])
    return _("、").join(called.get(code, code) for code in codes) or _("无")


def called_by(edition=None):
    """{code: name} of all areas, towns in the letters that the map writes."""
    return {code: in_language(name, latin(name)) if len(code) == 9 else name for code, name in names(edition).items()}


def sheet_of(edition):
    """Everything that an edition's page shows."""
    called = called_by(edition)
    doubtful, sure = matched(edition.report)
    points, mended, closed = repairs_of(edition.report, called)
    drawn = Q(edition=edition) | Q(edition__kind=EditionKind.TOWNS, edition__active=True)
    return changes_of(edition, called) | {
        "verdict": verdict_of(edition),
        "facts": read_as(edition.report),
        "doubtful": doubtful,
        "sure": sure,
        "faults": faults_of(edition, called),
        "sums": [(str(told.FAULTS[kind]), n, area(m2)) for kind, (n, m2) in edition.report.get("sums", {}).items()],
        "points": points,
        "mended": mended,
        "closed": closed,
        "sketched": Boundary.objects.filter(drawn, synthetic=True).exists(),
        "named": edition.kind == EditionKind.ADDRESSES,
        "kept_because": loading.kept_because(edition),
        "follows": edition.kind in MOVING,
    }


def changes_of(edition, called):
    """What an edition's page shows of what using it would change."""
    change = loading.change_of(edition)
    moving = change.tickets if edition.kind in MOVING else []
    return {
        "vanished": [(code, called.get(code, name)) for code, name in change.vanished],
        "fresh": [(code, called.get(code, name)) for code, name in change.fresh],
        "land": land_of(change, called),
        "land_names": {code: called.get(code, code) for pair in change.land for code in pair[:2] if code},
        "land_area": area(sum(m2 for _was, _now, m2, _shape in change.land)),
        "moves": [move_row(move, called) for move in moving[:SHOWN]],
        "moving": len(moving),
        "to_others": sum(move.changes_unit for move in moving),
    }


def shapes_of(edition):
    """GeoJSON of a report's map: outlines, faults and land that changes hands; of addresses their points."""
    if edition.kind != EditionKind.ADDRESSES:
        return told.on_a_map(edition, loading.redrawn(edition))
    rows = Address.objects.filter(edition=edition).order_by("pk").values_list("name", "point")
    return {"type": "FeatureCollection", "features": [_named_point(name, point) for name, point in rows]}


def _named_point(name, point):
    at = [round(each, 6) for each in point.coords]
    properties = {"layer": "place", "name": name}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": at}}


# ---- what was done


def acts():
    """[(Act, words)] of what staff did last, newest first."""
    done = Act.objects.exclude(act__in=(ActName.LOOK, ActName.RECHECK, ActName.EXPORT)).select_related("user").order_by("-seq")
    return [(act, act_words(act)) for act in done[:ACTS]]


def act_words(act):
    """One act as a sentence."""
    given, found = act.given, re.fullmatch(r"edition (\d+) of (\w+)", act.about)
    if act.act == ActName.CALENDAR:
        return year.act_words(given)
    if act.act == ActName.RELOCATE:
        return _("改址 %(moved)d 件，%(left)d 件没动") % {name: len(given.get(name, ())) for name in ("moved", "left")}
    if act.about.startswith("hotline file ") and act.act == ActName.LOAD:
        told = {"file": given.get("file", "")} | {name: given.get(name, 0) for name in ("stored", "repeats", "refused")}
        return (HOTLINE_DONE if "stored" in given else HOTLINE_BEGUN) % told
    if not found or found[2] not in EditionKind.values:
        return f"{act.get_act_display()} {act.about}"
    named = {"pk": found[1], "kind": EditionKind(found[2]).label, "before": given.get("before")}
    named |= {"file": given.get("file", ""), "rows": given.get("rows", 0)}
    if act.act == ActName.ROLL_BACK and str(named["before"]) == named["pk"]:
        return _("第 %(pk)s 版%(kind)s不用了") % named
    return (FIRST if act.act == ActName.ACTIVATE and not named["before"] else SENTENCES[act.act]) % named + _insisted(given)


def _insisted(given):
    reasons = [loading.worded(reason) for reason in given.get("insisted") or ()]
    return _("；坚持启用，因为：%s") % _("；").join(reasons) if reasons else ""


HOTLINE_BEGUN = gettext_lazy("开始装热线文件 %(file)s")
HOTLINE_DONE = gettext_lazy("装完热线文件 %(file)s：装入 %(stored)d 行，重复 %(repeats)d 行，退回 %(refused)d 行")
FIRST = gettext_lazy("启用第 %(pk)s 版%(kind)s")
SENTENCES = {
    ActName.LOAD: gettext_lazy("装入第 %(pk)s 版%(kind)s：%(file)s，%(rows)d 条"),
    ActName.ACTIVATE: gettext_lazy("启用第 %(pk)s 版%(kind)s，换下第 %(before)s 版"),
    ActName.FORGET: gettext_lazy("删除第 %(pk)s 版%(kind)s：%(file)s，%(rows)d 条，没有启用过"),
    ActName.ROLL_BACK: gettext_lazy("撤回到第 %(pk)s 版%(kind)s，换下第 %(before)s 版"),
}
