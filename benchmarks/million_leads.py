"""A million leads in one minute, the same every time: set-based SQL, every value a sum of the lead's number.

50 owners in two teams of reps, skewed as such things are (the first has about a fifth); 250,000 companies;
sources, stages, readiness and clocks spread by primes. PostgreSQL only.
"""

from __future__ import annotations

import os
import subprocess
import time
from datetime import UTC, datetime

NOW = datetime(2026, 11, 24, 1, 42, tzinfo=UTC)
OWNERS, COMPANIES = 50, 250_000

FILL = """
INSERT INTO leads_company (id, name, name_key, domain, industry, employees, country, prefecture, relation, attributes, recorded_at)
SELECT n, (ARRAY['株式会社','','㈱'])[1 + n % 3] || (ARRAY['青空','みなと','北都','明和','東海','城北','山陽','富士見','新潟','関西'])[1 + n % 10]
       || (ARRAY['商事','物流','電機','精機','フーズ','化学','建材','工業'])[1 + n % 8] || n, 'company' || n, 'c' || n || '.example.jp',
       (ARRAY['manufacturing','logistics','retail','services'])[1 + n % 4], 10 + n * 37 % 2000, '日本',
       (ARRAY['東京都','大阪府','愛知県','福岡県'])[1 + n % 4], 'prospect', '{}', %(now)s
FROM generate_series(1, %(companies)s) n;

CREATE TEMP TABLE raw AS
SELECT n,
  n * 7919 %% 1000003 AS a, n * 104729 %% 1000033 AS b, n * 1299709 %% 1000037 AS c
FROM generate_series(1, %(leads)s::bigint) n;

CREATE TEMP TABLE made AS
SELECT n, a, b, c,
  CASE WHEN a < 450000 THEN 'lead' WHEN a < 850000 THEN 'mal' WHEN a < 880000 THEN 'mql' WHEN a < 930000 THEN 'sal'
       WHEN a < 960000 THEN 'sql' WHEN a < 980000 THEN 'opportunity' ELSE 'disqualified' END AS stage,
  (SELECT min(id) FROM leads_user WHERE email = 'owner1@example.com') - 1
     + floor(exp(b / 1000033.0 * ln(51)))::int AS owner_id,
  least(100, floor(100 * power(c / 1000037.0, 2)))::int AS readiness,
  (ARRAY['web','webinar','organic_search','referral','exhibition','paid_search','unknown',''])[1 + (n * 31 + n / 97) %% 8] AS source
FROM raw;

INSERT INTO leads_lead (id, external_id, email, email_key, phone, name, family_name, given_name, family_name_kana, given_name_kana,
  company_id, department, title, source, note, mail_opt_out, do_not_contact, attributes, search_text, created_at, recorded_at,
  stage, stage_entered_at, version, trigger, owner_id, next_side, next_actor_id, next_due_at)
SELECT n, 'L' || n, 'lead' || n || '@c' || n %% %(companies)s + 1 || '.example.jp', 'lead' || n || '@c' || n %% %(companies)s + 1 || '.example.jp',
  '03-' || 1000 + n %% 9000 || '-' || 1000 + n * 7 %% 9000, family || ' ' || given, family, given, 'ヤマモト', 'ハナコ',
  n %% %(companies)s + 1, (ARRAY['情報システム部','生産管理部','経営企画室','購買部'])[1 + n %% 4],
  (ARRAY['部長','課長','主任','室長'])[1 + n %% 4], source, '', false, false, '{}',
  family || given || E'\\nヤマモトハナコ\\nlead' || n || '@c' || n %% %(companies)s + 1 || '.example.jp', %(now)s - n * interval '31 seconds',
  %(now)s, stage, %(now)s - (b %% 400) * interval '5 hours', 1, '',
  CASE WHEN stage = 'lead' AND a %% 2 = 0 THEN NULL ELSE owner_id END,
  CASE WHEN stage = 'disqualified' THEN '' WHEN stage IN ('lead', 'mal') THEN 'marketing' ELSE 'sales' END,
  CASE WHEN stage IN ('mql', 'sal', 'sql', 'opportunity') THEN owner_id END,
  CASE WHEN stage <> 'disqualified' THEN %(now)s + (c %% 2000 - 200) * interval '20 minutes' END
FROM (SELECT *, (ARRAY['佐藤','鈴木','高橋','田中','伊藤','渡辺','山本','中村','小林','加藤'])[1 + n %% 10] AS family,
             (ARRAY['花子','明','誠','恵','健一','直樹','彩'])[1 + n %% 7] AS given FROM made) m;

INSERT INTO leads_standing (lead_id, stage, owner_id, team_id, queue_id, source, readiness, fit, interest, readiness_class, rescore_at,
  last_reaction_at, last_reaction, next_side, next_actor_id, next_due_at, clock_due_at, clock_risk_at)
SELECT l.id, l.stage, l.owner_id,
  CASE WHEN l.next_actor_id IS NOT NULL THEN (SELECT id FROM leads_team WHERE slug = CASE WHEN l.owner_id %% 2 = 0 THEN 'inside-east' ELSE 'field-east' END) END,
  NULL, l.source, readiness, readiness / 2, readiness - readiness / 2, '', %(now)s + interval '1 day',
  CASE WHEN readiness > 0 THEN %(now)s - (c %% 500) * interval '3 hours' END,
  CASE WHEN readiness > 0 THEN (ARRAY['pricing_view','document_download','webinar_attended','page_view','inquiry'])[1 + l.id %% 5] ELSE '' END,
  l.next_side, l.next_actor_id, l.next_due_at,
  CASE WHEN l.stage IN ('mql', 'sal') THEN l.next_due_at END,
  CASE WHEN l.stage IN ('mql', 'sal') THEN l.next_due_at - interval '1 hour' END
FROM leads_lead l JOIN made ON made.n = l.id;
"""


def prepare(name: str, leads: int) -> None:
    """Point Django at a database of this name with `leads` leads; built when it is not there yet."""
    missing = subprocess.run(["psql", "-qd", name, "-c", ""], capture_output=True).returncode
    if missing:
        subprocess.run(["createdb", name], check=True)
    connect(name)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from leads.models import Lead

    if Lead.objects.count() != leads:
        _fill(leads)


def connect(name: str) -> None:
    """Point Django at this database, as it is."""
    os.environ["DATABASE_URL"] = f"postgres:///{name}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def _fill(leads: int) -> None:
    from pathlib import Path

    from django.db import connection, transaction

    from config.playbook.apply import apply
    from config.playbook.check import read
    from leads import roles
    from leads.models import Team, User

    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_lead, leads_company, leads_user RESTART IDENTITY CASCADE")
        apply(read(Path("tests/data/playbook.example.yaml").read_bytes()), by=None, now=NOW)
        for number in range(1, OWNERS + 1):
            owner = User.objects.create_user(
                f"owner{number}@example.com", family_name="担当", given_name=f"{number}",
                roles=[roles.INSIDE_SALES], side=roles.SALES,
            )  # fmt: skip
            Team.objects.get(slug="inside-east" if owner.pk % 2 == 0 else "field-east").members.add(owner)
        companies, rest = FILL.split(";", 1)
        cursor.execute(
            companies.replace("%", "%%").replace("%%(", "%("), {"now": NOW, "companies": COMPANIES}
        )
        for statement in rest.split(";"):
            if statement.strip():
                cursor.execute(statement, {"now": NOW, "companies": COMPANIES, "leads": leads})
        for table in ("leads_lead", "leads_company"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"{leads:,} leads made in {time.perf_counter() - began:.0f} s")
