"""YAML as the playbook speaks it: the 1.2 core schema, without the parts that surprise.

PyYAML finds the events; what a plain word means is decided here, because YAML 1.1 reads `no` as a
boolean and `18:00` as 1080. Keys are always text, as written. Everything keeps its place in the file.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from config.playbook.problems import Path, Place, PlaybookRefused, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_TEXT = 10_000
MAX_NUMBER = 10**15  # below 2**53: the same in JSON, in Python and in both databases

_NULL = re.compile(r"|~|null|Null|NULL")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# Control characters, line ends only some programs know, halves of pairs, non-characters.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")

# What PyYAML says of the mistakes people make most → our code.
_SYNTAX = {
    "mapping values are not allowed": "syntax_second_colon",
    "found character '\\t'": "syntax_tab",
    "expected ',' or": "syntax_open_bracket",
    "found unexpected end of stream": "syntax_open_quote",
    "could not find expected ':'": "syntax_no_colon",
    "expected <block end>": "syntax_indent",
    "found unknown escape": "syntax_escape",
    "expected escape sequence": "syntax_escape",
    "cannot start any token": "syntax_needs_quotes",
}
_SHOWN_AT_START = ("syntax_open_quote", "syntax_no_colon")  # the end of these is far from the mistake


@dataclass
class Document:
    """A file as plain data; `places` of values and `key_places` of their keys, by path."""

    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    key_places: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """The place of `path`, or of the nearest thing around it that stands in the file."""
        if key and path in self.key_places:
            return self.key_places[path]
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(1, 1))


def load(source: bytes) -> Document:
    """The one document in `source`. What can be read is returned with its problems beside it.

    Raises `PlaybookRefused` where nothing sensible can be read on: wrong encoding, broken syntax.
    """
    text = _decoded(source)
    composer = _Composer(text)
    composer.compose()
    return composer.document


def plain(word: str) -> Any:
    """The value of an unquoted word in the core schema; raises ValueError (a code) for no number we take."""
    if _NULL.fullmatch(word):
        return None
    if _TRUE.fullmatch(word):
        return True
    if _FALSE.fullmatch(word):
        return False
    if _INTEGER.fullmatch(word):
        return _whole(word)
    if _DECIMAL.fullmatch(word) or _NO_NUMBER.fullmatch(word):
        return _decimal(word)
    return word


def _whole(word: str) -> int:
    if len(word) > 20:
        raise ValueError("number_too_large")
    base = {"0o": 8, "0x": 16}.get(word[:2], 10)
    number = int(word[2:], base) if base != 10 else int(word)
    if abs(number) > MAX_NUMBER:
        raise ValueError("number_too_large")
    return number


def _decimal(word: str) -> float:
    number = math.nan if _NO_NUMBER.fullmatch(word) else float(word)
    if not math.isfinite(number) or abs(number) > MAX_NUMBER:
        raise ValueError("number_too_large" if math.isfinite(number) else "number_not_finite")
    return number


def _decoded(source: bytes) -> str:
    if len(source) > MAX_BYTES:
        _refuse(Place(1, 1), "too_many_bytes", most=MAX_BYTES)
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        before = source[: wrong.start].decode("utf-8", "replace")
        _refuse(_after(before), "not_utf8")
    if found := _FORBIDDEN_RAW.search(text):
        _refuse(_after(text[: found.start()]), "character", character=f"U+{ord(found[0]):04X}")
    return text


def _after(text: str) -> Place:
    lines = re.split("\r\n|\r|\n", text)
    return Place(len(lines), len(lines[-1]) + 1)


def _refuse(place: Place, code: str, **params: Any) -> NoReturn:
    raise PlaybookRefused([Problem(place.line, place.column, (), code, params)])


class _Composer:
    """Builds the data from PyYAML's events, and keeps places and problems on the way."""

    def __init__(self, text: str) -> None:
        self.document = Document()
        self.loader = yaml.SafeLoader(text)

    def compose(self) -> None:
        self._next()
        self._begin()
        self.document.data = self._value(self._next(), ())
        self._next()
        if not isinstance(after := self._next(), yaml.StreamEndEvent):
            self._problem(_start(after), (), "second_document")

    def _begin(self) -> None:
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            self._stop(Place(1, 1), (), "empty_file")
        if event.version not in (None, (1, 2)):
            self._problem(_start(event), (), "yaml_version")

    def _next(self) -> Any:
        try:
            return self.loader.get_event()  # type: ignore[no-untyped-call]
        except yaml.MarkedYAMLError as wrong:
            said = f"{wrong.context or ''} {wrong.problem or ''}"
            code = next((ours for theirs, ours in _SYNTAX.items() if theirs in said), "syntax")
            marks = [mark for mark in (wrong.context_mark, wrong.problem_mark) if mark]
            mark = marks[0 if code in _SHOWN_AT_START else -1]
            self._stop(Place(mark.line + 1, mark.column + 1), (), code)
        except (ValueError, OverflowError):  # a number in an escape or directive that no character has
            self._stop(Place(self.loader.line + 1, self.loader.column + 1), (), "syntax_escape")

    def _value(self, event: Any, path: Path) -> Any:
        self.document.places.setdefault(path, _start(event))
        if len(path) > MAX_DEPTH:
            self._stop(_start(event), path, "too_deep", most=MAX_DEPTH)
        if isinstance(event, yaml.AliasEvent):
            return self._problem(_start(event), path, "alias", name=event.anchor)
        if event.anchor is not None:
            self._problem(_start(event), path, "anchor", name=event.anchor)
        if event.tag is not None:
            self._problem(_start(event), path, "tag", name=event.tag)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._list(path)

    def _scalar(self, event: Any, path: Path) -> Any:
        if len(event.value) > MAX_TEXT:
            return self._problem(_start(event), path, "too_long", most=MAX_TEXT)
        if found := FORBIDDEN.search(event.value):
            return self._problem(_start(event), path, "character", character=f"U+{ord(found[0]):04X}")
        if event.style is not None:
            return event.value
        try:
            return plain(event.value)
        except ValueError as wrong:
            return self._problem(_start(event), path, str(wrong), value=event.value[:40])

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, path)
            place, here = _start(event), (*path, key)
            if key in found:
                first = self.document.key_places[here].line
                self._problem(place, here, "duplicate_key", key=key, line=first)
            self.document.key_places.setdefault(here, place)
            value = self._value(self._next(), here)
            found.setdefault(key, value)
        return found

    def _key(self, event: Any, path: Path) -> str:
        place = _start(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(place, path, "key_not_text")
        if event.anchor is not None or event.tag is not None:
            self._problem(
                place, path, "tag" if event.anchor is None else "anchor", name=event.tag or event.anchor
            )
        if event.value == "<<" and event.style is None:
            self._problem(place, path, "merge_key")
        elif not event.value.strip():
            self._problem(place, path, "empty_key")
        elif FORBIDDEN.search(event.value) or "\n" in event.value or len(event.value) > 200:
            self._problem(place, path, "bad_key")
        return str(event.value)

    def _problem(self, place: Place, path: Path, code: str, **params: Any) -> None:
        self.document.problems.append(Problem(place.line, place.column, path, code, params))

    def _stop(self, place: Place, path: Path, code: str, **params: Any) -> NoReturn:
        self._problem(place, path, code, **params)
        raise PlaybookRefused(self.document.problems)


def _start(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)
