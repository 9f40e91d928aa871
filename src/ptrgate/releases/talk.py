# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to an instance on trial: TLS, mail for the host's own recipients, and for others."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from functools import partial

PORT = 10027
FOREIGN = "probe@relay.invalid"
_SECONDS = 20


def dialogue(name: str, own: Sequence[str]) -> list[str]:
    """Say to the instance what a good client and a relay's abuser say; return what is wrong."""
    try:
        with smtplib.SMTP("127.0.0.1", PORT, name, _SECONDS) as client:
            return [*_tls(client), *_mail(client, own)]
    except (OSError, smtplib.SMTPException) as error:
        return [f"the dialogue broke off: {error}"]


def _tls(client: smtplib.SMTP) -> Iterator[str]:
    client.ehlo()
    if not client.has_extn("starttls"):
        yield "STARTTLS is not offered"
        return
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        client.starttls(context=context)
    except (OSError, smtplib.SMTPException) as error:
        yield f"TLS cannot be spoken: {error}"
        client.close()
        client.connect("127.0.0.1", PORT)
    client.ehlo()


def _mail(client: smtplib.SMTP, own: Sequence[str]) -> Iterator[str]:
    """Yield what is answered otherwise; the empty sender is one that everybody must take."""
    relaying = f"mail to {FOREIGN}, which would be relaying,"
    steps: list[tuple[int, str, Callable[[], tuple[int, bytes]]]] = [
        (2, "the empty sender", lambda: client.mail("")),
        (5, relaying, lambda: client.rcpt(FOREIGN)),
        *((2, f"mail to {one}", partial(client.rcpt, one)) for one in own),
        (2, "a message", lambda: client.data(b"Subject: trial\r\n\r\nNobody gets this.\r\n")),
    ]
    for wanted, what, step in steps:
        try:
            code, words = step()
        except smtplib.SMTPDataError as error:
            code, words = error.smtp_code, _octets(error.smtp_error)
        if code // 100 != wanted:
            told = words.decode("ascii", "replace")
            yield f"{what} is answered with {code} {told[:150]}, not with {wanted}xx"


def _octets(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()
