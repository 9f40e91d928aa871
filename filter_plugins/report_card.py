# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``report_card``: what an appliance answers -> the lines that close a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOCUMENTATION = r"""
name: report_card
short_description: Say in a few lines how an appliance stands
version_added: "0.1"
author: PTRgate
description:
  - Turns what M(appliance_info) found into one line a part. A line that begins with C(!!) is
    wrong, and says
    who can put it right.
options:
  _input:
    description: What M(appliance_info) returned.
    type: dict
    required: true
  told:
    description: What the host was told, C(hostname), C(mode), C(refuse_at), C(help_url),
      C(release) and C(changes).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say how it stands
  ansible.builtin.debug:
    msg: "{{ __appliance | report_card({'hostname': 'mx.example.org', 'mode': 'enforce'}) }}"
"""

RETURN = r"""
_value:
  description: The lines of the card.
  type: list
  elements: str
"""

Told = Mapping[str, Any]
Line = tuple[str, str, str]  # part, what is, what to do about it (empty: nothing)

MODES = {
    "observe": "observes: nobody is refused, the log says who would be",
    "enforce": "enforces: who has no valid reverse DNS is refused at {refuse_at}",
}
RUNGS = {
    "direct": "open: outbound mail leaves directly",
    "ipv4": "open for IPv4 alone: outbound mail leaves over IPv4",
    "ipv6": "open for IPv6 alone: outbound mail leaves over IPv6",
    "smarthost": "closed: outbound mail leaves through the smarthost",
    "hold": "closed: outbound mail waits in the queue",
}
ASK_GATE = "`ptrgate gate explain` on the host says what is missing and who can make it"


def report_card(found: Mapping[str, Any], told: Told) -> list[str]:
    """Return the card: a title, then a line a part; a wrong one says what to do."""
    smtp = found["smtp"]
    lines = [
        ("mode", MODES[told["mode"]].format(refuse_at=told["refuse_at"].upper()), ""),
        *_pause(found["pause"]),
        _port25(smtp["port25"], told["hostname"]),
        _milter(smtp["mail"]),
        *_dialogue(smtp, told["hostname"]),
        _resolver(found["resolver"]),
        *_attached(told),
        *([] if told.get("attached") else [_gate(found["gate"])]),
        _page(found["page"], told),
        ("changed", ", ".join(told["changes"]) or "nothing", ""),
    ]
    return [f"{told['hostname']}, release {told['release']}", *(_shown(*line) for line in lines)]


def _shown(part: str, words: str, remedy: str) -> str:
    mark = "!!" if remedy else "  "
    return f"{mark} {part:<11}{words}" + (f". {remedy}." if remedy else "")


def _pause(said: str) -> list[Line]:
    if not said:
        return []
    if not said.startswith("until "):
        return [("pause", said, "Put that right, or: `ptrgate resume`")]
    return [("PAUSED", f"{said}: nobody is refused", "`ptrgate resume`, or playbooks/resume.yml")]


def _port25(said: str, hostname: str) -> Line:
    good = said.startswith(f"220 {hostname}")
    remedy = "" if good else "Whoever runs this host: `journalctl -u 'postfix*' -n 20` says why"
    return "port 25", f"answers as {hostname}" if good else f"says: {said or 'nothing'}", remedy


def _milter(said: str) -> Line:
    # A refusal at MAIL is the milter at work, where refuse_at is mail.
    if said.startswith(("250", "521")):
        return "milter", "judges", ""
    remedy = (
        "Mail is asked to come again. Whoever runs this host: `journalctl -u ptrgate-milter -n 20`"
    )
    return "milter", f"does not judge ({said})", remedy


def _dialogue(smtp: Mapping[str, str], hostname: str) -> list[Line]:
    lines = []
    if smtp.get("foreign", "554").startswith("2"):
        remedy = (
            "Take this host off the network, then look at smtpd_relay_restrictions in `postconf -n`"
        )
        lines.append(("relay", f"OPEN: took {smtp['foreign']} for a stranger", remedy))
    postmaster = smtp.get("postmaster", "250")
    if not postmaster.startswith("2"):
        remedy = "Set ptrgate_contact.email to a mailbox that exists"
        lines.append(("postmaster", f"postmaster@{hostname} is refused ({postmaster})", remedy))
    return lines


def _resolver(said: str) -> Line:
    remedy = "Whoever runs this host: `unbound-checkconf && journalctl -u unbound -n 20` says why"
    return "resolver", said, "" if said == "validates" else remedy


def _attached(told: Told) -> list[Line]:
    """Return what an operator who only attached the milter must know."""
    if not told.get("attached"):
        return []
    before = ", ".join(told.get("earlier", ()))
    remedy = (
        "Whom these refuse never learns of the page. Whoever configured this Postfix can take the"
        " first kind out: PTRgate asks the same, and says why"
    )
    lines = [
        ("attached", "this Postfix keeps its own configuration; no gate for outbound mail", "")
    ]
    return lines + ([("before us", before, remedy)] if before else [])


def _gate(state: Mapping[str, str]) -> Line:
    if not state:
        return "gate", "has no state", "Run site.yml without --tags"
    words = RUNGS.get(state["rung"], state["rung"])
    if order := state.get("override"):
        return "gate", f"OVERRIDDEN ({order}): {words}", "`ptrgate gate override --end` ends that"
    if state["mode"] == "observe":
        return (
            "gate",
            f"only observes, and would be {RUNGS.get(state['would'], state['would'])}",
            "",
        )
    return "gate", words, "" if state["rung"] == "direct" else ASK_GATE


def _page(said: str, told: Told) -> Line:
    if not told["help_url"]:
        return "help page", "none: refusals cannot say where to read on", "Set ptrgate_help_url"
    remedy = (
        "Point that name at these hosts in your DNS; then `journalctl -u ptrgate-page` says why"
    )
    return "help page", f"{told['help_url']} {said}", "" if said == "answers" else remedy


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"report_card": report_card}
