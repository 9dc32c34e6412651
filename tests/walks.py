"""Walks through tickets' lives: any steps that the design lets follow each other, by the people who may take them."""

from hypothesis import strategies as st

from tests.conftest import LOTUS_LANE, TEA_TOWN, Person, photo, pk_of

STARTS = (  # a point that two kinds share with others, one in the county's seat, words that name a town, a kind not known
    {"text": "路灯不亮", "at": TEA_TOWN, "category": "0401"},
    {"text": "垃圾桶满了", "at": LOTUS_LANE, "category": "0101"},
    {"text": "路灯不亮", "place_text": "沙河镇"},
    {"text": "唔", "at": TEA_TOWN},
)
MOVES = {  # state: what may come next, as (who, step, what it is given)
    "new": [
        ("dispatcher", "accept", {"category": "0401"}),
        ("dispatcher", "accept", {"category": "0101"}),
        ("dispatcher", "accept", {"category": "0307"}),
        ("dispatcher", "reject", {"reason": "not-found"}),
    ],
    "accepted": [("dispatcher", "dispatch", {"unit": "gongdian"}), ("dispatcher", "dispatch", {"unit": "chazhen"})],
    "dispatched": [("unit", "start", {}), ("unit", "return", {"reason": "不是我们的"})],
    "working": [("unit", "finish", {"note": "办好了"}), ("unit", "return", {"reason": "修不了"})],
    "done": [("dispatcher", "close", {"result": "ok"}), ("dispatcher", "rework", {"reason": "还是那样"})],
    "closed": [],
    "rejected": [],
}
ANY = ("dispatcher", "comment", {"note": "问过了"})
turns = st.lists(st.integers(0, 11), max_size=9)  # which of the moves, counted round


def moves_from(state):
    """All that may come next; commenting is last."""
    return [*MOVES[state], ANY]


def walk(cast, start, turns):
    """Report something and let these turns follow. Returns the ticket's id."""
    cast.dispatcher.signs_in()  # the session may have gone with the transaction of the walk before
    code = cast.reporter.reports(**start)["code"]
    ticket = {"id": code, "state": "new", "unit": None}
    for turn in turns:
        moves = moves_from(ticket["state"])
        who, step, given = moves[turn % len(moves)]
        person = Person(f"unit-{ticket['unit']['code']}") if who == "unit" else cast.dispatcher
        pictures = {"photos": [photo(size=(32, 32))]} if step == "finish" else {}
        ticket = person.takes(ticket, step, **given, **pictures)
    return pk_of(ticket)
