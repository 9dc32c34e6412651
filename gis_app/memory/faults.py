"""What can be wrong with the memory, and where: each fault names the row."""

from dataclasses import asdict, dataclass

SAYS = {  # what a fault means to who reads it
    "altered": "was altered",
    "missing": "is missing",
    "out-of-order": "stands out of order",
    "inserted": "was inserted",
    "words-changed": "its words were changed",
    "row-differs": "the ticket's row is not what its events made of it",
    "root-broken": "the day's root is broken",
    "signature-wrong": "the day's root bears a wrong signature",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. Names a ticket's event, a report, an act or a day, whichever it is about."""

    kind: str  # of SAYS
    ticket: str = ""  # its number
    seq: int | None = None  # of the event or, without a ticket, of the act
    step: str = ""  # empty where the event is gone
    report: int | None = None  # its id: codes are their senders' secrets
    day: str = ""  # of a root
    detail: str = ""

    @property
    def where(self):
        """The row, in words."""
        if self.report:
            return f"{self.ticket or 'a ticket that is not known'}, report {self.report}"
        if self.ticket:
            step = f" ({self.step})" if self.step else ""
            return f"{self.ticket}, event {self.seq}{step}" if self.seq else self.ticket
        return f"act {self.seq}" if self.seq else self.day

    def line(self):
        """One line for a terminal."""
        return f"{self.where}: {SAYS[self.kind]}" + (f" ({self.detail})" if self.detail else "")

    def as_json(self):
        """{name: value} of what is known of it."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}
