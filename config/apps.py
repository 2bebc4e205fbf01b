import gc

from django.apps import AppConfig

SELDOM = 50_000  # new objects between two collections, where Python has 700


class StairwellConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import wiring

        wiring.connect()
        gc.freeze()  # what is loaded stays: no collection need look at it again (decision 0103)
        gc.set_threshold(SELDOM)
