"""A sentence about the rules: what it says, and which of its words can be changed.

What can be changed stands between two marks until somebody wants it as plain text or in bold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from leads.words import activity_label, is_japanese
from scoring.condition_words import COMMA

OPEN, CLOSE = "\ue000", "\ue001"  # around what can be changed in a sentence; never in a playbook's own text
MARKS = str.maketrans("", "", OPEN + CLOSE)
OFF = _("Switched off: %(sentence)s")


@dataclass(frozen=True)
class Sentence:
    """`part` and `key` say what it is: ("fit", a rule's id), ("exclude", its place as text), ("mql", "").

    `name` is the label a playbook gave it, `group` the fit group; `marked` is what it says.
    """

    part: str
    key: str
    marked: str
    name: str = ""
    group: str = ""
    is_off: bool = False

    @property
    def text(self) -> str:
        """The sentence alone, for lists of changes and for machines."""
        said = self.marked.translate(MARKS)
        return str(OFF) % {"sentence": said} if self.is_off else said

    @property
    def html(self) -> SafeString:
        """The sentence with what can be changed in bold."""
        return format_html_join("", "{}{}", self._pieces())

    def _pieces(self) -> Iterator[tuple[str, str]]:
        """Plain text and what stands in bold after it, in turn."""
        for piece in self.marked.split(CLOSE):
            plain, _, bold = piece.partition(OPEN)
            yield plain, format_html("<b>{}</b>", bold) if bold else ""


def mark(text: str) -> str:
    return f"{OPEN}{plain(text)}{CLOSE}"


def plain(text: str) -> str:
    return text.translate(MARKS)


def number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else str(value)


def points(value: float) -> str:
    said = {"points": mark(f"+{number(value)}" if value > 0 else number(value).replace("-", "−"))}
    if abs(value) == 1:
        return _t("%(points)s point") % said
    return _t("%(points)s points") % said


def activities(types: Sequence[str]) -> str:
    return str(COMMA).join(activity_label(one) for one in types)


def joined(said: Sequence[str] | Iterator[str]) -> str:
    """Sentences one after the other: with a space where the language wants one."""
    return ("" if is_japanese() else " ").join(said)
