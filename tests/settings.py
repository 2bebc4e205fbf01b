"""The suite's own surroundings: whatever the machine's environment says, tests stand apart from it.

Only `DATABASE_URL` and `REDIS_URL` are taken from outside: they choose between the two ways to run.
Every process (each xdist worker too) has a `var/` of its own, and every checkout its own test database.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

_var = tempfile.mkdtemp(prefix="tasuki-test-")
atexit.register(shutil.rmtree, _var, ignore_errors=True)
os.environ["TASUKI_VAR"] = _var
for _name in ("TASUKI_ENV", "SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "PORT", "API_RATE", "LOG_LEVEL"):
    os.environ[_name] = ""

from config.settings import *  # noqa: E402, F403
from config.settings import BASE_DIR, CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, REDIS_URL  # noqa: E402

SUFFIX = os.environ.get("TASUKI_TEST_SUFFIX") or hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:8]

_database = DATABASES["default"]
if str(_database["ENGINE"]).endswith("sqlite3"):
    # A file, not memory: two threads must meet as they do in the product. Nobody pulls the plug on a test.
    _database["TEST"] = {"NAME": str(Path(_var) / "test.sqlite3")}
    _options = _database["OPTIONS"]
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")  # type: ignore[index]
    _options["timeout"] = 120  # type: ignore[index]  # on a busy machine whoever writes may take long
else:
    _database["TEST"] = {"NAME": f"test_tasuki_{SUFFIX}"}

if REDIS_URL:
    _worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = f"tasuki-test-{SUFFIX}-{_worker}:"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
