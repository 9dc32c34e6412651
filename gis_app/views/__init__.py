"""Doors for people: read the request, call one thing, answer."""
