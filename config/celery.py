"""Celery, the doorbell of the house: settings stand in `config.settings`, work stands in the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tasuki")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _leave_logging_alone(**kwargs: Any) -> None:
    """`settings.LOGGING` says how this house logs; Celery has nothing to add."""
