"""Addresses."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from gis_app.api import api, where
from gis_app.views import maps, public
from gis_app.views.staff import automatic, clerk, coverage, duties, lists, orders, steps, ticket

urlpatterns = [
    path("api/v1/locate", where),  # first: it is asked the most
    path("api/v1/", api.urls),
    path("", public.report, name="report"),
    path("r/", public.follow_any, name="follow_any"),
    path("r/<str:code>", public.follow, name="follow"),
    path("known", public.known, name="known"),
    path("photos/<int:pk>", public.photo, name="photo"),
    path("map/county.json", maps.county, name="county"),
    path("map/places.json", public.places, name="places"),
    path("home", lists.home, name="home"),
    path("work/", lists.work, name="work"),
    path("unit/", lists.unit, name="unit"),
    path("work/<int:pk>", ticket.ticket, name="ticket"),
    path("work/<int:pk>/original", ticket.original, name="original"),
    path("tickets/<int:pk>/steps", steps.take_step, name="take_step"),
    path("desk/", lists.desk, name="desk"),
    path("desk/<int:pk>", lists.desk, name="desk_ticket"),
    path("desk/many", steps.take_many, name="desk_many"),
    path("desk/automatic", automatic.page, name="automatic"),
    path("desk/automatic/<int:pk>", automatic.look, name="look_at_automatic"),
    path("desk/automatic/switch/<str:code>", automatic.switch, name="switch_automatic"),
    path("desk/<int:pk>/dispatch", steps.dispatch, name="desk_dispatch"),
    path("lead/orders", orders.orders, name="orders"),
    path("lead/heat", maps.heat, name="heat"),
    path("lead/heat/map", maps.heat_map, name="heat_map"),
    path("clerk/boundaries", clerk.boundaries, name="boundaries"),
    path("clerk/boundaries/undo", clerk.undo, name="undo_boundaries"),
    path("clerk/boundaries/<int:pk>", clerk.edition, name="edition"),
    path("clerk/boundaries/<int:pk>/activate", clerk.activate, name="activate_edition"),
    path("clerk/boundaries/<int:pk>/forget", clerk.forget, name="forget_edition"),
    path("clerk/boundaries/<int:pk>/report.txt", clerk.report_text, name="edition_text"),
    path("clerk/boundaries/<int:pk>/report.json", clerk.report_json, name="edition_json"),
    path("clerk/boundaries/<int:pk>/map.json", clerk.report_map, name="edition_map"),
    path("clerk/relocations", clerk.relocations, name="relocations"),
    path("clerk/help/boundaries", clerk.boundaries_help, name="boundaries_help"),
    path("clerk/coverage", coverage.matrix, name="coverage"),
    path("clerk/coverage.xlsx", coverage.sheet, name="coverage_sheet"),
    path("clerk/duties", duties.tables, name="duties"),
    path("clerk/duties.xlsx", duties.sheet, name="duties_sheet"),
    path("clerk/duties/undo", duties.undo, name="undo_duties"),
    path("clerk/duties/<int:pk>", duties.table, name="duties_table"),
    path("clerk/duties/<int:pk>.xlsx", duties.sheet, name="duties_table_sheet"),
    path("clerk/duties/<int:pk>/activate", duties.activate, name="activate_duties"),
    path("clerk/help/duties", duties.help_page, name="duties_help"),
    path("accounts/login/", LoginView.as_view(template_name="login.html", redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("healthz", public.healthz, name="healthz"),
    path("readyz", public.readyz, name="readyz"),
    path("api/", public.programs, name="programs"),
]
