from django.apps import AppConfig


class StairwellConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import wiring

        wiring.connect()
