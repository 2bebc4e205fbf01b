"""`./run lint`: all that a machine can judge by reading. Every check runs; all must pass."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
CHECKS = {
    "style": [PYTHON, "-m", "ruff", "check", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "types": [PYTHON, "-m", "mypy"],
    "floors": [PYTHON, "-c", "from importlinter.cli import lint_imports_command as go; go()"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "settings": [PYTHON, "manage.py", "check"],
    "translations": [PYTHON, "-m", "pytest", "tests/config/test_translations.py", "-m", "not gettext"],
}


def main(names: list[str]) -> int:
    """Run the named checks, or all of them."""
    with tempfile.TemporaryDirectory() as var:
        quiet = os.environ | {"DATABASE_URL": "", "REDIS_URL": "", "TASUKI_ENV": "", "TASUKI_VAR": var}
        failed = [name for name in names or CHECKS if not passes(name, quiet)]
    print(f"lint: {'FAILED: ' + ', '.join(failed) if failed else 'all clear'}")
    return int(bool(failed))


def passes(name: str, environment: dict[str, str]) -> bool:
    print(f"lint: {name}", flush=True)
    return subprocess.run(CHECKS[name], cwd=HOME, env=environment).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
