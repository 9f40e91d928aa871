# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the logs, judges whoever came, and says what it cannot know."""

import argparse
import gc
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from ..judge.policy import Policy
from ..judge.words import Finding, Mode
from ..logs import files, journald
from ..logs.clients import MAX_CLIENTS
from ..logs.files import Log, UnreadableLogError
from ..logs.outcome import Judge
from ..logs.postfix import Reading
from ..logs.replaying import Replay
from ..logs.report import Facts, facts
from ..lookup.servers import Server, system_nameservers
from . import here
from .replay_progress import Progress

_DAY = 86400


def replayed(options: argparse.Namespace, policies: list[Policy], names: list[str]) -> Facts:
    """Return what was found. Raises UnreadableLogError, JournalError."""
    exemptions = here.look(options.state).exemptions
    judges = [Judge(policy, exemptions) for policy in policies]
    replay = Replay(judges)
    notes: list[str] = []
    with _no_cycles():
        if options.logs:
            found = files.logs(options.logs, datetime.now(UTC))
            read = _read(found, sys.stdin.buffer, replay, judges, notes)
        else:
            with journald.export(time.time() - options.days * _DAY) as lines:
                found = [Log(files.STDIN, 0, datetime.now(UTC))]
                read = _read(found, lines, replay, judges, notes)
        told = list(_finish(replay, options, judges[-1]))
    sources = [log.name for log in found] if options.logs else ["the journal of this host"]
    return {
        "files": sources,
        "lines": read,
        "policies": [
            {"file": name, "digest": policy.digest, "mode": policy.mode.value}
            for name, policy in zip(names, policies, strict=True)
        ],
        **facts(replay, len(policies)),
        "notes": [*notes, *told, *_always(policies, replay)],
    }


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Look for no cycles: there are none, and looking at every client again takes a third."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(
    found: Sequence[Log],
    stdin: IO[bytes],
    replay: Replay,
    judges: Sequence[Judge],
    notes: list[str],
) -> int:
    """Read all files; one that breaks off is a note."""
    reading = Reading(lambda address: any(judge.is_ours(address) for judge in judges))
    progress = Progress(sum(log.size for log in found))
    for log in found:
        try:
            for lines in files.blocks(log, stdin, progress.at):
                progress.lines += len(lines)
                replay.take(reading.feed(lines))
        except UnreadableLogError as error:
            notes.append(str(error))
        progress.next_file(log.size)
    replay.take(reading.end())
    progress.end()
    return progress.lines


def _finish(replay: Replay, options: argparse.Namespace, judge: Judge) -> Iterator[str]:
    """Ask about whom the log does not tell apart, if so ordered; return what to say of them."""
    policy = judge.policy
    unknown = [one for one in replay.clients.not_told_apart() if not judge.is_ours(one)]
    asked = unknown[: options.ask_at_most] if options.resolve else []
    servers = policy.nameservers or system_nameservers()
    replay.finish(_ask(asked, policy, servers, options.rate) if asked else None)
    if asked:
        yield f"{len(asked)} clients were judged by what DNS says now, not by what it said then"
    if left := len(unknown) - len(asked):
        yield (
            f'not told apart: {left:,} clients whom Postfix calls "unknown": no PTR, a wrong one,'
            " or a lookup that failed, and the milter was not asked; --resolve asks DNS now"
        )
    if replay.clients.forgotten:
        yield f"more than {MAX_CLIENTS:,} clients: some who came back later are counted twice"


def _ask(
    asked: Sequence[str], policy: Policy, servers: Sequence[Server], rate: float
) -> Mapping[str, tuple[Finding, str]]:
    # only who asks needs dnspython: logs are read on hosts that have nothing of ours yet
    from .replay_asking import ask  # noqa: PLC0415

    return ask(asked, policy, servers, rate)


def _always(policies: Sequence[Policy], replay: Replay) -> Iterator[str]:
    if not replay.settled:
        yield (
            "no session at port 25 was found, so this says nothing of the policy; read are lines of"
            ' syslog ("STAMP HOST postfix/smtpd[PID]: TEXT") and journalctl --output=export or json'
        )
    if any(policy.mode is Mode.OBSERVE for policy in policies):
        yield "a policy that only observes is shown as it would act if it enforced"
    yield (
        "nobody is taken for remembered except where the milter's line says so: a sender known"
        " from before is deferred, not refused, at its first bad answer"
    )
