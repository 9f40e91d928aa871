# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy that a verb was pointed to, or this host's, or the sentence why it cannot be used."""

from pathlib import Path

from ..judge.policy import BadPolicy, Policy, Problem, load

LIVE = Path("/usr/lib/ptrgate/current/policy.toml")


def policy_from(file: str | None) -> Policy:
    """Return the policy of a file, else this host's, else the built-in one.

    BadPolicy also if it cannot be read.
    """
    if file is None:
        return policy_from(str(LIVE)) if LIVE.exists() else Policy.default()
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        found = error.strerror or str(error)
        raise BadPolicy((Problem(file, "the file", found, "a readable file", ""),)) from None
    except UnicodeDecodeError:
        raise BadPolicy((Problem(file, "the file", "no UTF-8", "TOML 1.0", ""),)) from None
    return load(text, source=file)
