"""What people of the demo company write down: Kobayashi in English, everybody else in Japanese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from leads.models import User

Said = Mapping[str, Mapping[str, Sequence[str]]]

WHY: Said = {
    "ja": {
        "too_early": (
            "来期の予算で検討とのことです。",
            "基幹システムの入れ替えが終わってからとのお話でした。",
            "4月の組織変更後に改めて連絡してほしいそうです。",
        ),
        "gathering_info": (
            "社内の勉強会用に資料を集めている段階でした。",
            "比較表を作るための情報収集とのことです。",
        ),
        "no_problem_fit": (
            "在庫は外部倉庫に任せており、課題がないそうです。",
            "個人店向けの機能をお探しでした。",
        ),
        "not_our_market": ("従業員10名ほどで、対象外の規模でした。", "自治体の部署で、当社の対象外です。"),
        "wrong_person": (
            "担当は生産管理の別の方とのことです。",
            "総務の方で、決裁に関わっていませんでした。",
        ),
        "no_contact": ("お電話5回、メール2回でもつながりませんでした。",),
        "bad_data": ("電話番号が使われていませんでした。", "部署名と電話番号が前の会社のものでした。"),
        "other": ("代理店経由で話を進めたいとのご希望です。",),
    },
    "en": {
        "too_early": (
            "Budget opens next fiscal year.",
            "They replace their ERP first; call again after that.",
        ),
        "gathering_info": (
            "Collecting material for an internal study group.",
            "Making a comparison table, no project yet.",
        ),
        "no_problem_fit": ("Stock is run by an outside warehouse; nothing to solve.",),
        "not_our_market": ("About ten people; too small for us.",),
        "wrong_person": ("Somebody else in production planning decides.",),
        "no_contact": ("Five calls and two mails, nobody answered.",),
        "bad_data": ("The number is not in use.",),
        "other": ("They want to buy through a reseller only.",),
    },
}
TOLD: Said = {
    "ja": {
        "reached": (
            "現状は紙とExcelで在庫を管理。入力の手間が課題とのこと。",
            "2拠点で数字が合わないのが悩みだそうです。",
            "見積もりの前に現場の方も交えて話したいとのご希望。",
        ),
        "no_answer": ("不在でした。", "呼び出しのみ。", ""),
        "gatekeeper": ("受付の方に伝言をお願いしました。", "会議中とのこと。折り返し時間は不明。"),
        "call_back": ("午後に折り返しをお願いされました。", "明日の午前に改めてお電話します。"),
        "email_sent": ("事例集と日程の候補をお送りしました。", "ご質問への回答をメールで送付。"),
        "meeting_set": ("来週オンラインで画面をお見せします。", "工場見学を兼ねて訪問の約束をしました。"),
    },
    "en": {
        "reached": (
            "Stock is kept on paper and in spreadsheets; double entry hurts.",
            "Two sites, numbers never match. Wants a quote after a site visit.",
        ),
        "no_answer": ("No answer.", ""),
        "gatekeeper": ("Left a message at reception.",),
        "call_back": ("Asked to be called back this afternoon.",),
        "email_sent": ("Sent the case studies and three dates.",),
        "meeting_set": ("Online walkthrough next week.",),
    },
}
QUALIFIED: Mapping[str, Sequence[str]] = {
    "ja": (
        "予算の目安と時期を確認。提案の価値があります。",
        "情報システムと現場の双方が参加して検討中。",
        "来春の稼働を希望。競合1社と比較。",
    ),
    "en": (
        "Budget and timing confirmed; worth a proposal.",
        "Decision by March, comparing us with one other.",
    ),
}

PASSED_ON: Mapping[str, Sequence[str]] = {
    "ja": (
        "課題と時期を確認済みです。当日は画面を見ながら話したいとのこと。",
        "決裁者の方も同席されます。費用の目安を聞かれています。",
        "現場の方が2名同席。導入事例を先に送ってあります。",
    ),
    "en": (
        "Problem and timing are clear; they want to see it on screen.",
        "The decision maker joins; asked for a price range.",
    ),
}


def why(reason: str, by: User, rng: Random) -> str:
    return rng.choice(WHY[by.language][reason])


def told(result: str, by: User, rng: Random) -> str:
    return rng.choice(TOLD[by.language][result])


def passed_on(by: User, rng: Random) -> str:
    return rng.choice(PASSED_ON[by.language])


def qualified(by: User, rng: Random) -> str:
    return rng.choice(QUALIFIED[by.language])
