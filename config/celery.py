"""Celery, the doorbell of the house: settings stand in `config.settings`, work stands in the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def new_app(name: str, *, set_as_current: bool = True) -> Celery:
    """An app with our settings and tasks; each worker of a `config.workshop` has one."""
    made = Celery(name, set_as_current=set_as_current)
    made.config_from_object("django.conf:settings", namespace="CELERY")
    made.autodiscover_tasks()
    return made


app = new_app("tasuki")
app.set_default()  # for every thread, not only the one that imports us


@setup_logging.connect
def _leave_logging_alone(**kwargs: Any) -> None:
    """`settings.LOGGING` says how this house logs; Celery has nothing to add."""


@task_prerun.connect
def _look_at_connections(**kwargs: Any) -> None:
    """A connection that broke or grew old serves no other task, as in the web no other request."""
    close_old_connections()
