# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a Postfix log of a stated mix, from one seed: what a replay must find in it is known.

python3 -m bench.replay.maillog --sessions 100000 [--form syslog|rfc3339|export] > mail.log
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from ptrgate.milter import journal

FORMS = ("syslog", "rfc3339", "export")
_BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
_SLOTS = 40  # sessions at a time
_PAUSE = 0.3  # seconds between two lines
_CLIENTS = 8  # sessions a client, about

# kind -> share of sessions; what each is stands in Maillog
MIX = {
    "good": 0.25, "good_told": 0.05, "line": 0.1, "line_told": 0.05, "unknown": 0.2,
    "no_ptr": 0.15, "forged": 0.08, "dns_failure": 0.05, "private": 0.03, "user": 0.04,
}  # fmt: skip
_TOLD = {"good_told": "ok", "line_told": "dynamic"} | {
    kind: kind for kind in ("no_ptr", "forged", "dns_failure")
}
_TRUTH = {"good": "ok", "line": "dynamic", "unknown": "not_told_apart", "private": "not_judged"}
_TRUTH |= _TOLD
_IPREV = {"no_ptr": "permerror", "forged": "fail", "dns_failure": "temperror"}
_ACTION = {"ok": "accept", "dns_failure": "defer"}


@dataclass
class Maillog:
    """A log in the making; the counters are the truth about it, by finding."""

    sessions: int
    seed: int = 1
    form: str = "syslog"
    counted: Counter[str] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)
    clients: dict[str, set[str]] = field(default_factory=dict)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines, those of many sessions mixed."""
        chance, clock = Random(self.seed), _BEGIN  # noqa: S311 (repeatable, no secret)
        kinds = chance.choices(list(MIX), list(MIX.values()), k=self.sessions)
        waiting = enumerate(kinds)
        running: list[Iterator[tuple[str, str]]] = []
        while True:
            while len(running) < _SLOTS and (following := next(waiting, None)):
                running.append(self._session(*following, chance))
            if not running:
                return
            one = chance.choice(running)
            line = next(one, None)
            if line is None:
                running.remove(one)
                continue
            clock += timedelta(seconds=chance.random() * _PAUSE)
            yield self._written(clock, *line)

    def _written(self, clock: datetime, tag: str, text: str) -> bytes:
        name, _, process = tag.removesuffix("]").partition("[")
        if self.form == "export":
            fields = (
                f"__CURSOR=s={clock.timestamp()}",
                f"__REALTIME_TIMESTAMP={clock.timestamp() * 1e6:.0f}",
                "_HOSTNAME=mx",
                "_TRANSPORT=syslog",
                "SYSLOG_FACILITY=2",
                f"SYSLOG_IDENTIFIER={name}",
                f"_PID={process}",
                f"MESSAGE={text}\n",
            )
            return "\n".join(fields).encode()
        stamp = f"{clock:%b} {clock.day:2} {clock:%H:%M:%S}"
        if self.form == "rfc3339":
            stamp = clock.isoformat(timespec="microseconds")
        return f"{stamp} mx {tag}: {text}".encode()

    def _session(self, number: int, kind: str, chance: Random) -> Iterator[tuple[str, str]]:
        """Yield the lines of one session and of what it leaves, each with its tag."""
        address, name = _client(kind, chance.randrange(max(1, self.sessions // _CLIENTS)))
        truth = _TRUTH.get(kind)
        if truth:
            self.counted[truth] += 1
            self.clients.setdefault(truth, set()).add(address)
        service = "postfix/submission/smtpd" if kind == "user" else "postfix/smtpd"
        smtpd = f"{service}[{10_000 + number}]"
        client = f"{name}[{address}]"
        yield smtpd, f"connect from {client}"
        if kind in ("good", "good_told", "line", "private", "user"):
            yield from self._message(number, kind, smtpd, client)
        elif kind != "line_told":
            yield from _refusals(smtpd, client, chance.randint(1, 3))
        if finding := _TOLD.get(kind):
            yield "ptrgate-milter[77]", _milters(address, finding, name)
        yield smtpd, f"disconnect from {client} ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"

    def _message(
        self, number: int, kind: str, smtpd: str, client: str
    ) -> Iterator[tuple[str, str]]:
        queue_id = f"4N{number:010d}".replace("0", "z").replace("1", "Q")
        sasl = ", sasl_method=PLAIN, sasl_username=jane" if kind == "user" else ""
        to = "partner.example" if kind == "user" else "example.org"
        sender = "example.org" if kind == "user" else f"{kind}.example"
        if kind not in ("private", "user"):
            self.arrived[_TRUTH[kind]] += 1
        yield smtpd, f"{queue_id}: client={client}{sasl}"
        yield "postfix/cleanup[31]", f"{queue_id}: message-id=<{number}@{sender}>"
        said = f"from=<a{number}@{sender}>, size=2917, nrcpt=1 (queue active)"
        yield "postfix/qmgr[21]", f"{queue_id}: {said}"
        done = "relay=10.0.0.9[10.0.0.9]:25, delay=0.4, delays=0.2/0/0/0.1, dsn=2.0.0"
        yield (
            "postfix/nexthop/smtp[41]",
            (f"{queue_id}: to=<jane@{to}>, {done}, status=sent (250 2.0.0 Ok: queued as 4F)"),
        )
        yield "postfix/qmgr[21]", f"{queue_id}: removed"


def _client(kind: str, number: int) -> tuple[str, str]:
    """Return address and Postfix's name of a client: each kind has a network of its own."""
    if kind == "private":
        return f"10.0.{number >> 8 & 255}.{number & 255}", "unknown"
    first = 20 + list(MIX).index(kind)
    address = f"{first}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    dashed = address.replace(".", "-")
    named = {"line": f"dsl-{dashed}.isp{number % 50}.example"}
    named["line_told"] = named["line"]
    named["good"] = named["good_told"] = f"mail.org{number % 5000}.example"
    return address, named.get(kind, "unknown")


def _refusals(smtpd: str, client: str, times: int) -> Iterator[tuple[str, str]]:
    """Yield what Postfix logs of a refused session: up to three lines."""
    for step in ("CONNECT", "EHLO", "RCPT")[-times:]:
        yield (
            smtpd,
            (
                f"NOQUEUE: milter-reject: {step} from {client}: 550 5.7.25 Relaying denied;"
                " from=<a@spam.example> to=<jane@example.org> proto=ESMTP helo=<x>"
            ),
        )


def _milters(address: str, finding: str, name: str) -> str:
    action = _ACTION.get(finding, "refuse")
    shown = {"unknown": "" if finding == "no_ptr" else "mx.bank.example"}.get(name, name)
    values = {
        "address": address, "family": "v4", "iprev": _IPREV.get(finding, "pass"),
        "finding": finding, "rule": "default", "action": action, "would": action,
        "stage": "rcpt", "name": shown, "helo": "x", "from": "a@spam.example",
        "to": journal.recipients(["jane@example.org"], 1), "source": "dns", "queries": "2",
        "ms": "3", "policy": "0123abcd", "worker": "0",
    }  # fmt: skip
    return journal.line(values)


def main() -> None:
    """Write a log to standard output, and the truth about it to standard error."""
    parser = argparse.ArgumentParser(prog="python3 -m bench.replay.maillog", description=__doc__)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--form", choices=FORMS, default=FORMS[0])
    log = Maillog(**vars(parser.parse_args()))
    for line in log.lines():
        sys.stdout.buffer.write(line + b"\n")
    print("sessions", dict(log.counted), "messages", dict(log.arrived), file=sys.stderr)


if __name__ == "__main__":
    main()
