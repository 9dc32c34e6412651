"""Any step by anybody: random moves that keep tickets living, for storms in the tests and in the benches."""

import datetime as dt
import random
from collections import Counter
from functools import cache

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from gis_app import access, photos, workflow
from gis_app.errors import Problem
from gis_app.models import Blank, Event, Spelled, Ticket
from gis_app.words import ActorKind, State
from tests.conftest import LOTUS_LANE, TEA_TOWN, photo

PEOPLE = ("dispatcher", "leader", "unit-chazhen", "unit-gongdian", "worker-610724110", "worker-610724114")
KINDS = ("0401", "0307", "0101")
TWO = ("merge", "unmerge", "relocate", "reclassify", "split")  # steps that touch two tickets, or the place where voices count
FOLLOWS = "recall"  # a step that the system also takes by itself, behind another
OFTEN = {  # how often a step is tried, 1 if not named: on towards the end and back again, little of what anybody may always do
    **dict.fromkeys(("accept", "dispatch", "start", "finish", "close", "check"), 5),
    **dict.fromkeys(("unmerge", "resume", "dispute", "grant", "answer"), 3),
    **dict.fromkeys(("split", "recall", "release", "withhold", "urge", "comment"), 0.3),
    "reject": 0.2,  # nothing goes on after it
}
NEVER = {"open", "retime"}  # of themselves
LOOK = Spelled(Ticket.objects.filter(pk=Blank("ticket")))


@cache
def steps_from(state):
    """(names, how often each is tried) of the steps that the table lets follow."""
    names = [name for name, rule in workflow.STEPS.items() if state in rule.sources and name not in NEVER]
    return names, [OFTEN.get(name, 1) for name in names]


def pictures():
    """What a finish or a check brings along, prepared."""
    return photos.prepare([SimpleUploadedFile("photo", photo(size=(32, 32)).read())])


def people():
    """The members of staff, as ones who act."""
    return [access.actor_of(User.objects.get(username=name)) for name in PEOPLE]


def taker(dice, step, row, members):
    """Somebody to whom a page would offer this step, or None. Asks for the senders only where it is theirs to take."""
    rule = workflow.STEPS[step]
    able = [by for by in (*members, access.SYSTEM) if is_offered(rule, row, by)]
    if ActorKind.CITIZEN in rule.who and (row.state == State.CLOSED or not able):
        senders = map(access.sender_of, row.reports.all())
        able += [by for by in senders if is_offered(rule, row, by)]
    return dice.choice(able) if able else None


def is_offered(rule, row, by):
    """Whether a step is this actor's to take, as the row stands."""
    return access.hats(by, row) & rule.who and all(guard.holds(row, by) for guard in rule.guards)


def given_to(dice, step, tickets):
    """What a step needs, as a form would send it."""
    until = (timezone.now() + dt.timedelta(days=dice.choice([1, 5]))).isoformat()
    kind, where = dice.choice(KINDS), map(str, dice.choice([TEA_TOWN, LOTUS_LANE]))
    given = {
        "accept": {"category": kind},
        "reject": {"reason": "double"},
        "merge": {"other": str(dice.choice(tickets))},
        "split": {"parts": f'[{{"category": "{kind}"}}]'},
        "dispatch": {"unit": dice.choice(["gongdian", "chazhen"])},
        "assign": {"worker": "worker-610724110"},
        "finish": {"note": "办好了"},
        "send_check": {"worker": "worker-610724114"},
        "check": {"result": "ok", "lon": str(TEA_TOWN[0]), "lat": str(TEA_TOWN[1])},
        "close": {"result": "ok"},
        "ask_extension": {"reason": "等灯杆", "until": until},
        "suspend": {"reason": "等修路", "until": until},
        "supervise": {"order": "快", "until": until},
        "answer": {"note": "周三到"},
        "reclassify": {"category": kind},
        "relocate": dict(zip(("lon", "lat"), where, strict=True)),
        "rate": {"stars": 3},
        "comment": {"note": "看过"},
    }
    return given.get(step, {"reason": "这样"} if "reason" in workflow.STEPS[step].needs else {})


def one_move(dice, tickets, members, brought):
    """Look at some ticket and try a step that its state allows, by somebody who may; the step taken, or why not.

    brought: prepared pictures. A refusal is the slug of its Problem, "nobody" where no one here could take the step.
    """
    [row] = LOOK.ask(ticket=dice.choice(tickets))
    names, often = steps_from(row.state)
    [step] = dice.choices(names, often)
    by = taker(dice, step, row, members)
    if by is None:
        return "nobody"
    try:
        given = workflow.read_given(step, workflow.STEPS[step], given_to(dice, step, tickets))
        given |= {"photos": brought} if step in ("check", "finish") else {}
        workflow.advance(row, step, by, row.version, f"{dice.random()}", "digest", **given)
    except Problem as problem:
        return problem.slug
    return step


def moves(seed, tickets, members, brought, until):
    """Move after move, until a call says: enough. until: (so far) → bool. Returns {step taken, or why not: how often}."""
    dice, told = random.Random(seed), Counter()
    while not until(told):
        told[one_move(dice, tickets, members, brought)] += 1
    return told


def steps_among(told):
    """{step: how often} of those that were taken."""
    return Counter({name: number for name, number in told.items() if name in workflow.STEPS})


def all_told(taken, before=0):
    """Whether each step taken has its event, and no event is there that nobody took; what followed by itself apart.

    taken: as steps_among() gives it. before: told_apart() from before.
    """
    return told_apart() - before == taken.total() - taken[FOLLOWS]


def told_apart():
    """How many events there are, those apart that come by themselves."""
    return Event.objects.exclude(step__in=["open", FOLLOWS]).count()
