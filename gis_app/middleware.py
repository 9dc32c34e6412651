"""Doors."""


def problems(get_response):
    return get_response
