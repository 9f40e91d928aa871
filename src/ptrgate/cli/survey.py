# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate survey: look at Postfix's queue and at the certificates shown, for whoever counts."""

import argparse
import json
import sys
import time
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

from ..outbound import mail
from ..survey import certificates, noted, queue
from ..survey.noted import Survey
from . import status

EVERY = 3600.0  # seconds between two looks at certificates: each is a session at port 25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--note", action="store_true", help="leave it for the metrics too, as the timer does")
    add("--file", type=Path, default=noted.FILE, help=argparse.SUPPRESS)
    add("--json", action="store_true", help="answer in JSON")
    parser.epilog = "Changes nothing else. Exit status: 0, 70 the queue cannot be seen."


def run(options: argparse.Namespace) -> int:
    """Look, note, tell, and return the exit status."""
    survey = _survey(noted.read(options.file) if options.note else None, time.time())
    if options.note:
        noted.write(options.file, survey)
    print(json.dumps(asdict(survey), indent=2) if options.json else _told(survey))
    if survey.trouble:
        print(f"ptrgate survey: {survey.trouble}", file=sys.stderr)
    return status.FAILURE if survey.trouble else 0


def _survey(last: Survey | None, now: float) -> Survey:
    seen = Survey(at=now, looked=now)
    try:
        with closing(mail.listing(queue.SECONDS)) as rows:
            seen = replace(seen, queue=queue.counted(rows))
    except mail.PostfixFailed as error:
        seen = replace(seen, trouble=str(error))
    if last and 0 <= now - last.looked < EVERY:
        return replace(seen, looked=last.looked, certificates=last.certificates)
    return replace(seen, certificates=tuple(certificates.shown()))


def _told(survey: Survey) -> str:
    lines = []
    if survey.queue:
        least = "" if survey.queue.whole else "at least "
        for name, number in survey.queue.messages.items():
            begun = survey.queue.oldest.get(name)
            age = f", the oldest {least}{(survey.at - begun) / 3600:.1f} hours old" if begun else ""
            lines.append(f"{least}{number} {name}{age}")
    for one in survey.certificates:
        days = (one.ends - survey.at) / 86400
        left = f"{one.kind}, {days:.1f} days left" if one.ends else "no TLS handshake succeeds"
        lines.append(f"certificate at {one.service}: {left}")
    return "\n".join(lines)
