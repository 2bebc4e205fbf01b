"""P1: `manage.py import leads` of 100,000 (or N) rows on PostgreSQL, beside the raw limit in the same run.

    ./run bench import_leads [ROWS] [REPEATS]

The file is the same every time: Japanese names and companies, one company for four people, a third of the
phone numbers from places the short cut does not know, one row in a hundred wrong. The limit is COPY into a
staging table and one `INSERT … ON CONFLICT` of unchecked text, once into the leads alone, and once into all
four tables a lead lives in, each with all its indexes.
"""

from __future__ import annotations

import csv
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATABASE = "tasuki_bench_import"
HEADINGS = (
    "external_id", "email", "phone", "family_name", "given_name", "family_name_kana", "given_name_kana", "company",
    "department", "title", "industry", "employees", "prefecture", "source", "created_at",
)  # fmt: skip
FAMILY = (
    "佐藤 サトウ",
    "鈴木 スズキ",
    "高橋 タカハシ",
    "田中 タナカ",
    "伊藤 イトウ",
    "渡辺 ワタナベ",
    "山本 ヤマモト",
    "中村 ナカムラ",
)
GIVEN = ("花子 ハナコ", "明 アキラ", "誠 マコト", "恵 メグミ", "健一 ケンイチ", "直樹 ナオキ", "彩 アヤ")
FORMS, PLACES = ("株式会社", "", "㈱"), ("青空", "みなと", "北都", "明和", "東海", "城北", "山陽", "富士見")
TRADES = ("商事", "物流", "電機", "精機", "フーズ", "化学", "建材", "工業")

STAGING = f"CREATE UNLOGGED TABLE raw ({', '.join(f'{name} text' for name in HEADINGS)})"
LEADS = """
INSERT INTO leads_lead (external_id, email, email_key, phone, phone_key, name, family_name, given_name,
  family_name_kana, given_name_kana, company_id, department, title, source, note, mail_opt_out, do_not_contact,
  attributes, search_text, created_at, recorded_at, stage, stage_entered_at, version, trigger, next_side, next_due_at)
SELECT external_id, email, email, phone, phone, family_name || ' ' || given_name, family_name, given_name,
  family_name_kana, given_name_kana, {company}, department, title, source, '', false, false, '{{}}',
  family_name || given_name || chr(10) || email, created_at::timestamptz, now(), 'lead', created_at::timestamptz, 1, '',
  'marketing', now()
FROM raw ON CONFLICT (external_id) DO UPDATE SET email = excluded.email, phone = excluded.phone
"""
COMPANIES = """
INSERT INTO leads_company (name, name_key, domain, industry, employees, country, prefecture, relation, attributes, recorded_at)
SELECT DISTINCT ON (company) company, company, '', industry, 100, '', prefecture, 'prospect', '{}', now() FROM raw
"""
REST = """
INSERT INTO leads_transition (lead_id, version, start, "end", occurred_at, recorded_at, cause, because, reason, note, implied)
SELECT id, 1, '', 'lead', created_at, now(), 'import', '{}', '', '', false FROM leads_lead;
INSERT INTO leads_standing (lead_id, stage, source, readiness, fit, interest, rescore_at, last_reaction, next_side, next_due_at)
SELECT id, stage, source, 0, 0, 0, now(), '', next_side, next_due_at FROM leads_lead
"""
TABLES = "leads_lead, leads_company, leads_transition, leads_standing, leads_attributechange"


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.csv"
        write(path, rows)
        fresh_database()
        ours, lean, whole, again = [], [], [], []
        for number in range(1, repeats + 1):
            lean.append(rows / limit(path, everything=False))
            whole.append(rows / limit(path, everything=True))
            empty_tables()
            seconds, cpu, said = imported(path)
            ours.append(rows / seconds)
            print(
                f"run {number}: {seconds:.1f} s, {cpu:.1f} s CPU of ours, load {os.getloadavg()[0]:.1f}: {said}"
            )
        seconds, cpu, said = imported(path)
        again.append(rows / seconds)
        print(f"the same file again: {seconds:.1f} s, {cpu:.1f} s CPU: {said}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"rows {rows:,}, repeats {repeats}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for name, rates in (
        ("import", ours), ("limit, leads alone", lean), ("limit, all four tables", whole), ("second run", again)
    ):  # fmt: skip
        print(f"{name:<24}{statistics.median(rates):>10,.0f} rows/s  (least {min(rates):,.0f})")
    print(f"ratio to the limit of all tables {statistics.median(ours) / statistics.median(whole):.0%}")
    print(f"peak memory {peak:.0f} MB")


def write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(HEADINGS)
        for n in range(rows):
            table.writerow(row(n))


def row(n: int) -> tuple[str, ...]:
    family, family_kana = FAMILY[n % 8].split()
    given, given_kana = GIVEN[n % 7].split()
    firm = n // 4
    phone = (
        f"03-{3000 + n % 3000}-{1000 + n * 7 % 9000}", f"090-{1000 + n % 9000}-{1000 + n * 13 % 9000}",
        f"0422-{20 + n % 70}-{1000 + n * 11 % 9000}",
    )[n % 3]  # fmt: skip
    email = f"lead{n}@c{firm}.example.jp" if n % 100 else "no address"
    return (
        f"L{n}", email, phone, family, given, family_kana, given_kana,
        f"{FORMS[firm % 3]}{PLACES[firm % 8]}{TRADES[firm // 8 % 8]}{firm}", "情報システム部", ("部長", "課長")[n % 2],
        ("manufacturing", "logistics", "retail")[firm % 3], str(10 + firm * 37 % 2000), ("東京都", "大阪府")[firm % 2],
        ("web", "webinar", "exhibition", "referral")[n % 4], f"2026-{1 + n % 10:02}-{1 + n % 28:02} 10:{n % 60:02}",
    )  # fmt: skip


def fresh_database() -> None:
    subprocess.run(["dropdb", "--if-exists", DATABASE], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["createdb", DATABASE], check=True)
    os.environ |= {"DATABASE_URL": f"postgres:///{DATABASE}", "REDIS_URL": "", "LANG": "C.UTF-8"}
    manage("migrate", "-v0")
    manage("playbook", "apply", "config/playbook/default.en.yaml")


def manage(*words: str) -> str:
    run = subprocess.run([sys.executable, "manage.py", *words], capture_output=True, text=True)
    return run.stdout.strip() or run.stderr[-300:]


def imported(path: Path) -> tuple[float, float, str]:
    """Seconds of the whole command, its own CPU seconds, and what it said."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    said = manage("import", "leads", str(path))
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, said


def empty_tables() -> None:
    sql(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE; VACUUM")


def limit(path: Path, *, everything: bool) -> float:
    """Seconds for the same rows by COPY and set-based SQL alone, nothing checked."""
    empty_tables()
    sql("DROP TABLE IF EXISTS raw")
    began = time.perf_counter()
    sql(STAGING, f"\\copy raw FROM '{path}' CSV HEADER", *([COMPANIES] if everything else []))
    company = "(SELECT min(id) FROM leads_company WHERE name_key = company)" if everything else "NULL"
    sql(LEADS.format(company=company), *([REST] if everything else []))
    return time.perf_counter() - began


def sql(*statements: str) -> None:
    words = [word for one in statements for part in one.split(";") for word in ("-c", part)]
    subprocess.run(["psql", "-qXd", DATABASE, "-v", "ON_ERROR_STOP=1", *words], check=True)


if __name__ == "__main__":
    main()
