# SPDX-License-Identifier: GPL-3.0-or-later
"""The start of a syslog line, up to the process: "STAMP HOST NAME[PID".

Names are syslog_name and the daemon: postfix/smtpd, postfix-in/smtpd (an instance),
postfix/submission/smtpd (a listener that says so, as Debian's master.cf does).
"""

from functools import lru_cache

_STAMP = 15  # characters at least: "Nov 24 08:00:01", "2026-11-24T08:00:01Z"
_USERS = (b"/submission", b"/smtps")  # listeners of own users, whom nothing judges


@lru_cache(maxsize=4096)
def service(process: bytes) -> str:
    """Return whose listener a process is: "strangers", "users", or "" for none."""
    name = tag(process).partition(b"[")[0]
    if not name.endswith(b"/smtpd") or name == b"postfix/probe/smtpd":
        return ""
    return "users" if any(part in name for part in _USERS) else "strangers"


def tag(head: bytes) -> bytes:
    """Return name and process of a line's start: "postfix/smtpd[123"."""
    return head[head.rfind(b" ") + 1 :]


def process(head: bytes) -> bytes:
    """Return host, service and process of a line's start."""
    return head[head.find(b" ", _STAMP) :]


def host(head: bytes) -> bytes:
    """Return the host, with a space before it."""
    start = head.find(b" ", _STAMP)
    return head[start : head.find(b" ", start + 1)]


def day(head: bytes) -> str:
    """Return the day as the log writes it: "2026-11-24" or "Nov 24"."""
    return _day(head[:10])


@lru_cache(maxsize=256)
def _day(start: bytes) -> str:
    return (start if start[:1].isdigit() else start[:6]).decode("ascii", "replace")
