"""The editor: sentences, one change at a time, and nothing typed is lost."""

import pytest

from config import sweep
from config.clock import now
from scoring.models import Draft, RuleFigures, ScoringModel
from scoring.rulemaking import drafting
from tests import people
from tests.people import NOW, new_lead


def react(lead, type):
    people.react(lead, type, at=now())


@pytest.fixture
def draft(house):
    base = ScoringModel.objects.newest()
    return drafting.begin(title="料金ページ", body=base.body, base=base, by=house.miura, now=NOW)


@pytest.fixture
def miura(house, browser_of):
    return browser_of(house.miura)


def url(draft, *more):
    return "/".join([f"/rules/drafts/{draft.pk}/edit", *more])


def rule(draft, key, half="interest"):
    body = Draft.objects.get(pk=draft.pk).body
    return next((one for one in body[half]["rules"] if one["id"] == key), None)


def filled(client, address, **changes):
    """The form as a browser would send it back, with some fields typed otherwise."""
    form = client.get(address).context["form"]
    sent = {}
    for field in form:
        value = field.value()
        if value not in (None, False):
            sent[field.html_name] = value
    return sent | changes


PARTS = [
    "fit/title-head", "interest/pricing", "interest/card-a", "response", "limits", "classes", "mql",
    "timezone", "require/phone", "fast_track/0", "fast_track/2", "exclude/1", "complete", "by_hand", "opening/pricing",  # noqa: E501
]  # fmt: skip
NEW = ["fit", "interest", "require", "fast_track", "exclude", "opening"]


@pytest.mark.parametrize("part", [*PARTS, *NEW])
def test_every_part_has_its_form(miura, draft, part):
    assert miura.get(url(draft, "part", part)).status_code == 200
    assert miura.get(url(draft, "part", part) + "?as_text").status_code == 200


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("how", ["", "?as_text"])
def test_saving_what_is_there_changes_nothing(miura, draft, part, how):
    address = url(draft, "part", part) + how
    answer = miura.post(address, filled(miura, address))
    assert answer.status_code == 302, answer.context["form"].errors
    after = Draft.objects.get(pk=draft.pk)
    assert (after.revision, after.body) == (1, draft.body)


def test_the_page_says_every_rule(miura, draft):
    page = miura.get(url(draft)).content.decode()
    assert page.count('class="rule') > 25


def test_a_marketer_changes_the_points_of_the_price_page(miura, draft):
    address = url(draft, "part/interest/pricing")
    answer = miura.post(address, filled(miura, address, points="８"))
    assert answer["Location"] == url(draft) + "?at=row-interest-pricing#saved"
    assert rule(draft, "pricing") == {
        "id": "pricing", "type": "pricing_view", "points": 8, "per_day": 2, "half_life_days": 30, "max": 16,
    }  # fmt: skip
    after = Draft.objects.get(pk=draft.pk)
    assert after.revision == 2
    assert "<b>+8</b>" in miura.get(url(draft)).content.decode()
    assert [one for one in after.body if one != "interest"] == [
        one for one in draft.body if one != "interest"
    ]


def test_a_field_emptied_leaves_the_rule(miura, draft):
    address = url(draft, "part/interest/pricing")
    miura.post(address, filled(miura, address, per_day="", max=" ", half_life_days="45.5"))
    assert rule(draft, "pricing") == {
        "id": "pricing", "type": "pricing_view", "points": 4, "half_life_days": 45.5,
    }  # fmt: skip


def test_a_new_rule_with_a_condition(miura, draft):
    address = url(draft, "part/interest")
    sent = filled(
        miura, address, type="inquiry", points="12", **{
            "where-0-path": "data.kind", "where-0-test": "in", "where-0-value": "見積もり、demo",
        },
    )  # fmt: skip
    answer = miura.post(address, sent)
    assert answer["Location"].endswith("?at=row-interest-inquiry-2#saved")
    assert rule(draft, "inquiry-2") == {
        "id": "inquiry-2", "type": "inquiry", "where": {"data.kind": {"in": ["quote", "demo"]}}, "points": 12,
    }  # fmt: skip


def test_the_nested_condition_of_the_example_is_edited_in_rows(miura, draft):
    address = url(draft, "part/fit/title-head")
    miura.post(address, filled(miura, address, **{"when-1-value": "Director、Head、VP"}))
    assert rule(draft, "title-head", "fit")["when"]["any_of"][1] == {
        "title": {"has_word": ["Director", "Head", "VP"]}
    }
    assert rule(draft, "title-head", "fit")["group"] == "title"


def test_one_more_condition_keeps_what_is_typed(miura, draft):
    address = url(draft, "part/fit/industry")
    sent = filled(miura, address, more="1", points="twelve", **{"when-1-value": "あと"})
    page = miura.post(address, sent)
    assert page.status_code == 200
    assert 'value="twelve"' in page.content.decode()
    assert "when-2-path" in page.content.decode()
    assert Draft.objects.get(pk=draft.pk).revision == 1


def test_what_the_form_cannot_say_is_kept(miura, draft):
    when = {
        "any_of": [
            {"title": {"contains_any": ["部長"]}, "phone": {"present": True}},
            {"not": {"stage": {"is": "lead"}}},
        ]
    }
    address = url(draft, "part/fit/industry")
    text = "{when: {any_of: [{title: {contains_any: [部長]}, phone: {present: true}}, {not: {stage: {is: lead}}}]}, points: 5}"  # noqa: E501
    assert miura.post(address + "?as_text", {"revision": 1, "text": text}).status_code == 302
    assert rule(draft, "industry", "fit") == {"id": "industry", "when": when, "points": 5}
    miura.post(address, filled(miura, address, points="6"))
    assert rule(draft, "industry", "fit") == {"id": "industry", "when": when, "points": 6}


@pytest.mark.parametrize("do, expected", [
    ("down", ["title-head", "title-exec"]), ("up", ["title-exec", "title-head"]), ("remove", ["title-head", "title-mgr"]),  # noqa: E501
])  # fmt: skip
def test_one_press(miura, draft, do, expected):
    miura.post(url(draft, "act"), {"part": "fit", "key": "title-exec", "do": do, "revision": 1})
    rules = Draft.objects.get(pk=draft.pk).body["fit"]["rules"]
    assert [one["id"] for one in rules[:2]] == expected


def test_off_and_on_again(miura, draft):
    miura.post(url(draft, "act"), {"part": "interest", "key": "visit", "do": "off", "revision": 1})
    assert rule(draft, "visit")["off"] is True
    assert (
        "停止中" in miura.get(url(draft)).content.decode()
        or "Switched off" in miura.get(url(draft)).content.decode()
    )
    miura.post(url(draft, "act"), {"part": "interest", "key": "visit", "do": "on", "revision": 2})
    assert Draft.objects.get(pk=draft.pk).body == draft.body


def test_a_removed_rule_takes_its_opening_line_along(miura, draft):
    miura.post(url(draft, "act"), {"part": "interest", "key": "pricing", "do": "remove", "revision": 1})
    assert "pricing" not in Draft.objects.get(pk=draft.pk).body["opening"]


OPENING = {
    "rule": "visit",
    "ja": "ご覧のページのことから伺ってください。",
    "en": "Start from the page they read.",
}


def openings(draft):
    return Draft.objects.get(pk=draft.pk).body["opening"]


def test_a_marketer_writes_an_opening_line(miura, draft):
    assert url(draft, "part/opening") in miura.get(url(draft)).content.decode()
    answer = miura.post(url(draft, "part/opening"), OPENING | {"revision": 1})
    assert answer["Location"] == url(draft) + "?at=row-opening-visit#saved"
    assert openings(draft) == draft.body["opening"] | {"visit": {"ja": OPENING["ja"], "en": OPENING["en"]}}
    assert OPENING["ja"] in miura.get(url(draft)).content.decode()
    assert OPENING["ja"] in miura.get(f"/rules/drafts/{draft.pk}").content.decode()  # in the diff


def test_an_opening_line_in_one_language_stands_for_both(miura, draft):
    miura.post(url(draft, "part/opening"), OPENING | {"ja": "", "revision": 1})
    assert openings(draft)["visit"] == {"ja": OPENING["en"], "en": OPENING["en"]}


def test_an_opening_line_for_another_rule_keeps_its_place(miura, draft):
    address = url(draft, "part/opening/demo")
    miura.post(address, filled(miura, address, rule="visit"))
    assert list(openings(draft)) == ["inquiry", "visit", "pricing", "download"]
    assert openings(draft)["visit"] == draft.body["opening"]["demo"]


def test_an_opening_line_is_removed(miura, draft):
    miura.post(url(draft, "act"), {"part": "opening", "key": "demo", "do": "remove", "revision": 1})
    assert list(openings(draft)) == ["inquiry", "pricing", "download"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rule": ""}, "rule"),
        ({"rule": "nobody"}, "rule"),
        ({"rule": "pricing"}, "rule"),  # has one already
        ({"rule": "title-head"}, "rule"),  # fit is never why a lead comes now
        ({"ja": " ", "en": ""}, "ja"),
        ({"en": "x" * 301}, "en"),
    ],
)
def test_an_opening_line_needs_a_rule_without_one_and_words(miura, draft, wrong, field):
    page = miura.post(url(draft, "part/opening"), OPENING | wrong | {"revision": 1})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]


def test_a_group_made_here_can_have_an_opening_line(miura, draft):
    sent = {"revision": 1, "event-0": "webinar_attended", "within_days": "7"}
    assert miura.post(url(draft, "part/fast_track"), sent).status_code == 302
    name = Draft.objects.get(pk=draft.pk).body["mql"]["fast_track"][-1]["id"]
    miura.post(url(draft, "part/opening"), OPENING | {"rule": name, "revision": 2})
    assert name in openings(draft)


def test_where_every_rule_has_its_line_none_is_offered(miura, draft):
    names = [one["id"] for one in draft.body["interest"]["rules"]]
    body = draft.body | {"opening": {name: {"ja": "あ", "en": "a"} for name in names}}
    Draft.objects.filter(pk=draft.pk).update(body=body)
    page = miura.get(url(draft)).content.decode()
    assert f'{url(draft, "part/opening")}"' not in page


def test_undo_step_by_step(miura, draft):
    for revision, do in enumerate(("off", "down"), start=1):
        miura.post(url(draft, "act"), {"part": "interest", "key": "visit", "do": do, "revision": revision})
    miura.post(url(draft, "undo"), {"revision": 3})
    assert [rule(draft, "visit")["off"], Draft.objects.get(pk=draft.pk).revision] == [True, 4]
    miura.post(url(draft, "undo"), {"revision": 4})
    assert Draft.objects.get(pk=draft.pk).body == draft.body
    assert miura.get(url(draft)).context["undo"] is None


def test_nobody_takes_back_somebody_elses_change(miura, house, draft):
    miura.post(url(draft, "act"), {"part": "interest", "key": "visit", "do": "off", "revision": 1})
    held = Draft.objects.get(pk=draft.pk)
    drafting.edit(held, body=held.body | {"timezone": "UTC"}, revision=2, by=house.suzuki, now=NOW)
    miura.post(url(draft, "undo"), {"revision": 3})
    assert Draft.objects.get(pk=draft.pk).body["timezone"] == "UTC"


def test_somebody_was_quicker_and_nothing_typed_is_lost(miura, house, draft):
    address = url(draft, "part/interest/pricing")
    sent = filled(miura, address, points="8")
    held = Draft.objects.get(pk=draft.pk)
    drafting.edit(held, body=held.body | {"timezone": "UTC"}, revision=1, by=house.suzuki, now=NOW)
    page = miura.post(address, sent)
    assert page.status_code == 409
    assert "鈴木" in page.content.decode() and 'value="8"' in page.content.decode()
    again = {field.html_name: field.value() for field in page.context["form"] if field.value() is not None}
    assert miura.post(address, again).status_code == 302
    after = Draft.objects.get(pk=draft.pk)
    assert (after.body["timezone"], rule(draft, "pricing")["points"]) == ("UTC", 8)


def test_problems_stand_at_their_field(miura, draft):
    address = url(draft, "part/interest/pricing")
    page = miura.post(address, filled(miura, address, points="5000", per_day="0"))
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"points", "per_day"}
    page = miura.post(url(draft, "part/limits"), {"revision": 1, "fit": "10", "interest": "50"})
    assert page.status_code == 422 and page.context["form"].non_field_errors()
    page = miura.post(url(draft, "part/mql"), {
        "revision": 1, "min_readiness": "60", "min_fit": "20", "min_interest": "20", "leave_below": "61",
    })  # fmt: skip
    assert "leave_below" in page.context["form"].errors


def test_who_may_not_write_may_not_edit(browser_of, house, draft):
    assert browser_of(house.sato).get(url(draft)).status_code == 403
    assert browser_of(house.sato).post(url(draft, "act"), {"do": "off"}).status_code == 403


def test_a_draft_that_is_gone_is_not_edited(miura, house, draft):
    drafting.withdraw(draft, by=house.miura, now=NOW)
    assert miura.get(url(draft)).status_code == 302
    assert (
        miura.post(
            url(draft, "act"), {"part": "interest", "key": "visit", "do": "off", "revision": 1}
        ).status_code
        == 302
    )
    assert Draft.objects.get(pk=draft.pk).body == draft.body


BAD = [
    "", " ", "NaN", "inf", "-inf", "1e999", "９９９９９９", "−５", "9" * 29, "9" * 40, "0x10", "1,000", "1,0", "٣", "½", "²",  # noqa: E501
    "<script>alert(1)</script>", "\x00", "\ufffd", "{}", "[]", "null", "true", "a\nb", "、、", "data", "'; DROP", "💥", "-0", "0.0000001",  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize("part", [*PARTS, *NEW])
@pytest.mark.parametrize("how", ["", "?as_text"])
def test_whatever_is_typed_the_page_answers(miura, draft, part, how):
    address = url(draft, "part", part) + how
    names = [field.html_name for field in miura.get(address).context["form"] if field.html_name != "revision"]
    start = filled(miura, address)
    for bad in BAD:
        for sent in (dict.fromkeys(names, bad), *(start | {name: bad} for name in names[:4])):
            revision = Draft.objects.get(pk=draft.pk).revision
            answer = miura.post(address, sent | {"revision": revision})
            assert answer.status_code in (302, 404, 422), (part, bad)
            assert b"<script>alert" not in answer.content
    page = miura.get(url(draft))
    assert page.status_code == 200 and "<script>alert" not in page.content.decode()


@pytest.mark.parametrize("text", [
    "{points: 5}", "{when: 5, points: 1}", "{type: x, points: 1}", "[1]", "5", "a: *b", "{a: {b: [", "!!python/object:x {}",  # noqa: E501
    "{id: clip, type: reply, points: 1}", "{when: {title: {is: [1]}}, points: 1}", "{off: maybe, points: 1}", "{1: 2}",  # noqa: E501
])  # fmt: skip
@pytest.mark.parametrize(
    "part",
    [
        "fit/industry",
        "interest/visit",
        "fast_track/0",
        "exclude/0",
        "mql",
        "limits",
        "require/phone",
        "opening",
        "opening/pricing",
        "complete",
        "by_hand",
    ],
)
def test_experts_slip_too(miura, draft, part, text):
    answer = miura.post(url(draft, "part", part) + "?as_text", {"revision": 1, "text": text})
    assert answer.status_code in (302, 422)
    assert miura.get(url(draft)).status_code == 200


@pytest.mark.parametrize("leads", [1, 3])
def test_as_many_queries_however_many_leads_and_rules(
    miura, draft, count_queries, django_assert_num_queries, leads
):
    for _number in range(leads):
        react(new_lead(), "pricing_view")
    body = draft.body | {
        "interest": draft.body["interest"] | {"rules": draft.body["interest"]["rules"][:leads]}
    }
    Draft.objects.filter(pk=draft.pk).update(body=body)
    miura.get(url(draft))
    with django_assert_num_queries(6):
        miura.get(url(draft))
    with django_assert_num_queries(6):
        miura.get(url(draft, "part/fit/title-exec"))
    with django_assert_num_queries(5):
        assert miura.get(url(draft, "figures")).content.decode().count("hx-swap-oob") == leads + 10
    with count_queries(7):
        miura.get(f"/rules/drafts/{draft.pk}/matched/pricing")


def test_the_list_behind_a_number_shows_only_what_one_may_see(browser_of, house, kato, draft):
    lead = new_lead(family_name="秘密")
    react(lead, "pricing_view")
    where = f"/rules/drafts/{draft.pk}/matched/pricing"
    assert "秘密" in browser_of(house.miura).get(where).content.decode()
    page = browser_of(kato).get(where)
    assert page.status_code == 200 and "秘密" not in page.content.decode()
    assert browser_of(house.miura).get("/rules/matched/pricing").status_code == 200
    assert browser_of(house.miura).get("/rules/matched/nobody").status_code == 404
    assert browser_of(house.miura).get(where + "?cursor=x").status_code == 302


def test_figures_come_once_a_worker_has_counted(house, browser_of, draft):
    house.miura.language = "en"
    house.miura.save()
    miura = browser_of(house.miura)
    react(new_lead(), "pricing_view")
    for page in (miura.get(url(draft)), miura.get(url(draft, "figures"))):
        said = page.content.decode()
        assert "every 2s" in said and "Being counted" in said and "matched/pricing" not in said
    assert not RuleFigures.objects.exclude(counted_at=None).exists()  # a request never counts
    sweep.until_done(now=now())
    for page in (miura.get(url(draft)), miura.get(url(draft, "figures"))):
        said = page.content.decode()
        assert "every 2s" not in said and "Being counted" not in said
        assert "matched/pricing" in said and "1 lead in 90 days" in said
        assert "Figures of the last 90 days, counted" in said and "first answer of sales" in said


def test_only_the_changed_rule_is_counted_again(house, miura, draft):
    sweep.until_done(now=now())
    address = url(draft, "part/interest/pricing")
    miura.post(address, filled(miura, address, url_prefix="https://x.example.com/"))
    said = miura.get(url(draft)).content.decode()
    assert "every 2s" in said and said.count("matched/") == 0
    assert RuleFigures.objects.filter(counted_at=None).count() == 1
    sweep.until_done(now=now())
    assert "every 2s" not in miura.get(url(draft)).content.decode()
