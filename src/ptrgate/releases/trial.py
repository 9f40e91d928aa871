# SPDX-License-Identifier: GPL-3.0-or-later
"""Try what a release tells Postfix in an instance of its own, before the real one is told.

`postfix check` passes an open relay, a missing table, an unknown restriction, a milter that is not
there. So an instance with the release's parameters and tables, and before it the release's milter,
listens on loopback with a queue of its own; a dialogue and its log say what is wrong. Mail takes
the way that the release tells, up to the last step: what would deliver it does away with it.
"""

import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .change import Change
from .host import Refused, said
from .postconf import Row, together
from .scratch import milter
from .talk import PORT, dialogue

PLACE = Path("/run/ptrgate-trial")
_SECONDS = 20
_CONF, _LOG, _QUEUE, _DATA = (PLACE / one for one in ("conf", "log", "queue", "data"))
_SOCKET = PLACE / "milter" / "milter.sock"
_FATE = re.compile(r"\bstatus=(\w+ .*)")
_THROWN = re.compile(r"\btrial/discard\[\d+\]: \w+: to=<([^>]*)>")
_DELIVERS = {"smtp", "lmtp", "local", "virtual", "pipe"}  # Postfix knows no other daemon that does
_CERTAIN = re.compile(r"\b(warning|error|fatal|panic): (.*)")
# Of an instance beside the host's own, and nothing about the release.
_HARMLESS = re.compile(r"symlink leaves directory|not owned by|compatibility level|group or other")
# Nothing answers but on loopback.
_OWN = {
    "queue_directory": _QUEUE, "data_directory": _DATA, "maillog_file": _LOG,
    "maillog_file_prefixes": "/run", "multi_instance_name": "", "inet_interfaces": "127.0.0.1",
    "syslog_name": "trial",
}  # fmt: skip


def trial(way: Change, name: str, own: Sequence[str]) -> list[str]:
    """Try the way's end; return what is wrong with it.

    ``name`` is the host's own, ``own`` are addresses that it takes mail for.
    """
    with _instance(way) as begun, milter(way.after, _SOCKET, PLACE / "milter.log") as silent:
        wrong = [*begun, *silent] or dialogue(name, own) or _stuck(len(own))
        time.sleep(0.5)  # its last lines
        log = _logged()
    return list(dict.fromkeys([*wrong, *complaints(log)]))


def _logged() -> list[str]:
    said = _LOG.read_text(encoding="utf-8", errors="replace") if _LOG.exists() else ""
    return said.splitlines()


def _stuck(wanted: int) -> list[str]:
    """Wait until what was taken has gone on its way; say what keeps it, or throws it away."""
    end = time.monotonic() + _SECONDS
    while True:
        lines = _logged()
        fates = [match[1] for line in lines if (match := _FATE.search(line))]
        if len(fates) >= wanted or time.monotonic() > end:
            break
        time.sleep(0.2)
    wrong = [one for one in fates if not one.startswith("sent")]
    thrown = [match[1] for line in lines if (match := _THROWN.search(line))]
    wrong += [f"mail to {one} is thrown away, by the transport discard" for one in thrown]
    return wrong or ([] if fates else ["a message that it took does not leave its queue"])


@contextmanager
def _instance(way: Change) -> Iterator[list[str]]:
    """Start the instance; yield what kept it from starting, and take all of it away again."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(mode=0o755)
    try:
        _prepare(way)
        started = said(["postfix", "-c", str(_CONF), "start"])
        words = (started.stderr + started.stdout).splitlines()
        last = f"Postfix does not start with it: {'; '.join(words[-2:]) or 'it says nothing'}"
        yield [*complaints(words), *([last] if started.returncode else [])]
    finally:
        said(["postfix", "-c", str(_CONF), "stop"])
        shutil.rmtree(PLACE, ignore_errors=True)


def _prepare(way: Change) -> None:
    shutil.copytree(way.host.files / "etc/postfix", _CONF, symlinks=True)
    for path in way.after.settings:
        if path.startswith("etc/postfix/"):
            target = _CONF / path.removeprefix("etc/postfix/")
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(way.after.place / path, target)
    rows = [Row(row.kind, row.name, None, _here(row.wanted)) for row in way.rows]
    for name in ("main.cf", "master.cf"):
        file = _CONF / name
        file.write_text(_here(file.read_text(encoding="utf-8")) or "", encoding="utf-8")
    for place, owner in {_QUEUE: "root", _DATA: "postfix", _SOCKET.parent: "ptrgate"}.items():
        place.mkdir()
        shutil.chown(place, owner)
    for words in [*together(rows), *_own()]:
        done = said([words[0], "-c", str(_CONF), *words[1:]])
        if done.returncode != 0:
            raise Refused(f"{' '.join(words)[:200]}: {done.stderr.strip()}")


def _here(value: str | None) -> str | None:
    """Let a path to the release's tables lead to those of the trial, and to its milter."""
    if value is None:
        return None
    led = value.replace("/etc/postfix/ptrgate_", f"{_CONF}/ptrgate_")
    return led.replace("unix:ptrgate/milter.sock", f"unix:{_SOCKET}")


def _own() -> Iterator[list[str]]:
    """Yield the calls of postconf that make it one with one listener, that delivers nothing."""
    lines = said(["postconf", "-c", str(_CONF), "-M"]).stdout.splitlines()
    rows = [line.split() for line in lines]
    yield ["postconf", "-MX", *("/".join(row[:2]) for row in rows if row[1] in ("inet", "pass"))]
    yield ["postconf", "-F", "*/*/chroot=n"]  # there is none
    delivering = [row[0] for row in rows if row[1] == "unix" and Path(row[7]).name in _DELIVERS]
    command = "unix - n n - - discard -o syslog_name=trial/"
    yield ["postconf", "-M", *(f"{one}/unix={one} {command}{one}" for one in delivering)]
    yield ["postconf", "-e", *(f"{name}={value}" for name, value in _OWN.items())]
    service = f"127.0.0.1:{PORT}"
    yield ["postconf", "-M", f"{service}/inet={service} inet n - n - - smtpd -o mynetworks="]


def complaints(lines: Iterable[str]) -> list[str]:
    """Return what a log says is wrong, each once."""
    found = [match[2].strip() for line in lines if (match := _CERTAIN.search(line))]
    return list(dict.fromkeys(one for one in found if not _HARMLESS.search(one)))
