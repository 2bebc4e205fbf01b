"""The doors of a draft: rules begin, are changed and talked about, and come into force when both sides agree.

    edited → requested → published          edited or requested → withdrawn
       ↑ a change ┘

Everything is of one `revision`: a change of the body makes the next one, and what was said yes to or
tried before counts for the revision it was said of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from leads import roles
from leads.models import User
from leads.predicates import PredicateError
from scoring.engine import Model
from scoring.models import Approval, Comment, Draft, ScoringModel
from scoring.rulemaking import figures, publishing
from scoring.rulemaking.permissions import may
from scoring.rulemaking.rebasing import carried

SIDES = roles.SIDES
OPEN = (Draft.EDITED, Draft.REQUESTED)
LONGEST_TITLE = 120


class DraftRefused(Exception):
    """The act is understood and not allowed as asked: `code`, and the `field` meant."""

    def __init__(self, code: str, field: str = "") -> None:
        self.code, self.field = code, field
        super().__init__(f"{field}: {code}" if field else code)


class NotYours(Exception):
    """The person may read this, but it is somebody else's to decide."""


class DraftChanged(Exception):
    """Somebody changed, published or withdrew the draft meanwhile: as it stands now, by whom and when."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.state, self.revision = draft, draft.state, draft.revision
        self.by, self.at = _last_act(draft)
        super().__init__(f"draft {draft.pk} is {draft.state} at revision {draft.revision}")


@transaction.atomic
def begin(
    *,
    title: str,
    body: Mapping[str, Any],
    base: ScoringModel | None,
    origin: str = Draft.PERSON,
    evidence: Mapping[str, Any] | None = None,
    by: User | None,
    now: datetime,
) -> Draft:
    """A new draft. `base` is the version it is a change of; `by` is None on the command line and by machine.

    Raises DraftRefused (`does_not_compile`, `title_missing`) and NotYours.
    """
    _insist(by is None or may(by).write)
    draft = Draft.objects.create(
        title=_titled(title), body=_compiled(body), base=base, origin=origin, evidence=dict(evidence or {}),
        created_at=now, created_by=by, changed_at=now, changed_by=by,
    )  # fmt: skip
    figures.want(draft.body, now=now)
    return draft


@transaction.atomic
def edit(
    draft: Draft,
    *,
    body: Mapping[str, Any],
    revision: int,
    by: User,
    now: datetime,
    title: str | None = None,
) -> Draft:
    """Another body. A requested draft is edited again, and yeses to older revisions no longer count.

    `revision` is the one the person saw. Raises DraftChanged, DraftRefused and NotYours.
    """
    _insist(may(by).write)
    held = _hold(draft, revision=revision)
    title = held.title if title is None else _titled(title)
    if _same(held.body, body) and title == held.title:
        return held
    return _revised(held, by=by, now=now, body=_compiled(body), title=title)


@transaction.atomic
def catch_up(draft: Draft, *, revision: int, by: User, now: datetime) -> Draft:
    """Take the newest version as the base, and carry over to it what this draft changed.

    Raises DraftChanged, NotYours and DraftRefused.
    """
    _insist(may(by).write)
    held = _hold(draft, revision=revision)
    newest = ScoringModel.objects.newest()
    if newest is None or held.base == newest:
        return held
    body = carried(held.base.body, held.body, newest.body) if held.base else held.body
    return _revised(held, by=by, now=now, base=newest, body=_compiled(body))


@transaction.atomic
def comment(draft: Draft, *, text: str, rule: str = "", by: User, now: datetime) -> Comment:
    """Say something about a draft, or about one rule of it; also once it is published."""
    _insist(may(by).comment)
    if not text.strip():
        raise DraftRefused("text_missing", "text")
    return Comment.objects.create(draft=draft, rule=rule, text=text.strip(), by=by, at=now)


@transaction.atomic
def request(
    draft: Draft,
    *,
    by: User,
    now: datetime,
    wished_from: datetime | None = None,
    revision: int | None = None,
) -> Draft:
    """Ask both sides for their yes; a manager's own request counts for their side.

    `wished_from`: in force then, or at once when both have said yes. `revision`: the one the person saw.
    Raises DraftChanged, NotYours and DraftRefused (`no_change`, `base_is_old`, `moment_is_past`).
    """
    _insist(may(by).write)
    held = _hold(draft, revision=revision, states=(Draft.EDITED,))
    _insist_on_base(held)
    if held.base is not None and _same(held.base.body, held.body):
        raise DraftRefused("no_change")
    if wished_from is not None and wished_from < now:
        raise DraftRefused("moment_is_past", "wished_from")
    held.state, held.requested_at, held.requested_by, held.wished_from = Draft.REQUESTED, now, by, wished_from
    held.save(update_fields=["state", "requested_at", "requested_by", "wished_from"])
    return _say_yes(held, side=may(by).side, by=by, now=now) if may(by).approve else held


@transaction.atomic
def approve(draft: Draft, *, revision: int, by: User, now: datetime) -> Draft:
    """One side's yes to this revision. With both, it is published in this transaction.

    Saying yes twice is one yes. Raises DraftChanged, NotYours and DraftRefused (`not_requested`,
    `base_is_old`).
    """
    side = may(by).side
    _insist(bool(side))
    held = _hold(draft, revision=revision)
    if held.state != Draft.REQUESTED:
        raise DraftRefused("not_requested")
    _insist_on_base(held)
    return _say_yes(held, side=side, by=by, now=now)


@transaction.atomic
def withdraw(draft: Draft, *, by: User, now: datetime) -> Draft:
    """Give it up; what was said of it stays. Raises DraftChanged and NotYours."""
    _insist(may(by).write)
    held = _hold(draft)
    held.state, held.changed_at, held.changed_by = Draft.WITHDRAWN, now, by
    held.save(update_fields=["state", "changed_at", "changed_by"])
    return held


def from_version(version: ScoringModel, *, by: User, now: datetime, title: str = "") -> Draft:
    """Going back: a draft with an old version's body. Published it is a new version like any other."""
    return begin(
        title=title or f"v{version.version}", body=version.body, base=ScoringModel.objects.newest(),
        origin=Draft.EARLIER, evidence={"version": version.version}, by=by, now=now,
    )  # fmt: skip


def approved_by(draft: Draft) -> dict[str, Approval]:
    """The yeses that count: of the revision as it stands, by side."""
    return {one.side: one for one in draft.approvals.all() if one.revision == draft.revision}


def _hold(draft: Draft, *, revision: int | None = None, states: tuple[str, ...] = OPEN) -> Draft:
    """The draft as it is now, locked: whoever else wants to change it waits. Raises DraftChanged."""
    known = Draft.objects.select_related("base", "changed_by", "requested_by", "version__published_by")
    held = known.select_for_update(of=("self",)).get(pk=draft.pk)
    if held.state not in states or (revision is not None and revision != held.revision):
        raise DraftChanged(held)
    return held


def _revised(held: Draft, *, by: User, now: datetime, **changes: Any) -> Draft:
    changes |= {"state": Draft.EDITED, "changed_at": now, "changed_by": by, "revision": held.revision + 1}
    for name, value in changes.items():
        setattr(held, name, value)
    held.save(update_fields=list(changes))
    figures.want(held.body, now=now)
    return held


def _say_yes(held: Draft, *, side: str, by: User, now: datetime) -> Draft:
    Approval.objects.get_or_create(
        draft=held, revision=held.revision, side=side, defaults={"by": by, "at": now}
    )
    said = {one.side: one for one in held.approvals.filter(revision=held.revision)}
    return _publish(held, by=by, now=now) if said.keys() >= set(SIDES) else held


def _publish(held: Draft, *, by: User, now: datetime) -> Draft:
    """Both sides have said yes: the next version, and this draft is the one it came from."""
    publishing.take_turn()
    _insist_on_base(held)  # again: who published meanwhile was waited for
    version = publishing.publish(
        held.body, by=by, now=now, in_force_from=max(now, held.wished_from or now), from_file=False
    )
    won = Draft.objects.filter(pk=held.pk, state=Draft.REQUESTED, revision=held.revision)
    if not won.update(state=Draft.PUBLISHED, version=version):
        raise DraftChanged(Draft.objects.get(pk=held.pk))
    held.state, held.version = Draft.PUBLISHED, version
    return held


def _insist(allowed: bool) -> None:
    if not allowed:
        raise NotYours


def _insist_on_base(held: Draft) -> None:
    """Another version came into force since: publishing would take it back without anybody having said so."""
    if held.base != ScoringModel.objects.newest():
        raise DraftRefused("base_is_old")


def _titled(title: str) -> str:
    title = title.strip()[:LONGEST_TITLE]
    if not title:
        raise DraftRefused("title_missing", "title")
    return title


def _compiled(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body, if a model can be made of it; whether it is sensible is the playbook's to say."""
    try:
        Model.compile(body)
    except (PredicateError, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise DraftRefused("does_not_compile", "body") from wrong
    return body


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Equal, order included, and true is not 1."""
    return repr(old) == repr(new)


def _last_act(draft: Draft) -> tuple[User | None, datetime]:
    if draft.version is not None:
        return draft.version.published_by, draft.version.published_at
    if draft.requested_at is not None and draft.requested_at > draft.changed_at:
        return draft.requested_by, draft.requested_at
    return draft.changed_by, draft.changed_at
