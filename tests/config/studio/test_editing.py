"""Changes of a body: each leaves the old one as it was, and the checker takes what comes out."""

from copy import deepcopy

import pytest

from config.studio import editing
from config.studio.editing import Gone
from tests.people import example


@pytest.fixture
def body():
    return deepcopy(example().sections["scoring"])


def ids(body, half="fit"):
    return [one["id"] for one in body[half]["rules"]]


CHANGES = [
    lambda body: editing.add(
        body, "fit", {"id": "title exec!", "when": {"phone": {"present": True}}, "points": 1}
    ),
    lambda body: editing.add(body, "exclude", {"when": {"stage": {"is": "lead"}}}),
    lambda body: editing.change(body, "interest", "pricing", {"type": "reply", "points": 1}),
    lambda body: editing.change(body, "limits", "", {"fit": 60, "interest": 40}),
    lambda body: editing.change(body, "require", "email", {"present": True}),
    lambda body: editing.rename(body, "require", "phone", "email", {"present": True}),
    lambda body: editing.rename(body, "opening", "demo", "visit", {"ja": "あ", "en": "a"}),
    lambda body: editing.add(body, "opening", {"ja": "あ", "en": "a"}, key="visit"),
    lambda body: editing.remove(body, "opening", "demo"),
    lambda body: editing.remove(body, "interest", "pricing"),
    lambda body: editing.remove(body, "response", ""),
    lambda body: editing.remove(body, "fast_track", "0"),
    lambda body: editing.remove(body, "require", "phone"),
    lambda body: editing.move(body, "fit", "size-50", 1),
    lambda body: editing.switch(body, "interest", "visit", off=True),
    lambda body: editing.group(body, "industry", "who"),
    lambda body: editing.group(body, "size-50", ""),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_another_body_and_leaves_the_old_one(house, body, change):
    before = deepcopy(body)
    after = change(body)
    assert body == before and after != before
    assert editing.check(after)[1] == []


def test_what_takes_the_name_of_another_takes_its_place(body):
    body["mql"]["require"] = {"phone": {"present": True}, "email": {"present": True}, "title": {"is": "x"}}
    after = editing.rename(body, "require", "phone", "email", {"is": "a@example.com"})
    assert after["mql"]["require"] == {"email": {"is": "a@example.com"}, "title": {"is": "x"}}


def test_a_new_group_gets_an_id_of_its_own(body):
    group = {"all_of": [{"type": "inquiry"}], "within_days": 7}
    after = editing.add(editing.add(body, "fast_track", group), "fast_track", group)
    assert [one.get("id") for one in after["mql"]["fast_track"][-2:]] == ["inquiry-2", "inquiry-3"]
    assert editing.speakers(after)[:2] == ["inquiry-2", "inquiry-3"]


def test_up_and_down_stop_at_the_ends(body):
    first, *_rest, last = ids(body)
    assert ids(editing.move(body, "fit", first, -1)) == ids(body)
    assert ids(editing.move(body, "fit", last, 1)) == ids(body)
    assert ids(editing.move(body, "fit", "title-head", -1))[:2] == ["title-head", "title-exec"]


@pytest.mark.parametrize(
    "part, key",
    [("fit", "nobody"), ("fast_track", "9"), ("fast_track", "x"), ("require", "fax"), ("exclude", "-1")],
)
def test_what_is_gone_is_not_changed(body, part, key):
    for change in (editing.find, editing.remove):
        with pytest.raises(Gone):
            change(body, part, key)
    with pytest.raises(Gone):
        editing.move(body, part, key, 1)


@pytest.mark.parametrize("wish, made", [
    ("pricing", "pricing-2"), ("new", "new"), ("", "rule"), ("料金", "rule"), ("clip", "clip-2"), ("a b/c", "a-b-c"), ("x" * 90, "x" * 40),  # noqa: E501
])  # fmt: skip
def test_a_new_rule_gets_an_id_of_its_own(body, wish, made):
    assert editing.new_id(body, wish) == made


def test_what_was_wrong_before_is_not_held_against_a_change(house, body):
    body["mql"]["min_fit"] = 99
    names = {one.code for one in editing.check(body)[1]}
    assert "never_reached" in names
    assert "never_reached" not in {
        one.code for one in editing.check(editing.move(body, "fit", "size-50", 1), before=body)[1]
    }
