"""Which letters the bytes of a file mean: BOM, then strict UTF-8, then CP932, then EUC-JP (PRODUCT 9).

The whole file decides, never its first kilobytes: many begin in ASCII and say their first name at the end.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from leads.sources.problems import FileRefused

CHUNK = 1 << 20
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {
    "utf8": "utf-8-sig", "utf8sig": "utf-8-sig", "utf8bom": "utf-8-sig", "utf16": "utf-16",
    "utf16le": "utf-16-le", "utf16be": "utf-16-be", "cp932": "cp932", "ms932": "cp932",
    "windows31j": "cp932", "shiftjis": "cp932", "sjis": "cp932", "eucjp": "euc_jp", "ujis": "euc_jp",
}  # fmt: skip
# Beginnings of files that are no tables, whatever they are called.
MAGIC = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"SQLite format",
    b"\x7fELF",
)
_CONTROL = bytes(set(range(32)) - {0, 9, 10, 12, 13, 27})
_NO_LETTERS = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")  # bytes CP932 has no letter for
MOST_CONTROL = 0.02  # a share that no text has
SAMPLE = 20_000


def detect(path: Path, asked: str = "") -> str:
    """The codec of this file, the one asked for or the first that reads it without an error.

    Raises FileRefused: `unknown_encoding`, `not_in_encoding`, `binary`, `unreadable_encoding`.
    """
    with path.open("rb") as opened:
        head = opened.read(1 << 16)
    if asked:
        codec = NAMES.get(asked.lower().replace("-", "").replace("_", ""))
        if codec is None:
            raise FileRefused("unknown_encoding", encoding=asked)
        if not _reads(path, codec):
            raise FileRefused("not_in_encoding", encoding=asked)
        return codec
    marked = next((codec for bom, codec in BOMS if head.startswith(bom)), None)
    if marked is None and _is_binary(head):
        raise FileRefused("binary")
    if marked is not None and _reads(path, marked):
        return marked
    if _reads(path, "utf-8"):
        return "utf-8"
    return _japanese(path)


def _japanese(path: Path) -> str:
    """CP932 or EUC-JP. Nearly every EUC-JP file can be read as CP932 too, as half-width nonsense."""
    windows, unix = _reads(path, "cp932"), _reads(path, "euc_jp")
    if unix and (not windows or _sounds_like_euc(path)):
        return "euc_jp"
    if windows:
        return "cp932"
    raise FileRefused("unreadable_encoding")


def _reads(path: Path, codec: str) -> bool:
    try:
        return not any(codec == "cp932" and _NO_LETTERS.intersection(text) for text in texts(path, codec))
    except UnicodeError:
        return False


def texts(path: Path, codec: str) -> Iterator[str]:
    """The file piece by piece, strictly decoded."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    with path.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", True)


def _sounds_like_euc(path: Path) -> bool:
    """Read as EUC-JP, is it kana and everyday kanji? Half-width kana in CP932 would be rare kanji there."""
    letters = (letter for text in texts(path, "euc_jp") for letter in text if not letter.isascii())
    sample = list(islice(letters, SAMPLE))
    common = sum(letter.encode("euc_jp")[0] <= 0xCF for letter in sample)
    return common >= 0.9 * len(sample)


def _is_binary(head: bytes) -> bool:
    if head.startswith(MAGIC):
        return True
    nuls = head.count(0)
    control = len(head) - len(head.translate(None, _CONTROL))
    return (nuls + control) > max(8, MOST_CONTROL * len(head))
