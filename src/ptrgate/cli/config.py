# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate config --check FILE: is this policy in order, and what does it cost?"""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from ..judge.advice import longest_replies, notes
from ..judge.policy import BadPolicy, Policy, Problem
from ..judge.refusal import MAX_LINE, MAX_WORDS
from . import status
from .policies import policy_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--check", metavar="FILE", required=True, help="the policy file")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.epilog = "Exit status: 0 in order, 64 usage, 78 bad policy."


def run(options: argparse.Namespace) -> int:
    """Check, print, and return the exit status."""
    try:
        policy = policy_from(options.check)
    except BadPolicy as error:
        if options.json:
            print(_json(options.check, error.problems, None))
        else:
            print(error, file=sys.stderr)
        return status.BAD_POLICY
    print(_json(options.check, (), policy) if options.json else _story(options.check, policy))
    return 0


def _json(file: str, problems: tuple[Problem, ...], policy: Policy | None) -> str:
    today = datetime.now(UTC).date()
    facts = {
        "file": file,
        "ok": not problems,
        "problems": [asdict(problem) for problem in problems],
        "policy": policy.digest if policy else None,
        "longest_reply": str(longest_replies(policy)[-1]) if policy else None,
        "notes": list(notes(policy, today)) if policy else [],
    }
    return json.dumps(facts, indent=2)


def _story(file: str, policy: Policy) -> str:
    longest = str(longest_replies(policy)[-1])
    url = longest.rpartition(" ")[2] if policy.help_url else ""
    words = len(longest) - len(url)
    lines = [
        f"{file} is in order (policy {policy.digest})",
        f"  mode     {policy.mode}, refusals are spoken at {policy.refuse_at.upper()}",
        f"  longest  {len(longest)} of {MAX_LINE} octets, {words} of {MAX_WORDS} without the URL:",
        f"           {longest}",
    ]
    lines += [f"  note     {note}" for note in notes(policy, datetime.now(UTC).date())]
    return "\n".join(lines)
