# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of the command line: finds the verb, reads its arguments, ends with its status."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from . import status

# verb -> what it does. Its module has the same name here and is imported only when it is called,
# so that one verb never needs what another imports. It has add_arguments(parser) and run(options).
VERBS = {
    "check": "judge an address as the mail server would, and say why",
    "config": "check a policy file before it is used",
    "counters": "tell how many clients of which kind there were, and how long judging took",
    "top": "show what this host does now, again and again",
    "survey": "look at the mail queue and at the certificates that are shown",
    "why": "tell what became of a client, from a bounce's URL, an address or a queue id",
    "name": "tell a name of a server from that of a line, and say why",
    "classify": "do so with many names, read from standard input",
    "replay": "tell from mail logs what a policy would have done to those who came",
    "report": "tell what some days brought, of this host or of many, as a page with plots",
    "exempt": "let somebody in although his reverse DNS is wrong, until a day",
    "requests": "tell who asks for an exception on the help page, and decide",
    "pause": "refuse nobody for some hours",
    "resume": "end the pause",
    "preview": "tell whom the next stage of enforcement would have hit, and how to take it",
    "learn": "take note of the domains that own users wrote to",
    "probe": "try what strangers try with a mail server, and say what is wrong",
    "selftest": "try all of it with this host, and look at its services",
    "rollout": "do what a rollout asks of this host, step by step",
    "release": "tell the releases of this host, and go from one to another",
    "gate": "tell what outbound mail does and why, and prove what it may do",
}


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that ends with 64: argparse's own 2 means "defer" here."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and leave."""
        self.print_usage(sys.stderr)
        self.exit(status.USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str]) -> int:
    """Run one verb and return the exit status; never lets an exception through."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0 if arguments else status.USAGE
    verb = arguments[0]
    if verb not in VERBS:
        print(f"ptrgate: there is no {verb!a}\n\n{_overview()}", file=sys.stderr)
        return status.USAGE
    return _guarded(verb, arguments[1:])


def _guarded(verb: str, arguments: Sequence[str]) -> int:
    try:
        return _run(verb, arguments)
    except KeyboardInterrupt:
        return status.INTERRUPTED
    except BrokenPipeError:  # the reader, such as head(1), has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        print(f"ptrgate {verb} needs the Python module {error.name}", file=sys.stderr)
        return status.FAILURE
    except Exception:
        logging.basicConfig(format="%(message)s")
        logging.exception("ptrgate %s failed; this is a mistake of ours", verb)
        return status.FAILURE


def _run(verb: str, arguments: Sequence[str]) -> int:
    module = import_module(f".{verb}", __package__)
    parser = Parser(prog=f"ptrgate {verb}", description=VERBS[verb].capitalize() + ".")
    module.add_arguments(parser)
    result: int = module.run(parser.parse_args(arguments))
    sys.stdout.flush()
    return result


def _overview() -> str:
    lines = [f"  {verb:<10} {summary}" for verb, summary in VERBS.items()]
    return "\n".join(
        ("usage: ptrgate VERB ...", "", *lines, "", '"ptrgate VERB --help" says more.')
    )
