"""What a text is about: a kind of problem, somebody else's matter, danger to life."""

from gis_app.classify.lexicon import categories
from gis_app.classify.verdict import Guess, Verdict, classify, classify_many

__all__ = ["Guess", "Verdict", "categories", "classify", "classify_many"]
