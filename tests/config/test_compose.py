"""docker-compose cannot run in CI, so its text is held against the code: parts, health, order, names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

HOME = Path(settings.BASE_DIR)
SERVICES = yaml.safe_load((HOME / "docker-compose.yml").read_text())["services"]
OURS = ["migrate", "web", "worker", "sla-worker", "beat", "sweep"]
EXAMPLE = set(re.findall(r"^#?([A-Z_]+)=", (HOME / ".env.example").read_text(), re.M))
READ = {
    name
    for file in ("environment", "settings", "serving")
    for name in re.findall(r"(?:text|environ\.get)\(\"([A-Z_]+)\"", (HOME / f"config/{file}.py").read_text())
}
OF_THE_SYSTEM = {"LC_ALL", "LC_MESSAGES", "LANG"}


def test_every_part_is_there():
    assert sorted(SERVICES) == sorted([*OURS, "postgres", "redis"])


@pytest.mark.parametrize("name", ["worker", "sla-worker", "beat", "sweep", "postgres", "redis"])
def test_every_part_says_how_it_is(name):
    assert SERVICES[name]["healthcheck"]["test"]


def test_web_is_asked_by_the_image_itself():
    assert "healthcheck" not in SERVICES["web"]
    assert "/readyz" in (HOME / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["web", "worker", "sla-worker", "beat"])
def test_nothing_starts_before_migrate_has_ended_and_redis_answers(name):
    assert SERVICES[name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "redis": {"condition": "service_healthy"},
    }


def test_the_sweep_needs_no_broker():
    assert "redis" not in SERVICES["sweep"]["depends_on"]
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "no"


def test_each_queue_has_a_worker_of_its_own():
    queues = [
        SERVICES[name]["command"][SERVICES[name]["command"].index("-Q") + 1]
        for name in ("worker", "sla-worker")
    ]
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert set(queues) == routed | {settings.CELERY_TASK_DEFAULT_QUEUE}


def test_commands_are_ours():
    for name in OURS:
        program, *words = SERVICES[name]["command"]
        assert program in ("python", "celery")
        if program == "python":
            assert words[0] == "manage.py" and words[1] in get_commands()


def test_nobody_is_root():
    assert re.search(r"^USER tasuki$", (HOME / "Dockerfile").read_text(), re.M)
    assert all("user" not in SERVICES[name] for name in OURS)


def test_the_example_names_everything_that_is_read():
    assert READ - OF_THE_SYSTEM <= EXAMPLE
    assert {"POSTGRES_PASSWORD"} == EXAMPLE - READ


def test_compose_gives_only_what_is_read():
    text = (HOME / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= EXAMPLE
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= READ
