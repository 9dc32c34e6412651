"""A ticket's life: the table of steps and the only doors that write a ticket's state."""

from gis_app.workflow.advance import advance, may, open_ticket
from gis_app.workflow.inputs import INPUTS, read_given
from gis_app.workflow.replay import Story, replay
from gis_app.workflow.steps import STEPS, Step

__all__ = ["INPUTS", "STEPS", "Step", "Story", "advance", "may", "open_ticket", "read_given", "replay"]
