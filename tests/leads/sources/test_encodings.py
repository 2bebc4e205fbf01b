"""Which letters the bytes mean: BOM, strict UTF-8, CP932, EUC-JP; the whole file decides."""

from __future__ import annotations

import codecs

import pytest

from leads.sources import encodings
from leads.sources.problems import FileRefused

TEXT = "氏名,会社名\n髙橋　花子,㈱青空商事①\n"
PLAIN = "氏名,会社名\n山田太郎,青空商事\n佐藤花子,みなと物流\n"
HALF_WIDTH = "name,kana\nYamamoto,ﾔﾏﾓﾄ ﾊﾅｺ\nSuzuki,ｽｽﾞｷ ｱｷﾗ\n"


@pytest.mark.parametrize(
    ("source", "codec"),
    [
        (b"email,name\na@e.jp,A\n", "utf-8"),
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("cp932"), "cp932"),
        ("点検連番,型式".encode("cp932"), "cp932"),  # twenty bytes
        (HALF_WIDTH.encode("cp932"), "cp932"),
        (PLAIN.encode("euc_jp"), "euc_jp"),
        ("メールアドレス,氏名\na@e.jp,鈴木 誠\n".encode("euc_jp"), "euc_jp"),
        (b"email,name,company\n" + b"a@e.jp,Taro,ok\n" * 5000 + "b@e.jp,山田,x\n".encode("cp932"), "cp932"),
        (b"email,name,company\n" + b"a@e.jp,Taro,ok\n" * 100_000 + "b@e.jp,山田,x\n".encode(), "utf-8"),
    ],
)
def test_found(tmp_path, source, codec):
    path = tmp_path / "leads.csv"
    path.write_bytes(source)
    assert encodings.detect(path) == codec
    assert "".join(encodings.texts(path, codec)) == source.decode(codec)


@pytest.mark.parametrize("asked", ["cp932", "CP932", "Shift_JIS", "sjis", "Windows-31J"])
def test_asked_for_by_any_of_its_names(tmp_path, asked):
    path = tmp_path / "leads.csv"
    path.write_bytes(TEXT.encode("cp932"))
    assert encodings.detect(path, asked) == "cp932"


@pytest.mark.parametrize(
    ("source", "asked", "code"),
    [
        (TEXT.encode("cp932"), "utf-8", "not_in_encoding"),
        (TEXT.encode(), "latin-1", "unknown_encoding"),
        (b"%PDF-1.7 ...", "", "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "", "binary"),
        (bytes(range(256)) * 40, "", "binary"),
        ((TEXT * 20).encode("utf-16-le"), "", "binary"),
        (b"email,name\na@e.jp,\xff\xfe\xfd\xa0\n", "", "unreadable_encoding"),
        (codecs.BOM_UTF8 + b"email\n\xff\xa0\xfd\n", "", "unreadable_encoding"),
    ],
)
def test_refused(tmp_path, source, asked, code):
    path = tmp_path / "leads.csv"
    path.write_bytes(source)
    with pytest.raises(FileRefused) as refused:
        encodings.detect(path, asked)
    assert refused.value.code == code
