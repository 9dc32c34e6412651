"""What staff pages say of the inbox."""

from django import template

from gis_app import access, notify

register = template.Library()


@register.simple_tag(takes_context=True)
def unread(context):
    """How many unread notices whoever is signed in has, as it is printed; an empty text for none."""
    number = access.unread(getattr(context.get("request"), "user", None))
    return ("99+" if number > 99 else str(number)) if number else ""


@register.filter
def line(delivery):
    """The line of a notice in the reader's language."""
    return notify.line(delivery.notice)
