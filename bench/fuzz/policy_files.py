# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy files: right ones, tables of wrong things, torn text. Either a policy or its problems."""

from ptrgate.judge.reading import TOLD, BadPolicy, load
from ptrgate.judge.terms import Policy
from ptrgate.judge.words import Action, Finding

from .chance import Chance, damage, demand

NAME = "policies"

# Written out, not taken from the schema: a key that is added there changes no recorded outcome.
_KEYS = {
    "": ("mode", "refuse_at", "on_error", "help_url", "modes", ""),
    "lookup": ("nameservers", "try_seconds", "total_seconds", "nameserver"),
    "own": ("names", "addresses", "networks"),
    "reachable": ("localparts", "domains"),
    "milter": ("workers", "worker"),
    "actions.no_ptr": ("v4", "v6", "v5"),
    "actions.forged": ("v4", "v6"),
    "actions.dns_failure": ("v4", "v6"),
    "actions.ok": ("v4",),
    "actions": ("dynamic", "forged", "nothing"),
    "exemptions": (
        "id", "network", "name_suffix", "sender_domain", "recipient", "owner", "reason",
        "expires", "spoofable", "until",
    ),
    "nonsense": ("key",),
}  # fmt: skip
_TABLES = tuple(_KEYS)
_EMPTY = '""'
_RIGHT = {
    "mode": ('"enforce"', '"observe"'), "refuse_at": ('"rcpt"', '"mail"'),
    "on_error": ('"accept"', '"defer"'), "help_url": ('"https://help.company.example"', '""'),
    "nameservers": ('["127.0.0.1", "[::1]:53"]', "[]"), "try_seconds": ("2.5", "1"),
    "total_seconds": ("8.0", "60"), "names": ('["mx.company.example"]',),
    "addresses": ('["203.0.113.10", "2001:db8::10"]', '["::ffff:192.0.2.1"]'),
    "networks": ('["203.0.113.0/28"]',), "localparts": ('["postmaster"]',),
    "domains": ('["company.example"]',), "workers": ("2", "64"),
    "v4": ('"refuse"', '"defer"', '"tag"', '"log"', '"accept"'), "v6": ('"defer"', '"refuse"'),
    "dynamic": ('"tag"',), "id": ('"partner-7"', '"other"'), "network": ('"192.0.2.0/24"',),
    "name_suffix": ('"example.net"',), "sender_domain": ('"example.org"',),
    "recipient": ('"a@company.example"', '"company.example"'), "owner": ('"postmaster"',),
    "reason": ('"they are moving"',), "expires": ("2027-01-31", '"2027-01-31"', '""'),
    "spoofable": ('"accepted"', '""'),
}  # fmt: skip
_WRONG = (
    "0", "-1", "65", "2.5", "nan", "inf", "-inf", "true", "1e400", "-0.0", "0x" + "f" * 30,
    "9" * 25, "9" * 5000, "0x" + "f" * 5000, "0b1", '""', '"refuse"', '"\\u0000"', '"é"', '"İ"',
    '"' + "a" * 300 + '"', '"' + "a." * 200 + '"', '"*"', '"%s"', '"http://x/%"', '"192.0.2.1/24"',
    '"::/0"', '"0.0.0.0/0"', '"fe80::1%eth0"', '"192.0.2.1:99999"', '"[::1"', '"[]:53"', '"::1:5"',
    '"localhost"', '"²"', '"127.0.0.1:²"', '"a@b@c"', '"@company.example"', '"."', '".."', '"-"',
    '"20270131"', '"2027-W05-1"', '"2027-02-30"', "2027-02-30", "2027-01-31T00:00:00Z", "10:00:00",
    "[]", "[[]]", "[1, 'a', {}]", "{}", "{v4 = 'refuse'}", '["a", "a"]', '"\'"', "'\"'", '"""\n"""',
    "[" * 400 + "]" * 400, "[" * 4000 + "]" * 4000, "{a." * 1 + "b = 1}", "a", "", "=", "#",
)  # fmt: skip


def make(chance: Chance) -> str:
    """Make the text of one file."""
    wrong = chance.pick((0, 0, 12, 4))  # one thing in so many is wrong
    parts = [f"# {chance.below(1000)}"] + ['mode = "observe"'] * chance.below(2)
    for table in sorted({chance.below(len(_TABLES)) for _ in range(1 + chance.few(8))}):
        name = _TABLES[table]
        if parts[1:] and not name:
            continue
        many = (name == "exemptions") != (wrong and chance.below(wrong * 4) == 0)
        parts.append(f"[[{name}]]" if many else f"[{name}]" if name else "")
        parts.extend(_pairs(chance, name, wrong))
    text = "\n".join(parts) + "\n"
    if chance.below(3) == 0:
        torn = damage(chance, text.encode(), 1 + chance.few(6))
        text = torn.decode("utf-8", "replace")
    return text


def _pairs(chance: Chance, table: str, wrong: int) -> list[str]:
    keys = [key for key in _KEYS[table] if wrong or key in _RIGHT]
    chosen = {chance.below(len(keys)) for _ in range(1 + chance.few(6))} if keys else set()
    if table == "exemptions" and not wrong:
        chosen |= {0, 1 + chance.below(2)}  # an id and a condition
    return [f"{keys[one] or _EMPTY} = {_value(chance, keys[one], wrong)}" for one in sorted(chosen)]


def _value(chance: Chance, key: str, wrong: int) -> str:
    if (wrong and chance.below(wrong) == 0) or key not in _RIGHT:
        return chance.pick(_WRONG)
    return chance.pick(_RIGHT[key])


def outcome(text: str) -> str:
    """Load the file; return "ok" or its problems. Raises Broken, and what load must not raise."""
    try:
        policy = load(text, source="policy.toml")
    except BadPolicy as error:
        return "bad: " + ", ".join(_looked_at(error))
    _look_at(policy)
    demand(load(text, source="policy.toml") == policy, "the same text is another policy")
    return f"ok {policy.mode} {len(policy.exemptions)}"


def _looked_at(error: BadPolicy) -> list[str]:
    told = min(len(error.problems), TOLD + 1)
    demand(len(str(error).split("\n")) == told > 0, "a problem is not one line")
    for problem in error.problems:
        demand(
            bool(problem.key and problem.found and problem.allowed), f"{problem} says too little"
        )
        demand(str(problem).isprintable(), "a problem is not printable")
        demand(len(str(problem)) < 1000, "a problem is endless")
    return [problem.key for problem in error.problems]


def _look_at(policy: Policy) -> None:
    demand(1 <= policy.milter_workers <= 64, "a number of workers out of bounds")
    demand(0 < policy.try_seconds <= 10 and policy.total_seconds <= 60, "times")
    refused = Action.REFUSE in policy.actions[Finding.DNS_FAILURE].values()
    demand(not refused, "a failed lookup is refused")
    demand(bool(policy.help_url) or policy.mode == "observe", "refusals without a page")
    demand("%" not in policy.help_url and policy.help_url.isprintable(), "an odd URL")
    for exemption in policy.exemptions:
        bound = exemption.network or exemption.name_suffix or exemption.recipient
        demand(bool(bound or exemption.sender_domain), "an exemption for everybody")
