"""How work is judged: indicators by unit, town, worker and category, out of the events of the tickets.

Floor: above exports. Nothing here is kept: the same period asked again gives the same figures, for events are never changed.
"""
