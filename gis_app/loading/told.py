"""An edition and what using it would change, told to a clerk: as lines of text, as JSON and as shapes on a map."""

import json

import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_app.loading.doubts import doubts, hard_faults
from gis_app.loading.moves import names
from gis_app.locate.points import outlines_of
from gis_app.models import Boundary
from gis_app.words import EXPOSURES

SHOWN = 20  # rows of each list in a text; the JSON has all
SIMPLE = 0.0002  # degrees by which outlines on the map page are drawn more simply, about 20 m
FAULTS = {
    "repeated": gettext_lazy("重复的点"),
    "repaired": gettext_lazy("自相交的环"),
    "sliver": gettext_lazy("碎片"),
    "gap": gettext_lazy("空隙"),
    "overlap": gettext_lazy("重叠"),
    "outside": gettext_lazy("伸出县界"),
    "digits": gettext_lazy("编码位数不对"),
    "doubled": gettext_lazy("编码重复"),
    "unknown": gettext_lazy("编码的村社不认识"),
    "crossing": gettext_lazy("跨了村社的边"),
    "size": gettext_lazy("面积离一万平方米太远"),
}
HOW = {
    "code": gettext_lazy("按编号对上"),
    "name": gettext_lazy("按名称对上"),
    "short": gettext_lazy("按简称对上"),
    "alias": gettext_lazy("按别名对上"),
    "pinyin": gettext_lazy("按读音对上"),
    "new": gettext_lazy("名单里没有，用文件里的编号"),
    "provisional": gettext_lazy("没有对上，用临时编号"),
    "doubled": gettext_lazy("和别的一块争同一个，用临时编号"),
}
READ = {  # of people and roads, by what the file holds
    "lines": gettext_lazy("道路 %(read)s 段，县内 %(km)s 千米，分在 %(cells)s 格"),
    "areas": gettext_lazy("%(read)s 块，共 %(given)s 人，按面积匀开；县内 %(people)s 人，分在 %(cells)s 格"),
    "points": gettext_lazy("%(read)s 个点，共 %(given)s 人；县内 %(people)s 人，分在 %(cells)s 格"),
    "villages": gettext_lazy("%(read)s 个村社，共 %(given)s 人；有边界的按面积匀开，没有的记在村社的点上，分在 %(cells)s 格"),
    "squares": gettext_lazy("栅格里看了 %(read)s 个方格，县内 %(people)s 人，分在 %(cells)s 格"),
}
CRS_FROM = {
    "given": gettext_lazy("您指定的"),
    "file": gettext_lazy("文件里写的"),
    "tried": gettext_lazy("文件没写，按县界试出来的"),
    "none": gettext_lazy("文件没写，按哪一种都对不上县界，先当经纬度看"),
}


def lines(edition, change=None):
    """The whole report as lines of text."""
    report = edition.report
    named = {"pk": edition.pk, "kind": edition.get_kind_display(), "source": edition.source}
    yield _("第 %(pk)d 版 %(kind)s，来自 %(source)s") % named
    system = {"crs": report.get("crs", ""), "how": CRS_FROM[report.get("crs_from", "file")]}
    yield _("坐标系 %(crs)s（%(how)s）") % system + _fits(report)
    if edition.kind in EXPOSURES:
        yield from _exposures(report)
        return
    yield from _rows(report.get("rows", ()))
    yield from _repairs(report)
    yield from _left(report)
    yield from _addresses(report)
    yield from (change_lines(change, edition) if change else ())
    yield from _verdict(edition)


def _fits(report):
    fits = report.get("fits") or {}
    told = "，".join(f"{name} {share:.1%}" for name, share in sorted(fits.items(), key=lambda each: -each[1]))
    return f"：{told}" if told else ""


def _rows(rows):
    counts = {}
    for row in rows:
        counts[row["how"]] = counts.get(row["how"], 0) + 1
    if rows:
        yield _("%d 块：") % len(rows) + "，".join(f"{HOW[how]} {n}" for how, n in counts.items())
    unsure = [row for row in rows if row["how"] not in ("code", "name") or row["others"]]
    for row in unsure[:SHOWN]:
        others = _("（像是 %s）") % "、".join(row["others"]) if row["others"] else ""
        yield f"  {row['row']}. {row['name']} → {row['code']} {row['known']} {HOW[row['how']]}{others}"
    yield from _more(unsure)


def _more(rows):
    if len(rows) > SHOWN:
        yield _("  ……还有 %d 条，JSON 里都有") % (len(rows) - SHOWN)


def _repairs(report):
    repairs = report.get("repairs", ())
    points = sum(int(fault["m2"]) for fault in repairs if fault["kind"] == "repeated")
    mended = [fault for fault in repairs if fault["kind"] != "repeated"]
    if points:
        yield _("去掉重复的点 %d 个") % points
    for fault in mended[:SHOWN]:
        yield f"  {_fault(fault)}"
    yield from _more(mended)
    for kind, (number, m2) in report.get("closed", {}).items():
        told = {"snap": report.get("snap", 0), "what": FAULTS[kind], "n": number, "m2": f"{m2:,}"}
        yield _("合上不宽于 %(snap)g 米的%(what)s %(n)d 处，共 %(m2)s 平方米") % told


def _fault(fault):
    """One fault as a line."""
    width = _("，宽约 %s 米") % f"{fault['width']:,}" if fault.get("width") else ""
    where = f"{fault['lon']:.6f},{fault['lat']:.6f}"
    size = _(" %s 平方米") % f"{fault['m2']:,}" if fault["m2"] else ""
    named = {"kind": FAULTS[fault["kind"]], "size": size + width, "where": where, "codes": "、".join(fault["codes"])}
    return _("%(kind)s%(size)s，在 %(where)s（%(codes)s）") % named


def _left(report):
    for kind, (number, m2) in report.get("sums", {}).items():
        yield _("还有%(what)s %(n)d 处，共 %(m2)s 平方米") % {"what": FAULTS[kind], "n": number, "m2": f"{m2:,}"}
    for kind, (number, m2) in report.get("narrow", {}).items():
        named = {"what": FAULTS[kind], "n": number, "m2": f"{m2:,}"}
        yield _("没合上的窄%(what)s %(n)d 处，共 %(m2)s 平方米，不妨碍启用") % named
    faults = report.get("faults", ())
    for fault in faults[:SHOWN]:
        yield f"  {_fault(fault)}"
    yield from _more(faults)


def _addresses(report):
    if "left_out" in report:
        yield _("读了 %(read)d 行，没收 %(out)d 行") % {"read": report["read"], "out": report["left_out"]}
        for row in report["skipped"][:SHOWN]:
            yield f"  {row['line']}: {row['why']}"


def _exposures(report):
    """What was read of people or roads, and what of it lies in the county."""
    named = {"read": f"{report['read']:,}", "cells": f"{report['cells']:,}", "km": f"{report['total'] / 1000:,.1f}"}
    named |= {"people": f"{report['total']:,.0f}", "given": f"{report.get('given', 0):,.0f}"}
    yield READ[report["how"]] % named
    if report.get("repeated"):
        yield _("重复的线去掉了 %d 段") % report["repeated"]
    yield from _addresses(report)


def change_lines(change, edition=None):
    """What using an edition would change, as lines."""
    for told, pairs in ((_("启用后没有了：%s"), change.vanished), (_("启用后新增：%s"), change.fresh)):
        if pairs:
            yield told % "、".join(f"{name} {code}" for code, name in pairs)
    if change.land:
        m2 = sum(m2 for _was, _now, m2, _shape in change.land)
        yield _("换手的地 %(n)d 块，共 %(m2)s 平方米") % {"n": len(change.land), "m2": f"{m2:,.0f}"}
    yield from _land(change.land, names(edition))
    yield from move_lines(change.tickets, edition)


def land_by_pair(land):
    """[(code before, code after, m²)] of land that changes hands, the most first."""
    pairs = {}
    for was, now, m2, _shape in land:
        pairs[was, now] = pairs.get((was, now), 0.0) + m2
    return sorted(((was, now, m2) for (was, now), m2 in pairs.items()), key=lambda row: -row[2])


def _land(land, called):
    pairs = land_by_pair(land)
    for was, now, m2 in pairs[:SHOWN]:
        named = {"was": _place(was, called), "now": _place(now, called)}
        yield _("  %(was)s → %(now)s %(m2)s 平方米") % (named | {"m2": f"{m2:,.0f}"})
    yield from _more(pairs)


def move_lines(found, edition=None):
    """Open tickets whose place would change, as lines."""
    units = sum(move.changes_unit for move in found)
    yield _("未结的案件有 %(n)d 件要改址，其中 %(units)d 件换单位") % {"n": len(found), "units": units}
    called = names(edition)
    for move in found[:SHOWN]:
        yield f"  {move_line(move, called)}"
    yield from _more(found)


def move_line(move, called):
    """One move as a line, without a word of what was said. called: moves.names()."""
    parts = [
        f"{_place(move.was[part], called)} → {_place(move.now[part], called)}"
        for part in ("town", "village", "grid", "zones")
        if move.was[part] != move.now[part]
    ]
    unit = f"，{move.unit_was} → {move.unit_now}" if move.changes_unit else ""
    return f"{move.ticket.number} {'；'.join(parts)}{unit}"


def _place(value, called):
    if isinstance(value, tuple | list):
        return "、".join(called.get(code, code) for code in value) or "–"
    return called.get(value, value) if value else "–"


def _verdict(edition):
    if edition.active:
        yield _("已在用")
    for sentence in hard_faults(edition):
        yield _("不能启用：%s") % sentence
    for sentence in doubts(edition):
        yield _("要坚持才能启用：%s") % sentence


def as_json(edition, change=None):
    """The report, whether it can be used, and what using it would change; all plain data."""
    told = {"edition": edition.pk, "kind": edition.kind, "source": edition.source, "active": edition.active, **edition.report}
    told |= {"cannot": hard_faults(edition), "doubts": doubts(edition)}
    if change:
        land = [{"from": a, "to": b, "m2": round(m2), "shape": _drawn(shape)} for a, b, m2, shape in change.land]
        told["change"] = {
            "vanished": [code for code, _name in change.vanished],
            "fresh": [code for code, _name in change.fresh],
            "land": land,
            "tickets": [move_json(move) for move in change.tickets],
        }
    return told


def move_json(move):
    """One move as plain data."""
    units = {"unit_was": move.unit_was.code, "unit_now": move.unit_now.code if move.unit_now else None}
    return {"ticket": move.ticket.number, "was": move.was, "now": move.now, **units}


def _drawn(shape):
    return json.loads(shapely.to_geojson(shapely.set_precision(shapely.simplify(shape, SIMPLE / 4), 1e-6)))


def on_a_map(edition, change=None):
    """GeoJSON features for the map of a report: areas of the edition, faults, and land that changes hands."""
    rows = list(Boundary.objects.filter(edition=edition))
    shapes = shapely.simplify(outlines_of(rows), SIMPLE) if rows else ()
    features = [_feature("area", shape, code=row.code, name=row.name) for row, shape in zip(rows, shapes, strict=True)]
    for number, fault in enumerate(edition.report.get("faults", ())):
        told = {"fault": fault["kind"], "label": str(FAULTS[fault["kind"]]), "m2": fault["m2"], "number": number}
        shape = fault.get("shape") or {"type": "Point", "coordinates": [fault["lon"], fault["lat"]]}
        features.append({"type": "Feature", "properties": {"layer": "fault", **told}, "geometry": shape})
    for was, now, m2, shape in change.land if change else ():
        features.append(_feature("land", shape, was=was, now=now, m2=round(m2)))
    return {"type": "FeatureCollection", "features": features}


def _feature(layer, shape, **told):
    return {"type": "Feature", "properties": {"layer": layer, **told}, "geometry": _drawn(shape)}
