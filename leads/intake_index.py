"""What is known of the ids and addresses in a batch of leads: the stored ones, and those the batch adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q

from leads import bulk, identity, matching
from leads.models import Lead
from leads.twins import says_nothing_new

CROWD = 20
"""An address that more leads share than this will not become one person's within a batch."""

Values = Mapping[str, Any]


class Index:
    """Finds by `matching.choose` what `intake.match` would find if every row before were stored."""

    def __init__(self, rows: Sequence[Values]) -> None:
        self.rows = rows
        self.by_id: dict[str, int] = {}
        self.by_mail: dict[str, dict[int, None]] = {}
        self.ids: dict[int, str | None] = {}
        self.mails: dict[int, str | None] = {}
        self.foreign_ids: set[str] = set()  # ids of leads that were merged away
        self.crowded: set[str] = set()
        self.twins: dict[tuple[str, str], list[Lead]] | None = None
        self.new = 0

    @classmethod
    def of(cls, rows: Sequence[Values]) -> Index:
        return cls(rows)

    def load(self) -> None:
        ids = {row["external_id"] for row in self.rows if row.get("external_id")}
        keys = {key for row in self.rows if (key := _key(row)) and not identity.is_role_address(key)}
        for part in bulk.chunks(sorted(ids)):
            found = bulk.among(Lead.objects.all(), "external_id", part)
            for row in found.values_list("pk", "external_id", "email_key", "merged_into"):
                self._stored(*row)
        for part in bulk.chunks(sorted(keys)):
            self._load_mails(part)

    def _load_mails(self, keys: list[str]) -> None:
        held = bulk.among(Lead.objects.filter(merged_into=None), "email_key", keys)
        rows = held.values_list("pk", "external_id", "email_key", "merged_into")
        found = list(rows[: len(keys) * 2 + 1])
        if len(found) > len(keys) * 2:  # addresses that many share: count them before fetching
            counted = held.values("email_key").annotate(n=Count("pk")).order_by().filter(n__gt=CROWD)
            self.crowded |= {str(key) for key in counted.values_list("email_key", flat=True)}
            found = list(rows.exclude(email_key__in=self.crowded))
        for row in found:
            self._stored(*row)

    def _stored(self, pk: int, external_id: str | None, mail: str | None, merged_into: int | None) -> None:
        if merged_into is not None:
            self.foreign_ids.add(str(external_id))
            self._place_survivor(str(external_id), merged_into)
        elif pk not in self.ids:
            self._place(pk, external_id, mail)

    def _place_survivor(self, external_id: str, pk: int) -> None:
        while True:
            row = Lead.objects.values_list("external_id", "email_key", "merged_into").get(pk=pk)
            if row[2] is None:
                break
            pk = row[2]
        self.by_id[external_id] = pk
        if pk not in self.ids:
            self._place(pk, row[0], row[1])

    def _place(self, ref: int, external_id: str | None, mail: str | None) -> None:
        self.ids[ref], self.mails[ref] = external_id, mail
        if external_id:
            self.by_id[external_id] = ref
        if mail:
            self.by_mail.setdefault(mail, {})[ref] = None

    def find(self, values: Values) -> matching.Match:
        external_id, key = values.get("external_id") or None, _key(values)
        if key in self.crowded:
            key = None
        return matching.choose(
            by_external_id=self.by_id.get(external_id) if external_id else None,
            by_email=[(ref, self.ids[ref]) for ref in self.by_mail.get(key or "", ())],
            external_id=external_id,
            email_key=key,
        )

    def note(self, ref: int | None, values: Values) -> int:
        """This row is that lead, or a new one: what the rows after it will find."""
        external_id, key = values.get("external_id") or None, _key(values)
        if ref is None:
            self.new += 1
            self._place(-self.new, external_id, key)
            return -self.new
        if external_id and external_id not in self.foreign_ids:
            self.ids[ref] = external_id
            self.by_id[external_id] = ref
        if "email" in values and key != self.mails.get(ref):
            self.by_mail.get(self.mails.get(ref) or "", {}).pop(ref, None)
            self._place(ref, self.ids.get(ref), key)
        return ref

    # ── rows that nothing identifies ─────────────────────────────────────────

    def twin(self, values: Values, ordinal: int) -> int | None:
        """The stored lead of which this row says nothing new, the `ordinal`-th of them: a second run over
        the same file meets what the first one made."""
        if self.twins is None:
            self.twins = defaultdict(list)
            for lead in self._fetch_twins():
                for place in (("email", lead.email), ("phone", lead.phone), ("name", lead.name)):
                    self.twins[place].append(lead)
        same = [lead.pk for lead in self.twins.get(_place_of(values), ()) if says_nothing_new(lead, values)]
        return same[ordinal] if ordinal < len(same) else None

    def _fetch_twins(self) -> list[Lead]:
        rows = [row for row in self.rows if not row.get("external_id")]
        keys = {key for row in rows if (key := _key(row))}
        phones = {
            key for row in rows if not _key(row) and (key := identity.phone_key(row.get("phone") or ""))
        }
        names = {_name(row) for row in rows if not _key(row)} - {""}
        found: dict[int, Lead] = {}
        nobody = Q(external_id=None, merged_into=None)
        for field, words in (("email_key", keys), ("phone_key", phones), ("name", names)):
            narrow = nobody if field == "email_key" else nobody & Q(email_key=None)
            for part in bulk.chunks(sorted(words)):
                held = Lead.objects.filter(narrow, **{f"{field}__in": part}).select_related("company")
                found |= {lead.pk: lead for lead in held}
        return [found[pk] for pk in sorted(found)]


def _key(values: Values) -> str | None:
    return identity.email_key(values.get("email") or "")


def _place_of(values: Values) -> tuple[str, str]:
    """Under what to look for this row's twin: the most telling thing it says."""
    for name in ("email", "phone"):
        if values.get(name):
            return name, values[name]
    return "name", _name(values)


def _name(values: Values) -> str:
    whole = values.get("name") or ""
    return whole or f"{values.get('family_name') or ''} {values.get('given_name') or ''}".strip()
