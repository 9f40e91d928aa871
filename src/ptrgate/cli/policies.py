# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy that a verb was pointed to, or this host's, or the sentence why it cannot be used."""

from pathlib import Path

from ..judge.policy import BadPolicy, Policy, Problem, load
from ..shared.paper import ALLOWED, Unusable, paper

LIVE = Path("/usr/lib/ptrgate/current/policy.toml")


def policy_from(file: str | None) -> Policy:
    """Return the policy of a file, else this host's, else the built-in one.

    BadPolicy also if it cannot be read.
    """
    if file is None:
        return policy_from(str(LIVE)) if LIVE.exists() else Policy.default()
    try:
        text = paper(Path(file), waits=True)
    except Unusable as error:
        raise BadPolicy((Problem(file, "the file", error.found, ALLOWED, ""),)) from None
    return load(text, source=file)
