"""What the public edition of a bulletin does not say: counts of less than three, and what would give them away."""

LEAST = 3  # tickets that may be told in public; 0, 1 and 2 look alike


def withheld(counts):
    """[whether each count of a column is withheld in public]; counts: whole numbers, or None where nothing is known.

    A column's sum may be known. So one count alone is never withheld: the next larger goes with it.
    """
    small = [count is not None and count < LEAST for count in counts]
    rest = [(count, place) for place, count in enumerate(counts) if count is not None and not small[place]]
    if sum(small) == 1 and rest:
        small[min(rest)[1]] = True
    return small
