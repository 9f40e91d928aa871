# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate selftest: is this host as its operator meant it, seen from outside and from within?

Port 25 is asked at the host's own public addresses, because loopback may relay. Whoever has no PTR
and other clients are played on the listener that believes XCLIENT, from loopback alone.
"""

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from ..judge.policy import BadPolicy, Policy
from ..judge.words import Finding, RefuseAt
from ..lookup.servers import system_nameservers
from ..outbound.egress import egress
from ..probe import host
from ..probe.page import page
from ..probe.refusal import Told, refusal
from ..probe.result import Check, Result, Set, Verdict, worst
from ..probe.run import brief, probe, report
from ..probe.target import Target, Visits
from . import here, status
from .check import check
from .here import Here
from .policies import policy_from
from .probe import STATUS, as_json

SETTINGS = Path("/etc/ptrgate/selftest.toml")
RELEASE = Path("/usr/lib/ptrgate/current")
LISTENER = ("127.0.0.1", 10026)
STRANGER = "192.0.2.1"
# RFC 5737 and 3849: nobody has these, so nobody has named them
NAMELESS = (STRANGER, "2001:db8::1")
# certificates that are there because nobody gave a better one
SELF_SIGNED = ("ssl-cert-snakeoil", "ptrgate_certificate")
MODERN = ">=TLSv1.2"
AGAIN_SECONDS = 15
OUTSIDE = (Set.RELAY, Set.SMUGGLING, Set.TLS)
SELF = "ptrgate-selftest"


class BadSettings(ValueError):  # noqa: N818 (what happened, as BadPolicy)
    """The settings file says something that cannot be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Who exists here and may be refused, and clients whose finding is known, by finding."""

    recipient: str = ""
    clients: dict[Finding, str] = field(default_factory=dict)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--settings", type=Path, default=SETTINGS, help="default: %(default)s")
    parser.add_argument("--set", action="append", type=Set, choices=tuple(Set), metavar="SET",
                        help=f"of {', '.join(Set)}; may be repeated; default: all")  # fmt: skip
    parser.add_argument("--all", action="store_true", help="show what is as it should be, too")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.add_argument("--brief", action="store_true", help="one line a check that is not ok")
    parser.epilog = (
        "Needs root. Exit status: 0 all is well, 1 something is wrong, 2 something could not be"
        " told, 64 usage, 70 failure, 78 bad settings or policy."
    )


def run(options: argparse.Namespace) -> int:
    """Look at everything, print, and return the exit status."""
    try:
        settings = read(options.settings)
        policy = policy_from(str(RELEASE / "policy.toml"))
    except (BadPolicy, BadSettings) as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    results = list(everything(settings, policy, options.set or tuple(Set)))
    if options.brief:
        for result in results:
            if result.verdict is not Verdict.OK:
                print(brief(result))
    else:
        print(as_json("localhost", results) if options.json else report(results, every=options.all))
    return STATUS[worst(results)]


def read(file: Path) -> Settings:
    """Read the settings; without a file there are none. Raises BadSettings."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        clients = {
            Finding(finding): str(ip_address(address))
            for finding, address in told.get("clients", {}).items()
        }
        return Settings(str(told.get("recipient", "")), clients)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        wrong = f"{file}: {error}; the role milter writes it from milter_selftest_*"
        raise BadSettings(wrong) from None


def everything(settings: Settings, policy: Policy, sets: Sequence[Set]) -> Iterator[Result]:
    """Yield every check of these sets: within, from outside, and clients over XCLIENT."""
    told = here.look(here.STATE)
    if Set.HOST in sets:
        yield from _within(told)
    domains = tuple(sorted(policy.reachable_domains))
    outside = [*OUTSIDE, *([Set.SUBMISSION] if "submission/inet" in meant("services") else [])]
    yield from _outside(policy, domains, [one for one in outside if one in sets])
    stranger = Target(*LISTENER, client=STRANGER)
    if Set.RELAY in sets:
        yield from _twice(partial(_asked, stranger, [Set.RELAY]))
    if Set.REFUSAL in sets:
        yield from _refusals(replace(stranger, domains=domains), settings, policy, told)


def _refusals(stranger: Target, settings: Settings, policy: Policy, told: Here) -> Iterator[Result]:
    """Play every client, and open the page of the first who is refused."""
    is_read = False
    nameless = [(Finding.NO_PTR, one) for one in NAMELESS]
    for finding, client in [*nameless, *settings.clients.items()]:
        # each may wait for its mailbox server
        reached = stranger.domains if client == STRANGER else ()
        played = replace(stranger, domains=reached, recipient=settings.recipient, client=client)
        results = _twice(partial(_refused, played, finding, policy, told))
        yield from results
        url = results[0].got.rpartition(" ")[2]
        if not is_read and "/r/" in url:
            is_read = True
            yield from _twice(partial(page, url, client))


def _within(told: Here) -> Iterator[Result]:
    """Look at what only the host itself sees."""
    names = sorted(path.name for path in (RELEASE / "units").iterdir() if path.stem != SELF)
    yield from host.units(names)
    yield host.milter()
    for note in told.notes:
        yield Check(Set.HOST, "pause and exemptions", str(here.STATE), "readable").unknown(note)


def _outside(policy: Policy, domains: tuple[str, ...], sets: Sequence[Set]) -> Iterator[Result]:
    """Ask port 25 at the addresses that the world sees, which may not relay as loopback may."""
    vouched, old_tls = _meant_tls()
    for own in egress(()) if sets else ():
        target = Target(own.address, domains=domains, vouched=vouched, old_tls=old_tls)
        if any(ip_address(own.address) in network for network in policy.own_networks):
            yield _trusted(own.address)
        else:
            yield from _twice(partial(_asked, target, sets))


def _twice(part: Callable[[], Iterable[Result]]) -> list[Result]:
    """Try once more what could not be told: a milter that is just restarted is no finding."""
    results = list(part())
    if worst(results) is Verdict.UNKNOWN:
        time.sleep(AGAIN_SECONDS)
        results = list(part())
    return results


def _asked(target: Target, sets: Sequence[Set]) -> list[Result]:
    return probe(Visits(target), sets)


def _trusted(address: str) -> Result:
    words = "this host's own address may relay, so port 25 cannot be asked as a stranger"
    wanted = Check(Set.HOST, "outside view", address, "an address outside ptrgate_relay_networks")
    return wanted.unknown(words)


def meant(kind: str) -> dict[str, str]:
    """Return what the release tells Postfix: its parameters, or its services."""
    told: dict[str, str] = json.loads((RELEASE / "postfix.json").read_text(encoding="utf-8"))[kind]
    return told


def _meant_tls() -> tuple[bool, bool]:
    """Return whether the certificate is to prove something, and whether old TLS is meant."""
    told = meant("parameters")
    chain = f"{told.get('smtpd_tls_chain_files', '')} {told.get('smtpd_tls_cert_file', '')}"
    own = any(one in chain for one in SELF_SIGNED)
    return not own, told.get("smtpd_tls_protocols", MODERN) != MODERN


def _refused(played: Target, finding: Finding, policy: Policy, told: Here) -> Iterator[Result]:
    """Play a client; what must be said to it is what ``ptrgate check`` says."""
    judged = check(played.client, policy, policy.nameservers or system_nameservers(), told)
    found = judged.judgement.finding if judged.judgement else None
    if found not in (None, finding):
        asked = f"ptrgate check {played.client}"
        wrong = Check(Set.HOST, f"client for {finding}", asked, finding, "milter_selftest_clients")
        yield wrong.bad(str(found), "this client is not what the settings say")
        return
    sentence = str(judged.reply).partition(" See ")[0] if judged.reply else ""
    at_rcpt = policy.refuse_at is RefuseAt.RCPT
    yield from refusal(Visits(played), Told(f"{finding} ({played.client})", sentence, at_rcpt))
