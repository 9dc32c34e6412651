"""Passwords hashed as the service hashes them, but in one round: in a million, each sign-in takes 0.3 s of processor."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    """What it has hashed, the service's own hasher reads too."""

    iterations = 1


HASHERS = ["tests.hashing.OneRound"]
