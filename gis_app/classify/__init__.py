"""What a text is about: a kind of problem, somebody else's matter, danger to life."""

from gis_app.classify.lexicon import categories, stretch
from gis_app.classify.verdict import Guess, Verdict, as_heard, classify, classify_many, parts_of

__all__ = ["Guess", "Verdict", "as_heard", "categories", "classify", "classify_many", "parts_of", "stretch"]
