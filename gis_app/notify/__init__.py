"""Telling people: who hears of what, on which ways, in which words, and that it arrives.

Floor: beside intake. workflow and escalation owe notices; here they are addressed, sent, tried again and read. Sending is a
job's work and never holds up a step.
"""

from gis_app.notify.channels import CHANNELS, ready
from gis_app.notify.inbox import OWN, hear_at, inbox_of, read
from gis_app.notify.message import Channel, Failed, Message, Refused
from gis_app.notify.outbox import address, deliver, figures, forget_old, given_up, resend
from gis_app.notify.quiet import hours
from gis_app.notify.texts import facts, line

__all__ = [
    "CHANNELS",
    "Channel",
    "Failed",
    "Message",
    "OWN",
    "Refused",
    "address",
    "deliver",
    "facts",
    "figures",
    "forget_old",
    "given_up",
    "hear_at",
    "hours",
    "inbox_of",
    "line",
    "read",
    "ready",
    "resend",
]
