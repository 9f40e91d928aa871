# SPDX-License-Identifier: GPL-3.0-or-later
"""Be a good sender who writes all the time: two servers to choose from, and patience, as an MTA.

Runs on the lab host `internet`: `load.py SOURCE STOP TARGET=DOMAIN...`. Begins one every 0.1 s
until the file STOP is there, and tries each until somebody takes it. Prints JSON: what was taken,
as often as it was taken, and what was refused for good.
"""

import itertools
import json
import smtplib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PATIENCE = 60  # seconds a message is tried
PAUSE = 0.1


def attempt(source, target, domain, identity):
    """Try once; return the reply's code, 0 where there was none."""
    try:
        with smtplib.SMTP(target, 25, "good.senders.example", 20, (source, 0)) as server:
            text = f"Message-ID: <{identity}>\nSubject: {identity}\n\nhello\n"
            server.sendmail("load@senders.example", [f"user@{domain}"], text)
            return 250
    except smtplib.SMTPRecipientsRefused as refused:
        return next(iter(refused.recipients.values()))[0]
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    except (OSError, smtplib.SMTPException):
        return 0


def deliver(source, ways, identity):
    """Try one server after the other, again and again; return the last reply's code."""
    end = time.monotonic() + PATIENCE
    for target, domain in itertools.cycle(ways):
        code = attempt(source, target, domain, identity)
        if code == 250 or code >= 500 or time.monotonic() > end:
            return identity, code
        time.sleep(PAUSE)
    return identity, 0


def main(source, stop, *targets):
    """Write until told to stop, wait until all has been taken, tell."""
    ways = [tuple(target.split("=")) for target in targets]
    sent = []
    with ThreadPoolExecutor(20) as clients:
        for number in itertools.count():
            if Path(stop).exists():
                break
            turned = ways[number % len(ways) :] + ways[: number % len(ways)]
            identity = f"load{time.time_ns()}@lab"
            sent.append(clients.submit(deliver, source, turned, identity))
            time.sleep(PAUSE)
        json.dump(dict(one.result() for one in sent), sys.stdout)


main(*sys.argv[1:])
