"""The bulk door: whole stories of tickets written at once, by the same table and checks, with their own times."""

from dataclasses import dataclass, field

from gis_app import audit, photos, tally
from gis_app.models import Event, Photo, Report, Ticket, Words
from gis_app.words import PhotoKind, State
from gis_app.workflow.advance import Given, change_of, columns, opening, written
from gis_app.workflow.inputs import read_given
from gis_app.workflow.steps import STEPS


@dataclass
class Story:
    """A ticket and its report, not yet stored, and what happened: steps of (name, actor, at, raw inputs)."""

    ticket: Ticket
    report: Report
    text: str
    steps: list
    before: tuple = ()  # prepared photos of the report
    events: list = field(default_factory=list)  # of (Event, prepared photos)


def replay(stories):
    """Write whole stories. Every step passes the checks of advance(); the rows and the chain are what it would have left.

    Returns the number of tickets. Raises what advance() raises; then nothing of these stories is written if the caller
    has opened a transaction. Notices are not owed: what is replayed is past.
    """
    words = Words.objects.bulk_create([Words(text=story.text) for story in stories])
    for story in stories:
        story.ticket.state, story.ticket.version = State.NEW, 1
    Ticket.objects.bulk_create([story.ticket for story in stories])  # gives the keys that the chain hashes
    known = {}
    for story, said in zip(stories, words, strict=True):
        live(story, known)
        story.report.ticket, story.report.said = story.ticket, said
    changed = [story.ticket for story in stories]
    Ticket.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=CHANGED)  # tenfold bulk_update
    Report.objects.bulk_create([story.report for story in stories])
    _store_events(stories)
    tally.append([row for story in stories for row in tally.moved(None, story.ticket)])
    return len(stories)


CHANGED = (
    *("state", "version", "category", "unit", "worker", "proposed", "receipt", "accepted_at", "due_at", "dispatched_at"),
    *("unit_due_at", "finished_at", "finished_by", "ended_at"),
    *("town", "village", "grid", "edition", "point", "precision", "place_name", "cell"),
    *("resume_to", "merged_into", "released", "suspended_at", "suspended_until", "asked_until", "extended_to", "checker"),
    *("supervised_at", "supervised_by", "answer_due_at", "answered_at"),
)


def live(story, known):
    """Take a ticket through its steps in memory, collecting sealed events. known: inputs read before, by what was sent."""
    ticket = story.ticket
    last = audit.seal(opening(ticket, ticket.opened_at), "", None)
    story.events.append((last, ()))
    for name, by, at, raw in story.steps:
        given = Given.of(STEPS[name], read_given(name, STEPS[name], raw, known))
        change = change_of(name, ticket, by, at, given)
        last = audit.seal(written(name, ticket, by, at, given, change), given.text, last)
        for column, value in change.items():
            setattr(ticket, column, value)
        ticket.version += audit.raises_version(columns(change))
        story.events.append((last, given.photos))


def _store_events(stories):
    pairs = [pair for story in stories for pair in story.events]
    Words.objects.bulk_create([event.said for event, _photos in pairs if event.said])
    for event, _photos in pairs:
        event.said = event.said  # takes the key that the row has just got
    Event.objects.bulk_create([event for event, _photos in pairs])
    pictures = [row for event, prepared in pairs for row in photos.rows(prepared, PhotoKind.AFTER, event=event)]
    pictures += [row for story in stories for row in photos.rows(story.before, PhotoKind.BEFORE, report=story.report)]
    Photo.objects.bulk_create(pictures)
