"""A mapping file as plain data: YAML 1.2's core schema, or JSON, which is the same file.

Text stays as it is written (`0100`, `no`, `2026-11-24`), whatever YAML 1.1 would make of it. Keys given
twice, anchors and tags are refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from leads.sources.problems import FileRefused

MOST_BYTES = 1_000_000
MOST_DEPTH = 20
_TYPED = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?", re.ASCII)
_NULL = ("", "~", "null", "Null", "NULL")


class Word(str):
    """An unquoted word: text, unless somebody asks what it would be as a value."""

    @property
    def typed(self) -> Any:
        if self in _TYPED:
            return _TYPED[self]
        if _NUMBER.fullmatch(self):
            return float(self) if "." in self else int(self)
        return None if self in _NULL else str(self)


def load(path: Path) -> Any:
    """The one document of this file. Raises FileRefused with the line."""
    try:
        source = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
        text = source.decode("utf-8-sig") if source is not None else None
    except UnicodeDecodeError as wrong:
        raise FileRefused("mapping_not_utf8", file=str(path)) from wrong
    except (OSError, ValueError) as wrong:
        raise FileRefused("mapping_missing", file=str(path)) from wrong
    if text is None:
        raise FileRefused("mapping_too_large", file=str(path))
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return _value(node, text, 0) if node is not None else {}
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise FileRefused("mapping_syntax", line=mark.line + 1 if mark else 1) from wrong
    except (yaml.YAMLError, RecursionError) as wrong:
        raise FileRefused("mapping_syntax", line=1) from wrong


def typed(value: Any) -> Any:
    """The same data with its unquoted words as values: what a predicate compares with."""
    if isinstance(value, dict):
        return {name: typed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return value.typed if isinstance(value, Word) else value


def _value(node: yaml.Node, text: str, depth: int) -> Any:
    line = node.start_mark.line + 1
    if depth > MOST_DEPTH:
        raise FileRefused("mapping_too_deep", line=line)
    if _is_marked(node, text):
        raise FileRefused("mapping_anchor", line=line)
    if isinstance(node, yaml.ScalarNode):
        return Word(node.value) if node.style is None else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, text, depth + 1) for inner in node.value]
    found: dict[str, Any] = {}
    for name, inner in node.value:
        if not isinstance(name, yaml.ScalarNode):
            raise FileRefused("mapping_syntax", line=name.start_mark.line + 1)
        if name.value in found:
            raise FileRefused("mapping_key_twice", line=name.start_mark.line + 1, name=name.value)
        found[str(name.value)] = _value(inner, text, depth + 1)
    return found


def _is_marked(node: yaml.Node, text: str) -> bool:
    """An anchor, an alias or a tag stands where this value begins."""
    start = text[node.start_mark.index : node.start_mark.index + 1]
    return start in ("&", "*", "!") or not node.tag.startswith("tag:yaml.org,2002:")
