# SPDX-License-Identifier: GPL-3.0-or-later
"""How a verb answers: words, or with --json facts; and how it says why not."""

import argparse
import json
import sys


def show(options: argparse.Namespace, text: str, facts: object) -> None:
    """Print the text, or the facts as JSON if ``options.json``."""
    print(json.dumps(facts, indent=2) if options.json else text)


def fail(words: str, exit_status: int) -> int:
    """Say why not; return the exit status."""
    print(words, file=sys.stderr)
    return exit_status
