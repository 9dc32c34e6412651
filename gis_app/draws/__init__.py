"""Double random re-checks (双随机): closed tickets by lot, people by lot, all of it published for anybody to draw again.

Floor: beside automatic. First both lists are fixed and announced, together with a public number that nobody knows yet. When
it is known, the announcement and the number make the seed, and the seed alone makes the draw.
"""

from gis_app.draws.announcing import Asked, announce
from gis_app.draws.drawing import draw
from gis_app.draws.results import Finding, Score, record, score_of, scores, scores_in

__all__ = ["Asked", "Finding", "Score", "announce", "draw", "record", "score_of", "scores", "scores_in"]
