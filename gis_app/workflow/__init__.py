"""A ticket's life: the table of steps and the only doors that write a ticket's state."""

from gis_app.workflow.advance import advance, may, open_ticket
from gis_app.workflow.alike import Others, others
from gis_app.workflow.inputs import INPUTS, read_given
from gis_app.workflow.many import MOST_AT_ONCE, as_proposed, one_by_one, sure_unit
from gis_app.workflow.replay import Story, replay
from gis_app.workflow.steps import STEPS, Step

__all__ = [
    "INPUTS",
    "MOST_AT_ONCE",
    "STEPS",
    "Others",
    "Step",
    "Story",
    "advance",
    "as_proposed",
    "may",
    "one_by_one",
    "open_ticket",
    "others",
    "read_given",
    "replay",
    "sure_unit",
]
