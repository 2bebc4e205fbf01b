"""Who plays in the demo: companies, names, offices, sources. All invented; no address leads anywhere."""

from __future__ import annotations

from typing import NamedTuple


class Firm(NamedTuple):
    name: str
    domain: str
    industry: str
    employees: int
    country: str
    prefecture: str
    relation: str = "prospect"


FIRST = (
    ("青空", "aozora"), ("みなと", "minato"), ("北都", "hokuto"), ("明和", "meiwa"), ("城北", "johoku"),
    ("若葉", "wakaba"), ("湖南", "konan"), ("八雲", "yakumo"), ("千歳", "chitose"), ("瀬戸内", "setouchi"),
    ("清流", "seiryu"), ("光陽", "koyo"), ("西浜", "nishihama"), ("大和田", "owada"), ("緑ヶ丘", "midorigaoka"),
    ("朝日野", "asahino"), ("東雲", "shinonome"), ("五十嵐", "igarashi"), ("白樺", "shirakaba"),
    ("潮見", "shiomi"),
)  # fmt: skip
SECOND = (
    ("商事", "shoji", "wholesale"), ("物流", "logistics", "logistics"), ("電機", "denki", "manufacturing"),
    ("精機", "seiki", "manufacturing"), ("フーズ", "foods", "food"), ("化学", "kagaku", "manufacturing"),
    ("建材", "kenzai", "construction"), ("工業", "kogyo", "manufacturing"), ("運輸", "unyu", "logistics"),
    ("印刷", "insatsu", "manufacturing"),
)  # fmt: skip
FORMS = ("株式会社{}", "{}株式会社", "{}", "{}㈱", "株式会社{}", "有限会社{}", "{}(株)")
SIZES = (320, 85, 140, 46, 1200, 60, 210, 28, 480, 110, 75, 640, 33, 150)
PREFECTURES = (
    "東京都", "神奈川県", "愛知県", "東京都", "大阪府", "埼玉県", "静岡県", "東京都", "福岡県", "北海道",
    "千葉県", "兵庫県", "長野県",
)  # fmt: skip
LEADING = (
    Firm("株式会社青空商事", "aozora-shoji.example.jp", "manufacturing", 320, "日本", "東京都"),
    Firm("みなと物流㈱", "minato-logistics.example.jp", "logistics", 210, "日本", "神奈川県"),
    Firm("北都電機", "hokuto-denki.example.jp", "manufacturing", 480, "日本", "北海道"),
    Firm("明和精機", "meiwa-seiki.example.jp", "manufacturing", 140, "日本", "愛知県"),
)
ABROAD = (
    Firm("Northfield Instruments Ltd.", "northfield.example.com", "manufacturing", 260, "United Kingdom", ""),
    Firm("Harbour Lane Logistics", "harbourlane.example.com", "logistics", 120, "United Kingdom", ""),
    Firm("Calder Precision GmbH", "calder.example.com", "manufacturing", 410, "Germany", ""),
    Firm("Pacific Rim Foods Inc.", "pacificrim.example.com", "food", 95, "United States", ""),
    Firm("Bluewater Components Inc.", "bluewater.example.com", "manufacturing", 700, "United States", ""),
    Firm("Orchard Street Print", "orchardst.example.com", "manufacturing", 38, "United States", ""),
    Firm("Lindqvist Automation AB", "lindqvist.example.com", "manufacturing", 180, "Sweden", ""),
    Firm("Merlion Freight Pte. Ltd.", "merlion.example.com", "logistics", 310, "Singapore", ""),
)
RELATIONS = {
    7: "customer",
    19: "customer",
    31: "customer",
    44: "former_customer",
    52: "partner",
    63: "competitor",
}
COMPANIES = 82


def firms() -> list[Firm]:
    """Every company of the story; the first four are the ones the pages' examples speak of."""
    made = [_firm(place) for place in range(len(LEADING), COMPANIES - len(ABROAD))]
    return [*LEADING, *made, *ABROAD]


def _firm(place: int) -> Firm:
    """First and second name are combined so that no pair comes twice."""
    first, latin = FIRST[place % len(FIRST)]
    second, latin_second, industry = SECOND[(3 * place + place // len(FIRST)) % len(SECOND)]
    return Firm(
        FORMS[place % len(FORMS)].format(first + second), f"{latin}-{latin_second}.example.jp", industry,
        SIZES[place % len(SIZES)], "日本", PREFECTURES[place % len(PREFECTURES)],
        RELATIONS.get(place, "prospect"),
    )  # fmt: skip


FAMILIES = (
    ("山本", "ヤマモト", "yamamoto"), ("森", "モリ", "mori"), ("林", "ハヤシ", "hayashi"), ("小川", "オガワ", "ogawa"),
    ("森田", "モリタ", "morita"), ("中村", "ナカムラ", "nakamura"), ("伊藤", "イトウ", "ito"),
    ("渡辺", "ワタナベ", "watanabe"), ("加藤", "カトウ", "kato"), ("吉田", "ヨシダ", "yoshida"),
    ("佐々木", "ササキ", "sasaki"), ("山口", "ヤマグチ", "yamaguchi"), ("松本", "マツモト", "matsumoto"),
    ("井上", "イノウエ", "inoue"), ("木村", "キムラ", "kimura"), ("清水", "シミズ", "shimizu"),
    ("斎藤", "サイトウ", "saito"), ("髙橋", "タカハシ", "takahashi"), ("山﨑", "ヤマザキ", "yamazaki"),
    ("阿部", "アベ", "abe"), ("石川", "イシカワ", "ishikawa"), ("前田", "マエダ", "maeda"),
    ("藤田", "フジタ", "fujita"), ("岡田", "オカダ", "okada"), ("長谷川", "ハセガワ", "hasegawa"),
    ("村上", "ムラカミ", "murakami"), ("近藤", "コンドウ", "kondo"), ("遠藤", "エンドウ", "endo"),
)  # fmt: skip
GIVENS = (
    ("花子", "ハナコ", "hanako"), ("明", "アキラ", "akira"), ("健一", "ケンイチ", "kenichi"), ("直樹", "ナオキ", "naoki"),
    ("彩", "アヤ", "aya"), ("由美", "ユミ", "yumi"), ("大輔", "ダイスケ", "daisuke"), ("裕子", "ユウコ", "yuko"),
    ("浩", "ヒロシ", "hiroshi"), ("美咲", "ミサキ", "misaki"), ("隆", "タカシ", "takashi"),
    ("真理", "マリ", "mari"), ("修", "オサム", "osamu"),
)  # fmt: skip
ENGLISH_NAMES = (
    ("Whitaker", "Grace"), ("Osei", "Daniel"), ("Brandt", "Katrin"), ("Romero", "Lucia"), ("Fletcher", "Owen"),
    ("Nilsson", "Erik"), ("Tan", "Wei Ling"), ("Marsh", "Priya"), ("Holloway", "Ben"), ("Kaufmann", "Jonas"),
)  # fmt: skip
OFFICES = (
    ("情報システム部", "部長"), ("生産管理部", "課長"), ("経営企画室", "室長"), ("購買部", "主任"),
    ("情報システム部", "主任"), ("製造部", "工場長"), ("物流企画課", "課長"), ("総務部", ""),
    ("経営企画部", "取締役"), ("品質保証部", "係長"), ("生産管理部", "部長"), ("営業部", "マネージャー"),
    ("", "代表取締役"), ("情報システム課", ""),
)  # fmt: skip
ENGLISH_OFFICES = (
    ("IT", "Head of IT"), ("Operations", "Operations Manager"), ("Supply Chain", "Director"),
    ("Production", "Production Planner"), ("IT", "Systems Analyst"),
)  # fmt: skip
JAPANESE_PHONES = ("03-0000-{:04d}", "06-0000-{:04d}", "052-000-{:04d}", "045-000-{:04d}", "090-0000-{:04d}")
PHONES = {
    "日本": "",
    "United Kingdom": "+44 20 7946 {:04d}",  # numbers kept free for fiction
    "United States": "+1 202-555-{:04d}",
}

EXHIBITION, WEBINAR, LIST = "展示会", "セミナー", "旧顧客リスト"
SOURCES = (
    ("Webサイト", 26), ("自然検索", 18), ("検索広告", 13), (WEBINAR, 17), (EXHIBITION, 13), ("紹介", 7),
    ("メールマガジン", 6),
)  # fmt: skip
DOCUMENTS = (
    "生産管理DX導入ガイド",
    "導入事例集(製造業)",
    "在庫の見える化チェックリスト",
    "物流コスト削減の手引き",
    "料金のご案内",
)
WEBINARS = ("在庫の見える化 入門", "工場の紙をなくす30分", "物流2026年問題への備え", "生産計画を半日で")
NEWSLETTERS = ("メールマガジン 第41号", "メールマガジン 第42号", "メールマガジン 第43号", "セミナーのご案内")
BUDGETS, TIMINGS = ("300万円未満", "500万円台", "1,000万円台"), ("3か月以内", "半年以内", "来期")
ENGLISH_BUDGETS, ENGLISH_TIMINGS = ("up to £20k", "£20k–50k"), ("within 3 months", "next year")
PAGES = ("/products/stock", "/cases/factory", "/blog/paperless", "/products/plan", "/company")
