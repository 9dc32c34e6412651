"""Make an API token."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from gis_app.management import Command as Told
from gis_app.models import Token


class Command(Told):
    help = "Make a token for the HTTP API; it is the last word of the last line and is not kept in readable form."

    def add_arguments(self, parser):
        parser.add_argument("user")
        parser.add_argument("--scope", default="")

    def handle(self, *args, user, scope, **options):
        found = User.objects.filter(username=user, is_active=True).first()
        if found is None:
            raise CommandError(
                f"There is no user {user}. `manage demo --accounts` lists the demo's; a clerk adds people under /admin/."
            )
        self.tell(f"Token of {user}, send it as: Authorization: Bearer {Token.issue(found, scope)}")
