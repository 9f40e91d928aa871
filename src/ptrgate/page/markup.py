# SPDX-License-Identifier: GPL-3.0-or-later
"""The four marks of the page's text become HTML; everything else is escaped first."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# `code`, **strong**, *emphasis*, [label](#section) or [label](https://...)
_MARKS = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|\*(?P<em>[^*]+)\*"
    r"|\[(?P<label>[^]]+)\]\((?P<to>#[a-z0-9]+|https://[^\s()]+)\)"
)
_PART_OF_MARKS = str.maketrans("`*[]", "????")


def inline(text: str) -> Markup:
    """Return ``text`` as safe HTML; marks do not nest."""
    parts: list[Markup] = []
    end = 0
    for mark in _MARKS.finditer(text):
        parts += [escape(text[end : mark.start()]), _element(mark)]
        end = mark.end()
    return Markup("").join([*parts, escape(text[end:])])


def plain(text: str) -> str:
    """Return ``text`` without its marks; a link to elsewhere is named after its label."""
    return _MARKS.sub(_bare, text)


def _bare(mark: re.Match[str]) -> str:
    if mark["to"]:
        return f"{mark['label']} ({mark['to']})" if mark["to"][0] != "#" else str(mark["label"])
    return str(mark[str(mark.lastgroup)])


def unmarked(text: str) -> str:
    """Return a stranger's text for use in ours: without any character that is part of a mark."""
    return text.translate(_PART_OF_MARKS)


def _element(mark: re.Match[str]) -> Markup:
    if mark["to"]:
        return Markup('<a href="{}">{}</a>').format(mark["to"], mark["label"])
    tag = str(mark.lastgroup)
    return Markup(f"<{tag}>{{}}</{tag}>").format(mark[tag])  # noqa: S704 -- tag is code, strong, em
