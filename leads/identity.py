"""Who is who: the normalised forms by which people, companies and typed queries are compared.

Text as typed is stored as typed; these keys stand beside it. Plain functions of text, no query.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from phonenumbers.phonemetadata import PhoneMetadata

from leads import free_mail

# What NFKC leaves apart although people mean the same: glyph variants of names, and dashes of many kinds.
_SAME = {
    **dict(zip("髙﨑𠮷德靑槗", "高崎吉徳青橋", strict=True)),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u301c\u223c\u223e\uff5e", "~"),
    **dict.fromkeys("\u2018\u2019\u02bc\uff07", "'"),
}
# Old and new forms of a name: folded for search only, where one more hit costs nothing.
_ALIKE = dict(
    zip(
        "濱濵邊邉齋齊斎櫻澤嶋嶌廣國眞惠冨龍榮壽學會圓瀧藏",
        "浜浜辺辺斉斉斉桜沢島島広国真恵富竜栄寿学会円滝蔵",
        strict=True,
    )
)
_KANA = {chr(code): chr(code + 0x60) for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_SAME_TABLE = str.maketrans(_SAME)
_SEARCH_TABLE = str.maketrans({**_ALIKE, **_KANA})
_IN_SAME = re.compile(f"[{re.escape(''.join(_SAME))}]").search
_IN_SEARCH = re.compile(f"[{re.escape(''.join([*_ALIKE, *_KANA]))}]").search
# Characters nobody sees: zero-width, soft hyphen, direction marks, the invisible Hangul fillers.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)


def fold(text: str) -> str:
    """One spelling for comparing: NFKC, own map, casefold, single spaces, nothing invisible."""
    if text.isascii():
        return " ".join(text.casefold().split())
    # Most text is folded already in most ways: asking is cheaper than doing.
    text = INVISIBLE.sub("", text) if INVISIBLE.search(text) else text
    text = _composed(text)
    text = (text.translate(_SAME_TABLE) if _IN_SAME(text) else text).casefold()
    return " ".join(_composed(text).split())


def _composed(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


# ── e-mail ───────────────────────────────────────────────────────────────────

_PLAIN_MAIL = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
ROLE_NAMES = frozenset(
    {
        "abuse", "accounting", "admin", "billing", "contact", "cs", "customer", "customerservice", "desk",
        "donotreply", "eigyo", "enquiry", "hello", "help", "honsha", "hostmaster", "hr", "info",
        "information", "inquiry", "jinji", "jobs", "keiri", "koho", "kouhou", "mail", "marketing",
        "no-reply", "noreply", "office", "otoiawase", "postmaster", "pr", "press", "reception", "recruit",
        "root", "saiyo", "sales", "service", "soumu", "support", "team", "toiawase", "webmaster",
    }
)  # fmt: skip


def email_key(address: str) -> str | None:
    """The address as a key, or None: empty, or nothing we would send mail to (see `email_problem`)."""
    return _email(address)[0]


def email_problem(address: str) -> str:
    """Why an address is kept but not used: a code, or "" when it is fine or empty."""
    return _email(address)[1]


@lru_cache(maxsize=16384)
def _email(address: str) -> tuple[str | None, str]:
    typed = address.strip()
    if not typed:
        return None, ""
    if INVISIBLE.search(typed):
        return None, "email_invisible_character"
    plain = typed if typed.isascii() else unicodedata.normalize("NFKC", typed).translate(_SAME_TABLE)
    local, _, domain = plain.rpartition("@")
    if not local.isascii():
        return None, "email_non_ascii_local"
    key = f"{local}@{_ascii_domain(domain)}".lower()
    if len(key) > 254 or len(local) > 64 or not _is_mail(key):
        return None, "email_invalid"
    return key, ""


def _is_mail(key: str) -> bool:
    if _PLAIN_MAIL.fullmatch(key):
        return True
    if key[0] in "=\"'" or key.endswith(("@localhost", "]")):
        return False
    try:
        validate_email(key)
    except ValidationError:
        return False
    return True


def _ascii_domain(domain: str) -> str:
    """An international domain in the letters that travel (日本.jp → xn--wgv71a.jp)."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def is_role_address(key: str | None) -> bool:
    """A mailbox of an office (info@, sales@), which several people share."""
    local = (key or "").partition("@")[0].partition("+")[0]
    return local in ROLE_NAMES


# ── phone ────────────────────────────────────────────────────────────────────

_PHONE_NOISE = re.compile(r"[\s().\-\u30fc]+")
_EXTENSION = re.compile(r"(?:内線|ext\.?|x|#)[\s:]*\d*.*$", re.IGNORECASE)
_JAPAN: Any = PhoneMetadata.metadata_for_region("JP")
_FIXED_JP = re.compile(f"0(?:{_JAPAN.fixed_line.national_number_pattern})")
_PLAIN_JP = re.compile(r"0(?:[789]0[1-9]\d{7}|50[1-9]\d{7}|[36][3-6]\d{7})")


@lru_cache(maxsize=16384)
def phone_key(number: str) -> str | None:
    """The number in E.164, Japan unless it says otherwise; None when nobody could be called by it."""
    typed = number.strip()
    if not typed:
        return None
    if not typed.isascii():
        typed = unicodedata.normalize("NFKC", INVISIBLE.sub("", typed)).translate(_SAME_TABLE)
    digits = _PHONE_NOISE.sub("", typed)
    if _PLAIN_JP.fullmatch(digits) or (len(digits) == 10 and _FIXED_JP.fullmatch(digits)):
        return "+81" + digits[1:]
    return _parsed(re.split(r"[/,;、]", _EXTENSION.sub("", typed))[0])


def _parsed(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number.replace("\u30fc", "-"), "JP")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    parsed.extension = None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


# ── companies ────────────────────────────────────────────────────────────────

_JP_FORMS = (
    "特定非営利活動法人|地方独立行政法人|社会保険労務士法人|土地家屋調査士法人|独立行政法人|国立大学法人|国立研究開発法人|"
    "公立大学法人|一般社団法人|一般財団法人|公益社団法人|公益財団法人|社会福祉法人|司法書士法人|行政書士法人|特許業務法人|"
    "社会医療法人財団|社会医療法人社団|社会医療法人|医療法人社団|医療法人財団|医療法人|学校法人|宗教法人|弁護士法人|税理士法人|監査法人|社団法人|財団法人|npo法人|"
    "株式会社|有限会社|合同会社|合資会社|合名会社|相互会社"
)
_JP_SHORT = "株|有|合|同|資|名|相|社|財|医|学|福|宗|独|大|一社|一財|公社|公財|特非|国研"
_FORM_FRONT = re.compile(rf"^(?:(?:{_JP_FORMS})|\((?:{_JP_SHORT})\)|(?:k\.k\.|kk|g\.k\.)(?=\s))\s*")
_EN_FORMS = (
    r"incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|plc|pllc|lp|gmbh|ag|kg|s\.?a\.?s?|sarl|srl|spa|"
    r"b\.?v|n\.?v|oy|ab|aps|pte|pty|k\.?k|g\.?k|y\.?k|holdings? co"
)
_FORM_BACK = re.compile(rf"(?:\s*(?:{_JP_FORMS}|\((?:{_JP_SHORT})\))|[\s,]+(?:{_EN_FORMS})\.?)\s*[.,]?$")
_UNSAID = re.compile(r"[\s.,'\"・·\-_()\[\]「」『』〔〕、。~/]+")


@lru_cache(maxsize=16384)
def company_key(name: str) -> str:
    """A company's name without legal form, spaces and punctuation; "" only for an empty name."""
    plain = without_legal_form(name)
    return (_UNSAID.sub("", plain) or plain)[:300]


@lru_cache(maxsize=16384)
def without_legal_form(name: str) -> str:
    """(株)山田商事, 山田商事㈱ and Yamada Inc. say one name; a name that is only a form stays."""
    plain = fold(name)
    while plain:
        shorter = _FORM_BACK.sub("", _FORM_FRONT.sub("", plain)).strip(" ,")
        if shorter == plain or not shorter:
            return plain
        plain = shorter
    return plain


_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def company_domain(domain: str, email: str = "") -> str:
    """The company's own domain: the one given, else that of the address; "" for private mailboxes."""
    found = bare_domain(domain)
    if not found:
        found = (email_key(email) or "").rpartition("@")[2]
    return "" if not found or free_mail.is_free_mail(found) else found


@lru_cache(maxsize=16384)
def bare_domain(typed: str) -> str:
    """`https://www.Example.co.jp/about` → `example.co.jp`; what is no domain → ""."""
    plain = fold(typed).partition("://")[2] or fold(typed)
    host = re.split(r"[/?#:]", plain.rpartition("@")[2])[0].strip(".").removeprefix("www.")
    host = _ascii_domain(host)
    return host if _DOMAIN.fullmatch(host) and len(host) <= 253 else ""


# ── search ───────────────────────────────────────────────────────────────────

_NUMBER_LIKE = re.compile(r"[+(]?\d[\d\s().+\-]*")


def search_text(
    name: str, family_kana: str, given_kana: str, company: str, email: str, phone: str, external_id: str
) -> str:
    """What a lead is found by: each part folded and without spaces, one a line, phones as digits."""
    parts = [
        _squeeze(name), _squeeze(family_kana + given_kana), _squeeze(without_legal_form(company)),
        _squeeze(email), *_phone_digits(phone), *_id_forms(external_id),
    ]  # fmt: skip
    return "\n".join(part for part in parts if part)


def search_terms(query: str) -> list[str]:
    """A typed query as terms that must all be contained in `search_text`.

    Words are split at spaces, company forms fall away, and what looks like a phone number or an id
    is one term of digits. Two Japanese characters are a term like any other.
    """
    plain = fold(query)
    if _NUMBER_LIKE.fullmatch(plain) and sum(c.isdigit() for c in plain) >= 2:
        return [re.sub(r"\D", "", plain)]
    words = [_squeeze(without_legal_form(word)) for word in without_legal_form(plain).split()]
    return [word for word in words if word]


def search_id(query: str) -> int | None:
    """The lead a query names by its number (`812`, `#812`), if it is one the database can hold."""
    digits = fold(query).removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def _squeeze(text: str) -> str:
    plain = fold(text)
    return (plain.translate(_SEARCH_TABLE) if _IN_SEARCH(plain) else plain).replace(" ", "")


def _phone_digits(phone: str) -> list[str]:
    if not phone:
        return []
    typed = re.sub(r"\D", "", fold(phone))
    key = phone_key(phone)
    if key is None:
        return [typed]
    home = "0" + key[3:] if key.startswith("+81") else ""
    return list(dict.fromkeys([home, key[1:], typed]))


def _id_forms(external_id: str) -> list[str]:
    plain = _squeeze(external_id)
    return [plain, re.sub(r"\D", "", plain)] if _NUMBER_LIKE.fullmatch(plain) else [plain]
