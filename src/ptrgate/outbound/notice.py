# SPDX-License-Identifier: GPL-3.0-or-later
"""The letter to the operator: what happened, and how it stands now."""

from __future__ import annotations

from collections.abc import Sequence

from .settings import Settings


def notice(settings: Settings, lines: Sequence[str], status: str) -> str:
    """Return a message of ASCII with its header; ``lines`` are those of the journal."""
    name = settings.helo or "this host"
    body = [
        *lines,
        "",
        status,
        "",
        "More: `ptrgate gate explain` on the host.",
        "These notices go to outbound_notify.",
    ]
    head = [
        f"From: PTRgate <postmaster{'@' + settings.helo if settings.helo else ''}>",
        f"To: {settings.notify}",
        f"Subject: outbound gate of {name}",
        "Auto-Submitted: auto-generated",
        "",
    ]
    text = "\n".join([*head, *body]) + "\n"
    return text.encode("ascii", "replace").decode("ascii")
