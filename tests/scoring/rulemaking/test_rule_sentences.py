"""A rule as a sentence, and what of it can be changed."""

from django.utils import translation

from scoring.rulemaking import rule_sentences


def test_what_can_be_changed_is_bold_and_a_playbooks_text_is_text(db):
    rule = {
        "id": "x",
        "type": "reply",
        "content": "<b>\ue000",
        "points": 3,
        "label": {"ja": "<i>", "en": "<i>"},
    }
    with translation.override("en"):
        one = rule_sentences.rule(rule, "interest")
    assert "<b>+3</b>" in one.html and "&lt;b&gt;" in one.html
    assert one.html.count("<b>") == one.html.count("</b>")
    assert one.name == "<i>"
