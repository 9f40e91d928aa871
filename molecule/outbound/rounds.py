# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds of random DNS faults, on an appliance: rounds.py SEED ROUNDS LANES

Two open gates live through each round: one address keeps its PTR record, the other's is gone. For
one to three proofs DNS is at fault, then it is well again. All asking is real: the proof with
resolver and walk, against real name servers, the faults made by this host's packet filter. Only the
gates' clock is a number. Each lane has servers of its own, so that the rounds run side by side;
nftables gives the proofs of a lane a loopback address of their own for the host's resolver. Before
them, DNS comes and goes from proof to proof, for a gate that is open and one that is closed. Prints
JSON.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random

from ptrgate.judge.trail import Said
from ptrgate.outbound.egress import egress
from ptrgate.outbound.gate import Mode, Rung, State, Terms, start, step
from ptrgate.outbound.panel import panel
from ptrgate.outbound.proof import Proof, by_family, prove, refused
from ptrgate.outbound.settings import Settings
from ptrgate.outbound.verdict import Family, Verdict

NETWORK = "198.18.53"
EMPTY, STALE, TRUNCATING, BROKEN = (f"{NETWORK}.{octet}" for octet in (2, 3, 4, 5))
ROOT, REFUSING = "203.0.113.10", "203.0.113.14"
TRY_SECONDS = 0.4
MAX_FAULTY = 3  # proofs
REPEATS = 20  # of a proof that this machine was too busy for
PATIENCE = 8  # proofs after the faults, until a gate that stays open is given up
TERMS = Terms()
BASE = """table ip lab_rounds {
  chain back { type filter hook prerouting priority -150; }
  chain out { type filter hook output priority 0; }
  chain there { type nat hook output priority -100; }
}
"""


def silent(server: str, percent: int = 100) -> list[str]:
    """Lose what a server answers, or part of it."""
    chance = "" if percent == 100 else f"numgen random mod 100 < {percent} "
    return [f"back ct direction reply ct original ip daddr {server} {chance}drop"]


def instead(server: str, other: str, kinds: str = "{ tcp, udp }") -> list[str]:
    """Let another server answer in a server's place."""
    return [f"there ip daddr {server} meta l4proto {kinds} th dport 53 dnat to {other}"]


def without_tcp(server: str) -> list[str]:
    """Let a server take no connections."""
    return [f"out ct original ip daddr {server} meta l4proto tcp reject with tcp reset"]


def unreachable(server: str) -> list[str]:
    """Let there be no way to a server."""
    return [f"out ct original ip daddr {server} reject"]


# name -> what it does to one server, and to the other
FAULTS = {
    "one is silent": lambda one, _other: silent(one),
    "both are silent": lambda one, other: silent(one) + silent(other),
    "answers are lost": lambda one, other: silent(one, 60) + silent(other, 60),
    "one says SERVFAIL": lambda one, _other: instead(one, BROKEN),
    "both say SERVFAIL": lambda one, other: instead(one, BROKEN) + instead(other, BROKEN),
    "one says REFUSED": lambda one, _other: instead(one, REFUSING),
    "both say REFUSED": lambda one, other: instead(one, REFUSING) + instead(other, REFUSING),
    "one says REFUSED, one is silent": lambda one, other: instead(one, REFUSING) + silent(other),
    "one never had the PTR": lambda one, _other: instead(one, EMPTY),
    "one still has the PTR": lambda one, _other: instead(one, STALE),
    "truncated": lambda one, other: (
        instead(one, TRUNCATING, "udp") + instead(other, TRUNCATING, "udp")
    ),
    "truncated, no TCP": lambda one, other: (
        [rule for s in (one, other) for rule in instead(s, TRUNCATING, "udp") + without_tcp(s)]
    ),
    "one cannot be reached": lambda one, _other: unreachable(one),
    "neither can be reached": lambda one, other: unreachable(one) + unreachable(other),
}
RESOLVER_FAULTS = {
    "the resolver is silent": silent,
    "the resolver is gone": unreachable,
}
# What comes with every other proof.
FLAPPING = {
    "the PTR record": lambda one, other: instead(one, EMPTY) + instead(other, EMPTY),
    "the servers, by SERVFAIL": FAULTS["both say SERVFAIL"],
    "the servers, by silence": FAULTS["both are silent"],
    "one server's PTR record": FAULTS["one never had the PTR"],
}


class Lane:
    """One lane: its servers, its addresses, its rounds one after the other."""

    def __init__(self, number: int, seed: int) -> None:
        """Know the lane's addresses."""
        self.number, self.seed = number, seed
        self.servers = [f"{NETWORK}.{10 + 2 * number}", f"{NETWORK}.{11 + 2 * number}"]
        self.resolver = f"127.0.53.{1 + number}"

    def rules(self, rules: list[str]) -> str:
        """Return what puts these rules in place of the lane's last ones."""
        chains = [f"{chain}{self.number}" for chain in ("back", "out", "there")]
        text = "".join(f"flush chain ip lab_rounds {chain}\n" for chain in chains)
        for rule in rules:
            chain, _space, rest = rule.partition(" ")
            text += f"add rule ip lab_rounds {chain}{self.number} {rest}\n"
        return text

    def begin(self) -> str:
        """Return the lane's chains, and the way from its resolver's address to the resolver."""
        text = ""
        for chain in ("back", "out", "there"):
            text += f"add chain ip lab_rounds {chain}{self.number}\n"
            text += f"add rule ip lab_rounds {chain} jump {chain}{self.number}\n"
        (resolver,) = instead(self.resolver, "127.0.0.1")
        return f"{text}add rule ip lab_rounds {resolver}\n"

    @property
    def settings(self) -> Settings:
        """Return the gate's settings: every other lane knows the root without its resolver."""
        return Settings(root_servers=((ROOT, 53),) if self.number % 2 else ())

    def fault(self, chance: Random) -> tuple[str, list[str]]:
        """Draw a fault: its name and its rules."""
        name = chance.choice(list(FAULTS))
        rules = FAULTS[name](*chance.sample(self.servers, 2))
        if chance.random() < 0.3:
            more = chance.choice(list(RESOLVER_FAULTS))
            return f"{name}; {more}", rules + RESOLVER_FAULTS[more](self.resolver)
        return name, rules

    def proved(self, octet: int) -> tuple[Proof, ...]:
        """Prove one of the lane's addresses."""
        address = f"198.18.{200 + self.number}.{octet}"
        asked = panel([(self.resolver, 53)], self.settings, try_seconds=TRY_SECONDS)
        return prove(egress([address], look=None), asked)

    def seen(self, octets: tuple[int, int], rules: list[str]) -> list[tuple[Proof, ...]]:
        """Prove two addresses while these rules hold.

        Again where a server that no rule touches was silent: then this machine was too busy, and
        that is no fault of DNS.
        """
        well = {server for server in self.servers if not any(server in rule for rule in rules)}
        nft(self.rules(rules))
        for _ in range(REPEATS):
            with ThreadPoolExecutor(2) as pair:
                found = list(pair.map(self.proved, octets))
            if not any(silent_ones(proofs) & well for proofs in found):
                break
        return found

    def flapping(self, name: str) -> tuple[str, str]:
        """Return where an open and a closed gate end, with every other proof at fault."""
        states = [opened(), start(Mode.PROVE, 0.0)]
        for number in range(1, 9):
            proofs, _gone = self.seen((1, 2), FLAPPING[name](*self.servers) if number % 2 else [])
            now, lame = number * TERMS.interval, refused(proofs)
            states = [step(s, by_family(proofs), now, TERMS, refused=lame) for s in states]
        return states[0].rung.value, states[1].rung.value

    def rounds(self, rounds: int, lanes: int) -> list[dict[str, object]]:
        """Live through this lane's share of the rounds."""
        return [self.round(number) for number in range(self.number, rounds, lanes)]

    def round(self, number: int) -> dict[str, object]:
        """Live through one round."""
        chance = Random(f"{self.seed} {number}")  # noqa: S311 - chances, no secrets
        drawn = [self.fault(chance)]
        for _ in range(chance.randint(1, MAX_FAULTY) - 1):  # half of the faults last
            drawn.append(drawn[-1] if chance.random() < 0.5 else self.fault(chance))
        states, since = [opened(), opened()], 0.0
        seen: list[list[str]] = []
        closed: list[float | None] = [None, None]
        now = 0.0
        for rules in [rules for _name, rules in drawn] + [[]] * PATIENCE:
            now += TERMS.interval
            found = self.seen((2 * number + 1, 2 * number + 2), rules)
            seen.append([f"{one.verdict} {one.found.diagnosis}" for (one,) in found])
            for i, proofs in enumerate(found):
                seen_now, lame = by_family(proofs), refused(proofs)
                states[i] = step(states[i], seen_now, now, TERMS, refused=lame)
                if closed[i] is None and states[i].rung is not Rung.DIRECT:
                    closed[i] = now
            since = since or (now if not rules else 0.0)
            if since and closed[1] is not None:
                break
        over = len(drawn) * TERMS.interval
        return {
            "lane": self.number, "round": number, "faults": [name for name, _rules in drawn],
            "seen": seen, "good_closed": closed[0], "gone_closed": closed[1], "faults_over": over,
        }  # fmt: skip


def silent_ones(proofs: tuple[Proof, ...]) -> set[str]:
    """Return the addresses of servers that did not answer the walk."""
    trails = [trail for proof in proofs for trail in proof.case.trails]
    return {a.address for trail in trails for a in trail.asked if a.said is Said.SILENT}


def opened() -> State:
    """Return a gate that good proofs have opened before the round."""
    state = start(Mode.PROVE, -9 * TERMS.interval)
    for number in range(-8, 1):
        state = step(state, {Family.IPV4: Verdict.PASS}, number * TERMS.interval, TERMS)
    assert state.rung is Rung.DIRECT
    return state


def nft(text: str) -> None:
    """Give the packet filter its orders, all at once."""
    command = ["nft", "-f", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"nft: {done.stderr}\n{text}")


def main(seed: int, rounds: int, lanes: int) -> None:
    """Run the rounds, the lanes side by side, and leave the packet filter as it was."""
    tracks = [Lane(number, seed) for number in range(lanes)]
    nft(BASE + "".join(lane.begin() for lane in tracks))
    try:
        with ThreadPoolExecutor(lanes) as crowd:
            flapped = dict(zip(FLAPPING, crowd.map(Lane.flapping, tracks, FLAPPING), strict=True))
            done = list(crowd.map(lambda lane: lane.rounds(rounds, lanes), tracks))
    finally:
        nft("delete table ip lab_rounds\n")
    json.dump({"seed": seed, "interval": TERMS.interval, "fails": TERMS.fails_to_close,
               "flapping": flapped,
               "rounds": [one for lane in done for one in lane]}, sys.stdout)  # fmt: skip


main(*map(int, sys.argv[1:4]))
