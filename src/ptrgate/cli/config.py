# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate config --check FILE: is this policy in order, and what does it cost?"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from ..judge.advice import longest_replies, notes
from ..judge.policy import BadPolicy, Policy, Problem
from ..judge.refusal import MAX_LINE, MAX_WORDS
from ..shared.vetting import is_over
from . import here, status
from .policies import policy_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--check", metavar="FILE", required=True, help="the policy file")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    here.add_state_argument(parser)
    parser.epilog = "Exit status: 0 in order, 64 usage, 78 bad policy."


def run(options: argparse.Namespace) -> int:
    """Check, print, and return the exit status."""
    try:
        policy = policy_from(options.check)
    except BadPolicy as error:
        if options.json:
            print(_json(options.check, error.problems, None, []))
        else:
            print(error, file=sys.stderr)
        return status.BAD_POLICY
    advice = [*notes(policy, here.today()), *_told_here(options)]
    print(
        _json(options.check, (), policy, advice)
        if options.json
        else _story(options.check, policy, advice)
    )
    return 0


def _told_here(options: argparse.Namespace) -> Iterator[str]:
    told = here.look(options.state)
    if told.pause:
        yield f"this host is PAUSED {told.pause}: nobody is refused; ptrgate resume ends it"
    held = [each for each in told.exemptions if not is_over(each, here.today())]
    if held:
        yield f"exemptions made on this host: {len(held)}; ptrgate exempt list shows them"
    yield from told.notes


def _json(
    file: str, problems: tuple[Problem, ...], policy: Policy | None, advice: list[str]
) -> str:
    facts = {
        "file": file,
        "ok": not problems,
        "problems": [asdict(problem) for problem in problems],
        "policy": policy.digest if policy else None,
        "longest_reply": str(longest_replies(policy)[-1]) if policy else None,
        "notes": advice,
    }
    return json.dumps(facts, indent=2)


def _story(file: str, policy: Policy, advice: list[str]) -> str:
    longest = str(longest_replies(policy)[-1])
    url = longest.rpartition(" ")[2] if policy.help_url else ""
    words = len(longest) - len(url)
    lines = [
        f"{file} is in order (policy {policy.digest})",
        f"  mode     {policy.mode}, refusals are spoken at {policy.refuse_at.upper()}",
        f"  longest  {len(longest)} of {MAX_LINE} octets, {words} of {MAX_WORDS} without the URL:",
        f"           {longest}",
    ]
    lines += [f"  note     {note}" for note in advice]
    return "\n".join(lines)
