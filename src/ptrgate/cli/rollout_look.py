# SPDX-License-Identifier: GPL-3.0-or-later
"""How a host is, for a rollout to judge: facts for programs, nobody outside is asked."""

import shutil
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..logs.journald import MAIL, JournalError, Question, each
from ..metrics.look import GATE, Look
from ..probe import host as probing
from ..probe.result import Verdict
from ..releases import claim, deadman
from ..releases.history import previous, read
from ..releases.host import Refused, said
from ..releases.place import NoRelease, current, release
from ..shared.amending import CannotAmendError, as_owner
from ..shared.layout import Counter as Counted
from ..survey.queue import counted
from .here import STATE

_PLACES = ("/usr", "/var/spool/postfix", "/etc")
_TURNED = "NOQUEUE: reject: "  # what a milter refuses is called milter-reject
_LATELY = 600  # seconds


def look(root: Path, since: float | None = None) -> dict[str, Any]:
    """Return what is in use and how it does.

    Counts are totals, to be compared with later ones, but for what Postfix itself turned away: that
    is from ``since`` (Unix time) on, by default the last ten minutes.
    """
    now, answer = current(root), probing.milter()
    armed, held = deadman.armed(root), claim.held(root)
    return {
        "release": now,
        "before": previous(read(root), now),
        "whole": _whole(root, now),
        "armed": asdict(armed) if armed else None,
        "held": str(held) if held else "",
        "run": held.run if held else "",
        "milter": "" if answer.verdict is Verdict.OK else answer.got,
        "postfix": said(["postconf", "-h", "mail_version"]).stdout.strip(),
        "disk_mb": min(shutil.disk_usage(place).free for place in _PLACES) // 2**20,
        "queue": queue(said(["postqueue", "-j"]).stdout, time.time()),
        "counted": _counted(),
        "postfix_itself": turned_away(since or time.time() - _LATELY),
        "at": round(time.time(), 1),
    }


def _whole(root: Path, now: str) -> bool:
    try:
        return release(root, now).whole
    except NoRelease:
        return False


def queue(listed: str, now: float) -> dict[str, int]:
    """Return how many messages wait, and for how many seconds the oldest that is not held does.

    Raises Refused where the listing is not whole.
    """
    seen = counted(listed.splitlines(), most=sys.maxsize)
    if not seen.whole:
        raise Refused("the listing of Postfix's queue (postqueue -j) breaks off")
    moving = [name for name, number in seen.messages.items() if number and name != "hold"]
    oldest = min((seen.oldest[name] for name in moving), default=now)
    waiting = sum(seen.messages[name] for name in moving)
    return {"waiting": waiting, "oldest": max(int(now - oldest), 0), "held": seen.messages["hold"]}


def turned_away(since: float) -> dict[str, int]:
    """Return how many sessions began since then, and how many rejects Postfix logged meanwhile.

    No milter sees these: a restriction of Postfix's own may refuse everybody. None of either where
    the journal cannot be read.
    """
    kinds: Counter[bool] = Counter()
    with suppress(JournalError):
        for entry in each(Question(MAIL, f"^(connect from |{_TURNED})", since)):
            if entry.when >= since:  # journalctl begins at the whole second
                kinds[entry.message.startswith(_TURNED)] += 1
    return {"sessions": kinds[False], "rejects": kinds[True]}


def _counted() -> dict[str, Any]:
    """Return the totals of sessions by what became of them, and of judging; empty without any."""
    try:
        with as_owner(STATE):
            seen = Look.at(STATE, STATE.parent / GATE.name)
    except (CannotAmendError, OSError):
        return {}
    if seen.tally is None:
        return {}
    actions: Counter[str] = Counter()
    for kind, number in seen.tally.sessions.items():
        actions[str(kind.action)] += number
    return {
        "sessions": sum(actions.values()),
        "refused": actions["refuse"],
        "deferred": actions["defer"],
        "errors": seen.tally.counters.get(Counted.ERRORS, 0),
        "judged": sum(seen.tally.latency),
        "milliseconds": seen.tally.milliseconds,
        "died": seen.bulletin.died,
        "hung": seen.bulletin.hung,
        "policy": seen.bulletin.refused,
        "gate": seen.gate.state.rung.value if seen.gate else "",
        "workers": seen.bulletin.serving,
    }
