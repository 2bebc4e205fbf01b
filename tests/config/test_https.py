"""What follows from `SITE_URL`: redirect, cookies and HSTS with https, and none of it without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

ASK = """
import json, django
django.setup()
from django.test import Client
host = {"SERVER_NAME": "tasuki.example.jp"}
plain = Client().get("/login", **host)
secure = Client().get("/login", HTTP_X_FORWARDED_PROTO="https", **host)
print(json.dumps({
    "plain": plain.status_code,
    "to": plain.headers.get("Location"),
    "secure": secure.status_code,
    "hsts": secure.headers.get("Strict-Transport-Security"),
    "cookie": bool(secure.cookies["csrftoken"]["secure"]),
    "livez": Client().get("/livez").status_code,
}))
"""


@pytest.fixture
def ask(tmp_path):
    def at(site_url: str) -> dict[str, Any]:
        said = {"DJANGO_SETTINGS_MODULE": "config.settings", "SITE_URL": site_url, "TASUKI_ENV": ""}
        said |= {"ALLOWED_HOSTS": "tasuki.example.jp", "TASUKI_VAR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=settings.BASE_DIR,
            env=os.environ | said,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return at


def test_https_is_insisted_on(ask):
    found = ask("https://tasuki.example.jp")
    assert (found["plain"], found["to"]) == (301, "https://tasuki.example.jp/login")
    assert (found["secure"], found["hsts"], found["cookie"]) == (200, "max-age=31536000", True)


def test_without_https_nothing_of_it(ask):
    found = ask("http://tasuki.example.jp")
    assert (found["plain"], found["hsts"], found["cookie"]) == (200, None, False)


def test_a_probe_needs_neither_host_nor_https(ask):
    assert ask("https://tasuki.example.jp")["livez"] == 200
