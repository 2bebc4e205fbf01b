"""Which clicks are a machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scoring.genuineness import Click, is_scanner, machine_clicks

AT = datetime(2026, 9, 3, tzinfo=UTC)


def clicked(*clicks):
    """Clicks of one lead as (mail, link, seconds), numbered from 1."""
    return [Click(n, mail, url, AT + timedelta(seconds=s)) for n, (mail, url, s) in enumerate(clicks, 1)]


@pytest.mark.parametrize(
    ("clicks", "machine"),
    [
        ([("m", "a", 0), ("m", "b", 9.999)], {1, 2}),
        ([("m", "a", 0), ("m", "b", 10)], {1, 2}),
        ([("m", "a", 0), ("m", "b", 10.001)], set()),
        ([("m", "b", 10), ("m", "a", 0)], {1, 2}),
        ([("m", "a", 0), ("m", "a", 1)], set()),  # one link twice is a double click
        ([("m", "a", 0), ("n", "b", 1)], set()),  # links of two mails
        ([("", "a", 0), ("", "b", 1)], set()),  # nobody knows which mail
        ([("m", "a", 0), ("m", "b", 1), ("m", "a", 3600)], {1, 2}),  # and then its reader
        ([("m", "a", 0), ("m", "b", 1), ("m", "c", 3600)], set()),  # not all of them at once
        ([("m", "a", 0), ("m", "b", 1), ("m", "c", 2), ("m", "a", 2)], {1, 2, 3, 4}),
        ([("m", "a", 0), ("m", "", 1)], set()),
        ([], set()),
    ],
)
def test_all_links_of_a_mail_within_ten_seconds(clicks, machine):
    assert machine_clicks(clicked(*clicks)) == machine


def test_a_mail_may_have_links_nobody_clicked():
    clicks = clicked(("m", "a", 0), ("m", "b", 1))
    assert machine_clicks(clicks, links={"m": ["a", "b", "c"]}) == frozenset()
    assert machine_clicks(clicks, links={"m": ["a"], "n": ["z"]}) == {1, 2}


def test_a_known_scanner_needs_only_one_click():
    clicks = [Click(1, "m", "a", AT, "Mozilla/5.0 (compatible; Barracuda Sentinel)"), Click(2, "m", "a", AT)]
    assert machine_clicks(clicks) == {1}


@pytest.mark.parametrize(
    "agent",
    ["Googlebot/2.1", "python-requests/2.32", "curl/8.5.0", "Mimecast Link Check", "HeadlessChrome/126"],
)
def test_scanners(agent):
    assert is_scanner(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    ],
)
def test_readers(agent):
    assert not is_scanner(agent)
