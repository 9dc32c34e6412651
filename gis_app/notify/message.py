"""What is sent, and how a channel says that it could not."""

from dataclasses import dataclass, field


class Refused(Exception):
    """The other side will never take this: trying again is of no use."""


class Failed(Exception):
    """Not this time. after: seconds that the other side asks to wait, if it says so."""

    def __init__(self, why, after=0):
        super().__init__(why)
        self.after = after


@dataclass(frozen=True)
class Message:
    """One notice for one receiver, in the receiver's language. Sent twice it has the same id, by which the second is known."""

    id: str  # the notice's number
    to: str  # an address of the channel's kind
    text: str  # one line
    short: str = ""  # the same for a telephone: 70 letters at most
    link: str = ""  # the page to go on, whole; empty where PUBLIC_URL is not set
    language: str = "zh-hans"
    facts: dict = field(default_factory=dict)  # for programs: event, ticket, state …; nothing personal


class Channel:
    """A way out of the house. Another way is another class in channels.py, and its name in words.ChannelName."""

    name = ""
    rings = True  # whether it may wake somebody: then quiet hours hold for it

    def ready(self):
        """Whether the county has configured it; nothing is addressed to it before."""
        raise NotImplementedError

    def takes(self, to):
        """Whether this is an address of its kind."""
        raise NotImplementedError

    def beyond(self, to):
        """What is out of order when sending there fails: for the rest of a run nothing else is tried through it."""
        return ""

    def send(self, message):
        """Send a Message; returns what the other side calls it, or an empty text. Raises Refused, Failed."""
        raise NotImplementedError
