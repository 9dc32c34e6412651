"""The Django app."""

from django.apps import AppConfig


class GisAppConfig(AppConfig):
    name = "gis_app"
    verbose_name = "茶乡随手拍"
