"""The leads that rows about leads name, by external id or address, looked up for a whole batch."""

from __future__ import annotations

from dataclasses import dataclass

from leads import bulk, identity, intake, matching
from leads.models import Lead
from leads.sources.rows import Values


@dataclass
class KnownLeads:
    """`lead_external_id` and `lead_email` of a batch, and whom they mean."""

    by_id: dict[str, int]
    by_mail: dict[str, list[tuple[int, str | None]]]

    @classmethod
    def of(cls, rows: list[Values]) -> KnownLeads:
        found = cls({}, {})
        ids = {row["lead_external_id"] for row in rows if row.get("lead_external_id")}
        keys = {key for row in rows if (key := identity.email_key(row.get("lead_email") or ""))}
        for part in bulk.chunks(sorted(ids)):
            held = Lead.objects.filter(external_id__in=part).select_related("merged_into")
            found.by_id |= {str(lead.external_id): intake.survivor(lead).pk for lead in held}
        for part in bulk.chunks(sorted(keys)):
            rows_of = Lead.objects.filter(email_key__in=part, merged_into=None)
            for key, pk, external_id in rows_of.values_list("email_key", "pk", "external_id"):
                found.by_mail.setdefault(str(key), []).append((pk, external_id))
        return found

    def find(self, row: Values) -> tuple[int | None, str, str]:
        """The lead, or a code and the field it is about."""
        external_id, key = row.get("lead_external_id"), identity.email_key(row.get("lead_email") or "")
        by_mail = self.by_mail.get(key or "", [])
        named = self.by_id.get(external_id) if external_id else None
        if named is None and not external_id:
            if len(by_mail) > 1:
                return None, "several_leads", "lead_email"
            return (by_mail[0][0], "", "") if by_mail else (None, "unknown_lead", "lead_email")
        found = matching.choose(
            by_external_id=named, by_email=by_mail, external_id=external_id, email_key=key
        )
        if found.ambiguous:
            return None, "ambiguous_match", "lead_external_id"
        return (found.lead_id, "", "") if found.lead_id else (None, "unknown_lead", "lead_external_id")
