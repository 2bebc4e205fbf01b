"""Writes the second half of `docs/map.md`: every source file with the first sentence it says about itself.

`python docs/map.py` after adding a file; a test holds the two against each other.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
MAP = HOME / "docs" / "map.md"
MARK = "## Every file"
FLOORS = {
    "leads": "the ground floor: people, companies, leads, what happened to them",
    "scoring": "the first floor: how ready a lead is",
    "handoff": "the second floor: the desk where marketing hands over and sales answers in time",
    "config": "the stairwell: settings, commands, and what sees all floors",
    "tests": "what every test may ask for, and the commands of `./run`",
}


def source_files() -> list[str]:
    """Every Python file of ours that says something; migrations and single tests speak for themselves."""
    found = [path for floor in FLOORS for path in (HOME / floor).rglob("*.py")]
    found = [path for path in found if not path.name.startswith("test_") and "migrations" not in path.parts]
    return sorted(str(path.relative_to(HOME)) for path in found if sentence(path))


def sentence(path: Path) -> str:
    """The first sentence of a file's docstring, in one line."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    text = " ".join(said.split("\n\n")[0].split())
    return re.split(r"(?<=[^.][.?])\s(?=[A-Z`])", text)[0].rstrip(".")


def written() -> str:
    """The map with its second half as the files are now."""
    by_hand = MAP.read_text(encoding="utf-8").split(MARK)[0]
    lines = [MARK, "", "Written by `python docs/map.py` from the first sentence of each file.", ""]
    files = source_files()
    for floor, meaning in FLOORS.items():
        lines += [f"### {floor}: {meaning}", ""]
        lines += [f"- `{name}`: {sentence(HOME / name)}" for name in files if name.startswith(f"{floor}/")]
        lines.append("")
    return by_hand + "\n".join(lines)


if __name__ == "__main__":
    MAP.write_text(written(), encoding="utf-8")
