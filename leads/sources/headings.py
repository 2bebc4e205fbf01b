"""Which field a heading means, in English and Japanese, as CRM and card-scanning exports write them.

Compared after NFKC and casefold, without spaces and punctuation: `First Name`, `first_name` and the same
in full width are one heading. Only words that cannot be taken for another field are here; a mapping names
the rest.
"""

from __future__ import annotations

import re

from leads.identity import fold

_LEADS = """
external_id: id lead_id record_id contact_id prospect_id 外部ID リードID 顧客ID 顧客番号 管理番号 名刺ID
email: e-mail mail email_address mail_address work_email メール メールアドレス Eメール 電子メール
  E-mailアドレス 会社メール
phone: phone_number tel tel_1 telephone telephone_number mobile mobile_phone mobile_phone_number cell_phone
  電話 電話番号 お電話番号 TEL会社 TEL部門 TEL直通 会社電話 会社電話番号 直通
  携帯 携帯電話 携帯番号 携帯電話番号
name: full_name contact_name lead_name 氏名 名前 お名前 担当者名 ご担当者名 フルネーム
family_name: last_name surname 姓 名字 苗字 氏 氏名_姓
given_name: first_name forename 名 氏名_名
family_name_kana: last_name_kana 姓カナ 姓かな セイ せい 姓フリガナ 姓ふりがな 氏名_カナ_姓
given_name_kana: first_name_kana 名カナ 名かな メイ めい 名フリガナ 名ふりがな 氏名_カナ_名
name_kana: full_name_kana 氏名カナ 氏名かな フリガナ ふりがな カナ お名前フリガナ お名前カナ
company: company_name account account_name organization organisation associated_company
  会社 会社名 企業名 企業 法人名 御社名 貴社名 取引先 取引先名 勤務先 勤務先名 組織名 所属企業
company_domain: domain company_domain_name domain_name ドメイン 会社ドメイン 企業ドメイン
department: 部署 部署名 部門 部門名 所属部署 所属
title: job_title position 役職 役職名 肩書 肩書き
industry: 業種 業界
employees: number_of_employees employee_count headcount 従業員数 社員数 従業員
country: country_region 国 国名
prefecture: state state_region province 都道府県 都道府県名 住所_都道府県
relation: 関係 取引関係
source: lead_source original_source ソース リードソース 流入元 流入経路 獲得経路 獲得元 獲得チャネル チャネル
campaign: campaign_name キャンペーン キャンペーン名 施策 施策名
mail_opt_out: email_opt_out opt_out opted_out has_opted_out_of_email do_not_email is_do_not_email
  unsubscribed 配信停止 メール配信停止 配信停止フラグ オプトアウト
do_not_contact: 連絡不可 連絡禁止 コンタクト禁止
created_at: created create_date created_date created_time creation_date date_created
  作成日 作成日時 登録日 登録日時 獲得日 名刺交換日
owner: lead_owner contact_owner 営業担当 営業担当者 担当営業 社内担当 社内担当者 リード所有者 所有者 オーナー
stage: lead_stage ステージ リードステージ 段階 フェーズ
note: notes memo comment comments description 備考 備考欄 メモ コメント 特記事項
attributes: 属性
"""
_ACTIVITIES = """
lead_external_id: lead_id contact_id prospect_id person_id リードID リード外部ID 顧客ID 顧客番号
lead_email: email e-mail email_address mail メール メールアドレス リードメール Eメール
type: activity_type event_type 種類 種別 活動種別 活動の種類 アクティビティ種別 行動
direction: 方向
occurred_at: occurred timestamp date datetime activity_date activity_datetime event_time
  日時 日付 発生日時 発生日 活動日時 活動日
channel: チャネル 経路
campaign: campaign_name キャンペーン キャンペーン名 施策 施策名
content: subject 内容 コンテンツ 件名 資料名
url: link page_url ページURL リンク
source: ソース 取得元 発生元
external_id: id event_id activity_id 外部ID イベントID 活動ID
actor: user 担当者 実施者 社内担当
data: データ
"""
_CAMPAIGNS = """
external_id: id campaign_id 外部ID キャンペーンID 施策ID 管理番号
name: campaign campaign_name キャンペーン キャンペーン名 施策 施策名 名前 名称
"""
_OPPORTUNITIES = """
external_id: id opportunity_id deal_id 外部ID 案件ID 商談ID 案件番号 管理番号
lead_external_id: lead_id contact_id prospect_id リードID リード外部ID 顧客ID 顧客番号
lead_email: email e-mail email_address mail contact_email メール メールアドレス リードメール Eメール
amount: value deal_amount 金額 受注金額 見込み金額 案件金額 商談金額 予定金額
currency: currency_code 通貨 通貨コード
expected_close: close_date expected_close_date 受注予定日 完了予定日 クローズ予定日 予定日 見込み時期
owner: opportunity_owner deal_owner 担当者 営業担当 営業担当者 案件担当 所有者 オーナー
outcome: result status 結果 勝敗 受失注 状態
reason: loss_reason lost_reason closed_lost_reason 理由 失注理由
competitor: competitor_name 競合 競合他社 競合先
closed_at: closed_on closed_date date_closed 受注日 失注日 完了日 クローズ日
next_step_on: next_step_date next_activity_date 次回予定日 次の予定日 次回アクション日
note: notes memo comment description 備考 メモ コメント
"""


def key(heading: str) -> str:
    """A heading as it is compared."""
    return re.sub(r"[\s_\-./・:()\[\]*]", "", fold(heading))


def _by_key(text: str) -> dict[str, str]:
    """`field: words` as word → field; the field's own name is one of its words."""
    found: dict[str, str] = {}
    for line in text.strip().replace("\n  ", " ").splitlines():
        field, _, said = line.partition(":")
        found |= {key(word): field for word in (field, *said.split())}
    return found


LEADS, ACTIVITIES, CAMPAIGNS = _by_key(_LEADS), _by_key(_ACTIVITIES), _by_key(_CAMPAIGNS)
OPPORTUNITIES = _by_key(_OPPORTUNITIES)
