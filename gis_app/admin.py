"""Reference data by form, for clerks alone: tickets and reports are not here."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User

from gis_app.access import roles_of
from gis_app.models import (
    Address,
    Category,
    Danger,
    EscalationRule,
    Handoff,
    Holiday,
    Major,
    Member,
    OfficeHours,
    QuietHours,
    Reachable,
    Retention,
    Stamp,
    Town,
    Unit,
    Village,
)
from gis_app.words import Role

admin.site.site_header = admin.site.site_title = "茶乡随手拍"
admin.site.has_permission = lambda request: request.user.is_active and Role.CLERK in roles_of(request.user)
admin.site.unregister([User, Group])


class ForClerks:
    """Whoever has the clerk's post may do everything here, and every change is noticed by every process."""

    stamp = "rules"

    def _clerk(self, request, obj=None):
        return Role.CLERK in roles_of(request.user)

    has_module_permission = has_view_permission = has_add_permission = has_change_permission = has_delete_permission = _clerk

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        Stamp.bump(self.stamp)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        Stamp.bump(self.stamp)

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        Stamp.bump(self.stamp)


class Rows(ForClerks, admin.ModelAdmin):
    """Rows of one kind of reference data."""


class Places(ForClerks, admin.ModelAdmin):
    """Places: their names. Outlines and points come from files."""

    stamp = "places"
    exclude = ("point", "outline")

    def has_add_permission(self, request):
        return False


@admin.register(Category)
class Categories(Rows):
    list_display = ("code", "name", "task", "limit", "limit_unit", "photo_after")
    list_filter = ("task", "major")
    search_fields = ("code", "name")


@admin.register(Member)
class Members(Rows):
    list_display = ("user", "role", "unit")
    list_filter = ("role", "unit")
    list_select_related = ("user", "unit")


@admin.register(User)
class People(ForClerks, UserAdmin):
    """Accounts: name, password, whether active. What they may do comes from their posts."""

    list_display = ("username", "last_name", "is_active", "last_login")
    list_filter = ("is_active",)
    fieldsets = ((None, {"fields": ("username", "password", "last_name", "is_active")}),)
    filter_horizontal = ()


@admin.register(Reachable)
class Addresses(Rows):
    """Where units hear, and programs: what people enter for themselves stands in their inbox."""

    list_display = ("unit", "user", "channel", "to", "language", "on")
    list_filter = ("channel", "on")
    list_select_related = ("unit", "user")


for model in (Unit, Major, Handoff, Danger, OfficeHours, Holiday, QuietHours, EscalationRule, Retention):
    admin.site.register(model, Rows)
for model in (Town, Village, Address):
    admin.site.register(model, Places)
