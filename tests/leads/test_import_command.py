"""`manage.py import`: what a file becomes, what is said of it, and that a second run changes nothing."""

from __future__ import annotations

import base64
import csv
import io
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from handoff.models import Clock, Handoff
from leads import intake_bulk
from leads.models import Activity, AttributeChange, Campaign, Company, Lead, Standing, Transition
from leads.sources import importing
from tests.config.commands import run, speak

pytestmark = pytest.mark.django_db
MAPPINGS = Path(__file__).parents[2] / "docs" / "how-to" / "mappings"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    speak(monkeypatch, "en_GB.UTF-8")


@pytest.fixture
def take(tmp_path):
    """Import this text or these bytes; answers (exit code, counts as text, what stderr said)."""

    def take(source, *options, kind="leads", mapping=None, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(source.encode() if isinstance(source, str) else source)
        if mapping is not None:
            (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
            options = (*options, "--mapping", tmp_path / "mapping.yaml")
        code, out, err = run("import", kind, path, *options)
        return code, out.strip(), err

    return take


def counts(created=0, updated=0, unchanged=0, skipped=0, rejected=0):
    said = f"created {created}, updated {updated}, unchanged {unchanged}"
    return f"{said}, skipped {skipped}, rejected {rejected}"


def errors_of(path):
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def b64(text):
    return base64.b64decode(text)


# ── leads ────────────────────────────────────────────────────────────────────

FULL = (
    "external_id,email,phone,name,family_name,given_name,family_name_kana,given_name_kana,company,company_domain,"
    "department,title,industry,employees,country,prefecture,source,campaign,mail_opt_out,do_not_contact,created_at,"
    "owner,stage,note\n"
    "1,a@aozora.example,03-3234-5678,山本 花子,山本,花子,ヤマモト,ハナコ,株式会社青空商事,aozora.example,"
    "情報システム部,部長,"
    "製造業,320,日本,東京都,web,展示会2026,yes,no,2026-10-01 10:00,,lead,メモ\n"
)


def test_every_heading_of_the_product(take):
    assert take(FULL)[:2] == (0, counts(created=1))
    lead = Lead.objects.get()
    assert (lead.name, lead.family_name_kana, lead.title, lead.note) == (
        "山本 花子",
        "ヤマモト",
        "部長",
        "メモ",
    )
    assert (lead.company.name, lead.company.employees, lead.company.prefecture) == (
        "株式会社青空商事",
        320,
        "東京都",
    )
    assert (lead.campaign.name, lead.mail_opt_out, lead.do_not_contact) == ("展示会2026", True, False)
    assert lead.created_at.isoformat() == "2026-10-01T01:00:00+00:00"
    assert lead.transitions.get().cause == "import"
    assert lead.phone_key == "+81332345678"
    assert take(FULL)[:2] == (0, counts(unchanged=1))


JAPANESE = (
    "外部ID,メールアドレス,電話番号,姓,名,セイ,メイ,会社名,ドメイン,部署,役職,業種,従業員数,国,都道府県,流入元,キャンペーン,"
    "配信停止,連絡不可,登録日,備考\n"
    "1,a@aozora.example,03-3234-5678,山本,花子,ヤマモト,ハナコ,㈱青空商事,aozora.example,情シス,部長,製造業,320,日本,東京都,"
    "展示会,秋の展示会,はい,いいえ,2026年10月1日,メモ\n"
)


def test_of_two_columns_for_a_field_the_one_of_its_name_counts(take):
    assert take("id,external_id,TEL会社,phone,mail\n7,L1,03-3234-0000,03-3234-1111,a@x.example\n")[0] == 0
    assert Lead.objects.values_list("external_id", "phone").get() == ("L1", "03-3234-1111")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
def test_japanese_headings_in_every_encoding(take, encoding):
    if encoding == "euc_jp":
        source = JAPANESE.replace("㈱", "株式会社").encode(encoding)
    else:
        source = JAPANESE.encode(encoding)
    assert take(source)[:2] == (0, counts(created=1))
    lead = Lead.objects.get()
    assert (lead.name, lead.given_name_kana, lead.department) == ("山本 花子", "ハナコ", "情シス")
    assert (lead.company.name_key, lead.company.employees, lead.mail_opt_out) == ("青空商事", 320, True)


def test_a_card_scanners_headings(take):
    source = (
        "会社名,部署名,役職,姓,名,e-mail,郵便番号,TEL会社,TEL直通,携帯電話,URL\r\n"
        "青空商事,購買部,課長,山本,花子,,100-0001,,03-3234-5678,090-1234-5678,\r\n"
    )
    assert take(source.encode("cp932"))[:2] == (0, counts(created=1))
    assert Lead.objects.get().phone == "03-3234-5678"
    assert take(source.encode("cp932"))[:2] == (0, counts(unchanged=1))


def test_a_workbook(take):
    book = openpyxl.Workbook()
    book.active.title = "表紙"
    sheet = book.create_sheet("リード")
    sheet.append(["外部ID", "メールアドレス", "氏名", "従業員数", "登録日"])
    sheet.append([1, "a@x.example", "髙橋　花子", 320, datetime(2026, 10, 1)])
    sheet.append([2, "bad", "B", 1.5, "きのう"])
    file = io.BytesIO()
    book.save(file)
    code, out, err = take(file.getvalue(), name="leads.xlsx")
    assert (code, out) == (1, counts(created=1, rejected=1))
    assert "line 3: メールアドレス: " in err
    lead = Lead.objects.get()
    assert (lead.external_id, lead.name) == ("1", "髙橋　花子")
    assert lead.created_at.isoformat() == "2026-09-30T15:00:00+00:00"
    assert take(file.getvalue(), "--sheet", "リード", name="leads.xlsx")[1] == counts(unchanged=1, rejected=1)
    assert take(file.getvalue(), "--sheet", "x", name="leads.xlsx")[0] == 2


def test_an_empty_cell_changes_nothing_and_clear_empties(take):
    take(FULL)
    assert take("external_id,title,phone,employees\n1,,(clear),(clear)\n")[:2] == (0, counts(updated=1))
    lead = Lead.objects.get()
    assert (lead.title, lead.phone, lead.phone_key, lead.company.employees) == ("部長", "", None, None)
    assert set(lead.changes.values_list("field", flat=True)) == {"phone"}
    assert take("external_id,title,phone\n1,,(clear)\n")[:2] == (0, counts(unchanged=1))


def test_one_changed_cell_updates_one_row(take):
    source = "external_id,email,title\n" + "".join(f"{n},a{n}@x.example,課長\n" for n in range(30))
    take(source)
    assert take(source.replace("7,a7@x.example,課長", "7,a7@x.example,部長"))[:2] == (
        0,
        counts(updated=1, unchanged=29),
    )
    assert AttributeChange.objects.values_list("lead__external_id", "old", "new").get() == (
        "7",
        "課長",
        "部長",
    )


def test_rows_that_nothing_identifies_are_met_again_too(take):
    source = (
        "email,phone,name,company\ninfo@x.example,,佐藤 恵,X\ninfo@x.example,,鈴木 誠,X\n,03-3234-5678,,\n"
        ",,山本 花子,青空商事\n,,山本 花子,青空商事\na..b@docomo.ne.jp,,B,\n"
    )
    assert take(source)[:2] == (0, counts(created=6))
    assert take(source)[:2] == (0, counts(unchanged=6))
    assert Company.objects.count() == 2


def test_both_hitting_different_leads_is_rejected(take, tmp_path):
    take("external_id,email\n1,a@x.example\n,b@x.example\n")
    code, out, _ = take(
        "external_id,email\n1,b@x.example\n2,c@x.example\n", "--errors", tmp_path / "errors.csv"
    )
    assert (code, out) == (1, counts(created=1, rejected=1))
    assert [(row["line"], row["column"], row["value"]) for row in errors_of(tmp_path / "errors.csv")] == [
        ("2", "external_id", "1")
    ]


def test_within_one_file_the_last_row_stands_and_a_second_run_changes_nothing(take):
    source = "external_id,title,company,employees\n1,課長,X,100\n1,部長,X,200\n2,,X,300\n"
    assert take(source)[1] == counts(created=2, updated=1)
    assert Lead.objects.get(external_id="1").title == "部長"
    assert Company.objects.get().employees == 100  # on a company the first row decides
    before = AttributeChange.objects.count()
    assert take(source)[1] == counts(unchanged=3)
    assert AttributeChange.objects.count() == before


def test_bad_rows_go_to_a_file_and_that_file_can_be_imported(take, tmp_path):
    out = tmp_path / "errors.csv"
    source = (
        "email,name,employees,phone\na@x.example,A,10,+81332345678\n"
        "no address,=cmd(),many,+81332345679\nc@x.example,C,30,110\n"
    )
    code, said, err = take(source, "--errors", out)
    assert (code, said) == (1, counts(created=1, rejected=2))
    rows = errors_of(out)
    assert [(row["line"], row["column"], row["value"]) for row in rows] == [
        ("3", "email", "no address"),
        ("4", "phone", "110"),
    ]
    assert "e-mail" in rows[0]["reason"]
    assert "employees: " in rows[0]["reason"]
    assert (rows[0]["name"], rows[0]["phone"]) == ("'=cmd()", "'+81332345679")
    assert "line 3" in err
    fixed = (
        out.read_bytes()
        .decode("utf-8-sig")
        .replace("no address", "b@x.example")
        .replace("many", "20")
        .replace("110", "03-3234-5670")
    )
    assert take(fixed, "--errors", out)[1] == counts(created=2)
    assert set(Lead.objects.values_list("email", "phone")) >= {("b@x.example", "+81332345679")}
    assert Lead.objects.get(email="b@x.example").name == "=cmd()"


def test_a_dry_run_counts_exactly_and_writes_nothing(take):
    source = "external_id,email,company\n1,a@x.example,X\n1,a@x.example,X\n2,bad,X\n"
    code, out, err = take(source, "--dry-run")
    assert (code, out) == (1, counts(created=1, unchanged=1, rejected=1))
    assert "dry run" in err
    assert not (Lead.objects.exists() or Company.objects.exists())
    assert take(source)[1] == out


@pytest.mark.parametrize(
    ("stage", "owner", "state", "lane", "next_side"),
    [
        ("mql", "", Handoff.WAITING, 1, "sales"),
        ("引き渡し対象", "", Handoff.WAITING, 1, "sales"),
        ("sal", "sato@example.com", Handoff.ACCEPTED, 1, "sales"),
        ("SQL", "田中 翔", Handoff.ACCEPTED, 2, "sales"),
        ("sql", "", Handoff.WAITING, 1, "sales"),
        ("opportunity", "tanaka@example.com", Handoff.COMPLETED, 2, "sales"),
    ],
)
def test_a_lead_that_begins_further_on(house, take, stage, owner, state, lane, next_side):
    source = f"external_id,email,stage,owner\n1,a@x.example,{stage},{owner}\n"
    assert take(source)[1] == counts(created=1)
    lead = Lead.objects.get()
    handoff = Handoff.objects.get()
    assert (handoff.state, handoff.lane, handoff.trigger) == (state, lane, "import")
    assert not Clock.objects.exists()
    assert (lead.next_side, lead.next_due_at is not None) == (next_side, True)
    steps = list(Transition.objects.order_by("version").values_list("end", "cause", "implied"))
    assert steps[0][0] == "lead"
    assert {cause for _, cause, _ in steps} == {"import"}
    assert [implied for _, _, implied in steps[1:]] == [True] * (len(steps) - 2) + [False]
    assert take(source)[1] == counts(unchanged=1)
    assert Handoff.objects.count() == 1


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("stage", "disqualified", "begin at this stage"),
        ("stage", "客", "begin at this stage"),
        ("owner", "nobody@example.com", "Nobody of that name"),
        ("created_at", "04/06/2026", "Day or month first"),
        ("created_at", "2099-01-01", "future"),
        ("employees", "1.5", "whole number"),
        ("mail_opt_out", "perhaps", "neither yes nor no"),
        ("company_domain", "not a domain", "company domain"),
        ("relation", "friend", "relation"),
        ("name", "x" * 201, "at most 200"),
        ("name", "Z" + "\u0337" * 20, "accents"),
        ("note", "あ" * 100_001, "at most 100000"),
        ("email", "山田@example.jp", "Letters before the @"),
        ("external_id", "(clear)", "cannot be emptied"),
        ("attributes", "[1]", "JSON object"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_in_words(house, take, tmp_path, column, cell, why):
    out = tmp_path / "errors.csv"
    assert take(f'phone,{column}\n03-3234-5678,"{cell}"\n', "--errors", out)[:2] == (1, counts(rejected=1))
    [row] = errors_of(out)
    assert (row["column"], row["value"], why in row["reason"]) == (column, cell[:200], True)


def test_reasons_in_japanese(take, tmp_path):
    take("email,name\nbad,A\n", "--errors", tmp_path / "e.csv", "--language", "ja")
    assert errors_of(tmp_path / "e.csv")[0]["reason"] == "メールアドレスの形式ではありません。"


# bad_inputs: files that are taken in, row by row
LATE_CP932 = b"email,name,company\n" + b"a@e.jp,Taro,ok\n" * 300 + "b@e.jp,山田,x\n".encode("cp932")
BAD_FILES = [
    ("header only", b64("ZW1haWwsbmFtZSxjb21wYW55Cg=="), 2, ""),
    ("NUL in a cell", b64("ZW1haWwsbmFtZSxjb21wYW55CmFAZS5qcCxUYQBybyx4Cg=="), 1, counts(rejected=1)),
    ("old Mac line ends", b64("ZW1haWwsbmFtZQ1hQGUuanAsQQ1iQGUuanAsQg0="), 0, counts(created=2)),
    ("full-width heading", b64("RW1haWwgLO+8ru+9ge+9je+9hQphQGUuanAsQQo="), 0, counts(created=1)),
    ("owner_email", b"email,name,owner_email,stage\na@e.jp,A,ceo@our.jp,opportunity\n", 0, counts(created=1)),
    ("carrier address", b"email,name\ntaro..yamada@docomo.ne.jp,A\n", 0, counts(created=1)),
    ("date nobody can tell", b"email,created\na@e.jp,04/06/2026\n", 1, counts(rejected=1)),
    ("CP932 after 4 KB", LATE_CP932, 0, counts(created=2, unchanged=299)),
    ("too many cells", b"email,name\na@e.jp,A,B\nb@e.jp,B,,\n", 1, counts(created=1, rejected=1)),
    ("too few cells", b"email,name,company\na@e.jp\n", 0, counts(created=1)),
    ("nobody to know", b"email,company\n,X\na@e.jp,X\n", 1, counts(created=1, rejected=1)),
    ("empty", b"", 2, ""),
    ("binary", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 2, ""),
    ("open quotation mark", b'email,name\na@e.jp,"A\nb@e.jp,B\n', 2, ""),
    ("giant cell", b"email,name\na@e.jp," + b"x" * 300_000 + b"\n", 2, ""),
    ("no heading row", b"a@e.jp,Taro,ok\nb@e.jp,Jiro,ok\n", 2, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "code", "said"), [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES]
)
def test_bad_files(take, source, code, said):
    found, out, err = take(source)
    assert (found, out) == (code, said)
    if code == 2:
        assert len(err.strip().splitlines()) == 1
        assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--encoding", "klingon"], "encoding klingon"),
        (["--encoding", "utf-16"], "not written in utf-16"),
        (["--sheet", "Leads"], "Only an XLSX file has sheets"),
        (["--mapping", "/no/such/file.yaml"], "mapping file"),
        (["--errors", "/no/such/folder/e.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(take, options, why):
    code, out, err = take("email,name\na@e.jp,A\n", *options)
    assert (code, out, len(err.strip().splitlines())) == (2, "", 1)
    assert why in err
    assert not Lead.objects.exists()


def test_kinds_that_come_later_say_so(take):
    code, out, err = take("external_id\n1\n", kind="handoffs")
    assert (code, out) == (2, "")
    assert "not built yet" in err


def test_a_mapping_of_another_file_is_refused(take):
    code, _, err = take("email,name\na@e.jp,A\n", mapping="columns: {Mail: email}")
    assert (code, "“Mail”" in err) == (2, True)


def test_a_mapping_says_what_the_columns_mean(take):
    source = (
        "Kennung;Firma;Branche;Erstellt;Größe;Mail;Extra\n"
        "1;Blau;Industrie;24.11.2026 10:30;1.200;a@x.example;-\n"
        "2;Test;Handel;24.11.2026 10:30;5;b@x.example;z\n"
    )
    mapping = """
zone: Europe/Berlin
empty: ["-"]
others: attributes
skip: {Firma: {is: test}}
columns:
  Kennung: external_id
  Firma: company
  Branche: {to: industry, values: {industrie: manufacturing}}
  Erstellt: {to: created_at, dates: "%d.%m.%Y %H:%M"}
  Größe: {to: employees, thousands: "."}
  Mail: email
constants: {source: messe, attributes.list: autumn}
"""
    assert take(source, mapping=mapping)[1] == counts(created=1, skipped=1)
    lead = Lead.objects.get()
    assert lead.created_at.isoformat() == "2026-11-24T09:30:00+00:00"
    assert (lead.company.employees, lead.company.industry, lead.source) == (1200, "manufacturing", "messe")
    assert lead.attributes == {"list": "autumn"}


def test_a_column_of_json_is_a_column_per_member(take):
    said = '"{""Do Not Email"":""Yes"",""Specialization"":""HR"",""Old"":""Select""}"'
    source = f"email,attributes\na@x.example,{said}\n"
    mapping = "empty: [Select]\ncolumns: {attributes.Do Not Email: {to: mail_opt_out}}"
    assert take(source, mapping=mapping)[1] == counts(created=1)
    lead = Lead.objects.get()
    assert (lead.attributes, lead.mail_opt_out) == ({"Specialization": "HR"}, True)


# ── a run that is killed ─────────────────────────────────────────────────────


class Killed(BaseException):
    pass


def test_killed_in_the_middle_and_run_again(take, monkeypatch):
    monkeypatch.setattr(importing, "batch_size", lambda: 10)
    source = "external_id,email,name,company\n" + "".join(
        f"{n if n % 3 else ''},{'' if n % 5 == 0 else f'a{n}@x.example'},N{n},C{n % 7}\n" for n in range(95)
    )
    whole, batches = intake_bulk._Batch.write, []
    for limit in (3, 1, 4):
        batches.clear()

        def write(batch, limit=limit):
            whole(batch)
            batches.append(batch)
            if len(batches) == limit:
                raise Killed

        monkeypatch.setattr(intake_bulk._Batch, "write", write)
        with pytest.raises(Killed):
            take(source)
    monkeypatch.setattr(intake_bulk._Batch, "write", whole)
    assert take(source)[:2] == (0, counts(created=65, unchanged=30))
    assert Lead.objects.count() == Standing.objects.count() == Transition.objects.count() == 95
    assert Company.objects.count() == 7
    assert take(source)[1] == counts(unchanged=95)


# ── activities ───────────────────────────────────────────────────────────────


@pytest.fixture
def two_leads(take):
    take("external_id,email\n1,a@x.example\n2,b@x.example\n")


def test_activities_are_known_by_their_id(two_leads, take):
    source = (
        "lead_external_id,lead_email,type,direction,occurred_at,channel,campaign,content,url,source,external_id\n"
        "1,,demo_request,reaction,2026-11-20 10:00,web,秋,資料,https://x.example,site,e1\n"
        ",b@x.example,メールを開封,,2026-11-20 10:00,,,,,site,e2\n"
    )
    source = source.replace("メールを開封", "email_open")
    assert take(source, kind="activities")[:2] == (0, counts(created=2))
    assert take(source, kind="activities")[:2] == (0, counts(unchanged=2))
    first = Activity.objects.get(external_id="e1")
    assert (first.lead.external_id, first.direction, first.campaign.name, first.content) == (
        "1",
        "reaction",
        "秋",
        "資料",
    )
    assert Standing.objects.get(lead__external_id="2").last_reaction == "email_open"


def test_activities_without_an_id_are_known_by_their_content(two_leads, take):
    rows = ("A", "A", "B")
    source = "リードID,種別,日時,内容\n" + "".join(f"1,page_view,2026-11-20,{one}\n" for one in rows)
    assert take(source, kind="activities")[1] == counts(created=3)
    assert take(source, kind="activities")[1] == counts(unchanged=3)
    assert take(source + "1,page_view,2026-11-20,A\n", kind="activities")[1] == counts(created=1, unchanged=3)


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("9,page_view,2026-11-20,", "lead_external_id", "no lead with this id"),
        ("1,page_view,,", "occurred_at", "when it happened"),
        ("1,dancing,2026-11-20,", "type", "no such kind"),
        ("1,,2026-11-20,", "type", "must not be empty"),
        ("1,page_view,2026-11-20,action", "direction", "other direction"),
        ("1,page_view,2099-11-20,", "occurred_at", "future"),
        (",page_view,2026-11-20,", "lead_external_id", "whose activity"),
    ],
)
def test_activities_that_cannot_be(two_leads, take, tmp_path, row, column, why):
    out = tmp_path / "e.csv"
    source = f"lead_external_id,type,occurred_at,direction\n{row}\n1,page_view,2026-11-20,\n"
    assert take(source, "--errors", out, kind="activities")[:2] == (1, counts(created=1, rejected=1))
    [said] = errors_of(out)
    assert (said["line"], said["column"], why in said["reason"]) == ("2", column, True)


def test_an_address_of_several_leads_names_nobody(take):
    take("external_id,email\n1,a@x.example\n2,a@x.example\n")
    source = "lead_email,type,occurred_at\na@x.example,page_view,2026-11-20\n"
    assert take(source, kind="activities")[1] == counts(rejected=1)


# ── campaigns ────────────────────────────────────────────────────────────────


def test_campaigns(take):
    source = "external_id,name\nc1,秋の展示会\nc2,Webinar\nc2,Webinar 2\n,春\n"
    assert take(source, kind="campaigns")[1] == counts(created=3, unchanged=1)
    assert Campaign.objects.get(external_id="c2").name == "Webinar 2"
    assert take(source, kind="campaigns")[1] == counts(unchanged=4)
    assert take("external_id,name\nc1,冬の展示会\n", kind="campaigns")[1] == counts(updated=1)
    take("email,campaign\na@x.example,冬の展示会\nb@x.example,c2\n")
    assert set(Lead.objects.values_list("campaign__external_id", flat=True)) == {"c1", "c2"}


# ── whatever is thrown at it ─────────────────────────────────────────────────

CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["a@x.example", "03-3234-5678", "(clear)", "2026-11-24", "mql", "{}", "=1+1", '"', "yes"]
    ),
)
HEADINGS = st.lists(
    st.sampled_from(
        ["email", "name", "external_id", "stage", "created_at", "attributes", "employees", "氏名", "x", ""]
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=80, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda heads, rows, cut, codec: "\n".join(cut.join(row) for row in [heads, *rows]).encode(
                codec, "replace"
            ),
            HEADINGS,
            st.lists(st.lists(CELLS, max_size=7), max_size=5),
            st.sampled_from([",", "\t", ";"]),
            st.sampled_from(["utf-8", "cp932", "utf-16"]),
        ),
    )
)
def test_any_bytes_end_in_counts_or_one_sentence(take, source):
    code, out, err = take(source)
    assert code in (0, 1, 2)
    if code == 2:
        assert out == ""
        assert err.strip()
    else:
        assert out.startswith("created ")
        assert (code == 1) is not out.endswith("rejected 0")
