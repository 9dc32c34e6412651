"""Accounts: the demo's, and the first clerk of a county."""

import secrets

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction

from gis_app.models import Member, Unit
from gis_app.words import Role, UnitKind

ALONE = (Role.LEADER, Role.DISPATCHER, Role.CLERK)


def fresh_password():
    """A password that can be read aloud."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def demo_posts():
    """[(user name, role, Unit or None)] of the demo: leader, dispatcher, clerk, an officer a unit, a worker a town."""
    units = list(Unit.objects.exclude(kind=UnitKind.DESK).select_related("town"))
    posts = [(str(role), role, None) for role in ALONE]
    posts += [(f"unit-{unit.code}", Role.UNIT, unit) for unit in units]
    return posts + [(f"worker-{unit.town.code}", Role.WORKER, unit) for unit in units if unit.kind == UnitKind.TOWN]


@transaction.atomic
def make_demo_accounts(password):
    """Make the demo's accounts with one password. Returns their names; those that exist keep their password."""
    posts = demo_posts()
    hashed = make_password(password)  # once: sixty slow hashes would be half a minute
    rows = [User(username=name, last_name=unit.name if unit else role.label, password=hashed) for name, role, unit in posts]
    User.objects.bulk_create(rows, ignore_conflicts=True)
    users = {user.username: user for user in User.objects.filter(username__in=[name for name, _role, _unit in posts])}
    Member.objects.bulk_create(
        [Member(user=users[name], role=role, unit=unit) for name, role, unit in posts], ignore_conflicts=True
    )
    return list(users)


@transaction.atomic
def first_clerk():
    """Make the first clerk when nobody is there. Returns the password, or None when there are people."""
    if User.objects.exists():
        return None
    password = fresh_password()
    user = User.objects.create_user("clerk", password=password, last_name=str(Role.CLERK.label))
    Member.objects.create(user=user, role=Role.CLERK)
    return password
