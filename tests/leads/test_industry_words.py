"""Industries in words: one table for codes, in the reader's language; other words stay as they were."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from leads.industry_words import industry_label
from scoring.condition_words import condition, reason

IS_ONE_OF = {"company.industry": {"in": ["real_estate", "Real Estate", "製造業"]}}


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("manufacturing", "Manufacturing"),
        ("Real Estate", "Real estate"),
        ("REAL_ESTATE", "Real estate"),
        ("real-estate", "Real estate"),
        ("製造業", "製造業"),
        ("Toy making", "Toy making"),
        ("", ""),
    ],
)
def test_a_code_is_a_word_however_it_is_written(said, label):
    with override("en"):
        assert industry_label(said) == label


def test_conditions_and_their_reasons_say_the_word():
    with override("en"):
        assert condition(IS_ONE_OF) == "Industry is one of “Real estate”, “製造業”"  # each word once
        found = reason(IS_ONE_OF, {"company": {"industry": "real_estate"}})
        assert found == "Industry: Real estate"


def test_own_fields_that_are_called_like_it_stay_as_they_are():
    with override("en"):
        said = condition({"attributes.industry": {"is": "retail"}})
        assert said == "industry is “retail”"
