"""Editions: loading one changes nothing that is in use; using one is a step of its own, and can be undone."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from gis_app import audit
from gis_app.errors import EditionKept, EditionUnfit, EditionUnsure, NothingToUndo
from gis_app.loading.boundaries import AS_IT_COMES, boundaries_of, read
from gis_app.loading.cells import lay_cells_anew
from gis_app.loading.codes import digest_of_known
from gis_app.loading.doubts import Towns, hard_faults, reasons, worded
from gis_app.loading.moves import PART, moves
from gis_app.locate.points import in_use, index_of, outlines_of
from gis_app.models import Act, Address, Boundary, Edition, Exposure, Grid, Member, Report, Stamp, Ticket, Town, Village, Zone
from gis_app.words import EXPOSURES, ActName, EditionKind, Role, TownKind
from layers import seams


@dataclass
class Change:
    """What using an edition would change. vanished, fresh: [(code, name)]; land: [(code, code, m2, shape)]; tickets: [Move]."""

    vanished: list = field(default_factory=list)
    fresh: list = field(default_factory=list)
    land: list = field(default_factory=list)
    tickets: list = field(default_factory=list)


def load(kind, path, ask=AS_IT_COMES, by=None):
    """Load a file as an edition that is not in use. Returns it; the same file read the same way is the edition that it was.

    by: the member of staff, None from the shell. Raises BadFile; then nothing is kept.
    """
    if known := known_reading(kind, ask.digest(path)):
        return known
    draft = read(kind, path, ask)
    return keep(kind, path, ask, by, draft.report, boundaries_of(draft))


def known_reading(kind, file):
    """The edition that a file was read as, if what it was matched against is as it was; else None. file: Ask.digest."""
    return Edition.objects.filter(kind=kind, digest=_digest(kind, file)).first()


def _digest(kind, file):
    return hashlib.sha256(f"{file} {digest_of_known(kind)}".encode()).hexdigest()


@transaction.atomic
def keep(kind, path, ask, by, report, rows):
    """Store an edition with its rows, which do not know it yet, and write the load down. Returns the edition.

    The same file by two at once: the second finds the first one's. A file that was read before, when other names or boundaries
    were known, and now comes to the same rows, is the edition that it was, with the report of today.
    """
    audit.hold()
    file = ask.digest(path)
    if known := known_reading(kind, file):
        return known
    digest, report = _digest(kind, file), report | {"digest_of_file": file}
    for known in Edition.objects.filter(kind=kind, report__digest_of_file=file).order_by("-pk"):
        if _content(known.holds.all()) == _content(rows):
            known.digest, known.report = digest, report
            known.save(update_fields=["digest", "report"])
            return known
    named = {"source": ask.source or path.name[-200:], "licence": ask.licence, "loaded_by": by, "report": report}
    edition = Edition.objects.create(kind=kind, digest=digest, **named)
    for row in rows:
        row.edition = edition
    type(rows[0]).objects.bulk_create(rows, batch_size=2000)
    audit.remember(ActName.LOAD, _about(edition), by, file=path.name, rows=len(rows), digest=edition.digest)
    return edition


def _content(rows):
    """What rows say, without whose they are."""
    return sorted(map(_said, rows))


def _said(row):
    if isinstance(row, Address):
        return row.name, row.town_id, row.village_id or 0, *row.point.coords
    if isinstance(row, Exposure):
        return row.cell, row.amount
    return row.code, row.name, row.synthetic, json.dumps(row.given, sort_keys=True), row.outline.wkb.tobytes()


def _about(edition):
    return f"edition {edition.pk} of {edition.kind}"


def _moves(edition):
    return moves(edition) if edition.kind in PART and edition.boundaries.exists() else []


def change_of(edition):
    """The Change that using an edition would make."""
    return replace(redrawn(edition), tickets=_moves(edition))


def redrawn(edition):
    """The Change without its tickets, which alone can be another at the next look: a page and its map draw from one."""
    now = in_use(edition.kind)
    return _redrawn(now and now.pk, edition.pk)


@lru_cache(maxsize=8)  # no outline of an edition ever changes
def _redrawn(now, edition):
    rows = list(Boundary.objects.filter(edition=edition))
    if now is None or now == edition:
        return Change(fresh=[] if now else [(row.code, row.name) for row in rows])
    were = list(Boundary.objects.filter(edition=now))
    codes, old = {row.code for row in rows}, {row.code for row in were}
    pairs = [([row.code for row in some], outlines_of(some)) for some in (were, rows)]
    return Change(
        vanished=[(row.code, row.name) for row in were if row.code not in codes],
        fresh=[(row.code, row.name) for row in rows if row.code not in old],
        land=seams.handed_over(*pairs) if were and rows else [],
    )


@transaction.atomic
def activate(edition, by=None, insist=False, act=ActName.ACTIVATE):
    """Put an edition in use; every process takes it up within a second. Open tickets stay until they are relocated.

    Raises EditionUnfit for what is wrong with it, EditionUnsure for what somebody must insist on; the log says so who does.
    """
    audit.hold()  # two clerks at once: the second sees what the first has done
    now = in_use(edition.kind)
    if now and now.pk == edition.pk:
        return edition
    if wrong := hard_faults(edition):
        raise EditionUnfit(why="；".join(wrong))
    unsure = reasons(edition)
    if unsure and not insist:
        raise EditionUnsure(why="；".join(map(worded, unsure)))
    if now:
        Edition.objects.filter(pk=now.pk).update(active=False)
    if edition not in ancestors(now):  # one that was in use before keeps its own past: undoing never goes in a circle
        edition.before = now
    edition.active = True
    edition.save(update_fields=["active", "before"])
    LIVE.get(edition.kind, lambda rows: None)(list(Boundary.objects.filter(edition=edition)))
    lay_cells_anew(edition)
    audit.remember(act, _about(edition), by, before=now and now.pk, insisted=unsure)
    Stamp.bump("rules" if edition.kind == EditionKind.DUTIES else "places")
    return edition


def ancestors(edition):
    """The editions that were in use before this one, the latest first; none for None."""
    found = []
    while edition is not None and edition.before is not None and edition.before not in found:
        edition = edition.before
        found.append(edition)
    return found


@transaction.atomic
def roll_back(kind, by=None):
    """Put back in use what was in use before; again, what was before that. Returns that edition. Raises NothingToUndo.

    A county can do without people and roads: where none was in use before, none is again, and None comes back.
    """
    audit.hold()
    now = in_use(kind)
    if now and now.before is None and kind in EXPOSURES:
        Edition.objects.filter(pk=now.pk).update(active=False)
        audit.remember(ActName.ROLL_BACK, _about(now), by, before=now.pk, insisted=[])
        Stamp.bump("places")
        return None
    if now is None or now.before is None:
        raise NothingToUndo
    return activate(now.before, by, insist=True, act=ActName.ROLL_BACK)


@transaction.atomic
def forget(edition, by=None):
    """Delete an edition that nothing rests on; the log keeps that it was there. Raises EditionKept."""
    audit.hold()
    if why := kept_because(edition):
        raise EditionKept(why=why)
    about, told = _about(edition), {"file": edition.source, "rows": edition.rows, "digest": edition.digest}
    edition.delete()
    audit.remember(ActName.FORGET, about, by, **told)


def kept_because(edition):
    """Why an edition cannot be deleted, as a sentence; None when it can. One query."""
    if edition.active:
        return _("它正在用")
    acts = Act.objects.filter(about=_about(edition), act__in=(ActName.ACTIVATE, ActName.ROLL_BACK))
    rests = {
        "heir": Subquery(Edition.objects.filter(before=OuterRef("pk")).order_by("pk").values("pk")[:1]),
        "places": Exists(Report.objects.filter(edition=OuterRef("pk"))) | Exists(Ticket.objects.filter(edition=OuterRef("pk"))),
        "acts": Exists(acts),
    }
    found = Edition.objects.filter(pk=edition.pk).annotate(**rests).values(*rests, "before").get()
    if found["heir"]:
        return _("它是第 %d 版换下的，撤回要回到它") % found["heir"]
    if found["places"]:
        return _("有上报是照它认的地方")
    return _("它用过，记录里有") if found["acts"] or found["before"] else None


def _live_towns(rows):
    """Towns that are new get a row; villages and named places whose town is gone go to the one that holds their point."""
    known = set(Town.objects.values_list("code", flat=True))
    Town.objects.bulk_create(
        [Town(code=row.code, name=row.name[:40], kind=_kind_of(row)) for row in rows if row.code not in known]
    )
    index, towns = index_of(rows[0].edition), {town.code: town for town in Town.objects.all()}
    for village in Village.objects.select_related("town"):
        own = village.code[:9]
        _seat(village, towns.get(own if own in index.codes else index.code_at(*village.point.coords)))
    for address in Address.objects.filter(edition__active=True).exclude(town__code__in=index.codes).select_related("town"):
        town = towns.get(index.code_at(*address.point.coords))
        if town and not Address.objects.filter(edition=address.edition_id, town=town, name=address.name).exists():
            _seat(address, town)


def _seat(row, town):
    """Let a village or a named place belong to a town; it stays where it is when there is none."""
    if town is not None and row.town_id != town.pk:
        type(row).objects.filter(pk=row.pk).update(town=town)


def _kind_of(row):
    said = row.given.get("kind") or row.name
    return next((kind for kind in (TownKind.STREET, TownKind.TOWN) if said.endswith(kind.value)), TownKind.OTHER)


def _live_villages(rows):
    """Villages that are new get a row with a point inside."""
    known, towns = set(Village.objects.values_list("code", flat=True)), {town.code: town for town in Town.objects.all()}
    fresh = [row for row in rows if row.code not in known and row.code[:9] in towns]
    Village.objects.bulk_create(
        [
            Village(
                code=row.code,
                name=row.name[:40],
                kind=(row.given.get("kind") or ("社区" if row.name.endswith("社区") else "村"))[:4],
                town=towns[row.code[:9]],
                point=Point(*row.outline.point_on_surface.coords, srid=4326),
            )
            for row in fresh
        ]
    )


def _live_grids(rows):
    """Grids by upsert, each with its town and the worker that the file names by account."""
    towns = Towns()
    workers = {post.user.username: post.user for post in Member.objects.filter(role=Role.WORKER).select_related("user")}
    homes = [(row, town) for row in rows if (town := towns.of_grid(row))]
    grids = [Grid(code=row.code, name=row.name, worker=workers.get(row.given.get("worker")), town=town) for row, town in homes]
    said = ["worker"] if any("worker" in row.given for row in rows) else []  # a file without workers takes none away
    Grid.objects.bulk_create(grids, update_conflicts=True, unique_fields=["code"], update_fields=["name", "town", *said])


def _live_zones(rows):
    """Zones by upsert."""
    zones = [Zone(code=row.code, name=row.name, kind=row.given.get("kind", "")[:20], synthetic=row.synthetic) for row in rows]
    Zone.objects.bulk_create(zones, update_conflicts=True, unique_fields=["code"], update_fields=["name", "kind", "synthetic"])


LIVE = {  # what an edition that comes into use leaves in the tables of what its areas are
    EditionKind.TOWNS: _live_towns,
    EditionKind.VILLAGES: _live_villages,
    EditionKind.GRIDS: _live_grids,
    EditionKind.ZONES: _live_zones,
}
