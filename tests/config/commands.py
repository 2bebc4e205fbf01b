"""Running a command as a terminal does: exit code, stdout and stderr."""

import io

from django.core.management import call_command


def run(*args, stdin=None, monkeypatch=None):
    out, err = io.StringIO(), io.StringIO()
    if stdin is not None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    code = 0
    try:
        call_command(*map(str, args), stdout=out, stderr=err)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue(), err.getvalue()


def speak(monkeypatch, language):
    """The terminal's language: `ja_JP.UTF-8`, `en_GB.UTF-8`, `C` …"""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    if language:
        monkeypatch.setenv("LANG", language)
