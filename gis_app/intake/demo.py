"""Reports for the demo: written from the taxonomy, spread over a county as people live in it, with planted hotspots.

Everything follows from one seed and the day it ends on (report codes apart: they must stay unguessable).
"""

import csv
import datetime as dt
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from gis_app import clock, locate, photos, route
from gis_app.access import Actor, actor_of
from gis_app.classify import categories, classify
from gis_app.errors import OutsideArea
from gis_app.intake.receive import Said, report_of, ticket_of
from gis_app.locate.points import villages
from gis_app.words import ActorKind, LimitUnit, Source, Task, UnitKind
from gis_app.workflow import Story, replay
from layers import cells

DAYS, BATCH = 90, 500
SCATTER = 0.006  # degrees around a village's point, one standard deviation: about 600 m


class Planted(NamedTuple):
    """A hotspot: the seed of a cell and its ring, and how many of its task's reports fall into it, by their age in days."""

    lon: float
    lat: float
    share: Callable


HOTSPOTS = {  # steady ones, and some that come, grow and go, so that a leader's map has something of each to show
    Task.SIX: (
        Planted(107.7655, 32.9885, lambda age: 0.1),
        Planted(108.0218, 33.0122, lambda age: 0.16 * max(0, 1 - age / 70)),
        Planted(107.8358, 32.9137, lambda age: 0.14 * min(1, age / 60)),
        Planted(107.6367, 33.0086, lambda age: 0.3 * (age < 8)),
        Planted(107.6494, 32.7899, lambda age: 0.12 * (age < 30)),
    ),
    Task.EIGHT: (
        Planted(107.9895, 32.9455, lambda age: 0.15),
        Planted(107.6532, 32.9297, lambda age: 0.25 * (age < 12)),
        Planted(108.0801, 32.7058, lambda age: 0.2 * min(1, age / 60)),
    ),
    Task.SEVEN: (Planted(107.4200, 32.7800, lambda age: 0.22),),
}
IN_TOWN = 3.0  # how much more a community of the county's seat reports than a village
LEFT_LYING = 0.04  # of dispatched tickets nobody has finished, so that the demo has late ones
ONLY_WORDS = 0.08  # of reports name a village or town and give no coordinate
TASK_WEIGHT = {Task.SIX: 1.0, Task.EIGHT: 0.75, Task.SEVEN: 0.55, Task.NINE: 0.6}
SKIES = [(92, 108, 122), (142, 160, 172), (178, 190, 184)]


@dataclass
class Cast:
    """Who acts in the demo."""

    dispatcher: Actor
    leader: Actor
    officers: dict  # unit pk → Actor

    @classmethod
    def found(cls):
        """The demo's accounts, as loaded."""
        users = User.objects.filter(posts__isnull=False).prefetch_related("posts__unit").order_by("username")
        actors = [Actor(ActorKind.MEMBER, user, tuple(user.posts.all())) for user in users]
        officers = {}
        for actor in actors:
            for post in actor.posts:
                if post.unit_id:
                    officers.setdefault(post.unit_id, actor)
        dispatcher, leader = (actor_of(User.objects.get(username=name)) for name in ("dispatcher", "leader"))
        return cls(dispatcher, leader, officers)


class Writer:
    """Writes reports: when, where, what, and what became of them."""

    def __init__(self, folder, seed, now):
        self.dice, self.now, self.seed = random.Random(seed), now, seed
        self.side_dice = random.Random(seed + 1)  # its own: side steps change nothing else of the county's story
        self.cast = Cast.found()
        self.texts, self.others = texts_of(folder)
        self.notes = notes_of(folder)
        self.kinds = [row for row in categories().values() if row.code in self.texts]
        plain = [TASK_WEIGHT[row.task] * (2.0 if row.tier == "A" else 0.7) for row in self.kinds]
        rural = [row.task == Task.NINE for row in self.kinds]
        self.weights = {  # a village's troubles are not a street's
            "社区": [w * (0.05 if country else 1.0) for w, country in zip(plain, rural, strict=True)],
            "村": [w * (3.0 if country else 0.6) for w, country in zip(plain, rural, strict=True)],
        }
        self.homes = villages()
        self.home_weights = [IN_TOWN if row.kind == "社区" else 1.0 for row in self.homes]
        self.rings = {task: [(spot, ring_of(spot.lon, spot.lat)) for spot in spots] for task, spots in HOTSPOTS.items()}
        self.before, self.after = picture(self.dice, lit=False), picture(self.dice, lit=True)

    def story(self, number):
        """One report and its ticket's steps so far."""
        at = self._moment()
        home = self.dice.choices(self.homes, self.home_weights)[0]
        if self.others and self.dice.random() < 0.03:
            category, text = None, self.dice.choice(self.others)
        else:
            category = self.dice.choices(self.kinds, self.weights[home.kind])[0]
            text = self.dice.choice(self.texts[category.code])
        place, text = self._place(category, text, home, at)
        verdict = classify(text, locate.named_places(text))
        picked = category if category and self.dice.random() < 0.6 else None
        said = Said(text=text, source=Source.DEMO)
        ticket = ticket_of(place, picked or verdict.category, bool(verdict.danger), at)
        report = report_of(said, place, picked, verdict, at, f"demo-{self.seed}-{number}")
        steps = self._steps(ticket, category, at)
        before = (self.before,) if self.dice.random() < 0.4 else ()
        return Story(ticket, report, text, [step for step in steps if step[2] <= self.now], before)

    def _moment(self):
        """Some minute of the last 90 days, more by day than by night, a little more of late."""
        back = DAYS * self.dice.random() ** 1.15  # more of late: the county learns of the service
        day = (self.now - dt.timedelta(days=back)).astimezone(clock.SHANGHAI).date()
        hour = min(23, max(5, self.dice.gauss(13, 4)))
        at = dt.datetime.combine(day, dt.time(), clock.SHANGHAI) + dt.timedelta(hours=hour, seconds=self.dice.randrange(60))
        return min(at, self.now - dt.timedelta(minutes=self.dice.randrange(1, 300)))

    def _place(self, category, text, home, at):
        """A Place for the report, and the text, which names the village where no coordinate is given."""
        if category and (ring := self._planted(category.task, (self.now - at).days)):
            return self._near(*cells.centre(self.dice.choice(ring)), 0.0012), text
        if self.dice.random() < ONLY_WORDS:
            named = home.town.name + (home.name if self.dice.random() < 0.6 else "")
            place = locate.in_words(named)
            if place.town:
                return place, f"{named}，{text}"
        return self._near(home.point.x, home.point.y, SCATTER), text

    def _planted(self, task, age):
        """The ring of the hotspot that a report of this age falls into, or None."""
        drawn = self.dice.random()
        for spot, ring in self.rings.get(task, ()):
            drawn -= spot.share(age)
            if drawn < 0:
                return ring
        return None

    def _near(self, lon, lat, spread):
        """A located point near another, inside the county."""
        while True:
            x, y = round(self.dice.gauss(lon, spread), 6), round(self.dice.gauss(lat, spread), 6)
            try:
                locate.town_of(x, y)
            except OutsideArea:
                continue
            return locate.at_point(x, y)

    def _steps(self, ticket, category, at):
        """What happened, as (step, actor, moment, inputs); those that lie ahead are cut off by the caller."""
        desk, dice = self.cast.dispatcher, self.dice
        looked = clock.due(at, dice.uniform(0.1, 2.2) * (4 if dice.random() < 0.08 else 1), LimitUnit.HOURS)
        if category is None or dice.random() < 0.02:
            reason = (
                {"reason": "not-ours", "handoff": "H18"} if category is None else {"reason": dice.choice(["not-found", "mended"])}
            )
            return [("reject", desk, looked, reason)]
        steps = [("accept", desk, looked, {"category": category.code})]
        unit = self._unit_of(ticket, category)
        if unit is None:
            return steps
        sent = looked + dt.timedelta(minutes=dice.randrange(1, 30))
        officer = self.cast.officers[unit.pk]
        if dice.random() < 0.04:
            back = clock.due(sent, 1, LimitUnit.HOURS)
            steps += [
                ("dispatch", desk, sent, {"unit": unit.code}),
                ("return", officer, back, {"reason": self._note(category, "return")}),
            ]
            sent = clock.due(back, 0.5, LimitUnit.HOURS)
        return steps + [("dispatch", desk, sent, {"unit": unit.code}), *self._work(category, officer, sent)]

    def _unit_of(self, ticket, category):
        """The unit that the ticket goes to: the one that routing proposes for the true category."""
        if ticket.category_id != category.pk or ticket.proposed.kind == UnitKind.DESK:
            place = ticket.receipt["where"]
            where = {**place, "zones": tuple(place["zones"])}
            return _routed(category, where, ticket.opened_at)
        return ticket.proposed

    def _work(self, category, officer, sent):
        """The unit's own steps, mostly in time, and the desk's check."""
        dice, desk = self.dice, self.cast.dispatcher
        minutes = clock.minutes_of(category.limit, category.limit_unit)
        used = minutes * min(2.5, max(0.08, dice.lognormvariate(-0.75, 0.6)))

        def after(moment, share):
            return clock.due(moment, used * share / 60, _running(category))

        if dice.random() < LEFT_LYING:
            begun = [("start", officer, after(sent, 0.3), {})][: dice.randrange(2)]
            return begun + self._left_lying(category, officer, begun[0][2] if begun else sent)
        started = after(sent, 0.3)
        steps = [("start", officer, started, {})]
        if dice.random() < 0.1:
            steps.append(("comment", officer, after(sent, 0.5), {"note": self._note(category, "comment")}))
        done, photo = after(started, 0.7), {"photos": [self.after]} if category.photo_after else {}
        steps.append(("finish", officer, done, {"note": self._note(category, "finish"), **photo}))
        checked = clock.due(done, dice.uniform(0.2, 6), LimitUnit.HOURS)
        if dice.random() < 0.06:
            steps.append(("rework", desk, checked, {"reason": self._note(category, "rework")}))
            done = clock.due(checked, dice.uniform(0.5, 6), LimitUnit.HOURS)
            steps.append(("finish", officer, done, {"note": self._note(category, "finish"), **photo}))
            checked = clock.due(done, dice.uniform(0.2, 6), LimitUnit.HOURS)
        return [*steps, ("close", desk, checked, {"result": "ok"})]

    def _left_lying(self, category, officer, since):
        """What becomes of work that nobody finishes: more time is asked for, it is put on hold, or a leader orders it."""
        dice, desk = self.side_dice, self.cast.dispatcher
        note = {step: dice.choice(self.notes["", step]) for step in ("ask_extension", "grant", "suspend", "supervise", "answer")}
        soon, later = (clock.due(since, days, LimitUnit.DAYS) for days in (1, 6))
        ahead, more = self.now + dt.timedelta(days=3), clock.due(since, 2 * category.limit, category.limit_unit)
        turn, also = dice.randrange(4), dice.randrange(2)
        if turn == 0:
            asked = {"reason": note["ask_extension"], "until": max(ahead, more).isoformat()}
            granted = ("grant", desk, soon + dt.timedelta(hours=1), {"reason": note["grant"]})
            return [("ask_extension", officer, soon, asked), granted][: 1 + also]
        if turn == 1:
            return [("suspend", desk, soon, {"reason": note["suspend"], "until": ahead.isoformat()})]
        order = {"order": note["supervise"], "until": ahead.isoformat()}
        answered = ("answer", officer, later + dt.timedelta(hours=5), {"note": note["answer"]})
        return [("supervise", self.cast.leader, later, order), answered][: 1 + also]

    def _note(self, category, step):
        return self.dice.choice(self.notes.get((category.major.code, step)) or self.notes[("", step)])


def _running(category):
    return LimitUnit.ROUND_THE_CLOCK if category.limit_unit == LimitUnit.ROUND_THE_CLOCK else LimitUnit.HOURS


def _routed(category, where, at):
    from_desk = route.answer(category, route.Where(**where), at.astimezone(clock.SHANGHAI).date())
    return None if from_desk.duty is None else from_desk.unit


def ring_of(lon, lat):
    """The cell (res 8) at a point and its six neighbours."""
    return cells.ring(cells.cell_of(lon, lat, cells.DRAWN))


def texts_of(folder):
    """({category code: texts}, texts that are not ours)."""
    ours, others = {}, []
    with open(folder / "demo" / "texts.csv", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            (ours.setdefault(row["category"], []) if row["category"] else others).append(row["text"])
    return ours, others


def notes_of(folder):
    """{(major code, step): texts}; under an empty major, all of a step."""
    notes = {}
    with open(folder / "demo" / "notes.csv", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for major in {row["category_major"], ""}:
                notes.setdefault((major, row["step"]), []).append(row["text"])
    return notes


def picture(dice, lit):
    """A drawn street corner, so that the demo's photos are nobody's. Prepared as an upload would be."""
    image = Image.new("RGB", (960, 720), (60, 78, 92) if not lit else (128, 150, 160))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 520, 960, 720), fill=(92, 98, 100) if not lit else (150, 156, 154))
    for left in range(40, 900, 230):
        top = dice.randrange(180, 330)
        pen.rectangle((left, top, left + 170, 520), fill=dice.choice(SKIES))
    pen.rectangle((650, 140, 668, 600), fill=(180, 186, 190))
    pen.ellipse((600, 110, 720, 190), fill=(255, 236, 170) if lit else (70, 74, 78))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return photos.redraw(ContentFile(out.getvalue()))


def write(folder, reports, seed, now, tell=lambda done: None):
    """Write this many reports ending at `now`, through workflow.replay, in batches. Returns the number of tickets."""
    writer, done = Writer(folder, seed, now), 0
    while done < reports:
        batch = [writer.story(number) for number in range(done, min(done + BATCH, reports))]
        done += replay(batch)
        tell(done)
    return done
