# SPDX-License-Identifier: GPL-3.0-or-later
"""A dead-man's switch: this host goes back by itself unless somebody says in time that all is well.

It is a timer in /etc, so that a reboot begins it anew instead of ending it, and it runs the code of
the release it goes back to: the new one's may be what is wrong.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from .host import Host, Refused
from .place import Release

UNIT = "ptrgate-deadman"
_SYSTEM = Path("etc/systemd/system")
_STATE = "armed"
_SERVICE = """\
# Written by `ptrgate rollout arm`; it removes itself.
[Unit]
Description=Go back to the release {release}: nobody said in time that the newer one is well

[Service]
Type=oneshot
Environment=PYTHONPATH={place}
ExecStart=/usr/bin/python3 -P -B -m ptrgate rollout fire
TimeoutStartSec=1800
Restart=on-failure
RestartSec=30
"""
_TIMER = """\
# Written by `ptrgate rollout arm`; `ptrgate rollout disarm` removes it.
[Unit]
Description=Go back to the release {release} unless somebody says that the newer one is well

[Timer]
OnActiveSec={seconds}
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True, slots=True)
class Armed:
    """The release that this host goes back to, and when: seconds since the epoch."""

    release: str
    until: int


def armed(root: Path) -> Armed | None:
    """Return how the switch is set; None if it is not."""
    try:
        row = json.loads((root / _STATE).read_text(encoding="utf-8"))
        return Armed(str(row["release"]), int(row["until"]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return Armed("", 0)  # it is set, and nobody knows how


def arm(host: Host, back: Release, seconds: int) -> Armed:
    """Set the switch: in ``seconds`` this host goes back to ``back``. Raises Refused."""
    if there := armed(host.root):
        raise Refused(f"a change is not finished: this host goes back to {there.release} by itself")
    words = {"release": back.name, "place": back.place, "seconds": seconds}
    for name, text in {"service": _SERVICE, "timer": _TIMER}.items():
        (host.files / _SYSTEM / f"{UNIT}.{name}").write_text(text.format_map(words))
    host.run(["systemctl", "daemon-reload"])
    host.run(["systemctl", "enable", "--now", "--quiet", f"{UNIT}.timer"])
    state = Armed(back.name, int(time.time()) + seconds)
    _write(host.root / _STATE, json.dumps(asdict(state)))
    return state


def _write(file: Path, text: str) -> None:
    new = file.with_name(f".{file.name}.new")
    with new.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


def disarm(host: Host) -> list[str]:
    """Take the switch away; return what went wrong. Does nothing where it is not set."""
    files = [host.files / _SYSTEM / f"{UNIT}.{name}" for name in ("timer", "service")]
    if not armed(host.root) and not any(file.exists() for file in files):
        return []
    wrong = host.tried(("systemctl", "disable", "--now", "--quiet", f"{UNIT}.timer"))
    for file in files:
        file.unlink(missing_ok=True)
    (host.root / _STATE).unlink(missing_ok=True)
    return [words for words in (wrong, host.tried(("systemctl", "daemon-reload"))) if words]
