"""A playbook as YAML text that people read and `yaml12` reads back equal.

Short things stand on one line, long ones in blocks. A word is quoted wherever YAML 1.1 and 1.2, or
a spreadsheet's idea of a date, could disagree about it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from yaml.resolver import Resolver

from config.playbook import yaml12

WIDTH = 118

# A word that stands bare in every context: a letter first, then letters, digits and harmless marks.
_BARE = re.compile(r"[^\W\d_](?:[\w.・。、（）？！「」〜/@+-]| (?=[\w（「/]))*")
_AMOUNT = re.compile(r"[0-9]+[mhd%]")
_COUNT = re.compile("[1-9][0-9]{0,3}")
_ONE_LETTER = re.compile("[yYnN]")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_RESOLVER = Resolver()


def write(sections: Mapping[str, Any], *, heading: str = "") -> str:
    """The sections as YAML text, in their own order; `heading` becomes comment lines on top."""
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    for index, (name, section) in enumerate(sections.items()):
        if isinstance(section, (dict, list)) and section and index:
            lines.append("")
        lines.extend(_entry(name, section, 0, at_top=True))
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, indent: int, *, at_top: bool = False) -> Iterator[str]:
    """A key with its value: on one line where it fits, else with the value as a block below."""
    start = f"{' ' * indent}{_key(key)}:"
    if not (isinstance(value, (dict, list)) and value):
        yield f"{start} {flow(value)}"
    elif not (at_top and _holds_mappings(value)) and _fits(line := f"{start} {flow(value)}"):
        yield line
    else:
        yield start
        yield from _block(value, indent + 2)


def _block(value: Any, indent: int) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _entry(key, item, indent)
        return
    for item in value:
        yield from _item(item, indent)


def _item(value: Any, indent: int) -> Iterator[str]:
    """An entry of a list; a long mapping begins beside its dash."""
    dash = f"{' ' * indent}- "
    if not (isinstance(value, (dict, list)) and value) or _fits(dash + flow(value)):
        yield dash + flow(value)
        return
    first, *rest = _block(value, indent + 2)
    yield dash + first[indent + 2 :]
    yield from rest


def _holds_mappings(value: Any) -> bool:
    return isinstance(value, dict) and any(isinstance(item, dict) for item in value.values())


def _fits(line: str) -> bool:
    """Counts a Japanese character as two columns, as an editor shows it."""
    return len(line) + sum(ord(character) > 0x2E80 for character in line) <= WIDTH


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value) if isinstance(value, str) else _plain(value)


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    raise TypeError(f"a playbook has no {type(value).__name__}")


def scalar(text: str) -> str:
    """A text, bare where nobody could read anything else in it, else in double quotes."""
    if _AMOUNT.fullmatch(text) or (_BARE.fullmatch(text) and not _means_something(text)):
        return text
    return quoted(text)


def _key(text: str) -> str:
    """Keys are always text, so a lane may stand as a bare number."""
    return text if _COUNT.fullmatch(text) else scalar(text)


def _means_something(word: str) -> bool:
    """Would any YAML read this word as a boolean, a number, a date or nothing?"""
    if _ONE_LETTER.fullmatch(word) or yaml12.plain(word) != word:
        return True
    return any(
        pattern.match(word)
        for first in (word[:1], None)
        for _, pattern in _RESOLVER.yaml_implicit_resolvers.get(first, ())
    )


def quoted(text: str) -> str:
    """Double quotes with escapes that YAML and JSON share."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
