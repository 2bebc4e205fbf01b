"""The tags every template shares: chips, bars, names, moments, terms, icons."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t

from leads import clock_face, glossary, stages, words
from leads.industry_words import industry_label
from leads.models import Lead, User

register = template.Library()

TICKS = ("2.0", "7.4", "12.8", "18.2", "23.6", "29.0")  # left feet of the six leaning ticks
SHAPES = {
    clock_face.RISK: "m-risk", clock_face.OVER: "m-over", clock_face.PAUSE: "m-pause",
    clock_face.MET: "m-met", clock_face.LATE: "m-met",
}  # fmt: skip


# ---------- moments, numbers, names ----------


@register.filter
def moment(at: datetime | None) -> str:
    """Prose, the reader's zone: 2026年11月22日(日) 10:30."""
    return words.moment(at) if at else ""


@register.filter
def stamp(at: datetime | None) -> str:
    """Tables, the reader's zone: 2026/11/22 10:30."""
    return f"{timezone.localtime(at):%Y/%m/%d %H:%M}" if at else ""


@register.filter
def near(at: datetime | None, now: datetime) -> str:
    """As short as it is clear beside `now`: 11:30, 11/24(火) 11:30."""
    return words.near(at, now) if at else ""


@register.filter
def until(at: datetime | None, now: datetime) -> str:
    """A deadline beside `now`: 11:30, 11/24(火) 11:30; the end of a day is named by the day."""
    return words.until(at, now) if at else ""


@register.filter
def short_day(at: datetime | None, now: datetime) -> str:
    """The day of a moment in a narrow place: 11/24(火)."""
    return words.short_day(timezone.localtime(at).date(), timezone.localtime(now).date()) if at else ""


@register.filter
def day(on: date | datetime | None) -> str:
    """A date in prose: 2026年11月22日(日)."""
    if isinstance(on, datetime):
        on = timezone.localtime(on).date()
    return words.day(on) if on else ""


@register.filter
def iso(at: datetime | None) -> str:
    """For `<time datetime>`: ISO 8601 in the reader's zone."""
    return timezone.localtime(at).isoformat(timespec="minutes") if at else ""


@register.filter
def duration(length: timedelta | float | None) -> str:
    """A length in words: 48分, 1時間10分; numbers are minutes."""
    if length is None:
        return ""
    return words.duration(length if isinstance(length, timedelta) else timedelta(minutes=length))


@register.filter
def worktime(minutes: float | None) -> str:
    """Business minutes in hours and minutes, never in days."""
    return "" if minutes is None else words.business_minutes(minutes)


@register.filter
def figure(number: float | int | None) -> str:
    """1,234 in both languages."""
    return "" if number is None else f"{number:,}"


@register.filter
def signed(number: float | None) -> str:
    """A point with its sign, two decimals, a real minus: +6.96, −0.15."""
    if number is None:
        return ""
    text = f"{abs(number):.2f}"
    return f"−{text}" if number < 0 and float(text) else f"+{text}"


@register.filter
def customer(who: Lead | str) -> str:
    """A customer in a sentence: 山本 花子 様."""
    return words.customer(who.display_name if isinstance(who, Lead) else str(who))


@register.filter
def colleague(user: User | str | None) -> str:
    """A colleague in a sentence: 佐藤 恵さん."""
    return words.colleague(user.name if isinstance(user, User) else str(user)) if user else ""


@register.simple_tag
def person(user: User | None) -> str:
    """A colleague in a table: the bare name."""
    return user.name if user else ""


@register.filter
def said(text: Any) -> str:
    """A text of the playbook in the reader's language."""
    return words.label(text)


@register.filter
def stage(code: str) -> str:
    return words.stage_label(code)


@register.filter
def stage_long(code: str) -> str:
    """With the abbreviation: 引き渡し対象 (MQL)."""
    return words.stage_label(code, short=False)


@register.filter
def activity(type: str) -> str:
    return words.activity_label(type)


@register.filter
def field(path: str) -> str:
    return words.field_label(path)


@register.filter
def class_meaning(code: str) -> str:
    """What a plain class says of fit and interest."""
    return str(words.CLASS_MEANINGS.get(code, ""))


@register.filter
def cause(code: str) -> str:
    return words.cause_label(code)


@register.filter
def side(code: str) -> str:
    return words.side_label(code)


@register.filter
def industry(said: str) -> str:
    return industry_label(said)


@register.filter
def relation(code: str) -> str:
    return words.relation_label(code)


@register.filter
def role(code: str) -> str:
    return words.role_label(code)


@register.filter
def source(code: str) -> str:
    return words.source_label(code)


# ---------- pieces ----------


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the sprite; decoration only, words stand beside it."""
    prefix = "" if name.startswith("m-") else "i-"
    return format_html(
        '<svg aria-hidden="true" focusable="false"><use href="#{}{}"></use></svg>', prefix, name
    )


@register.simple_tag
def stage_chip(stage: str, outcome: str | None = None) -> SafeString:
    """The stage as six leaning ticks and a word."""
    return format_html('<span class="stage">{}{}</span>', _ticks(stage), words.stage_label(outcome or stage))


@cache
def _ticks(stage: str) -> SafeString:
    """Six leaning ticks, those of the stages reached drawn in ink; nothing for a lead that is not a fit."""
    if stage not in stages.FORWARD:
        return SafeString("")
    reached = stages.FORWARD.index(stage) + 1
    drawn = (
        (
            SafeString(" data-on" if place < reached else ""),
            left,
            f"{float(left) + 3.6:.1f}",
            f"{float(left) + 2.6:.1f}",
        )
        for place, left in enumerate(TICKS)
    )
    paths = format_html_join("", '<path{} d="M{} 12 {} 0h2.6L{} 12z"/>', drawn)
    return format_html('<svg class="ticks" viewBox="0 0 37 12" aria-hidden="true">{}</svg>', paths)


@register.simple_tag
def class_chip(code: str) -> SafeString:
    """One of the four plain classes: 今すぐ, 大型将来, 育成, 対象外."""
    if code not in words.CLASSES:
        return SafeString("")
    return format_html('<span class="class-chip" data-class="{}">{}</span>', code, words.CLASSES[code])


@register.simple_tag
def readiness_bar(readiness: int, fit: int, interest: int) -> SafeString:
    """One number and the two it is made of, each 0–50 drawn on its own bar."""
    return format_html(
        '<div class="ready"><b class="num">{}</b><svg viewBox="0 0 100 16" preserveAspectRatio="none"'
        ' aria-hidden="true"><rect class="bar-bg" width="100" height="6" y="1"/>'
        '<rect class="bar-fit" width="{}" height="6" y="1"/>'
        '<rect class="bar-bg" width="100" height="6" y="9"/>'
        '<rect class="bar-int" width="{}" height="6" y="9"/></svg><small>{}</small></div>',
        readiness, fit * 2, interest * 2,
        _t("Fit %(fit)s, interest %(interest)s") % {"fit": fit, "interest": interest},
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def sla_chip(
    context: template.Context, clock: Any, now: datetime, title: str = "", next: str = "", page: bool = False
) -> str:
    """One clock: shape, word, what is left, and when. With a `title` it opens the sum behind it.

    With `page` the due time leads to the clock's own page (not inside another link).
    """
    if clock is None:
        return ""
    face = clock_face.read(clock, now)
    shown = {
        "face": face, "now": now, "shape": SHAPES.get(face.state, ""), "title": title, "next": next,
        "id": f"sla-{_number(context)}", "risk_at": clock.risk_at, "started_at": clock.started_at,
        "rows": _sum_of(face, now) if title else [], "used": clock_face.whole_minutes([face.used])[0],
        "pk": getattr(clock, "pk", None), "page": page,
    }  # fmt: skip
    return render_to_string("parts/sla_chip.html", shown)


@register.simple_tag
def due_chip(due_at: datetime | None, now: datetime, risk_at: datetime | None = None) -> SafeString | str:
    """A deadline without its sum: the list's chip."""
    if due_at is None:
        return ""
    when = format_html('<time datetime="{}">{}</time>', iso(due_at), words.until(due_at, now))
    if now > due_at:
        late = format_html("<span>+{}</span>", words.duration(now - due_at))
        return _chip(clock_face.OVER, _t("Overdue"), late, when)
    if risk_at and now >= risk_at:
        return _chip(clock_face.RISK, _t("Due soon"), "", when)
    return format_html('<span class="sla" data-state="calm">{}</span>', when)


@register.simple_tag
def review_chip(due_at: datetime | None, now: datetime) -> SafeString | str:
    """When marketing looks at a lead again: no promise to anybody, so its passing is no breach."""
    if due_at is None:
        return ""
    when = format_html('<time datetime="{}">{}</time>', iso(due_at), words.near(due_at, now))
    if now <= due_at:
        return format_html('<span class="sla" data-state="calm">{}</span>', when)
    return format_html('<span class="sla" data-state="calm"><b>{}</b> {}</span>', _t("To be reviewed"), when)


def _chip(state: str, word: str, length: str, when: str) -> SafeString:
    return format_html(
        '<span class="sla" data-state="{}">{}<b>{}</b>{}<span aria-hidden="true">·</span>{}</span>',
        state, icon(SHAPES[state]), word, length, when,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def term(context: template.Context, code: str, text: str = "") -> str:
    """A word one may press to read what it means; works without a script."""
    known = glossary.TERMS[code]
    shown = {"term": known, "text": text or known.name, "code": code, "id": f"term-{_number(context)}"}
    return render_to_string("parts/term.html", shown)


@register.inclusion_tag("parts/pager.html")
def pager(page: Any, query: str, total: int | None = None) -> dict[str, Any]:
    """Previous and next by key; `query` is the filter without a cursor."""
    lead = f"?{query}&" if query else "?"
    return {"page": page, "lead": lead, "total": total}


@register.simple_tag(takes_context=True)
def other_language(context: template.Context) -> dict[str, str]:
    """The language this page is not in."""
    return {"code": "en", "name": "English"} if words.is_japanese() else {"code": "ja", "name": "日本語"}


def _sum_of(face: clock_face.Face, now: datetime) -> list[dict[str, Any]]:
    """The counted stretches in order, cut at `now` into used and left."""
    cuts = [(piece, start, end) for piece in face.pieces for start, end in _cut(piece, now)]
    shown = clock_face.whole_minutes(piece.until(end) - piece.until(start) for piece, start, end in cuts)
    return [
        {"start": start, "end": end, "minutes": minutes, "is_used": end <= now}
        for (_, start, end), minutes in zip(cuts, shown, strict=True)
    ]


def _cut(piece: clock_face.Piece, now: datetime) -> list[tuple[datetime, datetime]]:
    if piece.start < now < piece.end:
        return [(piece.start, now), (now, piece.end)]
    return [(piece.start, piece.end)]


@register.simple_tag
def span(start: datetime, end: datetime) -> str:
    """A stretch of one day: 11/20(金) 16:30–18:00."""
    here, until = timezone.localtime(start), timezone.localtime(end)
    date_ = words.short_day(here.date(), here.date())
    return _t("%(day)s %(start)s–%(end)s") % {
        "day": date_,
        "start": f"{here.hour}:{here:%M}",
        "end": "24:00" if until.date() > here.date() and until.hour == 0 else f"{until.hour}:{until:%M}",
    }


def _number(context: template.Context) -> int:
    """A number unique within one page, so that ids are."""
    numbers = context.render_context.get("tasuki_numbers")
    if numbers is None:
        request = context.get("request")
        numbers = request.__dict__.setdefault("_tasuki_numbers", count(1)) if request else count(1)
        context.render_context["tasuki_numbers"] = numbers
    return next(numbers)
