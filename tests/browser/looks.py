# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at on every page: what axe finds, what overflows, what is above the fold."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

SHOTS = Path(__file__).parents[2] / "build/shots"
FAULTS = {"resultTypes": ["violations"]}
CONTRAST = {**FAULTS, "runOnly": ["color-contrast"]}
# The guide is the same on every page of a language: once is enough for what costs a second each.
BUT_THE_GUIDE = {"exclude": [[".guide:not(.contact)"]]}
AXE = Axe()


def faults(page, context=None, options=FAULTS):
    """Return what axe finds, each with the first element that it finds it in."""
    found = AXE.run(page, context=context, options=options).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def is_above(page, what, height=800):
    box = page.locator(what).first.bounding_box()
    return box["y"] + box["height"] <= height


def looked_at(page, name):
    """Look at the page as it is on a wide light screen and on a narrow dark one."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert faults(page, BUT_THE_GUIDE) == []
    page.screenshot(path=SHOTS / f"{name}-1280-light.png")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 800})
    assert overflow(page) <= 0
    assert faults(page, BUT_THE_GUIDE, CONTRAST) == []
    page.screenshot(path=SHOTS / f"{name}-320-dark.png")
