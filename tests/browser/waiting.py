"""How a test waits for what a person would see: where the focus is, a page at rest, a key in good time.

Nothing that a page does by itself has a moment of its own: each of these looks again until it holds.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BUSY = ".htmx-request, .htmx-swapping, .htmx-settling, [aria-busy=true]"
PAINTED = """async () => {
    if (document.readyState !== "complete")
        await new Promise(done => addEventListener("load", done, { once: true }));
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
}"""


def focus_is_on(page: Any, wanted: str) -> None:
    expect(page.locator(wanted)).to_be_focused()


def at_rest(page: Any) -> None:
    """Nothing is asked for or being swapped, and the last of it is painted (the script waits two frames)."""
    expect(page.locator(BUSY)).to_have_count(0)
    page.evaluate(PAINTED)


def press(page: Any, key: str) -> None:
    """As a person does: not before the page shows what the key is about (keys pressed blindly do nothing)."""
    at_rest(page)
    page.keyboard.press(key)
