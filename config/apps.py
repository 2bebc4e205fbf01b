from django.apps import AppConfig


class StairwellConfig(AppConfig):
    name = "config"
