"""The memory as a whole: each day sealed under one signed hash, and everything found that was altered since.

Floor: beside intake. What an event is made of stands in audit; this looks at all of them together.
"""

from gis_app.memory.checking import Checked, check
from gis_app.memory.faults import Fault
from gis_app.memory.sealing import due, public_key, seal

__all__ = ["Checked", "Fault", "check", "due", "public_key", "seal"]
