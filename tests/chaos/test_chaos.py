"""The short form of the chaos harness: what RELIABILITY 4 says, at sizes of two minutes in all."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection

from tests.chaos import servers
from tests.chaos.house import HOME

pytestmark = pytest.mark.chaos


def test_the_house_survives_the_short_form(capsys: pytest.CaptureFixture[str]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("chaos breaks the house on PostgreSQL and Redis")
    if why := servers.missing():
        pytest.skip("; ".join(why))
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--short", "--within", "75"], cwd=HOME, capture_output=True,
        text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"}, check=False,
    )  # fmt: skip
    with capsys.disabled():
        print(f"\n{done.stdout}")
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
