"""What pages send, and how it becomes what the rooms below understand."""

from gis_app.forms.many import ManyAsked, deeds, read_many, ticked
from gis_app.forms.report import ReportForm, field_of, fresh_key
from gis_app.forms.rows import categories, dangers, handoffs, kinds, majors, read_first, units
from gis_app.forms.steps import Asked, StepForm, arranged, proposed_day, read_step, step_forms

__all__ = [
    "Asked",
    "ManyAsked",
    "ReportForm",
    "StepForm",
    "arranged",
    "categories",
    "dangers",
    "deeds",
    "field_of",
    "fresh_key",
    "handoffs",
    "kinds",
    "majors",
    "proposed_day",
    "read_first",
    "read_many",
    "read_step",
    "step_forms",
    "ticked",
    "units",
]
